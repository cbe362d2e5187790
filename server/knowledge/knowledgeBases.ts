import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ParsedParams } from '../../protocol/contract.ts'
import type {
  BuildPlan,
  BuildProgress,
  BuiltKnowledgeBase,
  KnowledgeBase,
  KnowledgeHits,
} from '../../protocol/knowledgeBases.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { withMessage } from '../../shared/message.ts'
import type { Directory } from '../directory/directory.ts'
import { type Clock, systemClock } from '../files/clock.ts'
import { diskFiles } from '../files/diskFiles.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import { describeFileError } from '../files/fileTrouble.ts'
import type { Timers } from '../health/healthClock.ts'
import { takeTurn } from '../labels/fileTurn.ts'
import type { ResultQueries } from '../results/resultQueries.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { Change } from '../store/change.ts'
import type { Database } from '../store/database.ts'
import {
  findKnowledgeBase,
  listKnowledgeBases,
  removeKnowledgeBase,
  saveKnowledgeBase,
} from '../store/knowledgeBaseTable.ts'
import { type EmbeddingSpent, embedTexts, type MissingText, usageOf } from './buildVectors.ts'
import { ChunkIndexWriter, readChunkIndex, readChunksAt } from './chunkIndex.ts'
import { connectEmbedding, type EmbeddingParts, openEmbedding, priceOfEmbedding } from './connectEmbedding.ts'
import { findNearest, normalizeAll } from './nearest.ts'
import { type ReadChunk, type ReadSources, readChunks } from './readChunks.ts'
import { type SearchSet, SearchSets } from './searchSets.ts'
import { VectorFile } from './vectorFile.ts'

export interface KnowledgeParts extends EmbeddingParts {
  dataDir: string
  change: Change
  directory: EmbeddingParts['directory'] & Pick<Directory, 'views'>
  runs(): Promise<Pick<ResultQueries, 'withResults'>>
  timers: Timers
  random(): number
  now(): string
  onProgress(progress: BuildProgress): void
  clock?: Clock
}

/** So many texts wait to be embedded at most; then they are sent. */
const mostWaiting = 1024
const charactersPerToken = 4

/** Named sets of texts with their vectors. */
export class KnowledgeBases {
  readonly #parts: KnowledgeParts
  readonly #sets: SearchSets

  constructor(parts: KnowledgeParts) {
    this.#parts = parts
    this.#sets = new SearchSets(parts.timers)
  }

