import { stat } from 'node:fs/promises'
import type { KnowledgeChunk } from '../../protocol/knowledgeBases.ts'
import type { Timers } from '../health/healthClock.ts'
import { type ChunkIndex, readChunkIndex, readChunksAt, stampOf } from './chunkIndex.ts'
import { type DistanceMetric, normalizeAll } from './nearest.ts'
import { VectorFile } from './vectorFile.ts'

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
/** Builds that end while it is read; one lasts longer than the reading. */
const mostTries = 5

export interface SetFiles {
  chunksPath: string
  vectorsPath: string
  metric: DistanceMetric
}

/** The sets that were searched last, in memory for a few minutes. */
export class SearchSets {
  readonly #timers: Timers
  readonly #held = new Map<string, Held>()

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /**
   * What `find` makes of the set, with the chunks at the places that it names: all of one build, whatever is built meanwhile. Null: there
   * is nothing to search in, or builds end one after the other.
   */
  async search<Found>(
    name: string,
    files: SetFiles,
    find: (set: SearchSet) => Promise<{ found: Found; places: readonly number[] }>,
  ): Promise<{ found: Found; chunks: KnowledgeChunk[] } | null> {
    for (let tries = 0; tries < mostTries; tries++) {
      const version = await versionOf(files)
      const held = this.#held.get(name)
      const set = held?.version === version ? held.set : await loadSet(files)
      if (set === null) return null
      if ((await versionOf(files)) !== version) continue
      this.#hold(name, version, set)
      const { found, places } = await find(set)
      const chunks = await readChunksAt(files.chunksPath, set.index, places)
      if (chunks !== null) return { found, chunks }
    }
    return null
  }

  forget(name: string): void {
    this.#held.get(name)?.release.dispose()
    this.#held.delete(name)
  }

  close(): void {
    for (const name of [...this.#held.keys()]) this.forget(name)
  }

  #hold(name: string, version: string, set: SearchSet): void {
    this.forget(name)
    this.#held.set(name, { version, set, release: this.#timers.after(heldMs, () => this.forget(name)) })
    for (const oldest of this.#held.keys()) if (this.#held.size > mostHeld) this.forget(oldest)
  }
}

/** A build gives its list of chunks another file. */
async function versionOf({ chunksPath, metric }: SetFiles): Promise<string> {
  const stats = await stat(chunksPath).catch(() => null)
  return `${metric} ${stats && stampOf(stats)}`
}

async function loadSet({ chunksPath, vectorsPath, metric }: SetFiles): Promise<SearchSet | null> {
  const index = await readChunkIndex(chunksPath)
  const loaded = index && (await VectorFile.load(vectorsPath, index.hashes))
  if (!index || !loaded) return null
  const { vectors, dimensions, places } = loaded
  if (metric === 'cosine') normalizeAll(vectors, dimensions)
  return { vectors, dimensions, index, chunkAt: places }
}
