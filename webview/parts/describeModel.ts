import * as l10n from '@vscode/l10n'
import type { DecisionLimits } from '../../protocol/decisions.ts'
import type { ModelStatus, ModelType, Price } from '../../protocol/models.ts'
import { assertNever } from '../../protocol/names.ts'
import { describeModelEnd } from '../../shared/describe/model.ts'
import type { IconName } from './icon.tsx'
import { endOf, type KnownModel, type ModelEnd, typeOf } from './knownModels.ts'
import {
  describeDecisions,
  describeLatency,
  formatAge,
  formatBytes,
  formatDay,
  formatNumber,
  language,
  plural,
} from './language.ts'

export function typeWords(type: ModelType): string {
  switch (type) {
    case 'generation':
      return l10n.t('Generation')
    case 'embedding':
      return l10n.t('Embedding')
    case 'decision':
      return l10n.t('Decision')
    case 'ner':
      return l10n.t('Names')
    default:
      return assertNever(type)
  }
}

export function statusWords(status: ModelStatus): string {
  switch (status) {
    case 'active':
      return l10n.t('Enabled')
    case 'inactive':
      return l10n.t('Disabled')
    case 'deprecated':
      return l10n.t('Deprecated')
    default:
      return assertNever(status)
  }
}

/** Icon and words say the same, so that neither colour nor shape is needed to understand it. */
export function describeStatus({ registered }: KnownModel): { icon: IconName; words: string } {
  if (!registered) return { icon: 'unknown', words: l10n.t('Without settings') }
  if (registered.unreadable !== undefined) return { icon: 'error', words: l10n.t('Cannot be read') }
  const icons = { active: 'pass', inactive: 'off', deprecated: 'warning' } as const
  return { icon: icons[registered.status], words: statusWords(registered.status) }
}

/** What is wrong with what is stored of it, and what helps; null: nothing is. */
export function unreadableWords({ registered }: KnownModel): string | null {
  if (registered?.unreadable === undefined) return null
  return l10n.t(
    'Its stored settings cannot be read ({0}). It cannot be used until you save it with new settings or remove them.',
    registered.unreadable,
  )
}

/** "Ends on 2026-12-01." and the like, and who says so. */
export function endWords({ deprecatedAt, shutdownAt, source }: ModelEnd, now: number): string {
  const said = shutdownAt
    ? datedEnd(shutdownAt, now)
    : deprecatedAt
      ? datedDeprecation(deprecatedAt, now)
      : l10n.t('It is deprecated.')
  if (source === null) return said
  const who =
    source === 'live' ? l10n.t('Its provider’s list says so.') : l10n.t('The product’s list of announcements says so.')
  return `${said} ${who}`
}

function datedEnd(shutdownAt: string, now: number): string {
  const day = formatDay(shutdownAt)
  return Date.parse(shutdownAt) <= now
    ? l10n.t('It was shut down on {0}.', day)
    : l10n.t('It will be shut down on {0}.', day)
}

function datedDeprecation(deprecatedAt: string, now: number): string {
  const day = formatDay(deprecatedAt)
  return Date.parse(deprecatedAt) <= now
    ? l10n.t('Deprecated since {0}.', day)
    : l10n.t('It will be deprecated on {0}.', day)
}

/** Why it may not work although nobody has announced its end; null: nothing. */
export function missingWords({ listed, isMissing, provider }: KnownModel, now: number): string | null {
  if (isMissing) return l10n.t('It is missing from the last list of {0}.', provider)
  if (!listed?.unlistedSince) return null
  return l10n.t(
    'Missing from the list of {0}; if the next one lacks it too, it counts as gone.',
    formatAge(listed.unlistedSince, now),
  )
}

/** What is known of it, in short: `Embedding · 4.1 GB · Q4_K_M · 768 dimensions`. */
export function modelFacts(known: KnownModel): string[] {
  const { listed, registered } = known
  const type = typeOf(known)
  const dimensions = registered?.embedding?.dimensions ?? listed?.dimensions
  const latency = registered?.latency ?? listed?.latency
  const price = { ...listed?.pricing, ...registered?.price }
  return [
    ...(type ? [typeWords(type)] : []),
    ...(listed?.sizeBytes ? [formatBytes(listed.sizeBytes)] : []),
    ...(listed?.parameterSize ? [l10n.t('{0} parameters', listed.parameterSize)] : []),
    ...(listed?.quantization ? [listed.quantization] : []),
    ...(listed?.contextTokens ? [l10n.t('context of {0} tokens', formatNumber(listed.contextTokens))] : []),
    ...(dimensions ? [plural(dimensions, '{0} dimension', '{0} dimensions')] : []),
    ...priceWords(price),
    ...(decisionsOf(known) ? [describeDecisions(decisionsOf(known) ?? {})] : []),
    ...(listed?.capabilities?.length ? [listed.capabilities.join(', ')] : []),
    ...(latency ? [describeLatency(latency)] : []),
    ...(listed?.loaded ? [l10n.t('in memory now')] : []),
    ...(listed?.leavesMachine ? [l10n.t('what is sent leaves this machine')] : []),
  ]
}

/** What was measured goes before what its list says; undefined: it does not decide, as far as is known. */
function decisionsOf({ registered, listed }: KnownModel): DecisionLimits | undefined {
  return registered?.probe?.decisions?.limits ?? listed?.decisions
}

/** One's own goes before the list's, figure by figure. */
function priceWords({ input, output }: Price): string[] {
  if (input === undefined) return output === undefined ? [] : [l10n.t('{0} out per million tokens', tellPrice(output))]
  if (output === undefined) return [l10n.t('{0} in per million tokens', tellPrice(input))]
  return [l10n.t('{0} in, {1} out per million tokens', tellPrice(input), tellPrice(output))]
}

/** Prices of a million tokens have up to four decimals. */
const tellPrice = (price: number) => `$${formatNumber(price, { least: 2, most: 4 })}`

/** What stands below the name where room is scarce; null: nothing was announced. */
export function shortEnd(known: KnownModel, now: number): string | null {
  const end = endOf(known)
  return end && describeModelEnd(language, end, now)
}
