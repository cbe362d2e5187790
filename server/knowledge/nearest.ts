import type { EmbeddingParameters } from '../../protocol/models.ts'

export type DistanceMetric = NonNullable<EmbeddingParameters['distance_metric']>

/** A vector's place in the set, and its likeness: the larger the nearer. */
export interface Neighbour {
  place: number
  score: number
}

/** In place, each vector of a set to length 1; one of zeros stays. */
export function normalizeAll(vectors: Float32Array, dimensions: number): void {
  for (let from = 0; from < vectors.length; from += dimensions) {
    const length = Math.sqrt(dot(vectors, from, vectors, from, dimensions))
    if (length === 0) continue
    for (let at = from; at < from + dimensions; at++) vectors[at] = (vectors[at] ?? 0) / length
  }
}

/**
 * The `limit` nearest of all vectors, nearest first, by looking at each: exact. For the cosine, both the set and the query are of length 1.
 */
export function findNearest(
  { vectors, dimensions, metric }: { vectors: Float32Array; dimensions: number; metric: DistanceMetric },
  query: Float32Array,
  limit: number,
): Neighbour[] {
  const nearest: Neighbour[] = []
  const count = vectors.length / dimensions
  const most = Math.min(limit, count)
  let least = Number.NEGATIVE_INFINITY
  for (let place = 0; place < count; place++) {
    const from = place * dimensions
    const score =
      metric === 'euclidean' ? -distance(query, vectors, from, dimensions) : dot(query, 0, vectors, from, dimensions)
    if (nearest.length === most && !(score > least)) continue
    insert(nearest, { place, score }, most)
    if (nearest.length === most) least = nearest.at(-1)?.score ?? least
  }
  return nearest
}

function insert(nearest: Neighbour[], neighbour: Neighbour, most: number): void {
  let at = nearest.length
  while (at > 0 && (nearest[at - 1]?.score ?? 0) < neighbour.score) at--
  nearest.splice(at, 0, neighbour)
  if (nearest.length > most) nearest.pop()
}

/** Four sums at once: one alone would wait for itself at each number. */
function dot(one: Float32Array, from: number, other: Float32Array, at: number, dimensions: number): number {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let i = 0
  for (; i + 3 < dimensions; i += 4) {
    a += (one[from + i] as number) * (other[at + i] as number)
    b += (one[from + i + 1] as number) * (other[at + i + 1] as number)
    c += (one[from + i + 2] as number) * (other[at + i + 2] as number)
    d += (one[from + i + 3] as number) * (other[at + i + 3] as number)
  }
  for (; i < dimensions; i++) a += (one[from + i] as number) * (other[at + i] as number)
  return a + b + c + d
}

function distance(query: Float32Array, vectors: Float32Array, from: number, dimensions: number): number {
  let sum = 0
  for (let i = 0; i < dimensions; i++) sum += ((query[i] as number) - (vectors[from + i] as number)) ** 2
  return Math.sqrt(sum)
}
