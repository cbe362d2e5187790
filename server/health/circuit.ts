import type { Circuit } from '../../protocol/providers.ts'
import type { Reason } from '../../protocol/reasons.ts'

/** So many failed checks in a row, and the provider is taken to be gone for a while. */
export const failuresToOpen = 3

/** How often a healthy provider is asked, and how rarely one that is gone at the least. */
const healthyIntervalMs = 60_000
const longestIntervalMs = 600_000
/** A model that was missing from a list counts as gone only when the next list lacks it, too: that should not take long. */
const confirmAfterMs = 10_000
/** Whatever a provider says, after this it is asked again: it may have said nonsense, and clocks may have jumped. */
export const longestPauseMs = 3_600_000

export interface CircuitFacts {
  failures: number
  /** How much longer it wants to be left alone. */
  pausedForMs: number
  /** The last list lacked a model that the one before had. */
  hasUnlisted: boolean
}

/** Milliseconds until a provider is asked again, without jitter. */
export function nextCheckAfter({ failures, pausedForMs, hasUnlisted }: CircuitFacts): number {
  if (pausedForMs > 0) return pausedForMs
  if (failures === 0 && hasUnlisted) return confirmAfterMs
  const doublings = Math.max(0, Math.min(failures, 20) - failuresToOpen + 1)
  return Math.min(healthyIntervalMs * 2 ** doublings, longestIntervalMs)
}

export function circuitState(failures: number, pausedForMs: number, isBeingAsked: boolean): Circuit['state'] {
  if (failures < failuresToOpen && pausedForMs === 0) return 'closed'
  return isBeingAsked ? 'half_open' : 'open'
}

/** For how long a failed check asks to be left alone; 0: it did not say, or said nothing that makes sense. */
export function pauseAsked(reason: Reason): number {
  if (reason.code !== 'rate_limited' && reason.code !== 'overloaded') return 0
  const { retryAfterMs } = reason
  return retryAfterMs !== null && retryAfterMs > 0 ? Math.min(retryAfterMs, longestPauseMs) : 0
}
