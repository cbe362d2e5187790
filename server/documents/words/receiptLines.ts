import * as l10n from '@vscode/l10n'
import { assertNever } from '../../../protocol/names.ts'
import type { Receipt } from '../../../protocol/results.ts'
import { cutWords, escapeMarkdown } from './escapeMarkdown.ts'

const hashShown = 12

/** How a verdict was obtained, line by line, as Markdown. */
export function receiptLines(receipt: Receipt): string[] {
  const { provider, kind, model, endpoint, promptHash, attempts, batch, outputMode, sharedWith } = receipt
  const lines = [
    l10n.t('Model: {0} of {1} ({2})', model, provider, kind),
    endpoint === null ? l10n.t('Endpoint: none, on this machine') : l10n.t('Endpoint: {0}', endpoint),
    l10n.t('Decided by: {0}', ruleWords(receipt.rule)),
    l10n.t('Answer: {0}, {1}', outputMode, attemptWords(attempts, batch)),
    l10n.t('Time: {0}, on {1}', timeWords(receipt.latencyMs), `${receipt.at.slice(0, 19).replace('T', ' ')} UTC`),
    l10n.t('Tokens of the call: {0}', tokenWords(receipt)),
    receipt.costUsd === null
      ? l10n.t('Cost: not known')
      : l10n.t('Cost of the call: {0} US dollars', `${receipt.costUsd}`),
    l10n.t('Prompt: {0}, profile: {1}', promptHash.slice(0, hashShown), receipt.profileHash.slice(0, hashShown)),
    ...(sharedWith === undefined
      ? []
      : [l10n.t('Asked about once, together with the equal text of {0}', cutWords(sharedWith, 80))]),
  ]
  return lines.map(escapeMarkdown)
}

function ruleWords(rule: Receipt['rule']): string {
  switch (rule) {
    case 'route':
      return l10n.t("the task's route")
    case 'override':
      return l10n.t('what was chosen for this run')
    case 'fallback':
      return l10n.t("the route's fallback, since its provider was not ready")
    default:
      return assertNever(rule)
  }
}

function attemptWords(attempts: number, batch: number): string {
  const calls = attempts === 1 ? l10n.t('1 call') : l10n.t('{0} calls', attempts)
  if (batch === 1) return calls
  return batch === 2
    ? l10n.t('{0}, together with another one', calls)
    : l10n.t('{0}, together with {1} others', calls, batch - 1)
}

function timeWords(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`
}

function tokenWords({ usage: { input, output, cached } }: Receipt): string {
  const count = (tokens: number | null) => (tokens === null ? l10n.t('not told') : `${tokens}`)
  const told = l10n.t('{0} in, {1} out', count(input), count(output))
  return cached ? l10n.t('{0} ({1} of them cached)', told, cached) : told
}
