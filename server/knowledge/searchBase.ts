import type { ParsedParams } from '../../protocol/contract.ts'
import type { KnowledgeBase, KnowledgeChunk, KnowledgeHits, SimilarItems } from '../../protocol/knowledgeBases.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { embedQuery } from './buildVectors.ts'
import { readItemIds } from './chunkIndex.ts'
import { connectEmbedding, type EmbeddingParts, metricOf, openEmbedding } from './connectEmbedding.ts'
import { findNearest, normalizeAll } from './nearest.ts'
import type { SearchSets, SetFiles } from './searchSets.ts'
import { nearestToAny, toItems, vectorsAt } from './similarItems.ts'

export interface SearchWork {
  parts: EmbeddingParts
  sets: SearchSets
  filesOf(metric: SetFiles['metric']): SetFiles
}

/** The chunks that are nearest to a text, which is embedded. */
export async function searchBase(
  { name, embed }: KnowledgeBase,
  { text, limit }: Pick<ParsedParams<'kb/search'>, 'text' | 'limit'>,
  { parts, sets, filesOf }: SearchWork,
  signal: AbortSignal,
): Promise<Outcome<KnowledgeHits>> {
  const client = await connectEmbedding(parts, embed)
  if (!client.ok) return client
  const query = await embedQuery(client.value, text, signal)
  if (!query.ok) return query
  const { metric } = client.value
  const vector = Float32Array.from(query.value.vector)
  if (metric === 'cosine') normalizeAll(vector, vector.length)
  const answer = await sets.search(name, filesOf(metric), async (set) => {
    const nearest = vector.length === set.dimensions ? findNearest({ ...set, metric }, vector, limit) : null
    return {
      found: nearest ?? { found: vector.length, expected: set.dimensions },
      places: nearest?.map(({ place }) => set.chunkAt[place] ?? 0) ?? [],
    }
  })
  if (answer === null) return fail({ code: 'kb_unbuilt', name })
  const { found, chunks } = answer
  if (!Array.isArray(found)) return fail({ code: 'vectors_changed', name, ...embed, ...found })
  const hits = chunks.map((chunk, at) => ({ ...chunk, score: found[at]?.score ?? 0 }))
  return succeed({ hits, usage: query.value.usage })
}

/** What is like an item of the base, for nothing, or like a text. */
export async function findSimilar(
  base: KnowledgeBase,
  { like, limit }: Pick<ParsedParams<'kb/similar'>, 'like' | 'limit'>,
  work: SearchWork,
  signal: AbortSignal,
): Promise<Outcome<SimilarItems>> {
  if ('id' in like) return await findLikeItem(base, like, limit, work)
  const most = Math.min(mostHits, limit * piecesPerItem)
  const found = await searchBase(base, { text: like.text, limit: most }, work, signal)
  if (!found.ok) return found
  const { hits, usage } = found.value
  return succeed({ items: toItems(hits, hits, limit, () => false), usage })
}

const mostHits = 100
const piecesPerItem = 3

async function findLikeItem(
  { name, embed }: KnowledgeBase,
  { id, file, inputHash }: Extract<ParsedParams<'kb/similar'>['like'], { id: string }>,
  limit: number,
  { parts, sets, filesOf }: SearchWork,
): Promise<Outcome<SimilarItems>> {
  const opened = openEmbedding(parts, embed)
  if (!opened.ok) return opened
  const metric = metricOf(opened.value.parameters)
  const files = filesOf(metric)
  const isAsked = (chunk: KnowledgeChunk) =>
    (chunk.item ?? chunk.id) === id &&
    (file === undefined || chunk.file === file) &&
    (inputHash === undefined || chunk.inputHash === inputHash)
  const asked = await sets.search(name, files, async (set) => {
    const ids = await readItemIds(files.chunksPath, set.index)
    const found = set.chunkAt.flatMap((chunk, place) => (ids?.[chunk] === id ? [place] : []))
    return { found: { set, places: found }, places: found.map((place) => set.chunkAt[place] ?? 0) }
  })
  if (asked === null) return fail({ code: 'kb_unbuilt', name })
  const { set, places } = asked.found
  const own = places.filter((_, at) => isAsked(asked.chunks[at] as KnowledgeChunk))
  if (own.length === 0) return fail({ code: 'not_found', what: 'item', id })
  const queries = vectorsAt(set, own)
  const answer = await sets.search(name, files, async (now) => {
    const found = nearestToAny(now, metric, queries, limit)
    return { found, places: found.map(({ place }) => now.chunkAt[place] ?? 0) }
  })
  if (answer === null) return fail({ code: 'kb_unbuilt', name })
  const items = toItems(answer.chunks, answer.found, limit, isAsked)
  return succeed({ items, usage: { input: 0, output: 0, cached: 0 } })
}
