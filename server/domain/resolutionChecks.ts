import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { Reason, ReasonFacts } from '../../protocol/reasons.ts'
import type { Warning } from '../../protocol/routing.ts'
import { explainReason } from '../../shared/describe/reason.ts'
import { formatInstantIn } from '../../shared/format.ts'
import { english } from '../../shared/language.ts'
import { localizable, toEnglish, withMessage } from '../../shared/message.ts'
import { readOrigin } from './endpointOrigin.ts'
import type { KindRules, ProviderFacts } from './resolutionSnapshot.ts'

/** One step: passed with what it saw, or the reason why not. Both may carry warnings. */
export type Check = { ok: true; localizable: LocalizableMessage; warnings: Warning[] } | { ok: false; reason: Reason }

export function pass(sentence: LocalizableMessage, ...warnings: Warning[]): Check {
  return { ok: true, localizable: sentence, warnings }
}

export function warn(code: Warning['code'], sentence: LocalizableMessage): Warning {
  return { code, message: toEnglish(sentence), localizable: sentence }
}

export function refuse(facts: ReasonFacts): Check {
  return { ok: false, reason: explainReason(facts) }
}

/** A check or model list older than this is shown as old. Healthy providers of active routes are asked every minute. */
const staleAfterMs = 15 * 60_000

/**
 * Step 7. A key that is needed must be there; whether it is may not be known yet, which is shown but does not fail.
 * A key that was entered for another origin is there: step 8 says that it is not sent.
 */
export function checkKey({ provider, key }: ProviderFacts, rules: KindRules): Check {
  if (rules.keyNeed === 'none' || key.state === 'not_needed') return pass(localizable('no key needed'))
  if (key.state === 'present') return pass(localizable('the key is there'))
  if (key.state === 'unknown') return pass(localizable('not known yet whether the key is there'))
  if (key.boundTo !== undefined) return pass(localizable('a key is there for {0}', key.boundTo))
  // An optional key is missed only by somebody who named a variable for it, or has entered it elsewhere.
  if (rules.keyNeed === 'optional' && key.source === 'secret_store' && key.keptBy === undefined)
    return pass(localizable('no key, and none is required'))
  return refuse({ code: 'secret_missing', provider, source: key.source, variable: key.variable, keptBy: key.keptBy })
}

/** Step 8. Where the key may go: only to the origin it was entered for, and not readable over the network. */
export function checkPolicy(facts: ProviderFacts, rules: KindRules, endpoint: string | null): Check {
  const { provider, key } = facts
  if (endpoint === null) return pass(localizable('nothing is sent anywhere'))
  const mayCarryKey = rules.keyNeed !== 'none' && (key.state === 'present' || key.boundTo !== undefined)
  const wouldCarryKey = mayCarryKey || (rules.keyNeed === 'required' && key.state !== 'not_needed')
  if (!wouldCarryKey) return pass(localizable('no key is sent'))
  const origin = readOrigin(endpoint)
  if (key.boundTo !== undefined && readOrigin(key.boundTo)?.origin !== origin?.origin) {
    const { source, variable, boundTo } = key
    return refuse({ code: 'secret_missing', provider, source, variable, boundTo, origin: origin?.origin ?? endpoint })
  }
  if (origin?.scheme === 'https') return pass(localizable('the key travels encrypted'))
  if (origin?.isLoopback) return pass(localizable('the key stays on this machine'))
  if (facts.plainHttpAllowed) return pass(localizable('the key travels unencrypted, as confirmed'))
  return refuse({
    code: 'policy_denied',
    provider,
    rule: 'plain_http_with_key',
    ...withMessage('detail', localizable('the key would travel unencrypted to {0}', origin?.origin ?? endpoint)),
  })
}

/** Shorter waits are over before anybody has read of them. */
const waitWorthTellingMs = 5_000

/**
 * Step 9. What the last check found, however long ago; nobody is asked now. A provider that asked a call to wait is ready: a run
 * starts and waits with it.
 */
export function checkHealth(
  facts: ProviderFacts,
  use: { model: string; isCalled: boolean; hasFallback: boolean },
  now: number,
): Check {
  const check = checkLastCheck(facts, use, now)
  const waits = askedToWait(facts.pausedUntil ?? null, now)
  return check.ok && waits ? { ...check, warnings: [waits, ...check.warnings] } : check
}

