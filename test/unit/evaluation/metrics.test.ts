import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CategoryPair,
  cohenKappa,
  expectedCalibrationError,
  measureCategories,
} from '../../../server/domain/categoryMetrics.ts'
import { measureErrors } from '../../../server/domain/measureErrors.ts'

function pairs(cells: readonly [one: string, other: string, count: number][]): [string, string][] {
  return cells.flatMap(([one, other, count]) => Array.from({ length: count }, (): [string, string] => [one, other]))
}

describe("Cohen's kappa", () => {
  test.each([
    // Two readers of 50 grant proposals: po 0.7, pe 0.5 (the worked example of "Cohen's kappa", Wikipedia).
    [
      'the grants',
      pairs([
        ['yes', 'yes', 20],
        ['yes', 'no', 5],
        ['no', 'yes', 10],
        ['no', 'no', 15],
      ]),
      0.4,
    ],
    // The same 60 % agreement with other frequencies, from the same article: 0.1304 and 0.2593.
    [
      'much of one kind',
      pairs([
        ['yes', 'yes', 45],
        ['yes', 'no', 15],
        ['no', 'yes', 25],
        ['no', 'no', 15],
      ]),
      0.1304,
    ],
    [
      'asymmetric',
      pairs([
        ['yes', 'yes', 25],
        ['yes', 'no', 35],
        ['no', 'yes', 5],
        ['no', 'no', 35],
      ]),
      0.2593,
    ],
    [
      'no better than chance',
      pairs([
        ['a', 'a', 1],
        ['a', 'b', 1],
        ['b', 'a', 1],
        ['b', 'b', 1],
      ]),
      0,
    ],
    [
      'always the other',
      pairs([
        ['a', 'b', 5],
        ['b', 'a', 5],
      ]),
      -1,
    ],
  ])('%s', (_, rated, kappa) => {
    expect(cohenKappa(rated)).toBeCloseTo(kappa, 4)
  })

  test('is not defined where chance alone agrees always, nor of nothing', () => {
    expect(cohenKappa(pairs([['a', 'a', 9]]))).toBeNull()
    expect(cohenKappa([])).toBeNull()
  })
})

/** Worked out by hand. A: 2 expected, 2 given, 1 of them right; B: 2, 2, 2; C: 1 expected, never given. */
const mixed: CategoryPair[] = [
  { expected: ['A'], given: ['A'] },
  { expected: ['A', 'B'], given: ['B'] },
  { expected: ['B'], given: ['B', 'A'] },
  { expected: ['C'], given: null },
  { expected: [], given: [] },
]

test('the metrics of a small set', () => {
  const metrics = measureCategories(mixed)
  expect(metrics).toMatchObject({ items: 5, failed: 1, accuracy: 2 / 5 })
  expect(metrics.jaccard).toBeCloseTo((1 + 0.5 + 0.5 + 0 + 1) / 5)
  expect(
    metrics.labels.map(({ label, support, given, precision, recall, f1 }) => [
      label,
      support,
      given,
      precision,
      recall,
      f1,
    ]),
  ).toEqual([
    ['A', 2, 2, 0.5, 0.5, 0.5],
    ['B', 2, 2, 1, 1, 1],
    ['C', 1, 0, null, 0, 0],
  ])
  expect(metrics.micro).toEqual({ precision: 3 / 4, recall: 3 / 5, f1: 6 / 9 })
  expect(metrics.macro.f1).toBeCloseTo((0.5 + 1 + 0) / 3)
  expect(metrics.macro.precision).toBeCloseTo((0.5 + 1 + 0) / 3)
  expect(metrics.confusion).toEqual([
    { expected: null, given: null, failed: false, items: 1 },
    { expected: 'A', given: 'A', failed: false, items: 1 },
    { expected: 'A', given: 'B', failed: false, items: 1 },
    { expected: 'B', given: 'B', failed: false, items: 1 },
    { expected: 'C', given: null, failed: true, items: 1 },
  ])
})

test('an item that failed is never right, also where nothing fits', () => {
  expect(measureCategories([{ expected: [], given: null }])).toMatchObject({ accuracy: 0, jaccard: 0, failed: 1 })
})

test('nothing has no metrics', () => {
  expect(measureCategories([])).toMatchObject({ accuracy: null, jaccard: null, kappa: null, labels: [], confusion: [] })
})

const labels = fc.uniqueArray(fc.constantFrom('A', 'B', 'C', 'D'), { maxLength: 3 })
const pair = fc.record({ expected: labels, given: fc.option(labels) })

test('perfect agreement is 1', () => {
  fc.assert(
    fc.property(fc.array(labels, { minLength: 1 }), (sets) => {
      const metrics = measureCategories(sets.map((set) => ({ expected: set, given: set.toReversed() })))
      expect(metrics.accuracy).toBe(1)
      expect(metrics.jaccard).toBe(1)
      for (const { precision, recall, f1 } of metrics.labels) expect([precision, recall, f1]).toEqual([1, 1, 1])
      const same = measureCategories(sets.map((set) => ({ expected: set, given: set })))
      expect([1, null]).toContain(same.kappa)
    }),
  )
})

