import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ReviewDoubt } from '../../../protocol/results.ts'
import type { ReviewPage } from '../../../protocol/review.ts'
import { nextInReview, type ReviewOrders, stateOfReview, wilson } from '../../../server/domain/review.ts'
import { doubtOf, doubtsOf } from '../../../server/results/doubt.ts'
import { createResultColumns, type ResultColumns, type ResultFields } from '../../../server/results/resultColumns.ts'
import { columnsWithTrust } from '../../../server/results/trust.ts'
import { calibrateScripted, covers, reviewScriptedRun, simulateReview } from '../../support/review/scriptedReview.ts'
import { createHarness, goodAnswer, type Harness, jsonLines } from '../../support/runs/harness.ts'

const orders = fc.integer({ min: 1, max: 60 }).chain((size) => {
  const items = Array.from({ length: size }, (_, nth) => nth)
  const order = fc.shuffledSubarray(items, { minLength: size }).map((each) => Uint32Array.from(each))
  return fc.record({ byDoubt: order, byChance: order })
})

const unseen = { isRight: () => null }
const nobody = new Set<number>()

describe('the queue', () => {
  test('has each item once, and at least a fifth of it is drawn by chance', () => {
    fc.assert(
      fc.property(orders, (given: ReviewOrders) => {
        const size = given.byDoubt.length
        const queue = nextInReview(unseen, given, { skipped: nobody, limit: size + 5 })
        expect(queue.map(({ item }) => item).toSorted((one, other) => one - other)).toEqual(
          [...given.byDoubt].sort((one, other) => one - other),
        )
        const drawn = new Set(queue.map(({ item }) => item))
        for (let seen = 1; seen <= size; seen++) {
          const before = new Set(queue.slice(0, seen).map(({ item }) => item))
          const sample = given.byChance.findIndex((item) => !before.has(item))
          expect(sample === -1 ? size : sample).toBeGreaterThanOrEqual(Math.ceil(seen / 5))
        }
        expect(drawn.size).toBe(size)
      }),
    )
  })

  test('goes on where it was left, however it is asked for', () => {
    fc.assert(
      fc.property(orders, fc.integer({ min: 1, max: 7 }), (given: ReviewOrders, step) => {
        const whole = nextInReview(unseen, given, { skipped: nobody, limit: 1000 })
        const seen = new Set<number>()
        const parts = []
        for (;;) {
          const part = nextInReview({ isRight: (item) => (seen.has(item) ? true : null) }, given, {
            skipped: nobody,
            limit: step,
          })
          if (part.length === 0) break
          parts.push(...part)
          for (const { item } of part) seen.add(item)
        }
        expect(parts).toEqual(whole)
      }),
    )
  })

  test('leaves out what is skipped, and a gap in the order of chance ends what is known of all', () => {
    const given = { byDoubt: Uint32Array.of(0, 1, 2, 3), byChance: Uint32Array.of(3, 2, 1, 0) }
    const queue = nextInReview(unseen, given, { skipped: new Set([3]), limit: 10 })
    expect(queue.map(({ item }) => item)).toEqual([2, 0, 1])
    const state = stateOfReview({ size: 4, isRight: (item) => (item === 3 ? null : true) }, given)
    expect(state).toMatchObject({ seen: 3, sample: 0, agreement: null, stillWrong: null, enough: null })
  })
})

