/** What was done at a moment; `at` in milliseconds of a monotonic clock. */
interface Sample {
  at: number
  done: number
  reused: number
}

/** A pace is that of the last seconds, and of so many items at least: calls answer in groups. */
const windowMs = 10_000
const windowItems = 20
/** The first moments say nothing about the rest. */
const settledMs = 2_000
const settledItems = 2
const spacingMs = 500

/** How fast a run is by what it did lately. Time in which it had to wait for its provider is no part of it. */
export class RunPace {
  #samples: Sample[] = []
  #hasJudged = false

  /** The run has come so far; `reused`, of these, took no call. */
  note(at: number, { done, reused }: { done: number; reused: number }): void {
    const last = this.#samples.at(-1)
    if (!last || done < last.done) {
      this.#samples = [{ at, done, reused }]
      return
    }
    if (done === last.done) return
    if (!this.#hasJudged && done - reused > last.done - last.reused) {
      // What was reused came all at once, and says nothing of how long asking takes.
      this.#hasJudged = true
      if (last.reused > (this.#samples[0]?.reused ?? 0)) this.#samples = [last]
    }
    const before = this.#samples.at(-2)
    if (before && at - before.at < spacingMs) this.#samples.pop()
    this.#samples.push({ at, done, reused })
    while (this.#isWindow(this.#samples[1], at, done)) this.#samples.shift()
  }

  /** What comes after a wait is measured anew. */
  restart(): void {
    this.#samples = []
  }

  /** Items a second; null: too little was seen. */
  rate(at: number, done: number): number | null {
    const [first] = this.#samples
    if (!first || at - first.at < settledMs || done - first.done < settledItems) return null
    return ((done - first.done) * 1000) / (at - first.at)
  }

  #isWindow(sample: Sample | undefined, at: number, done: number): boolean {
    return sample !== undefined && at - sample.at >= windowMs && done - sample.done >= windowItems
  }
}