  list(): Outcome<KnowledgeBase[]> {
    return succeed(this.#parts.store.read(listKnowledgeBases))
  }

  async create({ name, sources, embed, generation }: ParsedParams<'kb/create'>): Promise<Outcome<KnowledgeBase>> {
    const valid = this.#checkTarget(embed)
    if (!valid.ok) return valid
    const at = this.#parts.now()
    const base: KnowledgeBase = {
      ...{ name, sources, embed, generation: generation ?? null, dimensions: null, chunks: 0, files: 0 },
      ...{ builtAt: null, createdAt: at, updatedAt: at },
    }
    return await this.#parts.change(['knowledge', 'audit'], (database) => {
      if (findKnowledgeBase(database, name)) return fail({ code: 'already_exists', what: 'knowledge_base', id: name })
      saveKnowledgeBase(database, base)
      recordAudit(database, { at, what: 'knowledge_base', target: name, action: 'create', before: null, after: base })
      return succeed(base)
    })
  }

  async remove({ name }: { name: string }): Promise<Outcome<null>> {
    const removed = await this.#parts.change(['knowledge', 'audit'], (database) => {
      const before = findKnowledgeBase(database, name)
      if (!before || !removeKnowledgeBase(database, name)) return notFound(name)
      const at = this.#parts.now()
      recordAudit(database, { at, what: 'knowledge_base', target: name, action: 'remove', before, after: null })
      return succeed(null)
    })
    if (removed.ok) await this.#forget(name)
    return removed
  }

  async setEmbedding({ name, embed, confirm }: ParsedParams<'kb/setEmbedding'>): Promise<Outcome<KnowledgeBase>> {
    const valid = this.#checkTarget(embed)
    if (!valid.ok) return valid
    const changed = await this.#parts.change(['knowledge', 'audit'], (database) => {
      const before = findKnowledgeBase(database, name)
      if (!before) return notFound(name)
      if (before.dimensions !== null && !confirm) return fail({ code: 'kb_locked', name, chunks: before.chunks })
      const at = this.#parts.now()
      const after = { ...before, embed, dimensions: null, chunks: 0, files: 0, builtAt: null, updatedAt: at }
      saveKnowledgeBase(database, after)
      recordAudit(database, { at, what: 'knowledge_base', target: name, action: 'change', before, after })
      return succeed(after)
    })
    if (changed.ok) await this.#forget(name)
    return changed
  }

  async planBuild({ name }: { name: string }, signal: AbortSignal): Promise<Outcome<BuildPlan>> {
    const base = this.#find(name)
    if (!base) return notFound(name)
    const opened = openEmbedding(this.#parts, base.embed)
    if (!opened.ok) return opened
    return await orFileFailure(async () => {
      const vectors = await VectorFile.open(this.#vectorsOf(name))
      const missing = new Set<string>()
      let [chunks, characters] = [0, 0]
      const read = await this.#readAll(base, signal, async ({ hash, embedded }) => {
        chunks++
        if (vectors.rowOf(hash) !== undefined || missing.has(hash)) return succeed(null)
        missing.add(hash)
        characters += embedded.length
        return succeed(null)
      })
      if (!read.ok) return read
      const { provider, model } = base.embed
      const { open } = opened.value
      const inputTokens = Math.ceil(characters / charactersPerToken)
      const costUsd = missing.size === 0 ? 0 : await priceOfEmbedding(this.#parts, open, model, inputTokens)
      const { files, unreadable } = read.value
      return succeed({
        ...{ name, provider, model, endpoint: open.endpoint, files: files.size, chunks },
        ...{ missing: missing.size, inputTokens, costUsd, unreadable },
      })
    })
  }

  async build({ name }: { name: string }, signal: AbortSignal): Promise<Outcome<BuiltKnowledgeBase>> {
    const base = this.#find(name)
    if (!base) return notFound(name)
    return await orFileFailure(async () => {
      await mkdir(this.#folderOf(name), { recursive: true, mode: 0o700 })
      const turn = await takeTurn(this.#vectorsOf(name), {
        ...{ files: diskFiles, clock: this.#clock, random: this.#parts.random },
      })
      if (turn === null) return fail({ code: 'kb_busy', name })
      try {
        return await this.#build(base, signal)
      } finally {
        await turn.end()
      }
    })
  }

  async search({ name, text, limit }: ParsedParams<'kb/search'>, signal: AbortSignal): Promise<Outcome<KnowledgeHits>> {
    const base = this.#find(name)
    if (!base) return notFound(name)
    if (base.dimensions === null || base.chunks === 0) return fail({ code: 'kb_unbuilt', name })
    return await orFileFailure(async () => {
      const client = await connectEmbedding(this.#parts, base.embed)
      if (!client.ok) return client
      const { metric } = client.value
      const set = await this.#sets.get(name, await this.#versionOf(name, metric), () => this.#load(name, metric))
      if (set === null) return fail({ code: 'kb_unbuilt', name })
      const answer = await client.value.embed([text], signal)
      if (!answer.ok) return { ok: false, reason: answer.reason }
      const query = Float32Array.from(answer.value.vectors[0] ?? [])
      if (query.length !== set.dimensions) return this.#vectorsChanged(base, query.length, set.dimensions)
      if (metric === 'cosine') normalizeAll(query, query.length)
      const nearest = findNearest({ ...set, metric }, query, limit)
      const places = nearest.map(({ place }) => set.chunkAt[place] ?? 0)
      const chunks = await readChunksAt(this.#chunksOf(name), set.index, places)
      const hits = chunks.map((chunk, at) => ({ ...chunk, score: nearest[at]?.score ?? 0 }))
      return succeed({ hits, usage: answer.value.usage })
    })
  }

  close(): void {
    this.#sets.close()
  }

  get #clock(): Clock {
    return this.#parts.clock ?? systemClock
  }

  async #build(base: KnowledgeBase, signal: AbortSignal): Promise<Outcome<BuiltKnowledgeBase>> {
    const { name } = base
    const client = await connectEmbedding(this.#parts, base.embed)
    if (!client.ok) return client
    const vectors = await VectorFile.open(this.#vectorsOf(name))
    const before = (await readChunkIndex(this.#chunksOf(name)))?.hashes ?? []
    const spent: EmbeddingSpent = { texts: 0, usages: [], costUsd: 0 }
    const waiting = new Map<string, MissingText>()
    const seen = new Set<string>()
    let [chunks, reused, missing] = [0, 0, 0]
    const work = {
      ...{ client: client.value, vectors, clock: this.#clock, spent },
      onLength: (found: number, expected: number) => this.#vectorsChanged(base, found, expected),
      onBatch: () => this.#parts.onProgress({ name, embedded: spent.texts, missing }),
    }
    const embedWaiting = async (): Promise<Outcome<null>> => {
      const texts = [...waiting.values()]
      waiting.clear()
      return await embedTexts(texts, work, signal)
    }
    const writer = await ChunkIndexWriter.open(this.#chunksOf(name))
    const read = await this.#readAll(base, signal, async (chunk) => {
      chunks++
      await writer.add(chunk)
      if (vectors.rowOf(chunk.hash) !== undefined) reused++
      else if (!seen.has(chunk.hash)) {
        missing++
        waiting.set(chunk.hash, { hash: chunk.hash, text: chunk.embedded })
      }
      seen.add(chunk.hash)
      return waiting.size >= mostWaiting ? await embedWaiting() : succeed(null)
    })
    const ended = read.ok ? await embedWaiting() : read
    if (!read.ok || !ended.ok) {
      await writer.drop()
      return read.ok ? (ended as Outcome<never>) : read
    }
    await writer.finish()
    const kept = await vectors.keepOnly(seen)
    const saved = await this.#saveBuilt(base, { dimensions: kept.dimensions, chunks, files: read.value.files.size })
    if (!saved.ok) return saved
    const removed = before.filter((hash) => !seen.has(hash)).length
    return succeed({
      ...{ base: saved.value, embedded: spent.texts, reused, removed, usage: usageOf(spent) },
      ...{ costUsd: spent.costUsd, unreadable: read.value.unreadable },
    })
  }

  async #saveBuilt(
    { name }: KnowledgeBase,
    built: Pick<KnowledgeBase, 'dimensions' | 'chunks' | 'files'>,
  ): Promise<Outcome<KnowledgeBase>> {
    return await this.#parts.change(['knowledge'], (database: Database) => {
      const now = findKnowledgeBase(database, name)
      // Removed meanwhile.
      if (!now) return notFound(name)
      const at = this.#parts.now()
      const base = { ...now, ...built, builtAt: at, updatedAt: at }
      saveKnowledgeBase(database, base)
      return succeed(base)
    })
  }

  /** Calls `meet` for each chunk of the sources; its failure ends the reading. */
  async #readAll(
    { sources }: KnowledgeBase,
    signal: AbortSignal,
    meet: (chunk: ReadChunk) => Promise<Outcome<null>>,
  ): Promise<Outcome<ReadSources>> {
    const read: ReadSources = { files: new Set(), unreadable: [] }
    const chunks = readChunks(sources, this.#parts.runs, read)
    for (let next = await chunks.next(); ; next = await chunks.next()) {
      if (next.done) return next.value.ok ? succeed(read) : next.value
      const met = signal.aborted ? fail({ code: 'cancelled' }) : await meet(next.value)
      if (met.ok) continue
      await chunks.return(succeed(null))
      return met
    }
  }

  async #load(name: string, metric: string): Promise<SearchSet | null> {
    const index = await readChunkIndex(this.#chunksOf(name))
    const file = await VectorFile.open(this.#vectorsOf(name))
    const { dimensions } = file
    if (index === null || dimensions === null) return null
    const chunkAt: number[] = []
    const rows: number[] = []
    index.hashes.forEach((hash, chunk) => {
      const row = file.rowOf(hash)
      if (row === undefined) return
      chunkAt.push(chunk)
      rows.push(row)
    })
    const vectors = await file.read(rows)
    if (metric === 'cosine') normalizeAll(vectors, dimensions)
    return { vectors, dimensions, index, chunkAt }
  }

  async #versionOf(name: string, metric: string): Promise<string> {
    const stats = await stat(this.#chunksOf(name)).catch(() => null)
    return `${metric} ${stats?.mtimeMs} ${stats?.size}`
  }

  #vectorsChanged({ name, embed }: KnowledgeBase, found: number, expected: number): Outcome<never> {
    return fail({ code: 'vectors_changed', name, ...embed, found, expected })
  }

  #checkTarget(embed: KnowledgeBase['embed']): Outcome<null> {
    const opened = openEmbedding(this.#parts, embed)
    if (opened.ok) return succeed(null)
    const { reason } = opened
    if (reason.code !== 'provider_unconfigured' && reason.code !== 'provider_disabled') return opened
    const valid = this.#parts.directory
      .views()
      .filter(({ provider, enabled }) => enabled && openEmbedding(this.#parts, { ...embed, provider }).ok)
    return fail({ code: reason.code, provider: reason.provider, valid: valid.map(({ provider }) => provider) })
  }

  #find(name: string): KnowledgeBase | undefined {
    return this.#parts.store.read((database) => findKnowledgeBase(database, name))
  }

  async #forget(name: string): Promise<void> {
    this.#sets.forget(name)
    await rm(this.#folderOf(name), { recursive: true, force: true })
  }

  #folderOf(name: string): string {
    return join(this.#parts.dataDir, 'kb', name)
  }

  #vectorsOf(name: string): string {
    return join(this.#folderOf(name), 'vectors.bin')
  }

  #chunksOf(name: string): string {
    return join(this.#folderOf(name), 'chunks.jsonl')
  }
}

function notFound(name: string): Outcome<never> {
  return fail({ code: 'not_found', what: 'knowledge_base', id: name })
}

async function orFileFailure<Value>(work: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
  try {
    return await work()
  } catch (error) {
    return fail({ code: 'store_failed', ...withMessage('detail', describeFileError(fileErrorCode(error))) })
  }
}
