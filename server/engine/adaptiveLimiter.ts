import type { Clock } from '../files/clock.ts'
import { RateClimb } from './rateClimb.ts'

export interface Concurrency {
  /** Calls at the same time: to begin with, and at most. */
  first: number
  most: number
  /** More only while they raise the rate: a server on one's own machine may take many calls and still answer one after the other. */
  isMeasured?: boolean
}

export interface ShareOptions {
  weight: number
  concurrency: Concurrency
}

const never = new AbortController().signal

/** For this long after an overload, a run that joins and wants more calls does not get them at once. */
const overloadRememberedMs = 60_000

/**
 * A worker writes its results down between two calls. Without a moment's patience its place would go to the next one waiting,
 * and turns would mean nothing.
 */
const patienceMs = 20

/**
 * How many calls a provider gets at the same time: one more for each round of calls that succeeded, half when it was overloaded
 * (additive increase, multiplicative decrease: Chiu and Jain, 1989). Runs take turns in proportion to their weights (stride
 * scheduling: Waldspurger and Weihl, 1995).
 */
export class AdaptiveLimiter {
  readonly #clock: Pick<Clock, 'monotonic' | 'wait'>
  readonly #shares = new Set<LimiterShare>()
  /** May be a fraction: it grows by one over many calls. */
  #limit = 1
  #active = 0
  /** Where the share that started a call last stands in the order of turns. */
  #turn = 0
  #overloadedAt = Number.NEGATIVE_INFINITY
  #announced = { calls: 0, until: Number.NEGATIVE_INFINITY }
  #isBeingPatient = false
  readonly #climb: RateClimb
  #isMeasured = false
  #isKeptToOne = false

  constructor(clock: Pick<Clock, 'monotonic' | 'wait'>) {
    this.#clock = clock
    this.#climb = new RateClimb(clock)
  }

