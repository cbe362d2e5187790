/** What all runs of one process may cost together. A run holds what is left until it has ended, since nobody knows before what it takes. */
export class SpendingCap {
  readonly #capUsd: number | null
  #spentUsd = 0
  #heldUsd = 0

  /** Null: no cap. */
  constructor(capUsd: number | null) {
    this.#capUsd = capUsd
  }

  /**
   * What a run may cost that asked for so much: that, or less; undefined: as much as it takes. Null: nothing is left, or another run
   * holds it. `spend` gives back what was held.
   */
  hold(askedUsd: number | undefined): { usd: number | undefined } | null {
    if (this.#capUsd === null) return { usd: askedUsd }
    const left = this.#capUsd - this.#spentUsd - this.#heldUsd
    if (left <= 0) return null
    const usd = Math.min(askedUsd ?? left, left)
    this.#heldUsd += usd
    return { usd }
  }

  spend(heldUsd: number | undefined, spentUsd: number): void {
    this.#spentUsd += spentUsd
    if (this.#capUsd !== null) this.#heldUsd -= heldUsd ?? 0
  }

  get text(): string {
    return this.#capUsd === null ? 'no cap' : `$${this.#spentUsd.toFixed(4)} of $${this.#capUsd.toFixed(2)} spent`
  }
}
