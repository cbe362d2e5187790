import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { PromptExample, PromptExamples } from '../../protocol/labels.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Usage } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import { withMessage } from '../../shared/message.ts'
import { orderByTurns } from '../domain/promptExamples.ts'
import type { ExampleLikeness } from '../engine/askStrategy.ts'
import type { RunSpending } from '../engine/runSpending.ts'
import { systemClock } from '../files/clock.ts'
import { diskFiles } from '../files/diskFiles.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import { describeFileError } from '../files/fileTrouble.ts'
import { sha256 } from '../items/hashes.ts'
import { takeTurn } from '../labels/fileTurn.ts'
import { cutFor, embedTexts } from './buildVectors.ts'
import {
  connectEmbedding,
  type EmbeddingClient,
  type EmbeddingParts,
  openEmbedding,
  priceOfEmbedding,
} from './connectEmbedding.ts'
import { findNearest, normalizeAll } from './nearest.ts'
import { VectorFile } from './vectorFile.ts'

export interface LikeExamplesParts extends EmbeddingParts {
  dataDir: string
  random(): number
  log(line: string): void
}

/** `maxCostUsd` absent: the run has no cap. */
interface OfRun {
  spending: RunSpending
  maxCostUsd?: number
}

/** The vectors of the examples, one behind the other. */
interface Candidates {
  client: EmbeddingClient
  vectors: Float32Array
  dimensions: number
}

/** As estimates of runs have it. */
const charactersPerToken = 4

/** Texts of items whose vectors are remembered: calls are tried again, and both tasks ask about the same ones. */
const mostRemembered = 2000

/** Which examples are like an item, by the vectors of a model; those of the examples are kept by the hash of their text. */
export function openLikeExamples(
  parts: LikeExamplesParts,
  examples: PromptExamples,
  run: OfRun,
): Promise<ExampleLikeness> {
  return Promise.resolve(new LikeExamples(parts, examples, run))
}

class LikeExamples implements ExampleLikeness {
  readonly #parts: LikeExamplesParts
  readonly #examples: readonly PromptExample[]
  readonly #embed: { provider: string; model: string } | null
  readonly #run: OfRun
  readonly #remembered = new Map<string, Float32Array>()
  /** Null: they could not be had, which was logged; the run goes on without. */
  #candidates: Promise<Candidates | null> | null = null

  constructor(parts: LikeExamplesParts, { items, likeness }: PromptExamples, run: OfRun) {
    this.#parts = parts
    this.#examples = items
    this.#embed = likeness?.embed ?? null
    this.#run = run
  }

