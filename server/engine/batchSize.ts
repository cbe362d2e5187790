/** What an answer says of the size of its call. `partial`: it judged some of the items, less than half. `too_much`: it never came, for its size. */
export type SizeEvidence = 'whole' | 'partial' | 'void' | 'too_much'

/** An answer without any verdict may have other causes, so it counts less. */
const weights: Record<SizeEvidence, number> = { whole: 0, partial: 2, void: 1, too_much: 2 }
const weightBeforeShrinking = 4

/** After so many whole answers in a row a size that was left is tried again, each time after twice as many. */
const answersBeforeGrowing = 8
const longestPatience = 128
const growth = 1.5

/**
 * How many items one call of a task judges: as many as wanted, or as many as this model was seen to answer; more again once smaller calls
 * go well. Only whole groups count that are asked about for the first time: what is asked again is smaller anyway.
 */
export class BatchSize {
  readonly #wanted: number
  #size: number
  #weight = 0
  /** The most items that one of the short answers judged. */
  #most = 0
  /** Calls of the size that was found were answered, and not only larger ones void. */
  #isProven = true
  #wholeInARow = 0
  #patience = answersBeforeGrowing
  /** The size before the last growth, which nothing has confirmed yet. Null: there was none, or it was. */
  #before: number | null = null

  constructor(wanted: number) {
    this.#wanted = wanted
    this.#size = wanted
  }

  current(): number {
    return this.#size
  }

  /** Null: as many as wanted, or no size that works. A size that is only tried is none that was found. */
  found(): number | null {
    const size = this.#before ?? this.#size
    return size < this.#wanted && this.#isProven ? size : null
  }

  /** A call about `asked` items brought `answered` verdicts. */
  note(asked: number, answered: number, evidence: SizeEvidence): void {
    if (asked !== this.#size) return
    if (answered > 0) this.#isProven = true
    if (evidence === 'whole') {
      this.#restart()
      return this.#grow()
    }
    if (asked === 1) return
    this.#wholeInARow = 0
    if (this.#before !== null) return this.#stepBack(this.#before)
    this.#weight += weights[evidence]
    this.#most = Math.max(this.#most, answered)
    if (this.#weight < weightBeforeShrinking) return
    this.#isProven = this.#most > 0
    this.#size = this.#most > 0 ? this.#most : Math.floor(asked / 2)
    this.#restart()
  }

  #grow(): void {
    this.#wholeInARow++
    if (this.#size === this.#wanted && this.#before === null) return
    if (this.#wholeInARow < this.#patience) return
    this.#wholeInARow = 0
    this.#before = this.#size < this.#wanted ? this.#size : null
    this.#size = Math.min(this.#wanted, Math.ceil(this.#size * growth))
  }

  /** The larger size is tried again later: one answer was enough to see that it does not work now. */
  #stepBack(size: number): void {
    this.#size = size
    this.#before = null
    this.#patience = Math.min(longestPatience, this.#patience * 2)
    this.#restart()
  }

  #restart(): void {
    this.#weight = 0
    this.#most = 0
  }
}
