import { afterEach, describe, expect, test } from 'vitest'
import type { Profile } from '../../../protocol/profile.ts'
import { RunEstimate } from '../../../protocol/runs.ts'
import { createSpread } from '../../../server/runs/sampleItems.ts'
import { describeEstimate, isLargeRun, needsConsent } from '../../../shared/describe/estimate.ts'
import { fail } from '../../../shared/fail.ts'
import {
  createHarness,
  goodAnswer,
  type Harness,
  type HarnessOptions,
  jsonLines,
  profile,
  routeFor,
  type Script,
} from '../../support/runs/harness.ts'

let harness: Harness
afterEach(async () => {
  await harness?.dispose()
})

const price = {
  costOf: ({ input, output }: { input: number | null; output: number | null }) => ((input ?? 0) + (output ?? 0)) / 1e6,
}

async function open(texts: readonly string[], script?: Script, options?: HarnessOptions): Promise<string> {
  harness = await createHarness(script, options)
  return await harness.file('a.jsonl', jsonLines(texts.map((text, index) => ({ id: index + 1, text }))))
}

async function estimate(
  path: string,
  more: { sample?: number; limit?: number; draft?: Profile } = {},
  signal?: AbortSignal,
) {
  const request = harness.request({ source: { kind: 'paths', paths: [path] }, tasks: ['categorization'] })
  return await harness.runs.estimate({ ...request, ...more }, signal)
}

async function estimated(...args: Parameters<typeof estimate>): Promise<RunEstimate> {
  const outcome = await estimate(...args)
  if (!outcome.ok) throw new Error(outcome.reason.message)
  return RunEstimate.strict().parse(outcome.value)
}

describe('an estimate', () => {
  test('says by whose categories, and to whom texts go over the internet for the first time from the folder', async () => {
    const asked: string[] = []
    const path = await open(['a', 'b'], undefined, {
      async resolve(task) {
        const endpoint = task === 'scoring' ? 'https://api.example.com/v1' : 'http://192.168.0.7:8080'
        return { ok: true, value: { ...routeFor(task), endpoint }, warnings: [], trace: [] }
      },
      async wentBefore({ source }, { endpoint }) {
        asked.push(`${source.kind} ${endpoint}`)
        return asked.length > 1
      },
    })
    const request = harness.request({ source: { kind: 'paths', paths: [path] } })
    const first = await harness.runs.estimate(request)
    expect(first).toMatchObject({
      value: {
        categories: { origin: 'stored', name: null, names: ['Technology', 'Science'], roots: 2 },
        newDestinations: [{ provider: 'fake', model: 'fake-1', host: 'api.example.com' }],
      },
    })
    expect(first.ok && needsConsent(first.value)).toBe(true)
    const second = await harness.runs.estimate(request)
    expect(second.ok && 'newDestinations' in second.value).toBe(false)
    expect(second.ok && needsConsent(second.value)).toBe(false)
    // What stays in the own network is nobody's first time.
    expect(asked).toEqual(['paths https://api.example.com/v1', 'paths https://api.example.com/v1'])
  })

  test('tells what a run would ask about, and asks nobody', async () => {
    const path = await open(['a', 'b', 'a', 'c', '<p></p>', 'a'])
    const told = await estimated(path)
    expect(told).toMatchObject({ items: 6, unreadable: 1, identical: 2, reused: 0, toJudge: 3, calls: 1, sample: null })
    expect(told.outputTokens).toBeGreaterThan(0)
    expect(harness.calls).toHaveLength(0)
  })

  test('finds what is identical among thousands, wherever the others stand', async () => {
    const texts = Array.from({ length: 3000 }, (_, index) => `text ${index % 1500}.`)
    expect(await estimated(await open(texts))).toMatchObject({ items: 3000, identical: 1500, toJudge: 1500 })
  })

  test('counts what an earlier run has found', async () => {
    const path = await open(['a', 'b', 'c'], undefined, {
      openReuse: async ({ header }) => ({
        find: async (items) =>
          new Map(
            items
              .filter(({ text }) => header.runId === '' && text !== 'b')
              .map((item) => [item, { status: 'ok' as const, resultJson: '{}' }]),
          ),
        close: async () => undefined,
      }),
    })
    expect(await estimated(path)).toMatchObject({ items: 3, reused: 2, toJudge: 1, calls: 1 })
  })

  test('is a range of money where the price is known, and unknown where it is not', async () => {
    const path = await open(['a', 'b'], undefined, { priceOf: async () => price })
    const { costUsd, inputTokens, outputTokens } = await estimated(path)
    expect(costUsd?.low).toBeCloseTo((0.6 * (inputTokens + outputTokens)) / 1e6, 9)
    expect(costUsd?.high).toBeCloseTo((2 * (inputTokens + outputTokens)) / 1e6, 9)
    await harness.dispose()
    const unpriced = await open(['a', 'b'], undefined, { priceOf: async () => null })
    expect((await estimated(unpriced)).costUsd).toBeNull()
  })

  test('costs nothing where nobody is asked, although no price is known', async () => {
    const path = await open(['<p></p>'], undefined, { priceOf: async () => null })
    expect(await estimated(path)).toMatchObject({ calls: 0, costUsd: { low: 0, high: 0 } })
  })

  test('takes the time from the last run that went the same way', async () => {
    const texts = Array.from({ length: 60 }, (_, index) => `text ${index}.`)
    const path = await open(texts, async (request) => {
      harness.clock.advance(1000)
      return goodAnswer(request)
    })
    expect((await estimated(path)).seconds).toBeNull()
    await harness.run({ source: { kind: 'paths', paths: [path] }, tasks: ['categorization'] })
    const { seconds } = await estimated(path)
    expect(seconds).toBeGreaterThanOrEqual(12)
    expect(seconds).toBeLessThan(14)
  })

  test('ends when nobody waits for it', async () => {
    const path = await open(['a'])
    expect(await estimate(path, {}, AbortSignal.abort())).toMatchObject({ ok: false, reason: { code: 'cancelled' } })
  })
})

