import * as l10n from '@vscode/l10n'
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { tasks } from '../../protocol/names.ts'
import type { RunItem } from '../../protocol/resultQueries.ts'
import { type HumanLabel, hasText, type Opinion, type ResultRecord } from '../../protocol/results.ts'
import type { ShownItem } from '../../protocol/resultsPage.ts'
import { correctedResult } from '../../shared/correctedResult.ts'
import { describeConfidence, describeReview } from '../../shared/describe/ask.ts'
import { evidenceParts } from '../../shared/describe/evidence.ts'
import { type Fact, FactList } from '../parts/factList.tsx'
import { Icon } from '../parts/icon.tsx'
import { formatAge, language } from '../parts/language.ts'
import { Notice } from '../parts/notice.tsx'
import { Button } from '../toolkit.tsx'
import { AskAbout } from './askAbout.tsx'
import { CategoryChips } from './categoryChip.tsx'
import { Correction } from './correction.tsx'
import { Explain, isWithoutReasons, Probabilities } from './decision.tsx'
import {
  describeScore,
  describeStatus,
  formatCategories,
  formatCriterion,
  formatScore,
  ownValue,
} from './describeResult.ts'
import { ItemText } from './itemText.tsx'
import { ReceiptPart } from './receiptPart.tsx'
import { useResults } from './resultsContext.ts'
import { SimilarItems } from './similarItems.tsx'

export interface ResultDetailProps {
  result: ResultRecord
  /** The same with what may be said of it; null: not read. */
  item: RunItem | null
  isCorrecting: boolean
  onCorrect(isOpen: boolean): void
  /** The table does not have it, as its filter is. */
  isLeftOut: boolean
  /** Another result of the run is to be shown. */
  onShow(item: ShownItem): void
  onClose(): void
}

/** Everything that is known of one result. All of it is text: nothing of a model's is more than that. */
export function ResultDetail({ result, item, isCorrecting, onCorrect, isLeftOut, onShow, onClose }: ResultDetailProps) {
  const { id, error, reasoning, human, reusedFrom } = result
  const shown = correctedResult(result)
  const facts = factsOf(result, item)
  return (
    <section class="detail" aria-label={l10n.t('The item {0}', id)}>
      <DetailHead id={id} onClose={onClose} />
      {isLeftOut ? <Notice look="info">{l10n.t('The filter hides this item from the table.')}</Notice> : null}
      <OpenItem key={`${result.runId} ${id} ${result.inputHash}`} result={result}>
        <Correction result={result} item={item} isOpen={isCorrecting} onOpen={onCorrect} />
        <AskAbout about={{ runId: result.runId, filter: { only: [{ id, inputHash: result.inputHash }] } }}>
          {l10n.t('Ask about this')}
        </AskAbout>
      </OpenItem>
      {result.categories || shown.categories ? (
        <p class="detail-categories">
          <span class="unseen">{l10n.t('Categories')}: </span>
          {shown.categories && shown.categories.length > 0 ? (
            <CategoryChips names={shown.categories} />
          ) : (
            formatCategories(shown.categories)
          )}
        </p>
      ) : null}
      {hasText(result) ? <ItemText key={`text ${id} ${result.inputHash}`} result={result} /> : null}
      <Warnings result={result} />
      {error ? (
        <Notice look="error">
          {error.message} <code>{error.code}</code>
        </Notice>
      ) : null}
      {human ? <HumanNote human={human} result={result} /> : null}
      <FactList look="detail-facts" facts={facts} />
      {hasText(result) ? (
        <SimilarItems key={`similar ${id} ${result.inputHash}`} result={result} onShow={onShow} />
      ) : null}
      {result.probabilities ? <Probabilities result={result} /> : null}
      <h3>{l10n.t('Reasoning')}</h3>
      {isWithoutReasons(result) ? (
        <Explain key={`${result.runId} ${id} ${result.inputHash}`} result={result} />
      ) : (
        <p class="reasoning">{reasoning ?? l10n.t('None was given.')}</p>
      )}
      <Quotes evidence={result.evidence} />
      {reusedFrom ? <p class="facts">{l10n.t('Reused from the run {0}: nothing had changed.', reusedFrom)}</p> : null}
      {tasks.map((task) => {
        const receipt = result.receipts[task]
        return receipt ? <ReceiptPart key={task} task={task} receipt={receipt} /> : null
      })}
    </section>
  )
}