  async order(texts: readonly string[], signal: AbortSignal): Promise<readonly PromptExample[] | null> {
    // Not by the signal of this call: others wait for the same.
    this.#candidates ??= this.#prepare()
    const candidates = await this.#candidates
    if (candidates === null) return null
    const queries = await this.#vectorsOf(candidates, texts, signal)
    if (queries === null) return null
    const { vectors, dimensions, client } = candidates
    const set = { vectors, dimensions, metric: client.metric }
    const nearest = queries.map((query) => findNearest(set, query, mostShown).map(({ place }) => place))
    return orderByTurns(this.#examples, nearest)
  }

  async estimate({ count, characters }: { count: number; characters: number }) {
    if (this.#embed === null || count === 0) return undefined
    const opened = openEmbedding(this.#parts, this.#embed)
    // A run goes on without it, too.
    if (!opened.ok) return undefined
    const { provider, model } = this.#embed
    const hashes = this.#examples.map(({ text }) => sha256(text))
    const known = new Set((await VectorFile.load(this.#path(provider, model), hashes).catch(() => null))?.places)
    const missing = this.#examples.filter((_, at) => !known.has(at))
    const all = missing.reduce((sum, { text }) => sum + text.length, characters)
    const inputTokens = Math.ceil(all / charactersPerToken)
    const costUsd = await priceOfEmbedding(this.#parts, opened.value.open, model, inputTokens)
    return { provider, model, texts: count + missing.length, inputTokens, costUsd }
  }

  #path(provider: string, model: string): string {
    return join(this.#parts.dataDir, 'examples', `${sha256(`${provider} ${model}`).slice(0, 32)}.bin`)
  }

  async #prepare(): Promise<Candidates | null> {
    const prepared = await this.#embedExamples().catch((error: unknown) =>
      fail({ code: 'store_failed', ...withMessage('detail', describeFileError(fileErrorCode(error))) }),
    )
    if (prepared.ok) return prepared.value
    this.#parts.log(`examples are not chosen by likeness: ${prepared.reason.message}`)
    return null
  }

  async #embedExamples(): Promise<Outcome<Candidates | null>> {
    const { random } = this.#parts
    if (this.#embed === null) return succeed(null)
    const { spending, maxCostUsd } = this.#run
    const cap = maxCostUsd === undefined ? undefined : { spending, maxCostUsd }
    const connected = await connectEmbedding(this.#parts, this.#embed, cap)
    if (!connected.ok) return connected
    const client = this.#counted(connected.value)
    const { provider, model } = this.#embed
    const path = this.#path(provider, model)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const hashes = this.#examples.map(({ text }) => sha256(text))
    const turn = await takeTurn(path, { files: diskFiles, clock: systemClock, random })
    if (turn === null) return fail({ code: 'kb_busy', name: model })
    try {
      const vectors = await VectorFile.open(path)
      const missing = hashes.flatMap((hash, at) =>
        vectors.rowOf(hash) === undefined ? [{ hash, text: this.#examples[at]?.text ?? '' }] : [],
      )
      const work = {
        ...{ client, vectors, clock: systemClock, spent: { texts: 0, usages: [], costUsd: 0 } },
        onLength: (found: number, expected: number) =>
          fail({ code: 'vectors_changed', name: 'examples', provider, model, found, expected }),
        onBatch: () => void turn.renew(),
      }
      const embedded = await embedTexts(missing, work, new AbortController().signal)
      if (!embedded.ok) return embedded
    } finally {
      await turn.end()
    }
    const loaded = await VectorFile.load(path, hashes)
    if (loaded === null || loaded.places.length < hashes.length) return succeed(null)
    if (client.metric === 'cosine') normalizeAll(loaded.vectors, loaded.dimensions)
    return succeed({ client, vectors: loaded.vectors, dimensions: loaded.dimensions })
  }

  /** What the run has spent, with what is spent on this. */
  #counted(client: EmbeddingClient): EmbeddingClient {
    const { spending } = this.#run
    return {
      ...client,
      async embed(texts, signal) {
        const answer = await client.embed(texts, signal)
        if (answer.ok)
          spending.count({ usage: answer.value.usage satisfies Usage, costUsd: answer.value.costUsd ?? null })
        return answer
      },
    }
  }

  async #vectorsOf(
    { client, dimensions }: Candidates,
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<Float32Array[] | null> {
    const unknown = texts.filter((text) => !this.#remembered.has(text))
    for (let from = 0; from < unknown.length; from += client.batchSize) {
      const batch = unknown.slice(from, from + client.batchSize)
      const sent = batch.map((text) => cutFor(client, text))
      const answer = await client.embed(sent, signal)
      if (!answer.ok) return null
      batch.forEach((text, at) => {
        const vector = Float32Array.from(answer.value.vectors[at] ?? [])
        if (client.metric === 'cosine') normalizeAll(vector, vector.length)
        this.#remembered.set(text, vector)
      })
    }
    const vectors = texts.map((text) => this.#remembered.get(text) ?? new Float32Array(0))
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= mostRemembered) break
      this.#remembered.delete(oldest)
    }
    return vectors.every(({ length }) => length === dimensions) ? vectors : null
  }
}

/** More than any call shows, since an item is never its own example. */
const mostShown = 40