describe('what is known', () => {
  // R. G. Newcombe, Statistics in Medicine 17, 1998, table I: method 4.
  test.each([
    [81, 263, 0.2535, 0.3682],
    [15, 148, 0.0598, 0.1644],
    [0, 20, 0, 0.2005],
    [1, 29, 0.0018, 0.1963],
  ])('has the published interval of %i of %i', (hits, of, low, high) => {
    const found = wilson(hits, of)
    expect(found.low).toBeCloseTo(low, 4)
    expect(found.high).toBeCloseTo(high, 4)
  })

  test('holds its own share, within 0 and 1', () => {
    const counts = fc
      .integer({ min: 1, max: 5000 })
      .chain((of) => fc.tuple(fc.integer({ min: 0, max: of }), fc.constant(of)))
    fc.assert(
      fc.property(counts, ([hits, of]) => {
        const { share, low, high } = wilson(hits, of)
        expect(low).toBeGreaterThanOrEqual(0)
        expect(low).toBeLessThanOrEqual(share)
        expect(share).toBeLessThanOrEqual(high)
        expect(high).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('is everything where everything was seen, and nothing where there is nothing', () => {
    const given = { byDoubt: Uint32Array.of(1, 0), byChance: Uint32Array.of(0, 1) }
    expect(stateOfReview({ size: 2, isRight: (item) => item === 0 }, given)).toEqual({
      ...{ items: 2, seen: 2, right: 1, sample: 2, enough: 'all' },
      agreement: { share: 0.5, low: 0.5, high: 0.5 },
      stillWrong: { about: 0, low: 0, high: 0 },
    })
    const empty = { byDoubt: new Uint32Array(), byChance: new Uint32Array() }
    expect(stateOfReview({ size: 0, ...unseen }, empty)).toMatchObject({ items: 0, agreement: null, enough: 'all' })
  })
})

describe('a scripted model that is wrong in 12 of 100 texts', () => {
  test('after a fifth of the queue both intervals hold what is so, in 95 of 100 seeded reviews or more', () => {
    const reviews = Array.from({ length: 100 }, (_, nth) => simulateReview(1500, (nth + 1) * 7919))
    const covered = reviews.map((review) => covers(review.state, review))
    const found = reviews.map((review) => review.found).sort((one, other) => one - other)
    const figures = {
      agreement: covered.filter(({ agreement }) => agreement).length,
      stillWrong: covered.filter(({ stillWrong }) => stillWrong).length,
      found: { least: found[0] ?? 0, middle: found[50] ?? 0 },
    }
    console.info(`review: ${JSON.stringify(figures)}`)
    expect(figures.agreement).toBeGreaterThanOrEqual(95)
    expect(figures.stillWrong).toBeGreaterThanOrEqual(95)
    expect(figures.found.least).toBeGreaterThanOrEqual(0.8)
  })

  const rows = Array.from({ length: 500 }, (_, nth) => ({
    id: `r${nth}`,
    text: `the request ${nth}`,
    label: `intent ${nth % 9}`,
  }))

  test('is found out in a run, over the golden set: four of five wrong verdicts in the first fifth', async () => {
    const review = await reviewScriptedRun(rows, 3)
    expect(review.found).toBeGreaterThanOrEqual(0.8)
    expect(covers(review.state, review)).toEqual({ agreement: true, stillWrong: true })
  })

  test('is corrected: its calibration error is a fraction of what it was', () => {
    const { before, after } = calibrateScripted(rows, 3)
    expect(before).toBeGreaterThan(0.05)
    expect(after).toBeLessThan((before ?? 0) / 2)
  })
})

describe('the queue of a run', () => {
  let harness: Harness
  const said = new Map<string, object>()
  const confidences: Record<string, number> = { sure: 0.99, unsure: 0.3, other: 0.9 }
  beforeEach(async () => {
    said.clear()
    harness = await createHarness(
      (request) =>
        goodAnswer(request, (text) => {
          if (text === 'nothing') return { categories: [], confidence: 0.9 }
          return { confidence: confidences[text] ?? 0.8 }
        }),
      { labelsOf: async () => ({ version: String(said.size), labels: said as never }) },
    )
  })
  afterEach(() => harness.dispose())

  const review = async (runId: string, more: object = {}): Promise<ReviewPage> => {
    const page = await harness.runs.review(runId, { skipped: [], limit: 10, ...more })
    if (!page.ok) throw new Error(page.reason.message)
    return page.value
  }

  test('says why of each, knows what a person said, and leaves out rows without a verdict', async () => {
    const texts = ['sure', 'unsure', 'nothing', 'other', '']
    const path = await harness.file('a.jsonl', jsonLines(texts.map((text, nth) => ({ id: `i${nth}`, text }))))
    const { runId } = await harness.run({ tasks: ['categorization'], source: { kind: 'paths', paths: [path] } })
    const { items, state } = await review(runId)
    expect(state).toMatchObject({ items: 4, seen: 0, sample: 0, agreement: null })
    expect(items).toHaveLength(4)
    const doubtsOf = (id: string) => items.find(({ result }) => result.id === id)?.doubts
    expect([doubtsOf('i0'), doubtsOf('i1'), doubtsOf('i2')]).toEqual([[], ['unsure'], ['no_category']])
    const byDoubt = items.filter(({ drawn }) => drawn === 'doubt').map(({ result }) => result.id)
    expect(byDoubt).toEqual(['i2', 'i1', 'i3', 'i0'].filter((id) => byDoubt.includes(id)))

    const [first] = items as [ReviewPage['items'][number]]
    const at = '2026-11-30T10:00:00.000Z'
    said.set(first.result.inputHash, { label: { categories: ['Science'], interest: null, quality: null, at } })
    const next = await review(runId, { limit: 1, skipped: [] })
    expect(next.items[0]?.result.id).not.toBe(first.result.id)
    expect(next.state).toMatchObject({ seen: 1, right: 0, sample: 1 })
    // Only scores were said: nothing is known of the categories.
    said.set(items[1]?.result.inputHash ?? '', { label: { categories: null, interest: 3, quality: null, at } })
    expect((await review(runId)).state.seen).toBe(1)
  })
})

describe('what makes a result doubtful', () => {
  const verdict = (part: object) =>
    ({
      ...{
        inputHash: 'a'.repeat(64),
        categories: ['A'],
        confidence: 0.9,
        interest: 5,
        quality: 5,
        score: 5,
        receipts: {},
      },
      ...part,
    }) as ResultFields
  const scored = (...levels: number[]) => ({
    receipts: {
      scoring: {
        batch: 1,
        latencyMs: 1,
        costUsd: 0,
        usage: { input: 1, output: 1 },
        decision: { distributions: { interest: levels } },
      },
    },
  })
  const columnsOf = (parts: readonly object[], furtherFrom?: number): ResultColumns => {
    const columns = createResultColumns([], furtherFrom)
    for (const [item, part] of parts.entries()) {
      columns.index.setFinal(columns.index.add(`${item}`.padStart(24, '0')), 'ok', item, { offset: 0, length: 1 })
      columns.take(item, verdict(part))
    }
    return columnsWithTrust(columns, { version: '', byModel: new Map(), floors: new Map([['floored', 0.8]]) })
  }

  test.each<[string, object, ReviewDoubt[]]>([
    ['nothing', {}, []],
    ['no category', { categories: [] }, ['no_category']],
    ['a text that speaks to the judge', { addressesJudge: true }, ['addresses_judge']],
    ['less sure than its category wants', { categories: ['Floored'], confidence: 0.7 }, ['below_floor']],
    ['hardly surer', { categories: ['Floored'], confidence: 0.82 }, ['near_floor']],
    ['just as sure', { categories: ['Floored'], confidence: 0.8 }, ['near_floor']],
    ['much surer', { categories: ['Floored'], confidence: 0.86 }, []],
    ['another category at the threshold', { probabilities: { A: 0.8, B: 0.19 } }, ['near_further']],
    ['another category just below', { probabilities: { A: 0.8, B: 0.161 } }, ['near_further']],
    ['another category far below', { probabilities: { A: 0.8, B: 0.1 } }, []],
    ['only the first at the threshold', { probabilities: { A: 0.2, B: 0.01 } }, []],
    ['unsure', { confidence: 0.4 }, ['unsure']],
    ['unknown', { confidence: null }, ['unsure']],
    ['unsure of a score', scored(0.4, 0.3, 0.3), ['score_unsure']],
    ['sure of a score', scored(0.6, 0.2, 0.2), []],
    ['only scored, and unsure', { categories: null, confidence: null, ...scored(0.4, 0.3, 0.3) }, ['score_unsure']],
    ['only scored', { categories: null, confidence: null }, []],
  ])('%s', (_, part, doubts) => {
    expect(doubtsOf(columnsOf([part], 0.2), 0)).toEqual(doubts)
  })

  test('puts them in one order', () => {
    const parts = [
      { confidence: 0.95 },
      { categories: null, confidence: null },
      { confidence: 0.6, ...scored(0.4, 0.3, 0.3) },
      { confidence: 0.45 },
      { probabilities: { A: 0.8, B: 0.2 }, confidence: 0.8 },
      { categories: ['Floored'], confidence: 0.79 },
      { categories: [], confidence: 0.99 },
    ]
    const columns = columnsOf(parts, 0.2)
    const doubts = parts.map((_, item) => doubtOf(columns, item))
    expect(doubts[1]).toBeNull()
    const order = [0, 2, 3, 4, 5, 6].toSorted((one, other) => (doubts[other] ?? 0) - (doubts[one] ?? 0))
    expect(order).toEqual([6, 5, 4, 3, 2, 0])
  })

  test('knows no threshold that the profile does not name', () => {
    expect(doubtsOf(columnsOf([{ probabilities: { A: 0.8, B: 0.1 } }]), 0)).toEqual([])
  })
})