describe('a sample', () => {
  const texts = Array.from({ length: 1000 }, (_, index) => `text ${index}.`)

  test('is judged for real, spread over the source, and tells labels, money and time', async () => {
    const path = await open(
      texts,
      async (request) => {
        harness.clock.advance(500)
        const answer = goodAnswer(request, (text) => (text.endsWith('0.') ? { categories: ['Science'] } : undefined))
        return answer.ok ? { ok: true, value: { ...answer.value, costUsd: 0.01 } } : answer
      },
      { priceOf: async () => price },
    )
    const told = await estimated(path, { sample: 10 })
    expect(told.sample).toMatchObject({ items: 10, failed: 0, costUsd: 0.02 })
    expect(told.sample?.categories.reduce((sum, { items }) => sum + items, 0)).toBe(10)
    expect(told.costUsd?.low).toBeCloseTo(0.8 * 2, 6)
    expect(told.costUsd?.high).toBeCloseTo(1.3 * 2, 6)
    expect(told.seconds).toBeGreaterThan(0)
    const asked = harness.calls.flatMap((call) => call.work.items.map(({ text }) => Number(text.slice(5, -1))))
    expect(asked).toHaveLength(10)
    expect(Math.min(...asked)).toBeLessThan(100)
    expect(Math.max(...asked)).toBeGreaterThan(800)
    expect(harness.ledger.rows.size).toBe(0)
  })

  test('that the provider refuses is the reason why there is no estimate', async () => {
    const path = await open(texts, () => fail({ code: 'auth_failed', provider: 'fake' }))
    expect(await estimate(path, { sample: 5 })).toMatchObject({ ok: false, reason: { code: 'auth_failed' } })
    expect(harness.calls).toHaveLength(1)
  })

  test('is not asked about again by the run that follows, whose own its results are', async () => {
    const path = await open(['a', 'b', 'c', 'd'])
    await estimated(path, { sample: 3 })
    const asked = () => harness.calls.flatMap((call) => call.work.items.map(({ text }) => text)).sort()
    expect(asked()).toHaveLength(3)
    expect(await estimated(path)).toMatchObject({ items: 4, reused: 3, toJudge: 1, calls: 1 })
    const run = await harness.run({ source: { kind: 'paths', paths: [path] }, tasks: ['categorization'] })
    expect(run.counts).toEqual({ total: 4, ok: 4, failed: 0, skipped: 0, waiting: 0 })
    expect(asked()).toEqual(['a', 'b', 'c', 'd'])
    const results = await harness.results(run.resultsPath ?? '')
    expect(results.map(({ runId, id, categories }) => [runId, id, categories])).toEqual(
      ['1', '2', '3', '4'].map((id) => [run.runId, id, ['Software']]),
    )
    for (const { receipts } of results) expect(receipts.categorization).toMatchObject({ provider: 'fake', attempts: 1 })
  })

  test('counts for nothing where everything is to be judged, or by another list', async () => {
    const path = await open(['a', 'b'])
    await estimated(path, { sample: 2 })
    const before = harness.calls.length
    await harness.run({ source: { kind: 'paths', paths: [path] }, tasks: ['categorization'], reuse: 'none' })
    expect(harness.calls.length).toBeGreaterThan(before)
    expect(await estimated(path, { draft: { ...profile, interests: 'Something else.' } })).toMatchObject({ reused: 0 })
  })

  test('takes all where there are fewer', async () => {
    const path = await open(['a', 'b'])
    expect((await estimated(path, { sample: 50 })).sample).toMatchObject({
      items: 2,
      categories: [{ category: 'Software', items: 2 }],
    })
  })

  test.each([15, 19, 100, 5000])('of a file of %i whose kinds take turns shows all kinds', (total) => {
    // Every other one, and every fourth: what is drawn at equal distances sees one kind alone.
    for (const kinds of [2, 4]) {
      const found = Array.from({ length: kinds }, () => 0)
      for (let round = 0; round < 400; round++) {
        const spread = createSpread(10, Math.random)
        for (let at = 0; at < total; at++) {
          spread.meet({ item: at, at, key: '', id: '', inputHash: '', text: '' })
        }
        for (const { at } of spread.take()) found[at % kinds] = (found[at % kinds] as number) + 1
      }
      // Stretches of one and of two items shift a share by up to a seventh; 4,000 drawn add some hundredths. One kind alone would be
      // 1 or 3 off.
      const expected = Array.from({ length: kinds }, (_, kind) => (4000 * Math.ceil((total - kind) / kinds)) / total)
      found.forEach((count, kind) => {
        expect(Math.abs(count / (expected[kind] as number) - 1)).toBeLessThan(0.35)
      })
    }
  })

  test.each([1, 7, 49, 50, 51, 1000, 12_345])('of 50 out of %i is evenly spread', (total) => {
    const spread = createSpread(50, Math.random)
    for (let at = 0; at < total; at++) {
      spread.meet({ item: at, at, key: '', id: '', inputHash: '', text: '' })
    }
    const taken = spread.take().map(({ at }) => at)
    expect(taken).toHaveLength(Math.min(50, total))
    expect(new Set(taken).size).toBe(taken.length)
    const gaps = taken.slice(1).map((at, index) => at - (taken[index] as number))
    expect(Math.max(0, ...gaps)).toBeLessThanOrEqual(Math.ceil(total / 20))
    expect(taken.at(-1) ?? 0).toBeGreaterThanOrEqual(Math.floor(total * 0.9) - 1)
  })
})

