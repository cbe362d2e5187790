import type { Circuit } from '../../protocol/providers.ts'
import type { Reason } from '../../protocol/reasons.ts'

/** So many failed checks in a row, and the provider is taken to be gone for a while. */
const failuresToOpen = 3

/** How often a healthy provider is asked, and how rarely one that is gone at the least. */
const healthyIntervalMs = 60_000
const longestIntervalMs = 600_000
/** A model that was missing from a list counts as gone only when the next list lacks it, too: that should not take long. */
const confirmAfterMs = 10_000
/** Whatever a provider says, after this it is asked again: it may have said nonsense, and clocks may have jumped. */
const longestPauseMs = 3_600_000

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

/**
 * Until when providers asked to be left alone. Stored as instants, so that a restarted server knows; counted on a clock that never
 * jumps from the moment they are first seen.
 */
export class Pauses {
  readonly #clock: { now(): number; monotonic(): number }
  readonly #ends = new Map<string, { at: number; stored: string | null }>()

  constructor(clock: { now(): number; monotonic(): number }) {
    this.#clock = clock
  }

  /** Milliseconds left; 0: none. `stored`: the instant in the store. */
  left(provider: string, stored: string | null): number {
    const known = this.#ends.get(provider)
    if (stored !== null && stored !== known?.stored) {
      const ms = Math.min(Math.max(0, Date.parse(stored) - this.#clock.now()), longestPauseMs)
      this.#ends.set(provider, { at: Math.max(known?.at ?? 0, this.#clock.monotonic() + ms), stored })
    }
    return Math.max(0, (this.#ends.get(provider)?.at ?? 0) - this.#clock.monotonic())
  }

  /** From now on for so long, unless it is longer already. The instant to be stored. */
  begin(provider: string, ms: number): string {
    const known = this.#ends.get(provider)
    const capped = Math.min(ms, longestPauseMs)
    const at = Math.max(known?.at ?? 0, this.#clock.monotonic() + capped)
    const stored = new Date(this.#clock.now() + at - this.#clock.monotonic()).toISOString()
    this.#ends.set(provider, { at, stored })
    return stored
  }

  forget(provider: string): void {
    this.#ends.delete(provider)
  }
}
