import * as l10n from '@vscode/l10n'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ProposalPlan } from '../../protocol/profile.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { formatNumber, formatUsd, plural } from '../parts/language.ts'
import { LoadingNote, ReasonNotice } from '../parts/notice.tsx'
import { Button } from '../toolkit.tsx'
import { ProposedRows } from './proposedRows.tsx'
import { type Asked, useAsked, useSetup } from './setupContext.ts'
import { proposalOf } from './setupDraft.ts'
import type { Editing } from './useDraft.ts'

export interface ProposalSectionProps extends Editing {
  id: string
  questionId: string
  problems: readonly string[]
}

type Asking = { kind: 'idle' } | { kind: 'asking' } | { kind: 'failed'; reason: Reason } | { kind: 'empty' }

/** Who would be asked, with how much, before it is asked; then what came of it, to be edited. */
export function ProposalSection({ id, questionId, draft, change, problems }: ProposalSectionProps) {
  const { host, announce } = useSetup()
  const { reading, model, proposal } = draft
  const [by, setBy] = useState<'model' | 'words'>('model')
  const [asking, setAsking] = useState<Asking>({ kind: 'idle' })
  const ending = useRef<AbortController | null>(null)
  const question = { id: questionId, reading, model, by }
  const plan = useAsked(JSON.stringify(question), (signal) => host.command('planProposal', question, signal))
  useEffect(() => () => ending.current?.abort(), [])
  const propose = async () => {
    const mine = new AbortController()
    ending.current = mine
    setAsking({ kind: 'asking' })
    const proposed = await host.command('propose', question, mine.signal)
    if (mine.signal.aborted || proposed === null) return setAsking({ kind: 'idle' })
    if (!proposed.ok) return setAsking({ kind: 'failed', reason: proposed.reason })
    const found = proposed.value.categories.length
    setAsking({ kind: found === 0 ? 'empty' : 'idle' })
    if (found === 0) return
    change({ proposal: proposalOf(proposed.value) })
    announce(plural(found, '{0} category is proposed.', '{0} categories are proposed.'))
  }
  const isAsking = asking.kind === 'asking'
  return (
    <div class="setup-proposal">
      <Plan plan={plan} />
      <div class="actions">
        <Button onClick={() => void propose()} disabled={isAsking || !plan.isCurrent || plan.answer.kind !== 'there'}>
          {proposal ? l10n.t('Propose anew') : l10n.t('Propose categories')}
        </Button>
        {isAsking ? <Button onClick={() => ending.current?.abort()}>{l10n.t('Cancel')}</Button> : null}
        {by === 'model' && hasNoWriter(plan, asking) ? (
          <Button onClick={() => setBy('words')}>{l10n.t('Propose from frequent words instead')}</Button>
        ) : null}
      </div>
      {isAsking ? <LoadingNote>{l10n.t('Reading a sample and proposing …')}</LoadingNote> : null}
      {asking.kind === 'failed' ? <ReasonNotice reason={asking.reason} /> : null}
      {asking.kind === 'empty' ? (
        <p>{l10n.t('No word occurs in several items, so there is nothing to make categories of.')}</p>
      ) : null}
      {proposal ? (
        <ProposedRows
          id={id}
          proposal={proposal}
          problems={problems}
          onChange={(rows) => change({ proposal: { ...proposal, rows } })}
        />
      ) : null}
    </div>
  )
}

function hasNoWriter({ answer }: Asked<ProposalPlan>, asking: Asking): boolean {
  const reason = asking.kind === 'failed' ? asking.reason : answer.kind === 'failed' ? answer.reason : null
  return reason !== null
}

function Plan({ plan: { answer, isCurrent } }: { plan: Asked<ProposalPlan> }) {
  if (answer.kind === 'failed') return <ReasonNotice reason={answer.reason} />
  if (answer.kind === 'reading' || !isCurrent) return <LoadingNote />
  const { by, provider, model, items, inputTokens, outputTokens, costUsd } = answer.value
  if (by === 'words')
    return (
      <p>
        {plural(
          items,
          'Looks for frequent words in {0} item. Nothing is sent and it costs nothing, but it does not understand meaning: expect to rename and remove some.',
          'Looks for frequent words in {0} items. Nothing is sent and it costs nothing, but it does not understand meaning: expect to rename and remove some.',
        )}
      </p>
    )
  return (
    <p>
      {plural(
        items,
        'Sends {0} item to {1}: about {2} tokens sent and {3} received, {4}.',
        'Sends {0} items to {1}: about {2} tokens sent and {3} received, {4}.',
        `${provider}/${model}`,
        formatNumber(inputTokens),
        formatNumber(outputTokens),
        describeCost(costUsd),
      )}
    </p>
  )
}

function describeCost(cost: ProposalPlan['costUsd']): string {
  if (cost === null) return l10n.t('at an unknown price')
  return cost.high === 0 ? l10n.t('for nothing') : l10n.t('for at most {0}', formatUsd(cost.high))
}
