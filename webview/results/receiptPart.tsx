import * as l10n from '@vscode/l10n'
import type { Task } from '../../protocol/names.ts'
import type { Receipt } from '../../protocol/results.ts'
import { decisionFacts, describeAskedBy, isDecided } from '../../shared/describe/ask.ts'
import { describeProxy } from '../../shared/describe/cascade.ts'
import { fallbackReason } from '../../shared/describe/fallback.ts'
import { formatPercentIn } from '../../shared/format.ts'
import { type Fact, FactList } from '../parts/factList.tsx'
import { formatDuration, formatInstant, formatNumber, formatUsd, language, taskTitle } from '../parts/language.ts'

/** How a verdict was obtained. */
export function ReceiptPart({ task, receipt }: { task: Task; receipt: Receipt }) {
  const { usage, costUsd, batch } = receipt
  const unknown = l10n.t('unknown')
  const figure = (tokens: number | null) => (tokens === null ? unknown : formatNumber(tokens))
  const facts: Fact[] = [
    [l10n.t('Provider, model'), `${receipt.provider} (${receipt.kind}), ${receipt.model}`],
    [l10n.t('Endpoint'), receipt.endpoint ?? l10n.t('none: nothing left this machine')],
    [l10n.t('Chosen by'), describeRule(receipt)],
    receipt.alias === undefined ? null : [l10n.t('Alias'), receipt.alias],
    [l10n.t('Asked by'), describeAskedBy(language, receipt)],
    receipt.answeredBy || receipt.byFallback ? [l10n.t('Answered by'), describeAnsweredBy(receipt)] : null,
    ...(receipt.decision ? decisionFacts(language, receipt.decision) : []),
    [l10n.t('Items in the call'), formatNumber(batch)],
    [l10n.t('Calls it took'), formatNumber(receipt.attempts)],
    [l10n.t('Latency'), formatDuration(receipt.latencyMs)],
    [l10n.t('Tokens in, out'), `${figure(usage.input)}, ${figure(usage.output)}`],
    usage.cached ? [l10n.t('Tokens in, from the cache'), figure(usage.cached)] : null,
    [l10n.t('Cost of the call'), costUsd === null ? unknown : formatUsd(costUsd)],
    receipt.proxy ? [l10n.t('Proxy'), describeProxy(language, receipt.proxy)] : null,
    receipt.examples ? [l10n.t('Examples'), describeExamples(receipt.examples)] : null,
    receipt.sharedCall ? [l10n.t('Call'), l10n.t('the same as for categorization')] : null,
    [l10n.t('When'), formatInstant(receipt.at)],
    [isDecided(receipt) ? l10n.t('Questions') : l10n.t('Prompt'), receipt.promptHash.slice(0, 12)],
    [l10n.t('Profile'), receipt.profileHash.slice(0, 12)],
    receipt.sharedWith === undefined
      ? null
      : receipt.likeness === undefined
        ? [l10n.t('Same text as'), receipt.sharedWith]
        : [l10n.t('Nearly the same text as'), `${receipt.sharedWith} (${formatPercentIn(language, receipt.likeness)})`],
  ]
  return (
    <details class="receipt">
      <summary>{l10n.t('Why this model? {0}: {1}', taskTitle(task), receipt.model)}</summary>
      <FactList look="detail-facts" facts={facts} />
    </details>
  )
}

function describeRule({ rule, fallbackFor }: Receipt): string {
  if (fallbackFor) return fallbackReason(language, fallbackFor)
  switch (rule) {
    case 'route':
      return l10n.t('the route of the task')
    case 'fallback':
      return l10n.t('the fallback of the route')
    case 'override':
      return l10n.t('the person, for this run')
  }
}

function describeExamples({ by, shown }: NonNullable<Receipt['examples']>): string {
  const names = shown.map((hash) => hash.slice(0, 8)).join(', ')
  return by === 'likeness'
    ? l10n.t('{0}, by likeness: {1}', formatNumber(shown.length), names)
    : l10n.t('{0}, some of each kind, since no embedding model was ready: {1}', formatNumber(shown.length), names)
}

function describeAnsweredBy({ answeredBy, byFallback }: Receipt): string {
  const model = answeredBy ?? l10n.t('another model')
  return byFallback ? l10n.t('{0}, a fallback of the gateway', model) : model
}
