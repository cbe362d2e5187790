import type { Clock } from '../files/clock.ts'

/** More calls at once have to bring this much more, or they only wait for each other. */
const leastGain = 1.1

/** After so many rounds at one number of calls the next one is tried again: what the server can bear may have changed. */
const roundsBeforeNextTry = 64

interface Round {
  limit: number
  /** Calls that were answered at this limit; the first of them were begun at another one. */
  calls: number
  since: number
}

/** Finds by trying how many calls at the same time raise the rate at which they are answered: twice as many, as long as that helps. */
export class RateClimb {
  readonly #clock: Pick<Clock, 'monotonic'>
  #round: Round | null = null
  /** What half as many calls brought, in calls a millisecond; null: nothing is being tried. */
  #before: number | null = null
  #restsFor = 0

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /** What was measured counts no more. */
  restart(): void {
    this.#round = null
    this.#before = null
    this.#restsFor = 0
  }

  /** A call was answered while so many went at once: how many go from now on. */
  next(limit: number, most: number): number {
    const now = this.#clock.monotonic()
    if (this.#round?.limit !== limit) this.#round = { limit, calls: 0, since: now }
    const round = this.#round
    round.calls++
    if (round.calls === limit) round.since = now
    if (round.calls < 3 * limit + 1) return limit
    const rate = (round.calls - limit) / Math.max(now - round.since, 1e-6)
    this.#round = null
    if (this.#before !== null && rate < this.#before * leastGain) {
      this.#before = null
      this.#restsFor = roundsBeforeNextTry
      return Math.max(1, Math.floor(limit / 2))
    }
    if (limit >= most || this.#restsFor-- > 0) {
      this.#before = null
      return limit
    }
    this.#before = rate
    return Math.min(most, limit * 2)
  }
}
