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

/** Vectors that are compared at once: their sums do not wait for each other, and a number of the query is read once for all. */
const atOnce = 8

/**
 * The `limit` nearest of all vectors, nearest first, by looking at each: exact. For the cosine, both the set and the query are of length 1.
 * A vector that is not of numbers, as a damaged file may hold, is near to nothing.
 */
export function findNearest(
  { vectors, dimensions, metric }: { vectors: Float32Array; dimensions: number; metric: DistanceMetric },
  query: Float32Array,
  limit: number,
): Neighbour[] {
  const nearest: Neighbour[] = []
  const count = vectors.length / dimensions
  const most = Math.min(limit, count)
  const likenesses = metric === 'euclidean' ? distancesAt : dotsAt
  const scores = new Float64Array(atOnce)
  let least = Number.NEGATIVE_INFINITY
  for (let first = 0; first < count; first += atOnce) {
    // The last ones are compared again with those before them, where fewer are left.
    const from = Math.max(0, Math.min(first, count - atOnce))
    likenesses(query, vectors, from * dimensions, dimensions, scores)
    for (let place = first; place < Math.min(first + atOnce, count); place++) {
      const score = scores[place - from] as number
      if (!(score > least)) continue
      insert(nearest, { place, score }, most)
      if (nearest.length === most) least = nearest.at(-1)?.score ?? least
    }
  }
  return nearest
}

function insert(nearest: Neighbour[], neighbour: Neighbour, most: number): void {
  let at = nearest.length
  while (at > 0 && (nearest[at - 1]?.score ?? 0) < neighbour.score) at--
  nearest.splice(at, 0, neighbour)
  if (nearest.length > most) nearest.pop()
}

type Likenesses = (
  query: Float32Array,
  vectors: Float32Array,
  from: number,
  dimensions: number,
  scores: Float64Array,
) => void

/** The dot products of eight vectors, one behind the other; beyond the end of the set they are no numbers. */
const dotsAt: Likenesses = (query, vectors, from, dimensions, scores) => {
  let [s0, s1, s2, s3, s4, s5, s6, s7] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let i = 0, at = from; i < dimensions; i++, at++) {
    const q = query[i] as number
    s0 += q * (vectors[at] as number)
    s1 += q * (vectors[at + dimensions] as number)
    s2 += q * (vectors[at + 2 * dimensions] as number)
    s3 += q * (vectors[at + 3 * dimensions] as number)
    s4 += q * (vectors[at + 4 * dimensions] as number)
    s5 += q * (vectors[at + 5 * dimensions] as number)
    s6 += q * (vectors[at + 6 * dimensions] as number)
    s7 += q * (vectors[at + 7 * dimensions] as number)
  }
  scores[0] = s0
  scores[1] = s1
  scores[2] = s2
  scores[3] = s3
  scores[4] = s4
  scores[5] = s5
  scores[6] = s6
  scores[7] = s7
}

/** The euclidean distances of eight vectors, negative. */
const distancesAt: Likenesses = (query, vectors, from, dimensions, scores) => {
  let [s0, s1, s2, s3, s4, s5, s6, s7] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let i = 0, at = from; i < dimensions; i++, at++) {
    const q = query[i] as number
    const d0 = q - (vectors[at] as number)
    s0 += d0 * d0
    const d1 = q - (vectors[at + dimensions] as number)
    s1 += d1 * d1
    const d2 = q - (vectors[at + 2 * dimensions] as number)
    s2 += d2 * d2
    const d3 = q - (vectors[at + 3 * dimensions] as number)
    s3 += d3 * d3
    const d4 = q - (vectors[at + 4 * dimensions] as number)
    s4 += d4 * d4
    const d5 = q - (vectors[at + 5 * dimensions] as number)
    s5 += d5 * d5
    const d6 = q - (vectors[at + 6 * dimensions] as number)
    s6 += d6 * d6
    const d7 = q - (vectors[at + 7 * dimensions] as number)
    s7 += d7 * d7
  }
  scores[0] = -Math.sqrt(s0)
  scores[1] = -Math.sqrt(s1)
  scores[2] = -Math.sqrt(s2)
  scores[3] = -Math.sqrt(s3)
  scores[4] = -Math.sqrt(s4)
  scores[5] = -Math.sqrt(s5)
  scores[6] = -Math.sqrt(s6)
  scores[7] = -Math.sqrt(s7)
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
