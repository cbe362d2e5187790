import type { BuiltKnowledgeBase, KnowledgeBase } from '../../protocol/knowledgeBases.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { Clock } from '../files/clock.ts'
import { type EmbeddingSpent, embedTexts, type MissingText, usageOf } from './buildVectors.ts'
import { ChunkIndexWriter, readChunkIndex } from './chunkIndex.ts'
import type { EmbeddingClient } from './connectEmbedding.ts'
import { type ReadChunk, type ReadSources, type Runs, readChunks } from './readChunks.ts'
import { VectorFile } from './vectorFile.ts'

/** So many texts wait to be embedded at most; then they are sent. */
const mostWaiting = 1024

export interface BuildWork {
  client: EmbeddingClient
  runs: Runs
  clock: Pick<Clock, 'wait'>
  /** Where its vectors and its chunks are. */
  vectorsPath: string
  chunksPath: string
  onProgress(embedded: number, missing: number): void
}

/** What a build came to; what it says of the base is not stored yet. */
export type Built = Omit<BuiltKnowledgeBase, 'base'> & Pick<KnowledgeBase, 'dimensions' | 'chunks' | 'files'>

/**
 * Embeds what has no vector yet, and puts the new list of chunks in the place of the old one when all is there. What was paid for stays
 * on the disk however it ends.
 */
export async function buildBase(base: KnowledgeBase, work: BuildWork, signal: AbortSignal): Promise<Outcome<Built>> {
  const vectors = await VectorFile.open(work.vectorsPath)
  const before = (await readChunkIndex(work.chunksPath))?.hashes ?? []
  const texts = new EmbeddedTexts(base, vectors, work, signal)
  const read = await writeChunks(base, texts, work, signal)
  if (!read.ok) return read
  const { unreadable, files } = read.value
  // What cannot be read today may be there again tomorrow, and its vectors are paid for.
  const kept = unreadable.length === 0 ? await vectors.keepOnly(texts.seen) : vectors
  const { spent, reused, chunks } = texts
  return succeed({
    ...{ dimensions: kept.dimensions, chunks, files: files.size, embedded: spent.texts, reused },
    ...{ removed: before.filter((hash) => !texts.seen.has(hash)).length, usage: usageOf(spent) },
    ...{ costUsd: spent.costUsd, unreadable },
  })
}

/** The new list counts from when all its texts have their vectors. */
async function writeChunks(
  base: KnowledgeBase,
  texts: EmbeddedTexts,
  { chunksPath, runs }: BuildWork,
  signal: AbortSignal,
): Promise<Outcome<ReadSources>> {
  const writer = await ChunkIndexWriter.open(chunksPath)
  try {
    const read = await readAllChunks(base, runs, signal, async (chunk) => {
      await writer.add(chunk)
      return await texts.add(chunk)
    })
    if (!read.ok) return read
    const sent = await texts.finish()
    if (!sent.ok) return sent
    if (texts.chunks === 0) return nothingRead(base, read.value.ended)
    await writer.finish()
    return read
  } finally {
    await writer.close()
  }
}

/** The texts of a build on their way to the model, each once. */
class EmbeddedTexts {
  readonly seen = new Set<string>()
  readonly spent: EmbeddingSpent = { texts: 0, usages: [], costUsd: 0 }
  chunks = 0
  reused = 0
  #missing = 0
  readonly #waiting = new Map<string, MissingText>()
  readonly #send: (texts: readonly MissingText[]) => Promise<Outcome<null>>
  readonly #vectors: VectorFile

  constructor({ name, embed }: KnowledgeBase, vectors: VectorFile, work: BuildWork, signal: AbortSignal) {
    this.#vectors = vectors
    const embedding = {
      ...{ client: work.client, vectors, clock: work.clock, spent: this.spent },
      onLength: (found: number, expected: number) => fail({ code: 'vectors_changed', name, ...embed, found, expected }),
      onBatch: () => work.onProgress(this.spent.texts, this.#missing),
    }
    this.#send = (texts) => embedTexts(texts, embedding, signal)
  }

  async add({ hash, embedded }: ReadChunk): Promise<Outcome<null>> {
    this.chunks++
    if (this.#vectors.rowOf(hash) !== undefined) this.reused++
    else if (!this.seen.has(hash)) {
      this.#missing++
      this.#waiting.set(hash, { hash, text: embedded })
    }
    this.seen.add(hash)
    return this.#waiting.size >= mostWaiting ? await this.finish() : succeed(null)
  }

  async finish(): Promise<Outcome<null>> {
    const texts = [...this.#waiting.values()]
    this.#waiting.clear()
    return await this.#send(texts)
  }
}

/** Calls `meet` for each chunk of the sources; its failure ends the reading. */
export async function readAllChunks(
  { sources }: KnowledgeBase,
  runs: Runs,
  signal: AbortSignal,
  meet: (chunk: ReadChunk) => Promise<Outcome<null>>,
): Promise<Outcome<ReadSources>> {
  const read: ReadSources = { files: new Set(), unreadable: [] }
  const chunks = readChunks(sources, runs, read)
  for (let next = await chunks.next(); ; next = await chunks.next()) {
    if (next.done) return next.value.ok ? succeed(read) : next.value
    const met = signal.aborted ? fail({ code: 'cancelled' }) : await meet(next.value)
    if (met.ok) continue
    await chunks.return(succeed(null))
    return met
  }
}

/** An empty folder is rather a disk that is not there than a wish to forget what was paid for. */
function nothingRead({ name }: KnowledgeBase, ended: Reason | undefined): Outcome<never> {
  if (ended) return { ok: false, reason: ended }
  const detail = withMessage('detail', localizable('nothing in its sources can be read as text'))
  return fail({ code: 'source_invalid', source: name, problem: 'no_items', ...detail })
}
