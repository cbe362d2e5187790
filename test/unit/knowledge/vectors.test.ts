import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findNearest, normalizeAll } from '../../../server/knowledge/nearest.ts'
import { VectorFile } from '../../../server/knowledge/vectorFile.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vectors-'))
  file = path.join(folder, 'vectors.bin')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const hashOf = (number: number) => number.toString(16).padStart(64, '0')
const record = (number: number) => ({ hash: hashOf(number), vector: [number, number + 0.5, -number] })
const rowsOf = (vectors: VectorFile, numbers: number[]) => numbers.map((each) => vectors.rowOf(hashOf(each)) ?? -1)

test('vectors are found again by the hash of their text', async () => {
  const vectors = await VectorFile.open(file)
  await vectors.append([1, 2, 3].map(record))
  await vectors.append([3, 4].map(record))
  const again = await VectorFile.open(file)
  expect([again.size, again.dimensions]).toEqual([4, 3])
  expect([...(await again.read(rowsOf(again, [4, 1, 4])))]).toEqual([4, 4.5, -4, 1, 1.5, -1, 4, 4.5, -4])
  expect(again.rowOf(hashOf(5))).toBeUndefined()
})

test('wherever a crash cuts the file, what was whole is there and what follows fits', async () => {
  const vectors = await VectorFile.open(file)
  await vectors.append([1, 2, 3].map(record))
  const { size } = statSync(file)
  for (let cut = size; cut >= 0; cut -= 7) {
    truncateSync(file, cut)
    const left = await VectorFile.open(file)
    const whole = Math.max(0, Math.floor((cut - 12) / 44))
    expect(left.size).toBe(whole)
    await left.append([7, 8].map(record))
    const again = await VectorFile.open(file)
    expect([...(await again.read(rowsOf(again, [8])))]).toEqual([8, 8.5, -8])
    expect(again.size).toBe(whole + 2)
    truncateSync(file, cut)
  }
})

test('what is not wanted any more is left out', async () => {
  const vectors = await VectorFile.open(file)
  await vectors.append([1, 2, 3].map(record))
  const kept = await vectors.keepOnly(new Set([hashOf(3), hashOf(1)]))
  expect([...(await kept.read(rowsOf(kept, [1, 3])))]).toEqual([1, 1.5, -1, 3, 3.5, -3])
  expect(kept.rowOf(hashOf(2))).toBeUndefined()
  expect((await kept.keepOnly(new Set())).size).toBe(0)
})

const number = fc.double({ min: -9, max: 9, noNaN: true }).map(Math.fround)
const dimensions = 5
const set = fc.array(fc.array(number, { minLength: dimensions, maxLength: dimensions }), {
  minLength: 1,
  maxLength: 40,
})

test.each(['cosine', 'dot', 'euclidean'] as const)('the nearest by %s are those of a full sort', (metric) => {
  fc.assert(
    fc.property(
      set,
      fc.array(number, { minLength: 5, maxLength: 5 }),
      fc.integer({ min: 1, max: 50 }),
      (all, asked, limit) => {
        const vectors = Float32Array.from(all.flat())
        const query = Float32Array.from(asked)
        if (metric === 'cosine') for (const each of [vectors, query]) normalizeAll(each, dimensions)
        const found = findNearest({ vectors, dimensions, metric }, query, limit)
        const scores = all.map((_, place) => {
          const own = vectors.subarray(place * dimensions, (place + 1) * dimensions)
          const parts = [...own].map((each, at) => {
            const other = query[at] ?? 0
            return metric === 'euclidean' ? (other - each) ** 2 : other * each
          })
          const sum = parts.reduce((total, part) => total + part, 0)
          return metric === 'euclidean' ? -Math.sqrt(sum) : sum
        })
        const expected = scores.toSorted((one, other) => other - one).slice(0, limit)
        expect(found).toHaveLength(Math.min(limit, all.length))
        found.forEach(({ score, place }, at) => {
          expect(score).toBeCloseTo(expected[at] ?? Number.NaN, 5)
          expect(score).toBeCloseTo(scores[place] ?? Number.NaN, 5)
        })
      },
    ),
    { numRuns: 200 },
  )
})