test('the order of the items changes nothing', () => {
  fc.assert(
    fc.property(fc.array(pair, { minLength: 1, maxLength: 12 }), (items) => {
      const [one, other] = [measureCategories(items), measureCategories(items.toReversed())]
      expect(other.labels).toEqual(one.labels)
      expect(other.confusion).toEqual(one.confusion)
      expect(other.kappa).toEqual(one.kappa)
      expect(other.accuracy).toBeCloseTo(one.accuracy ?? 0, 12)
      expect(other.jaccard).toBeCloseTo(one.jaccard ?? 0, 12)
    }),
  )
})

test('shares stay between 0 and 1, and every item is in one cell', () => {
  fc.assert(
    fc.property(fc.array(pair, { minLength: 1, maxLength: 12 }), (items) => {
      const { confusion, labels: rows, accuracy, jaccard, kappa } = measureCategories(items)
      expect(confusion.reduce((sum, cell) => sum + cell.items, 0)).toBe(items.length)
      const shares = [accuracy, jaccard, ...rows.flatMap(({ precision, recall, f1 }) => [precision, recall, f1])]
      for (const each of shares) if (each !== null) expect(each >= 0 && each <= 1).toBe(true)
      if (kappa !== null) expect(kappa).toBeLessThanOrEqual(1)
    }),
  )
})

test.each([
  [
    'too high and too low',
    [
      [5, 7],
      [5, 4],
      [10, 10],
    ],
    { items: 3, meanAbsolute: 1, bias: 1 / 3 },
  ],
  [
    'what is missing does not count',
    [
      [5, null],
      [null, 3],
      [2, 1],
    ],
    { items: 1, meanAbsolute: 1, bias: -1 },
  ],
  ['nothing', [[null, 3]], null],
] as const)('errors of scores: %s', (_, rows, errors) => {
  expect(measureErrors(rows.map(([expected, given]) => ({ expected, given })))).toEqual(errors)
})

describe('expected calibration error', () => {
  const answers = (confidence: number, right: number, wrong: number) => [
    ...Array.from({ length: right }, () => ({ confidence, isRight: true })),
    ...Array.from({ length: wrong }, () => ({ confidence, isRight: false })),
  ]

  test.each<[string, { confidence: number; isRight: boolean }[], number]>([
    ['nothing for confidence that is as often right as it says', answers(0.75, 3, 1), 0],
    ['all of it for one that is sure and wrong', answers(1, 0, 7), 1],
    ['the distance of the means', answers(0.9, 5, 5), 0.4],
    // Two bins: 4 of 10 answers are off by 0.15, 6 of 10 by 0.35.
    ['each bin by its share', [...answers(0.6, 3, 1), ...answers(0.85, 3, 3)], 0.4 * 0.15 + 0.6 * 0.35],
    // One bin: 0.91 and 0.99 are right and wrong, so its mean confidence stands against its half.
    ['what is in one bin together', [...answers(0.91, 1, 0), ...answers(0.99, 0, 1)], 0.45],
    [
      'the upper end of a bin in it, and the lower end of all in the first',
      [...answers(0.1, 1, 0), ...answers(0, 0, 1)],
      0.45,
    ],
  ])('counts %s', (_, given, error) => {
    expect(expectedCalibrationError(given)).toBeCloseTo(error, 10)
  })

  test('is not defined without an answer that says how sure it is', () => {
    expect(expectedCalibrationError([])).toBeNull()
    expect(measureCategories([{ expected: ['A'], given: ['A'], confidence: null }]).calibrationError).toBeNull()
    expect(measureCategories([{ expected: ['A'], given: null, confidence: 0.9 }]).calibrationError).toBeNull()
  })

  test('is about exactly the same categories', () => {
    const half = { expected: ['A', 'B'], given: ['A'], confidence: 1 }
    expect(measureCategories([half, { expected: [], given: [], confidence: 1 }]).calibrationError).toBe(0.5)
  })

  test('comes with its bins and the Brier score', () => {
    const right = { expected: ['A'], given: ['A'], confidence: 0.9 }
    const wrong = { expected: ['A'], given: ['B'], confidence: 0.8 }
    const measured = measureCategories([right, right, wrong])
    // (0.1² + 0.1² + 0.8²) / 3
    expect(measured.brier).toBeCloseTo(0.22, 12)
    const empty = { items: 0, confidence: null, accuracy: null }
    expect(measured.calibration?.slice(0, 7)).toEqual(Array.from({ length: 7 }, () => empty))
    expect(measured.calibration?.slice(7)).toEqual([
      { items: 1, confidence: 0.8, accuracy: 0 },
      { items: 2, confidence: 0.9, accuracy: 1 },
      empty,
    ])
    expect(measureCategories([{ expected: ['A'], given: ['A'], confidence: null }])).toMatchObject({ brier: null })
  })
})
