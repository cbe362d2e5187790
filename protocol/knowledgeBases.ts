import * as z from 'zod'
import { Instant, ModelId, ProviderId, RunId } from './names.ts'
import { Usage } from './results.ts'

/** The name of a knowledge base, which is its id, too. */
export const KnowledgeBaseName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'lower-case letters, digits, ".", "_" or "-"')

/** What is in it: a file or folder with what it holds when it is built, or the items that a run judged. */
export const KnowledgeSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('path'), path: z.string().min(1).max(4096) }),
  z.object({ kind: z.literal('run'), runId: RunId }),
])
export type KnowledgeSource = z.infer<typeof KnowledgeSource>

const Target = z.object({ provider: ProviderId, model: ModelId })

/** `embed` makes the vectors; `generation`, where a conversation about it is to be answered by a model of its own. */
export const KnowledgeBaseToCreate = z.object({
  name: KnowledgeBaseName,
  sources: z.array(KnowledgeSource).min(1).max(100),
  embed: Target,
  generation: Target.optional(),
})
export type KnowledgeBaseToCreate = z.infer<typeof KnowledgeBaseToCreate>

/** What is stored of a knowledge base. Its vectors stand in files of the data folder. */
export const KnowledgeBase = z.object({
  name: KnowledgeBaseName,
  sources: z.array(KnowledgeSource),
  /** Fixed as long as there are vectors: another model means building it anew. */
  embed: Target,
  generation: Target.nullable(),
  /** Length of its vectors. Null: it has not been built. */
  dimensions: z.int().positive().nullable(),
  chunks: z.int().nonnegative(),
  files: z.int().nonnegative(),
  builtAt: Instant.nullable(),
  createdAt: Instant,
  updatedAt: Instant,
})
export type KnowledgeBase = z.infer<typeof KnowledgeBase>

/** With what its files take, in bytes; 0: it has none yet. */
export const ListedKnowledgeBase = KnowledgeBase.extend({ bytes: z.int().nonnegative() })
export type ListedKnowledgeBase = z.infer<typeof ListedKnowledgeBase>

/** What building would send: the texts that have no vector yet. */
export const BuildPlan = z.object({
  name: KnowledgeBaseName,
  provider: ProviderId,
  model: ModelId,
  /** Null: the provider calls nobody. */
  endpoint: z.string().nullable(),
  files: z.int().nonnegative(),
  chunks: z.int().nonnegative(),
  /** Of the chunks, those that are to be embedded; texts that are the same count once. */
  missing: z.int().nonnegative(),
  /** Of the missing ones, reckoned by their characters. */
  inputTokens: z.int().nonnegative(),
  /** Null: the price is unknown. */
  costUsd: z.number().nonnegative().nullable(),
  /** Files and rows that cannot be read, with why; at most 20. */
  unreadable: z.array(z.object({ place: z.string(), message: z.string() })),
})
export type BuildPlan = z.infer<typeof BuildPlan>

export const BuiltKnowledgeBase = z.object({
  base: KnowledgeBase,
  /** Texts that were sent now, and chunks whose vectors were there. */
  embedded: z.int().nonnegative(),
  reused: z.int().nonnegative(),
  /** Chunks of before that are no longer in the sources. */
  removed: z.int().nonnegative(),
  usage: Usage,
  costUsd: z.number().nonnegative().nullable(),
  unreadable: BuildPlan.shape.unreadable,
})
export type BuiltKnowledgeBase = z.infer<typeof BuiltKnowledgeBase>

export const KnowledgeSearch = z.object({
  name: KnowledgeBaseName,
  text: z.string().trim().min(1).max(100_000),
  limit: z.int().min(1).max(100).default(10),
})
export type KnowledgeSearch = z.infer<typeof KnowledgeSearch>

/** A piece of a source. `line` is where it begins, from 1; null where that says nothing. */
export const KnowledgeChunk = z.object({
  id: z.string(),
  /** Of a piece, the id of the item that it is of; absent: it is a whole item, whose id is `id`. */
  item: z.string().optional(),
  /** Of the item's whole text, as results name it; absent: it is of a file that is read otherwise than items are. */
  inputHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  file: z.string().nullable(),
  line: z.int().positive().nullable(),
  /** The headings that it stands under, outermost first, joined by " › "; null: none. */
  heading: z.string().nullable(),
  text: z.string(),
})
export type KnowledgeChunk = z.infer<typeof KnowledgeChunk>

/**
 * The nearest first. `score`: by the model's distance metric, the larger the nearer: the cosine or the dot product, of the euclidean
 * distance its negative.
 */
export const KnowledgeHits = z.object({ hits: z.array(KnowledgeChunk.extend({ score: z.number() })), usage: Usage })
export type KnowledgeHits = z.infer<typeof KnowledgeHits>

/** What is near to an item of the base, by its id and, where several have it, its file or text; or to a text, which is embedded. */
export const SimilarQuery = z.object({
  name: KnowledgeBaseName,
  like: z.union([
    z.object({
      id: z.string().min(1).max(4096),
      file: z.string().max(4096).nullable().optional(),
      inputHash: KnowledgeChunk.shape.inputHash,
    }),
    z.object({ text: KnowledgeSearch.shape.text }),
  ]),
  limit: KnowledgeSearch.shape.limit,
})
export type SimilarQuery = z.infer<typeof SimilarQuery>

/** Items, the nearest first, each once, by its nearest piece, and never the item itself. `id` is the item's. `score` as of a search. */
export const SimilarItems = z.object({
  items: z.array(KnowledgeChunk.omit({ item: true }).extend({ score: z.number() })),
  /** Nothing is sent for an item of the base. */
  usage: Usage,
})
export type SimilarItems = z.infer<typeof SimilarItems>

/** Told while a base is built, at most a few times a second. */
export const BuildProgress = z.object({
  name: KnowledgeBaseName,
  embedded: z.int().nonnegative(),
  missing: z.int().nonnegative(),
})
export type BuildProgress = z.infer<typeof BuildProgress>
