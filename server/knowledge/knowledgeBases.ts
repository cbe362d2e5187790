import { mkdir, rm } from 'node:fs/promises'
import type { ParsedParams } from '../../protocol/contract.ts'
import type {
  BuildPlan,
  BuildProgress,
  BuiltKnowledgeBase,
  KnowledgeBase,
  KnowledgeHits,
  SimilarItems,
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
import { keepRenewing, takeTurn } from '../labels/fileTurn.ts'
import { type FolderRulesParts, refuseByRules, textsOfSources } from '../models/folderRules.ts'
import type { ResultQueries } from '../results/resultQueries.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { Change } from '../store/change.ts'
import type { Database } from '../store/database.ts'
import { findKnowledgeBase, removeKnowledgeBase, saveKnowledgeBase } from '../store/knowledgeBaseTable.ts'
import { type Built, buildBase, readAllChunks } from './buildBase.ts'
import { connectEmbedding, type EmbeddingParts, openEmbedding, priceOfEmbedding } from './connectEmbedding.ts'
import { baseFiles } from './listBases.ts'
import { findSimilar, type SearchWork, searchBase } from './searchBase.ts'
import { SearchSets } from './searchSets.ts'
import { VectorFile } from './vectorFile.ts'

export interface KnowledgeParts extends EmbeddingParts, Pick<FolderRulesParts, 'policies'> {
  dataDir: string
  change: Change
  directory: EmbeddingParts['directory'] & Pick<Directory, 'views' | 'denialOf'>
  runs(): Promise<Pick<ResultQueries, 'withResults'>>
  timers: Timers
  random(): number
  now(): string
  onProgress(progress: BuildProgress): void
  clock?: Clock
}

const charactersPerToken = 4
/** Named sets of texts with their vectors. */
export class KnowledgeBases {
  readonly #parts: KnowledgeParts
  readonly #sets: SearchSets

  constructor(parts: KnowledgeParts) {
    this.#parts = parts
    this.#sets = new SearchSets(parts.timers)
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
    const refused = await refuseByRules(this.#parts, base.embed, ...textsOfSources(this.#parts.store, base.sources))
    if (refused) return refused
    return await orFileFailure(async () => {
      const vectors = await VectorFile.open(this.#vectorsOf(name))
      const missing = new Set<string>()
      let [chunks, characters] = [0, 0]
      const read = await readAllChunks(base, this.#parts.runs, signal, async ({ hash, embedded }) => {
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
    const built = await orFileFailure<BuiltKnowledgeBase>(async () => {
      await mkdir(this.#folderOf(name), { recursive: true, mode: 0o700 })
      const turn = await takeTurn(this.#vectorsOf(name), {
        ...{ files: diskFiles, clock: this.#clock, random: this.#parts.random },
      })
      if (turn === null) return fail({ code: 'kb_busy', name })
      const renewing = keepRenewing(turn, this.#parts.timers)
      try {
        return await this.#build(base, signal)
      } finally {
        renewing.dispose()
        await turn.end()
      }
    })
    // Its files went with what it was.
    const isFileGone = !built.ok && built.reason.code === 'store_failed'
    return (isFileGone ? changedSince(base, this.#find(name)) : null) ?? built
  }

  async search({ name, text, limit }: ParsedParams<'kb/search'>, signal: AbortSignal): Promise<Outcome<KnowledgeHits>> {
    const base = this.#findBuilt(name)
    if (!base.ok) return base
    return await orFileFailure(() => searchBase(base.value, { text, limit }, this.#searching(name), signal))
  }

  /** What is like an item of the base, for nothing, or like a text. */
  async similar(
    { name, like, limit }: ParsedParams<'kb/similar'>,
    signal: AbortSignal,
  ): Promise<Outcome<SimilarItems>> {
    const base = this.#findBuilt(name)
    if (!base.ok) return base
    return await orFileFailure(() => findSimilar(base.value, { like, limit }, this.#searching(name), signal))
  }

  close(): void {
    this.#sets.close()
  }

  get #clock(): Clock {
    return this.#parts.clock ?? systemClock
  }

  async #build(base: KnowledgeBase, signal: AbortSignal): Promise<Outcome<BuiltKnowledgeBase>> {
    const { name } = base
    const refused = await refuseByRules(this.#parts, base.embed, ...textsOfSources(this.#parts.store, base.sources))
    if (refused) return refused
    const client = await connectEmbedding(this.#parts, base.embed)
    if (!client.ok) return client
    const built = await buildBase(
      base,
      {
        ...{ client: client.value, runs: this.#parts.runs, clock: this.#clock },
        ...{ vectorsPath: this.#vectorsOf(name), chunksPath: this.#chunksOf(name) },
        onProgress: (embedded, missing) => this.#parts.onProgress({ name, embedded, missing }),
      },
      signal,
    )
    if (!built.ok) return built
    const { dimensions, chunks, files, ...told } = built.value
    const saved = await this.#saveBuilt(base, { dimensions, chunks, files })
    return saved.ok ? succeed({ ...told, base: saved.value }) : saved
  }

  async #saveBuilt(
    before: KnowledgeBase,
    built: Pick<Built, 'dimensions' | 'chunks' | 'files'>,
  ): Promise<Outcome<KnowledgeBase>> {
    return await this.#parts.change(['knowledge'], (database: Database) => {
      const now = findKnowledgeBase(database, before.name)
      const changed = changedSince(before, now)
      if (!now || changed) return changed ?? notFound(before.name)
      const at = this.#parts.now()
      const base = { ...now, ...built, builtAt: at, updatedAt: at }
      saveKnowledgeBase(database, base)
      return succeed(base)
    })
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

  #findBuilt(name: string): Outcome<KnowledgeBase> {
    const base = this.#find(name)
    if (!base) return notFound(name)
    return base.dimensions === null || base.chunks === 0 ? fail({ code: 'kb_unbuilt', name }) : succeed(base)
  }

  #searching(name: string): SearchWork {
    return {
      ...{ parts: this.#parts, sets: this.#sets },
      filesOf: (metric) => ({ chunksPath: this.#chunksOf(name), vectorsPath: this.#vectorsOf(name), metric }),
    }
  }

  async #forget(name: string): Promise<void> {
    this.#sets.forget(name)
    await rm(this.#folderOf(name), { recursive: true, force: true })
  }

  #folderOf(name: string): string {
    return baseFiles(this.#parts.dataDir, name).folder
  }

  #vectorsOf(name: string): string {
    return baseFiles(this.#parts.dataDir, name).vectors
  }

  #chunksOf(name: string): string {
    return baseFiles(this.#parts.dataDir, name).chunks
  }
}

/** Removed, or made for another model, while it was built. Null: neither. */
function changedSince(
  { name, embed, createdAt }: KnowledgeBase,
  now: KnowledgeBase | undefined,
): Outcome<never> | null {
  if (!now) return notFound(name)
  const isSame = now.createdAt === createdAt && now.embed.provider === embed.provider && now.embed.model === embed.model
  return isSame ? null : fail({ code: 'conflict', what: 'knowledge_base', id: name })
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
