import type { WaitPlan } from '../domain/retryRules.ts'
import type { Clock } from '../files/clock.ts'
import { AdaptiveLimiter, type LimiterShare } from './adaptiveLimiter.ts'
import {
  type AfterFailure,
  type Breaker,
  BreakerHandle,
  type BreakerHandleOptions,
  type Permit,
  type Trouble,
} from './breakerHandle.ts'

interface BreakerOptions {
  clock: Clock
  random: () => number
  plan(outage: { retryAfterMs: number | null; tries: number; random: number }): WaitPlan
  /** How long a refused call waits while others are answered. */
  planParking(refusal: { retryAfterMs: number | null; tries: number; random: number }): number
  longestParkMs: number
  /** The provider itself asked to be left alone for this long; called once per pause, and only for pauses worth storing. */
  onPauseAsked?(ms: number): void
}

/** The one call that finds out whether the provider is back, and how others learn that it is over. */
interface Probe {
  permit: Permit
  over: Promise<void>
  finish(): void
}

/**
 * closed: calls go through. open: nobody calls `until` (monotonic milliseconds); `isRequested`: because the provider said so.
 * half_open: the next call goes alone, or is under way.
 */
type BreakerState =
  | { kind: 'closed' }
  | { kind: 'open'; until: number; isRequested: boolean }
  | { kind: 'half_open'; probe: Probe | null }

/** So many refusals with no answer in between are no accident. */
const fewestRefusals = 3

/** A model of many gigabytes takes minutes to load; it is looked after every few seconds. */
const longestLoadingMs = 15 * 60_000
const loadingLookMs = 2000

/** Shorter pauses are over before a restarted process asks. */
const shortestReportedPauseMs = 10_000

/**
 * What is known of one provider, shared by all runs of the process. It begins half open: the first call goes alone, so that a
 * refused key costs one call and not one for each worker. After an outage everybody waits, and again one call goes first.
 * How many calls go through at the same time while it is closed says its `AdaptiveLimiter`.
 */
export class CircuitBreaker implements Breaker {
  readonly #options: BreakerOptions
  readonly #clock: Clock
  readonly #limiter: AdaptiveLimiter
  readonly #handles = new Map<BreakerHandle, BreakerHandleOptions>()
  #state: BreakerState = { kind: 'half_open', probe: null }
  #epoch = 0
  /** Failures since the provider answered last. */
  #tries = 0
  #answers = 0
  /** Calls that were begun. */
  #started = 0
  /** Calls that were refused since the provider answered last, while it was not known to be in trouble. */
  #refusedInRow = 0
  /** The newest call when the limit was lowered last: refusals of calls before it are of the same moment. */
  #slowedAt = 0
  #loadingSince: number | null = null
  #reportedUntil = 0
  #pauseEnded = new AbortController()
  /** Those who wait for their first try. */
  #freshWaiters = 0
  #pendingCalls = 0

  constructor(options: BreakerOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#limiter = new AdaptiveLimiter(options.clock)
  }