describe('its words', () => {
  const told: RunEstimate = {
    ...{
      items: 1200,
      unreadable: 2,
      reused: 100,
      identical: 98,
      toJudge: 1000,
      calls: 200,
      characters: 1,
      inputTokens: 50_000,
    },
    ...{ outputTokens: 45_000, costUsd: { low: 0.05, high: 0.2 }, seconds: 200, sample: null },
    routes: [
      { task: 'scoring', provider: 'p', kind: 'openai', model: 'm', endpoint: 'https://x', options: {}, rule: 'route' },
    ],
  }

  test('say what is left out and why', () => {
    expect(describeEstimate(told)).toEqual([
      '1,200 items: 2 cannot be read, 100 unchanged since the last run, 98 identical to others, 1,000 to judge',
      '200 calls, about 50,000 tokens sent and 45,000 received',
      '$0.05 to $0.20; about 3 min',
    ])
    expect(describeEstimate({ ...told, outputTokens: 0 })[1]).toBe(
      '200 calls, about 50,000 tokens sent and none received',
    )
    const unknown = { ...told, costUsd: null, seconds: null }
    expect(describeEstimate(unknown).at(-1)).toBe(
      'cost unknown (no price is known); time unknown (nothing was measured yet)',
    )
  })

  test.each<[string, Partial<RunEstimate>, boolean]>([
    ['a thousand items', {}, false],
    ['more', { toJudge: 1001 }, true],
    ['fifty items at a price that nobody knows', { toJudge: 50, costUsd: null }, true],
    ['fewer', { toJudge: 49, costUsd: null }, false],
    ['much money', { toJudge: 10, costUsd: { low: 0.5, high: 1.5 } }, true],
    [
      'a million for nothing, here',
      { toJudge: 1e6, routes: told.routes.map((route) => ({ ...route, endpoint: null })) },
      false,
    ],
  ])('%s', (_, change, isLarge) => {
    expect(isLargeRun({ ...told, ...change })).toBe(isLarge)
  })
})
