import { succeed } from '../../protocol/outcome.ts'
import type { Source } from '../sources/openSource.ts'

export interface CountedTotal {
  items: number
  /** False: guessed by what was counted so far. */
  isExact: boolean
}

/** By less of a source its rest is not guessed. */
const leastShare = 0.05

/** Counts the items of a source beside the run over it, and gives way to the run's own calls after each piece. */
export class SourceCount {
  readonly #limit: number
  readonly #onChange: () => void
  #total: CountedTotal | null

  /** `known`: as somebody counted them before, which may have changed. `limit`: more items are not judged. */
  constructor(options: { known: number | null; limit: number | null; onChange(): void }) {
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY
    this.#onChange = options.onChange
    this.#total = options.known === null ? null : { items: options.known, isExact: false }
  }

  /** Null: nothing is known yet. */
  total(): CountedTotal | null {
    return this.#total
  }

  /** Where the source cannot be read to its end, nothing comes of it: the run says why. */
  async run(source: Pick<Source, 'count'>, signal: AbortSignal): Promise<void> {
    const counting = source.count()
    let items = 0
    try {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve))
        if (signal.aborted) return
        const next = await counting.next()
        if (signal.aborted || (next.done && !next.value.ok)) return
        if (!next.done) items = next.value.items
        if (next.done || items >= this.#limit) return this.#settle(items)
        if (next.value.share !== null && next.value.share >= leastShare) this.#guess(items / next.value.share)
      }
    } finally {
      await counting.return(succeed(null))
    }
  }

  #settle(items: number): void {
    this.#total = { items: Math.min(items, this.#limit), isExact: true }
    this.#onChange()
  }

  /** Two digits: more would pretend to know. */
  #guess(items: number): void {
    this.#total = { items: Math.min(Number(items.toPrecision(2)), this.#limit), isExact: false }
    this.#onChange()
  }
}
