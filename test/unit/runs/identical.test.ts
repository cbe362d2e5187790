import { afterEach, describe, expect, test } from 'vitest'
import { fail } from '../../../shared/fail.ts'
import { createHarness, goodAnswer, type Harness, jsonLines } from '../../support/runs/harness.ts'

let harness: Harness
afterEach(() => harness.dispose())

const askedTexts = (): string[] => harness.calls.flatMap((call) => call.work.items.map((item) => item.text))

async function rowsOf(texts: readonly string[]): Promise<string> {
  return await harness.file('a.jsonl', jsonLines(texts.map((text, index) => ({ id: `n${index + 1}`, text }))))
}

describe('identical items', () => {
  test('are asked about once, and each has a result of its own that says whose it is', async () => {
    harness = await createHarness()
    const path = await rowsOf(['a', 'b', 'a', 'c', 'a', 'b'])
    const view = await harness.run({ source: { kind: 'paths', paths: [path] } })
    expect(view.counts).toEqual({ total: 6, ok: 6, failed: 0, skipped: 0, waiting: 0, identical: 3 })
    expect(askedTexts().toSorted()).toEqual(['a', 'a', 'b', 'b', 'c', 'c'])
    const results = await harness.results(view.resultsPath ?? '')
    expect(results.map(({ id, score, receipts }) => [id, score, receipts.scoring?.sharedWith])).toEqual([
      ['n1', 6.4, undefined],
      ['n2', 6.4, undefined],
      ['n3', 6.4, 'n1'],
      ['n4', 6.4, undefined],
      ['n5', 6.4, 'n1'],
      ['n6', 6.4, 'n2'],
    ])
  })

  test('that come long after the first one take its result from the journal', async () => {
    harness = await createHarness(undefined, { limits: { readAhead: 8 } })
    const texts = Array.from({ length: 400 }, (_, index) => `text ${index % 100}.`)
    const view = await harness.run({ source: { kind: 'paths', paths: [await rowsOf(texts)] }, tasks: ['scoring'] })
    expect(view.counts).toMatchObject({ total: 400, ok: 400, identical: 300 })
    expect(new Set(askedTexts()).size).toBe(askedTexts().length)
    const results = await harness.results(view.resultsPath ?? '')
    expect(results.map(({ id }) => id)).toEqual(texts.map((_, index) => `n${index + 1}`))
    expect(results[399]?.receipts.scoring?.sharedWith).toBe('n100')
  })

  test('are one call and one wait, however many there are', async () => {
    harness = await createHarness(undefined, { limits: { readAhead: 4 } })
    const path = await rowsOf(Array.from({ length: 20_000 }, () => 'the same'))
    const view = await harness.run({ source: { kind: 'paths', paths: [path] }, tasks: ['categorization'] })
    expect(view.counts).toMatchObject({ ok: 20_000, identical: 19_999 })
    expect(harness.calls).toHaveLength(1)
  })

  test('fail alike, and are judged again alike', async () => {
    let isFiltering = true
    harness = await createHarness((request) =>
      isFiltering && request.work.items.some(({ text }) => text === 'bad')
        ? fail({ code: 'content_filtered', provider: 'fake', model: 'fake-1', detail: 'no' })
        : goodAnswer(request),
    )
    const path = await rowsOf(['bad', 'good', 'bad'])
    const view = await harness.run({ source: { kind: 'paths', paths: [path] }, tasks: ['scoring'] })
    expect(view.counts).toMatchObject({ ok: 1, failed: 2, identical: 1 })
    isFiltering = false
    harness.views.length = 0
    const asked = harness.calls.length
    await harness.runs.resume(view.runId)
    expect(await harness.ended(view.runId)).toMatchObject({ state: 'completed', counts: { ok: 3, failed: 0 } })
    expect(harness.calls.length - asked).toBe(1)
  })

  test('of a run that goes on take what the first one got before, and still count', async () => {
    let isEmpty = true
    harness = await createHarness((request, call) =>
      call === 1 || !isEmpty ? goodAnswer(request) : fail({ code: 'quota_exceeded', provider: 'fake' }),
    )
    const path = await rowsOf(['a', 'b', 'c', 'd', 'e', 'f', 'a', 'b'])
    const first = await harness.run({
      source: { kind: 'paths', paths: [path] },
      tasks: ['scoring'],
      concurrency: 1,
    })
    expect(first).toMatchObject({ state: 'stopped', counts: { ok: 7, identical: 2 } })
    isEmpty = false
    harness.views.length = 0
    await harness.runs.resume(first.runId)
    expect(await harness.ended(first.runId)).toMatchObject({ state: 'completed', counts: { ok: 8, identical: 2 } })
  })
})

describe('results of an earlier run', () => {
  test('are lines of this run, cost nothing, and count for items with the same text', async () => {
    let closed = 0
    harness = await createHarness(undefined, {
      openReuse: async ({ header, tasks }) => {
        expect(tasks.map(({ task, model }) => `${task} ${model}`)).toEqual(['scoring fake-1'])
        return {
          find: async (items) =>
            new Map(
              items
                .filter(({ text }) => text.startsWith('old'))
                .map((work) => [work, { status: 'ok' as const, resultJson: earlier(header.runId, work) }]),
            ),
          close: async () => void closed++,
        }
      },
    })
    const path = await rowsOf(['old 1', 'new 1', 'old 2', 'old 1'])
    const view = await harness.run({ source: { kind: 'paths', paths: [path] }, tasks: ['scoring'] })
    expect(view.counts).toEqual({ total: 4, ok: 4, failed: 0, skipped: 0, waiting: 0, reused: 3 })
    expect(view.spent.calls).toBe(1)
    expect(askedTexts()).toEqual(['new 1'])
    const results = await harness.results(view.resultsPath ?? '')
    expect(results.map(({ id, reasoning }) => `${id}: ${reasoning}`)).toEqual([
      'n1: earlier',
      'n2: It is about compilers.',
      'n3: earlier',
      'n4: earlier',
    ])
    expect(closed).toBe(1)
  })
})

function earlier(runId: string, { id, inputHash }: { id: string; inputHash: string }): string {
  const nothing = { categories: null, confidence: null, suggested: null, blockedBy: null, error: null, receipts: {} }
  return JSON.stringify({
    ...{ runId, id, inputHash, status: 'ok', interest: 1, quality: 1, score: 0.6, reasoning: 'earlier' },
    ...nothing,
    reusedFrom: '20261120t000000000z-early1',
  })
}