/** What may have influenced the verdict. */
function Warnings({ result: { addressesJudge, receipts } }: Pick<ResultDetailProps, 'result'>) {
  const isFollowed = tasks.some((task) => receipts[task]?.canary === 'followed')
  return (
    <>
      {addressesJudge ? (
        <Notice look="warning">
          {l10n.t('The text speaks to whoever judges it, and may want to influence the verdict.')}
        </Notice>
      ) : null}
      {isFollowed ? (
        <Notice look="warning">
          {l10n.t('The call may have obeyed one of its items: a text of ours in it was judged otherwise than alone.')}
        </Notice>
      ) : null}
    </>
  )
}

/** The item's own words; they are marked in its text, too. */
function Quotes({ evidence }: Pick<ResultRecord, 'evidence'>) {
  const parts = evidenceParts(language, evidence)
  if (parts.length === 0) return null
  const facts = parts.map(
    ([of, passage]): Fact => [of, passage ?? l10n.t('what was quoted does not stand in the item')],
  )
  return (
    <>
      <h3>{l10n.t('Quoted from the item')}</h3>
      <FactList look="detail-facts" facts={facts} />
    </>
  )
}

function factsOf(result: ResultRecord, item: RunItem | null): (Fact | null)[] {
  const { source, suggested } = result
  const shown = correctedResult(result)
  return [
    source === undefined ? null : [l10n.t('Source'), source],
    [l10n.t('Status'), describeStatus(result.status)],
    [l10n.t('Score'), describeScore(shown.score, item?.scoreParts)],
    ...(shown.criteria
      ? Object.keys(shown.criteria).map((name): Fact => [name, formatCriterion(shown, name)])
      : [[l10n.t('Interest, quality'), `${shown.interest ?? '–'}, ${shown.quality ?? '–'}`] satisfies Fact]),
    [l10n.t('Confidence'), describeConfidence(language, result) ?? '–'],
    result.review
      ? [l10n.t('Waits for review'), result.review.map((cause) => describeReview(language, cause)).join(', ')]
      : null,
    result.opinion ? opinionFact(result.opinion) : null,
    shown.blockedBy ? [l10n.t('Blocked by'), shown.blockedBy] : null,
    suggested && suggested.names.length > 0 ? [l10n.t('Suggested names'), describeSuggested(suggested)] : null,
  ]
}

/** What the other of two models said, by whom, and whether that differs. */
function opinionFact({ counts, differ, other }: Opinion): Fact {
  const { provider, model } = other.receipts.categorization ?? other.receipts.scoring ?? { provider: '', model: '' }
  const said = `${formatCategories(other.categories)}; ${formatScore(other.score)} (${provider}/${model})`
  return [
    counts === 'first' ? l10n.t('Second opinion') : l10n.t('First verdict'),
    differ ? l10n.t('{0}, which differs', said) : said,
  ]
}

function DetailHead({ id, onClose }: { id: string; onClose(): void }) {
  return (
    <div class="detail-head">
      <h2>{id}</h2>
      <button type="button" class="plain-button" aria-label={l10n.t('Close')} title={l10n.t('Close')} onClick={onClose}>
        <Icon name="close" />
      </button>
    </div>
  )
}

function OpenItem({
  result: { runId, id, inputHash },
  children,
}: {
  result: ResultRecord
  children: ComponentChildren
}) {
  const { host } = useResults()
  const [why, setWhy] = useState<string | null>(null)
  const open = async () => setWhy(await host.command('openItem', { runId, id, inputHash }))
  return (
    <>
      <div class="actions">
        <Button look="primary" onClick={() => void open()}>
          {l10n.t('Open at its line')}
        </Button>
        {children}
      </div>
      {why !== null ? <Notice look="error">{why}</Notice> : null}
    </>
  )
}

function HumanNote({ human, result }: { human: HumanLabel; result: ResultRecord }) {
  const { now } = useResults()
  if (isAgreement(human, result)) {
    return <Notice look="info">{l10n.t('Accepted by a person, {0}.', formatAge(human.at, now))}</Notice>
  }
  return (
    <Notice look="info">
      {l10n.t(
        'Corrected by a person, {0}. The model said: {1}; score {2}.',
        formatAge(human.at, now),
        formatCategories(result.categories),
        formatScore(result.score),
      )}
    </Notice>
  )
}

/** Whatever a person said of it, the model had said. */
function isAgreement(human: HumanLabel, result: ResultRecord): boolean {
  const criteria = Object.entries(human.criteria ?? {})
  if (criteria.some(([name, value]) => value !== ownValue(result.criteria, name))) return false
  const parts = (['categories', 'interest', 'quality'] as const).filter((part) => human[part] !== null)
  return parts.every((part) => JSON.stringify(human[part]) === JSON.stringify(result[part]))
}

function describeSuggested({ names, parent }: NonNullable<ResultRecord['suggested']>): string {
  return parent === null ? names.join(', ') : l10n.t('{0} (under {1})', names.join(', '), parent)
}
