import type { LimiterShare, ShareOptions } from './adaptiveLimiter.ts'

/** The right to make one call. */
export interface Permit {
  /** Calls that began before the last failure belong to an older epoch and say nothing new about the outage. */
  epoch: number
  /** Which call of this provider it is. */
  number: number
}

/**
 * refused: the provider takes no call now; another one of the same moment may well be answered. overload: it took too long.
 * outage: nobody is there. loading: it reads its model into memory.
 */
export type Trouble = 'refused' | 'overload' | 'outage' | 'loading'

/** waiting: as all calls do now. parked: this call alone, for `ms`. given_up: the trouble has lasted too long. */
export type AfterFailure = { kind: 'waiting' | 'given_up' } | { kind: 'parked'; ms: number }

/** What a run says of itself; its weight counts beside other runs. */
export interface BreakerHandleOptions extends ShareOptions {
  /** The provider asked for a pause until then (epoch milliseconds); null: calls go on. */
  onPause(until: number | null): void
}

/** What a handle passes on: the breaker decides, the handle gives the place of the call back. */
export interface Breaker {
  acquire(share: LimiterShare, signal: AbortSignal, hasFailed: boolean): Promise<Permit | null>
  answered(permit: Permit): void
  failed(permit: Permit, retryAfterMs: number | null, trouble: Trouble, tries: number): AfterFailure
  interrupted(permit: Permit): boolean
  abandoned(permit: Permit): void
  announced(calls: number, ms: number): void
  answers(): number
  trackPending(): () => void
  isAlone(): boolean
  remove(handle: BreakerHandle): void
}

/**
 * A run's way through the breaker: each call acquires a permit and says what came of it. All runs of the process share what is
 * known of the provider, and its calls, by their priority.
 */
export class BreakerHandle {
  readonly #breaker: Breaker
  readonly #share: LimiterShare

  constructor(breaker: Breaker, share: LimiterShare) {
    this.#breaker = breaker
    this.#share = share
  }

  /**
   * Null when the signal aborted meanwhile. A call that has failed before lets others go first after a pause: it may itself be
   * what the provider stumbles over.
   */
  acquire(signal: AbortSignal, hasFailed: boolean): Promise<Permit | null> {
    return this.#breaker.acquire(this.#share, signal, hasFailed)
  }

  /** The provider answered, whatever it said. */
  answered(permit: Permit): void {
    this.#breaker.answered(permit)
    this.#share.release()
  }

  /** The provider is in trouble. `tries`: how often this call was refused by now. */
  failed(permit: Permit, retryAfterMs: number | null, trouble: Trouble, tries = 1): AfterFailure {
    const outcome = this.#breaker.failed(permit, retryAfterMs, trouble, tries)
    this.#share.release()
    return outcome
  }

  /** The answer was broken off; whether other calls of ours may be why. */
  interrupted(permit: Permit): boolean {
    const hadOthers = this.#breaker.interrupted(permit)
    this.#share.release()
    return hadOthers
  }

  /** The call said nothing about the provider. */
  abandoned(permit: Permit): void {
    this.#breaker.abandoned(permit)
    this.#share.release()
  }

  /** The provider has announced that it takes only so many more calls within the next `ms`. */
  announced(calls: number, ms: number): void {
    this.#breaker.announced(calls, ms)
  }

  /** How many calls were answered so far, whichever run made them. */
  answers(): number {
    return this.#breaker.answers()
  }

  /** A caller keeps asking until there is an answer; call the result when it is done. */
  trackPending(): () => void {
    return this.#breaker.trackPending()
  }

  /** No other call is pending: whether the provider would answer others cannot be seen. */
  isAlone(): boolean {
    return this.#breaker.isAlone()
  }

  leave(): void {
    this.#breaker.remove(this)
    this.#share.leave()
  }
}
