import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import { tasks } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Explanation, ExplanationPlan } from '../../protocol/resultQueries.ts'
import { probableCategories, type ResultRecord } from '../../protocol/results.ts'
import { isDecided } from '../../shared/describe/ask.ts'
import { formatNumber, formatUsd, plural } from '../parts/language.ts'
import { LoadingNote, Notice, ReasonNotice } from '../parts/notice.tsx'
import { Button } from '../toolkit.tsx'
import { formatCategory, formatShare } from './describeResult.ts'
import { useResults } from './resultsContext.ts'

/** The most probable categories, as bars beside their figures: the bars are for eyes alone. */
export function Probabilities({ result }: { result: ResultRecord }) {
  return (
    <>
      <h3>{l10n.t('Probabilities')}</h3>
      <ol class="shares" aria-label={l10n.t('Probabilities')}>
        {probableCategories(result).map(([name, share]) => (
          <li key={name}>
            <span class="share-name">{formatCategory(name || null)}</span>
            <span class="share-line" aria-hidden="true">
              <span class="share-bar" style={{ width: `${share * 100}%` }} />
            </span>
            <span class="figure">{formatShare(share)}</span>
          </li>
        ))}
      </ol>
    </>
  )
}

/** Decided, and so without a word of why. */
export function isWithoutReasons({ status, reasoning, receipts }: ResultRecord): boolean {
  if (status !== 'ok' || reasoning !== null) return false
  return tasks.some((task) => {
    const receipt = receipts[task]
    return receipt !== undefined && isDecided(receipt)
  })
}

function isReadOut({ receipts }: ResultRecord): boolean {
  return tasks.some((task) => receipts[task]?.outputMode === 'readout')
}

type State =
  | { kind: 'closed' }
  | { kind: 'planning' }
  | { kind: 'planned'; plan: ExplanationPlan }
  | { kind: 'asking'; plan: ExplanationPlan }
  | { kind: 'told'; explanation: Explanation }
  | { kind: 'failed'; reason: Reason }

/** Has a model that writes say what speaks for the verdict, after telling what goes where. Nothing of it is stored. */
export function Explain({ result }: { result: ResultRecord }) {
  const { runId, id, inputHash } = result
  const { host, announce } = useResults()
  const [state, setState] = useState<State>({ kind: 'closed' })
  const item = { runId, id, inputHash }
  const plan = async () => {
    setState({ kind: 'planning' })
    const planned = await host.request('run/planExplanation', item)
    setState(planned.ok ? { kind: 'planned', plan: planned.value } : { kind: 'failed', reason: planned.reason })
  }
  const ask = async (planned: ExplanationPlan) => {
    setState({ kind: 'asking', plan: planned })
    const explained = await host.request('run/explain', item)
    setState(
      explained.ok ? { kind: 'told', explanation: explained.value } : { kind: 'failed', reason: explained.reason },
    )
    if (explained.ok) announce(explained.value.text)
  }
  return (
    <div class="explain">
      <p>{isReadOut(result) ? l10n.t('A read-out gives no reasons.') : l10n.t('A decision model gives no reasons.')}</p>
      {state.kind === 'planned' ? (
        <Notice
          look="info"
          actions={
            <>
              <Button look="primary" onClick={() => void ask(state.plan)}>
                {l10n.t('Ask {0}', state.plan.model)}
              </Button>
              <Button onClick={() => setState({ kind: 'closed' })}>{l10n.t('Cancel')}</Button>
            </>
          }
        >
          {describePlan(state.plan)}
        </Notice>
      ) : null}
      {state.kind === 'planning' ? <LoadingNote /> : null}
      {state.kind === 'asking' ? <LoadingNote>{l10n.t('{0} is asked …', state.plan.model)}</LoadingNote> : null}
      {state.kind === 'told' ? <Told explanation={state.explanation} /> : null}
      {state.kind === 'failed' ? <ReasonNotice reason={state.reason} /> : null}
      {state.kind === 'closed' || state.kind === 'failed' ? (
        <Button onClick={() => void plan()}>{l10n.t('Explain …')}</Button>
      ) : null}
    </div>
  )
}

function describePlan({ provider, model, endpoint, characters, isCut }: ExplanationPlan): string {
  const text = isCut
    ? plural(characters, 'The first {0} character of the item', 'The first {0} characters of the item')
    : plural(characters, 'The item ({0} character)', 'The item ({0} characters)')
  return l10n.t(
    '{0}, its verdict and what the profile says of it go to {1} of {2}, {3}. The answer is shown here and stored nowhere; the call counts as usage.',
    text,
    model,
    provider,
    endpoint ?? l10n.t('on this machine'),
  )
}

function Told({ explanation: { text, model, provider, answeredBy, usage, costUsd } }: { explanation: Explanation }) {
  const unknown = l10n.t('unknown')
  const figure = (tokens: number | null) => (tokens === null ? unknown : formatNumber(tokens))
  return (
    <>
      <p class="reasoning">{text}</p>
      <p class="facts">
        {l10n.t(
          'What {0} of {1} says about it: a guess by another model, not what led to the verdict. Tokens in, out: {2}, {3}; cost: {4}.',
          answeredBy ?? model,
          provider,
          figure(usage.input),
          figure(usage.output),
          costUsd === null ? unknown : formatUsd(costUsd),
        )}
      </p>
    </>
  )
}
