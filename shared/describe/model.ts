import type { DecisionLimits } from '../../protocol/decisions.ts'
import type { TestPlan } from '../../protocol/models.ts'
import type { ModelLatency, ModelLifecycle } from '../../protocol/providers.ts'
import { formatDayIn, formatDurationIn } from '../format.ts'
import type { Language } from '../language.ts'
import { formatPluralIn } from '../plural.ts'

export function countModels(language: Language, count: number): string {
  return formatPluralIn(language, count, '{0} model', '{0} models')
}

/** "ends on 2026-12-01", "deprecated since 2026-06-01": the end of a model in a few words. */
export function describeModelEnd(
  language: Language,
  { shutdownAt, deprecatedAt }: Partial<Pick<ModelLifecycle, 'shutdownAt' | 'deprecatedAt'>>,
  now: number,
): string {
  const { t } = language
  const isOver = (instant: string) => Date.parse(instant) <= now
  if (shutdownAt) {
    const day = formatDayIn(language, shutdownAt)
    return isOver(shutdownAt) ? t('shut down on {0}', day) : t('ends on {0}', day)
  }
  if (!deprecatedAt) return t('deprecated')
  const day = formatDayIn(language, deprecatedAt)
  return isOver(deprecatedAt) ? t('deprecated since {0}', day) : t('deprecated from {0} on', day)
}

/** "decides, at most 26 options, 64 questions a request": that a model answers typed questions, and what is known of their number. */
export function describeDecisions(language: Language, limits: DecisionLimits): string {
  const { questions, options, levels, bytes, tokens } = limits
  const known = [
    questions === undefined ? '' : formatPluralIn(language, questions, '{0} question', '{0} questions'),
    options === undefined ? '' : formatPluralIn(language, options, '{0} option', '{0} options'),
    levels === undefined ? '' : formatPluralIn(language, levels, '{0} level', '{0} levels'),
    bytes === undefined ? '' : formatPluralIn(language, bytes, '{0} byte', '{0} bytes'),
    tokens === undefined ? '' : formatPluralIn(language, tokens, '{0} token', '{0} tokens'),
  ].filter((part) => part !== '')
  return known.length === 0
    ? language.t('decides')
    : language.t('makes decisions, at most {0} per request', known.join(', '))
}

/** "p50 320 ms, p95 1.2 s (412 calls in 30 days)": how long the model's calls take. */
export function describeLatency(language: Language, { calls, p50Ms, p95Ms }: ModelLatency): string {
  const [half, most] = [formatDurationIn(language, p50Ms), formatDurationIn(language, p95Ms)]
  return formatPluralIn(
    language,
    calls,
    'p50 {1}, p95 {2} ({0} call in 30 days)',
    'p50 {1}, p95 {2} ({0} calls in 30 days)',
    ...[half, most],
  )
}

/** What a test may cost. A server of this machine may be a gateway that passes calls on to somebody who sends a bill. */
export function describeTestCost({ t }: Language, { calls, endpoint, isFree }: TestPlan): string {
  if (calls === 0 || endpoint === null) return t('It costs nothing.')
  return isFree
    ? t('Its price is unknown: a server on this machine costs nothing unless it forwards calls.')
    : t('Your account may be charged for it.')
}