  join(options: ShareOptions): LimiterShare {
    const { first } = options.concurrency
    const isCalm = this.#clock.monotonic() - this.#overloadedAt >= overloadRememberedMs
    if (this.#shares.size === 0) {
      this.#isMeasured = options.concurrency.isMeasured ?? false
      this.#isKeptToOne = false
      this.#climb.restart()
    }
    if (this.#shares.size === 0 && isCalm) this.#limit = first
    else if (isCalm) this.#limit = Math.max(this.#limit, first)
    const share = new LimiterShare(this, options)
    this.#shares.add(share)
    return share
  }

  succeeded(): void {
    // A limit that is not used says nothing about what the provider can bear.
    if (this.#active * 2 < Math.floor(this.#limit)) return
    let most = 1
    for (const share of this.#shares) most = Math.max(most, share.most)
    if (this.#isMeasured) this.#limit = Math.max(1, this.#climb.next(Math.floor(this.#limit), most))
    else this.#limit = Math.max(this.#limit, Math.min(most, this.#limit + 1 / this.#limit))
    this.#admitWaiting()
  }

  overloaded(): void {
    this.#limit = Math.max(1, this.#limit / 2)
    this.#climb.restart()
    this.#overloadedAt = this.#clock.monotonic()
  }

  /** One call at a time, as long as anybody calls. */
  keepToOne(): void {
    this.#isKeptToOne = true
  }

  /** Calls under way. */
  active(): number {
    return this.#active
  }

  /** The provider has announced that it takes only this many calls within the next `ms`. */
  limitTo(calls: number, ms: number): void {
    this.#announced = { calls, until: this.#clock.monotonic() + ms }
  }

  /** Calls at the same time, at present. */
  limit(): number {
    if (this.#isKeptToOne) return 1
    const isAnnounced = this.#announced.until > this.#clock.monotonic()
    return Math.max(1, Math.floor(isAnnounced ? Math.min(this.#limit, this.#announced.calls) : this.#limit))
  }

  // What follows is for the shares alone.

  turn(): number {
    return this.#turn
  }

  hasRoom(): boolean {
    return this.#active < this.limit()
  }

  /** Another share is waiting, and its turn is not after this one. */
  isAnotherTurn(turn: number): boolean {
    for (const share of this.#shares) if (share.isWaiting() && share.turn() <= turn) return true
    return false
  }

  started(turn: number): void {
    this.#active++
    this.#turn = Math.max(this.#turn, turn)
  }

  ended(calls: number): void {
    this.#active -= calls
    this.#admitWaiting()
  }

  queued(): void {
    this.#admitWaiting()
  }

  expectedUntil(): number {
    return this.#clock.monotonic() + patienceMs
  }

  remove(share: LimiterShare): void {
    this.#shares.delete(share)
  }

  #admitWaiting(): void {
    for (let share = this.#next(); share; share = this.#next()) {
      if (this.#isEarlierTurnExpected(share.turn())) return this.#bePatient()
      share.admit()
    }
  }

  #next(): LimiterShare | undefined {
    let found: LimiterShare | undefined
    for (const share of this.#shares) {
      if (!share.isWaiting() || !share.hasRoom()) continue
      if (!found || share.turn() < found.turn()) found = share
    }
    return found
  }

  /** A share whose turn comes before this one is about to ask. */
  #isEarlierTurnExpected(turn: number): boolean {
    const now = this.#clock.monotonic()
    for (const share of this.#shares) if (share.turn() < turn && share.isExpectedAt(now) && share.hasRoom()) return true
    return false
  }

  #bePatient(): void {
    if (this.#isBeingPatient) return
    this.#isBeingPatient = true
    void this.#clock.wait(patienceMs, never).then(() => {
      this.#isBeingPatient = false
      this.#admitWaiting()
    })
  }
}

/** One run's part of the calls that a provider gets at the same time. */
export class LimiterShare {
  readonly most: number
  readonly #limiter: AdaptiveLimiter
  readonly #weight: number
  /** Where it stands in the order of turns: the lowest is next. */
  #turn: number
  #active = 0
  #waiting: { admit(): void }[] = []
  /** A call of this share has just ended, and its next one may come until then. */
  #expectedUntil = 0

  constructor(limiter: AdaptiveLimiter, { weight, concurrency }: ShareOptions) {
    this.#limiter = limiter
    this.#weight = weight
    this.most = concurrency.most
    this.#turn = limiter.turn()
  }

  /** A place for one call where one is free and nobody is waiting for it. */
  tryAcquire(): boolean {
    if (!this.hasRoom() || this.#limiter.isAnotherTurn(this.#turn)) return false
    this.#start()
    return true
  }

  /** False when the signal aborted meanwhile. */
  acquire(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false)
    // A share that wanted nothing has not saved up turns.
    if (!this.isWaiting() && this.#active === 0) this.#turn = Math.max(this.#turn, this.#limiter.turn())
    return new Promise((resolve) => {
      const waiter = {
        admit() {
          signal.removeEventListener('abort', abort)
          resolve(true)
        },
      }
      const abort = (): void => {
        this.#waiting = this.#waiting.filter((each) => each !== waiter)
        resolve(false)
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#waiting.push(waiter)
      this.#limiter.queued()
    })
  }

  /** A place whether one is free or not: for the one call that finds out whether the provider is back. */
  forceAcquire(): void {
    this.#start()
  }

  release(): void {
    this.#expectedUntil = this.#limiter.expectedUntil()
    this.#end(1)
  }

  /** Gives back all that it still has. */
  leave(): void {
    this.#limiter.remove(this)
    this.#end(this.#active)
  }

  // What follows is for the limiter alone.

  turn(): number {
    return this.#turn
  }

  isWaiting(): boolean {
    return this.#waiting.length > 0
  }

  hasRoom(): boolean {
    return this.#active < this.most && this.#limiter.hasRoom()
  }

  isExpectedAt(now: number): boolean {
    return this.#expectedUntil > now && !this.isWaiting()
  }

  admit(): void {
    this.#start()
    this.#waiting.shift()?.admit()
  }

  #start(): void {
    this.#active++
    this.#limiter.started(this.#turn)
    this.#turn += 1 / this.#weight
  }

  #end(calls: number): void {
    this.#active -= calls
    this.#limiter.ended(calls)
  }
}