function askedToWait(until: string | null, now: number): Warning | null {
  if (until === null || Date.parse(until) - now < waitWorthTellingMs) return null
  const sentence = localizable(
    'The provider asked to wait: nothing is sent, and runs pause, until {0}. A successful test with a model ends the pause.',
  )
  const message = toEnglish({ ...sentence, values: [formatInstantIn(english, until)] })
  return { code: 'asked_to_wait', message, localizable: sentence, until }
}

function checkLastCheck(
  { health }: ProviderFacts,
  { model, isCalled, hasFallback }: { model: string; isCalled: boolean; hasFallback: boolean },
  now: number,
): Check {
  if (health.state === 'failed' && health.reason && concerns(health.reason, model)) {
    // Only a fallback is better than a call that waits.
    if (!hasFallback && isBusy(health.reason))
      return pass(localizable('reachable, but busy when it was checked'), busy())
    if (!hasWaitedLongEnough(health.reason, health.checkedAt, now)) return { ok: false, reason: health.reason }
    return pass(localizable('it asked for a pause, which is over'), staleCheck(health.checkedAt, now))
  }
  if (!isCalled) return pass(localizable('nothing to check: no call leaves this program'))
  if (health.checkedAt === null) {
    return pass(localizable('never checked'), warn('never_checked', localizable('The connection was never tested.')))
  }
  const passed = wellWhenTested(health.checkedAt, now)
  const isStale = ageOf(health.checkedAt, now) > staleAfterMs
  return isStale ? pass(passed, staleCheck(health.checkedAt, now)) : pass(passed)
}

/**
 * It was reached, and had no time for a list: it generates, or is loading its model. A call is waited for longer than a list, and by a
 * run as long as it takes. One that said when to come back is taken at its word.
 */
function isBusy(reason: Reason): boolean {
  if (reason.code === 'timeout') return reason.phase === 'total'
  return reason.code === 'overloaded' && reason.retryAfterMs === null
}

function busy(): Warning {
  const sentence = localizable('The server was busy or loading a model when it was checked; runs wait for it.')
  return warn('busy_when_asked', sentence)
}

/** A failure that was about one model says nothing about another. */
function concerns(reason: Reason, model: string): boolean {
  return !('model' in reason) || reason.model === model
}

function hasWaitedLongEnough(reason: Reason, checkedAt: string | null, now: number): boolean {
  if (reason.code !== 'rate_limited' && reason.code !== 'overloaded') return false
  return reason.retryAfterMs !== null && checkedAt !== null && Date.parse(checkedAt) + reason.retryAfterMs <= now
}

/** Each age is a sentence of its own: in another language it may stand elsewhere in it. */
function staleCheck(checkedAt: string | null, now: number): Warning {
  return warn(
    'stale_check',
    describeSince(checkedAt, now, {
      unknown: localizable('The connection was last tested at an unknown time.'),
      now: localizable('The connection was last tested less than a minute ago.'),
      minutes: (amount) => localizable('The connection was last tested {0} min ago.', amount),
      hours: (amount) => localizable('The connection was last tested {0} h ago.', amount),
      days: (amount) => localizable('The connection was last tested {0} days ago.', amount),
    }),
  )
}

function wellWhenTested(checkedAt: string, now: number): LocalizableMessage {
  return describeSince(checkedAt, now, {
    unknown: localizable('passed its last test, at an unknown time'),
    now: localizable('passed its last test less than a minute ago'),
    minutes: (amount) => localizable('passed its last test {0} min ago', amount),
    hours: (amount) => localizable('passed its last test {0} h ago', amount),
    days: (amount) => localizable('passed its last test {0} days ago', amount),
  })
}

/** Never negative: clocks jump. */
function ageOf(instant: string, now: number): number {
  return Math.max(0, now - Date.parse(instant))
}

export interface SinceWords {
  unknown: LocalizableMessage
  now: LocalizableMessage
  minutes(amount: number): LocalizableMessage
  hours(amount: number): LocalizableMessage
  /** From two on. */
  days(amount: number): LocalizableMessage
}

export function describeSince(instant: string | null, now: number, words: SinceWords): LocalizableMessage {
  if (instant === null) return words.unknown
  const minutes = Math.floor(ageOf(instant, now) / 60_000)
  if (minutes < 1) return words.now
  if (minutes < 60) return words.minutes(minutes)
  return minutes < 48 * 60 ? words.hours(Math.floor(minutes / 60)) : words.days(Math.floor(minutes / 1440))
}
