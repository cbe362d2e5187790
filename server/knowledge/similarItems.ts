import type { KnowledgeChunk, SimilarItems } from '../../protocol/knowledgeBases.ts'
import { type DistanceMetric, findNearest, type Neighbour } from './nearest.ts'
import type { SearchSet } from './searchSets.ts'

/** Pieces of one item that may stand before those of the next. */
const piecesPerItem = 8

/** The nearest places to any of these vectors, each once by its best score, enough of them for `limit` items. */
export function nearestToAny(
  set: SearchSet,
  metric: DistanceMetric,
  queries: readonly Float32Array[],
  limit: number,
): Neighbour[] {
  const best = new Map<number, number>()
  for (const query of queries) {
    for (const { place, score } of findNearest({ ...set, metric }, query, limit * piecesPerItem + queries.length)) {
      best.set(place, Math.max(score, best.get(place) ?? Number.NEGATIVE_INFINITY))
    }
  }
  return [...best].map(([place, score]) => ({ place, score })).sort((one, other) => other.score - one.score)
}

/** The vectors of an item's pieces, by their places in the set. */
export function vectorsAt({ vectors, dimensions }: SearchSet, places: readonly number[]): Float32Array[] {
  return places.map((place) => vectors.subarray(place * dimensions, (place + 1) * dimensions))
}

/** Each item once, by its nearest piece; without the item that is asked about, and what is no item's. */
export function toItems(
  chunks: readonly KnowledgeChunk[],
  nearest: readonly { score: number }[],
  limit: number,
  isAsked: (chunk: KnowledgeChunk) => boolean,
): SimilarItems['items'] {
  const items = new Map<string, SimilarItems['items'][number]>()
  chunks.forEach((chunk, at) => {
    const { item, ...rest } = chunk
    const id = item ?? chunk.id
    const key = `${chunk.file}\n${id}`
    if (isAsked(chunk) || items.has(key) || items.size >= limit) return
    items.set(key, { ...rest, id, score: nearest[at]?.score ?? 0 })
  })
  return [...items.values()]
}