  join(options: BreakerHandleOptions): BreakerHandle {
    if (this.#handles.size === 0) this.#forgetOutage()
    const handle = new BreakerHandle(this, this.#limiter.join(options))
    this.#handles.set(handle, options)
    if (this.#state.kind === 'open' && this.#state.isRequested) this.#notifyPause()
    return handle
  }

  /** A check has found that the provider answers again: one call goes first, now. */
  endPause(): void {
    if (this.#state.kind === 'open') this.#enter({ kind: 'half_open', probe: null })
    this.#reportedUntil = 0
    this.#notifyPause()
    this.#pauseEnded.abort()
    this.#pauseEnded = new AbortController()
  }

  // What follows is for the handles alone, who give the place of a call back.

  async acquire(share: LimiterShare, signal: AbortSignal, hasFailed: boolean): Promise<Permit | null> {
    if (this.#state.kind === 'closed' && !signal.aborted && share.tryAcquire()) return this.#permit()
    this.#freshWaiters += hasFailed ? 0 : 1
    try {
      return await this.#waitForPermit(share, signal, hasFailed)
    } finally {
      this.#freshWaiters -= hasFailed ? 0 : 1
    }
  }

  answered(permit: Permit): void {
    this.#answers++
    this.#refusedInRow = 0
    this.#loadingSince = null
    if (permit.epoch === this.#epoch) {
      this.#tries = 0
      // A pause that the provider asked for meanwhile goes on.
      if (this.#state.kind === 'half_open') this.#enter({ kind: 'closed' })
      this.#limiter.succeeded()
    }
    this.#endProbe(permit)
  }

  failed(permit: Permit, retryAfterMs: number | null, trouble: Trouble, tries = 1): AfterFailure {
    const isBearable = (retryAfterMs ?? 0) <= this.#options.longestParkMs
    if (trouble === 'refused' && isBearable && this.#isAnsweringOthers()) {
      return this.#park(permit, retryAfterMs, tries)
    }
    if (trouble === 'loading' && this.#isStillLoading()) return this.#waitForLoading(permit, retryAfterMs)
    const isNew = permit.epoch === this.#epoch
    if (isNew) {
      this.#tries++
      if (trouble !== 'outage') this.#limiter.overloaded()
      this.#startEpoch()
    }
    this.#endProbe(permit)
    if (retryAfterMs !== null) this.#reportPause(retryAfterMs)
    const { plan, random, longestParkMs } = this.#options
    const wait = plan({ retryAfterMs, tries: this.#tries, random: random() })
    if (wait.kind === 'stop_run' || wait.ms > longestParkMs) return { kind: 'given_up' }
    // A call of the same epoch may have been told to wait longer than the first one that failed.
    const isRequested = retryAfterMs !== null && retryAfterMs > 0
    if (isNew || isRequested) this.#pauseFor(wait.ms, isRequested || wait.kind === 'park')
    return { kind: 'waiting' }
  }

  /**
   * A server that works on one call at a time breaks a running answer off when the next call comes. True: that may be why this one
   * ended early, and from now on one call goes at a time.
   */
  interrupted(permit: Permit): boolean {
    const hadOthers = this.#started > permit.number || this.#limiter.active() > 1
    this.#endProbe(permit)
    if (hadOthers) this.#limiter.keepToOne()
    return hadOthers
  }

  abandoned(permit: Permit): void {
    this.#endProbe(permit)
  }

  announced(calls: number, ms: number): void {
    if (calls > 0) return this.#limiter.limitTo(calls, ms)
    // Nothing was refused yet: calls that wait now are not refused at all.
    if (ms > this.#options.longestParkMs) return
    // Calls under way will be answered; that must not close the breaker again.
    this.#startEpoch()
    // First: what others make of it must not end after the pause does, or the first call would be refused.
    this.#reportPause(ms)
    this.#pauseFor(ms, true)
  }

  answers(): number {
    return this.#answers
  }

  trackPending(): () => void {
    this.#pendingCalls++
    return () => void this.#pendingCalls--
  }

  isAlone(): boolean {
    return this.#pendingCalls <= 1
  }

  remove(handle: BreakerHandle): void {
    this.#handles.delete(handle)
  }

  async #waitForPermit(share: LimiterShare, signal: AbortSignal, hasFailed: boolean): Promise<Permit | null> {
    while (!signal.aborted) {
      const state = this.#stateNow()
      if (state.kind === 'open') {
        const pauseMs = state.until - this.#clock.monotonic()
        await this.#clock.wait(pauseMs, AbortSignal.any([signal, this.#pauseEnded.signal]))
      } else if (state.kind === 'closed') {
        if (!(await share.acquire(signal))) return null
        // While it waited for its turn the provider may have got into trouble.
        if (this.#stateNow().kind === 'closed') return this.#permit()
        share.release()
      } else if (state.probe) {
        await settledOrAborted(state.probe.over, signal)
      } else if (hasFailed && this.#freshWaiters > 0) {
        await this.#clock.wait(1, signal)
      } else {
        share.forceAcquire()
        return this.#startProbe()
      }
    }
    return null
  }

  #permit(): Permit {
    return { epoch: this.#epoch, number: ++this.#started }
  }

  /** Calls of the same moment are answered: as many refusals in a row as there are calls under way would be another matter. */
  #isAnsweringOthers(): boolean {
    if (this.#stateNow().kind !== 'closed' || this.#answers === 0) return false
    return ++this.#refusedInRow < Math.max(fewestRefusals, this.#limiter.active())
  }

  /** Fewer calls go at once, and this one waits as long as it was told to; the others go on. */
  #park(permit: Permit, retryAfterMs: number | null, tries: number): AfterFailure {
    if (permit.number > this.#slowedAt) {
      this.#limiter.overloaded()
      this.#slowedAt = this.#started
    }
    const { planParking, random } = this.#options
    return { kind: 'parked', ms: planParking({ retryAfterMs, tries, random: random() }) }
  }

  #isStillLoading(): boolean {
    const now = this.#clock.monotonic()
    this.#loadingSince ??= now
    return now - this.#loadingSince < longestLoadingMs
  }

  /** However often it is asked meanwhile, that is no outage. */
  #waitForLoading(permit: Permit, retryAfterMs: number | null): AfterFailure {
    if (permit.epoch === this.#epoch) this.#startEpoch()
    this.#endProbe(permit)
    this.#pauseFor(retryAfterMs || loadingLookMs, false)
    return { kind: 'waiting' }
  }

  /** A pause that is over leaves the breaker half open. */
  #stateNow(): BreakerState {
    if (this.#state.kind === 'open' && this.#state.until <= this.#clock.monotonic())
      this.#enter({ kind: 'half_open', probe: null })
    return this.#state
  }

  #startProbe(): Permit {
    const permit = this.#permit()
    let finish = (): void => {}
    const over = new Promise<void>((resolve) => {
      finish = resolve
    })
    this.#enter({ kind: 'half_open', probe: { permit, over, finish } })
    this.#notifyPause()
    return permit
  }

  #endProbe(permit: Permit): void {
    if (this.#state.kind === 'half_open' && this.#state.probe?.permit === permit)
      this.#enter({ kind: 'half_open', probe: null })
  }

  /** Those who wait for a probe that counts no more look again. */
  #enter(next: BreakerState): void {
    const probe = this.#state.kind === 'half_open' ? this.#state.probe : null
    this.#state = next
    probe?.finish()
  }

  /** What calls under way will say counts no more, and the next call goes alone; not before the end of a pause. */
  #startEpoch(): void {
    this.#epoch++
    if (this.#state.kind !== 'open') this.#enter({ kind: 'half_open', probe: null })
  }

  #pauseFor(ms: number, isRequested: boolean): void {
    const before = this.#stateNow()
    const pause = { kind: 'open' as const, until: this.#clock.monotonic() + ms, isRequested }
    if (before.kind === 'open') {
      pause.until = Math.max(pause.until, before.until)
      pause.isRequested ||= before.isRequested
    }
    this.#enter(pause)
    if (isRequested) this.#notifyPause()
  }

  #notifyPause(): void {
    const state = this.#stateNow()
    const isPaused = state.kind === 'open' && state.isRequested
    const until = isPaused ? this.#clock.now() + (state.until - this.#clock.monotonic()) : null
    for (const { onPause } of this.#handles.values()) onPause(until)
  }

  /** Every call under way may bring the same request along: only one that goes on for clearly longer is news. */
  #reportPause(ms: number): void {
    const until = this.#clock.monotonic() + ms
    if (ms < shortestReportedPauseMs || until < this.#reportedUntil + shortestReportedPauseMs) return
    this.#reportedUntil = until
    this.#options.onPauseAsked?.(ms)
  }

  /** The provider is left as it was found last, except that an outage which nobody has watched since may be over. */
  #forgetOutage(): void {
    this.#tries = 0
    const state = this.#state
    if (state.kind === 'closed' || (state.kind === 'open' && !state.isRequested))
      this.#enter({ kind: 'half_open', probe: null })
  }
}

/** One circuit breaker a provider, however many runs call it. */
export function createCircuitBreakers(
  options: Omit<BreakerOptions, 'onPauseAsked'> & {
    onPauseAsked?: ((provider: string, ms: number) => void) | undefined
  },
): (provider: string) => CircuitBreaker {
  const breakers = new Map<string, CircuitBreaker>()
  return (provider) => {
    const breaker =
      breakers.get(provider) ??
      new CircuitBreaker({ ...options, onPauseAsked: (ms) => options.onPauseAsked?.(provider, ms) })
    breakers.set(provider, breaker)
    return breaker
  }
}

function settledOrAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      signal.removeEventListener('abort', finish)
      resolve()
    }
    signal.addEventListener('abort', finish, { once: true })
    void promise.then(finish)
  })
}
