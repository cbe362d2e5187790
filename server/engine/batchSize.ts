/** What an answer says of the size of its call. `partial`: it judged some of the items, less than half. `too_much`: it never came, for its size. */
export type SizeEvidence = 'whole' | 'partial' | 'void' | 'too_much'

/** An answer without any verdict may have other causes, so it counts less. */
const weights: Record<SizeEvidence, number> = { whole: 0, partial: 2, void: 1, too_much: 2 }
const weightBeforeShrinking = 4

/**
 * How many items one call of a task judges: as many as wanted, or as many as this model was seen to answer. Found once, kept for the
 * run. Only whole groups count that are asked about for the first time: what is asked again is smaller anyway.
 */
export class BatchSize {
  readonly #wanted: number
  #size: number
  #weight = 0
  /** The most items that one of the short answers judged. */
  #most = 0
  /** Calls of the size that was found were answered, and not only larger ones void. */
  #isProven = true

  constructor(wanted: number) {
    this.#wanted = wanted
    this.#size = wanted
  }

  current(): number {
    return this.#size
  }

  /** Null: as many as wanted, or no size that works. */
  found(): number | null {
    return this.#size < this.#wanted && this.#isProven ? this.#size : null
  }

  /** A call about `asked` items brought `answered` verdicts. */
  note(asked: number, answered: number, evidence: SizeEvidence): void {
    if (asked !== this.#size) return
    if (answered > 0) this.#isProven = true
    if (asked === 1) return
    if (evidence === 'whole') return this.#restart()
    this.#weight += weights[evidence]
    this.#most = Math.max(this.#most, answered)
    if (this.#weight < weightBeforeShrinking) return
    this.#isProven = this.#most > 0
    this.#size = this.#most > 0 ? this.#most : Math.floor(asked / 2)
    this.#restart()
  }

  #restart(): void {
    this.#weight = 0
    this.#most = 0
  }
}
