import type { Timers } from '../health/healthClock.ts'
import type { ChunkIndex } from './chunkIndex.ts'

/** A knowledge base as it is searched: its vectors one behind the other, and which chunk each is of. */
export interface SearchSet {
  vectors: Float32Array
  dimensions: number
  index: ChunkIndex
  chunkAt: readonly number[]
}

interface Held {
  version: string
  set: SearchSet
  release: { dispose(): void }
}

/** 100,000 chunks of 384 numbers are 154 MB: worth their memory as long as somebody searches. */
const heldMs = 300_000
const mostHeld = 2

/** The sets that were searched last, in memory for a few minutes. */
export class SearchSets {
  readonly #timers: Timers
  readonly #held = new Map<string, Held>()

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** As it is held where its version is the same, else loaded anew. Null: there is nothing to load. */
  async get(name: string, version: string, load: () => Promise<SearchSet | null>): Promise<SearchSet | null> {
    const held = this.#held.get(name)
    const set = held?.version === version ? held.set : await load()
    this.forget(name)
    if (set === null) return null
    this.#held.set(name, { version, set, release: this.#timers.after(heldMs, () => this.forget(name)) })
    for (const oldest of this.#held.keys()) if (this.#held.size > mostHeld) this.forget(oldest)
    return set
  }

  forget(name: string): void {
    this.#held.get(name)?.release.dispose()
    this.#held.delete(name)
  }

  close(): void {
    for (const name of [...this.#held.keys()]) this.forget(name)
  }
}
