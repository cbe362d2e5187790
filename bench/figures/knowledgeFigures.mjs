// Looking at 100,000 vectors of 384 numbers each, as a search of a knowledge base does; the call for the query's vector is the model's.
import { findNearest, normalizeAll } from '../../server/knowledge/nearest.ts'
import { takeTurns, timed } from '../measure.mjs'

const count = 100_000
const dimensions = 384

export async function measureNearest() {
  const vectors = Float32Array.from({ length: count * dimensions }, () => Math.random() - 0.5)
  normalizeAll(vectors, dimensions)
  const query = vectors.slice(0, dimensions)
  return takeTurns(15, {
    ours: () => timed(() => findNearest({ vectors, dimensions, metric: 'cosine' }, query, 10)),
    'one vector after the other': () => timed(() => oneByOne(vectors, query)),
  })
}

function oneByOne(vectors, query) {
  let [best, place] = [Number.NEGATIVE_INFINITY, -1]
  for (let each = 0; each < count; each += 1) {
    let sum = 0
    for (let at = 0; at < dimensions; at += 1) sum += query[at] * vectors[each * dimensions + at]
    if (sum > best) [best, place] = [sum, each]
  }
  return place
}
