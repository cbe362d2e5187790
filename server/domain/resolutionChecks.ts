import { explainReason } from '../../protocol/explainReason.ts'
import type { Reason, ReasonFacts } from '../../protocol/reasons.ts'
import type { Warning } from '../../protocol/routing.ts'
import { readOrigin } from './endpointOrigin.ts'
import type { KindRules, ProviderFacts } from './resolutionSnapshot.ts'

/** One step: passed with what it saw, or the reason why not. Both may carry warnings. */
export type Check = { ok: true; detail: string; warnings: Warning[] } | { ok: false; reason: Reason }

export function pass(detail: string, ...warnings: Warning[]): Check {
  return { ok: true, detail, warnings }
}

export function refuse(facts: ReasonFacts): Check {
  return { ok: false, reason: explainReason(facts) }
}

/** A check or model list older than this is told as old. Healthy providers of active routes are asked every minute. */
export const staleAfterMs = 15 * 60_000

/**
 * Step 7. A key that is needed must be there; whether it is may not be known yet, which is told but does not fail.
 * A key that was entered for another origin is there: step 8 says that it is not sent.
 */
export function checkKey({ provider, key }: ProviderFacts, rules: KindRules): Check {
  if (rules.keyNeed === 'none' || key.state === 'not_needed') return pass('no key needed')
  if (key.state === 'present') return pass('the key is there')
  if (key.state === 'unknown') return pass('not known yet whether the key is there')
  if (key.boundTo !== undefined) return pass(`a key is there for ${key.boundTo}`)
  // An optional key is missed only by somebody who named a variable for it.
  if (rules.keyNeed === 'optional' && key.source === 'secret_store') return pass('no key, and none is required')
  return refuse({ code: 'secret_missing', provider, source: key.source, variable: key.variable })
}

/** Step 8. Where the key may go: only to the origin it was entered for, and not readable over the network. */
export function checkPolicy(facts: ProviderFacts, rules: KindRules, endpoint: string | null): Check {
  const { provider, key } = facts
  if (endpoint === null) return pass('nothing is sent anywhere')
  const mayCarryKey = rules.keyNeed !== 'none' && (key.state === 'present' || key.boundTo !== undefined)
  const wouldCarryKey = mayCarryKey || (rules.keyNeed === 'required' && key.state !== 'not_needed')
  if (!wouldCarryKey) return pass('no key is sent')
  const origin = readOrigin(endpoint)
  if (key.boundTo !== undefined && readOrigin(key.boundTo)?.origin !== origin?.origin) {
    const { source, variable, boundTo } = key
    return refuse({ code: 'secret_missing', provider, source, variable, boundTo, origin: origin?.origin ?? endpoint })
  }
  if (origin?.scheme === 'https') return pass('the key travels encrypted')
  if (origin?.isLoopback) return pass('the key stays on this machine')
  if (facts.plainHttpAllowed) return pass('the key travels unencrypted, as confirmed')
  return refuse({
    code: 'policy_denied',
    provider,
    rule: 'plain_http_with_key',
    detail: `the key would travel unencrypted to ${origin?.origin ?? endpoint}`,
  })
}

/** Step 9. What the last check found, however long ago; nobody is asked now. */
export function checkHealth({ health }: ProviderFacts, model: string, isCalled: boolean, now: number): Check {
  if (health.state === 'failed' && health.reason && concerns(health.reason, model)) {
    if (!hasWaitedLongEnough(health.reason, health.checkedAt, now)) return { ok: false, reason: health.reason }
    return pass('it asked to slow down; that time has passed', staleCheck(health.checkedAt, now))
  }
  if (!isCalled) return pass('nothing to check: no call leaves this program')
  if (health.checkedAt === null) {
    return pass('never checked', { code: 'never_checked', message: 'The connection was never tested.' })
  }
  if (ageOf(health.checkedAt, now) <= staleAfterMs)
    return pass(`well when it was tested, ${tellAge(health.checkedAt, now)}`)
  return pass(`well when it was tested, ${tellAge(health.checkedAt, now)}`, staleCheck(health.checkedAt, now))
}

/** A failure that was about one model says nothing about another. */
function concerns(reason: Reason, model: string): boolean {
  return !('model' in reason) || reason.model === model
}

function hasWaitedLongEnough(reason: Reason, checkedAt: string | null, now: number): boolean {
  if (reason.code !== 'rate_limited' && reason.code !== 'overloaded') return false
  return reason.retryAfterMs !== null && checkedAt !== null && Date.parse(checkedAt) + reason.retryAfterMs <= now
}

function staleCheck(checkedAt: string | null, now: number): Warning {
  return { code: 'stale_check', message: `The connection was last tested ${tellAge(checkedAt, now)}.` }
}

/** Never negative: clocks jump. */
function ageOf(instant: string, now: number): number {
  return Math.max(0, now - Date.parse(instant))
}

export function tellAge(instant: string | null, now: number): string {
  if (instant === null) return 'at an unknown time'
  const minutes = Math.floor(ageOf(instant, now) / 60_000)
  if (minutes < 1) return 'less than a minute ago'
  if (minutes < 60) return `${minutes} min ago`
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 1440)} days ago`
}
