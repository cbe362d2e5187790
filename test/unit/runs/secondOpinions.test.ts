import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ResultRecord } from '../../../protocol/results.ts'
import { type RunView, SecondOpinionRequest } from '../../../protocol/runs.ts'
import { fail } from '../../../shared/fail.ts'
import { createHarness, goodAnswer, type Harness, jsonLines, routeFor } from '../../support/runs/harness.ts'

const texts = Array.from({ length: 10 }, (_, nth) => `text ${nth}`)
/** The first model is the less sure the later the item; the last one has no category. */
const firstVerdict = (text: string) => {
  const nth = Number(text.split(' ')[1])
  return nth === 9 ? { categories: [], confidence: 0.9 } : { confidence: 0.95 - nth / 20 }
}
/** The second one takes even items for Science. */
const secondVerdict = (text: string) =>
  Number(text.split(' ')[1]) % 2 === 0 ? { categories: ['Science'], confidence: 0.9 } : { confidence: 0.9 }

let harness: Harness
let path: string
/** Texts that the second model was asked about, in the order of the calls. */
let asked: string[]
/** Calls of the second model that are answered before it refuses its key; null: all. */
let answered: number | null
const said = new Map<string, object>()

beforeEach(async () => {
  asked = []
  answered = null
  said.clear()
  harness = await createHarness(
    (request) => {
      if (request.model !== 'other') return goodAnswer(request, firstVerdict)
      if (answered !== null && answered-- <= 0) return fail({ code: 'auth_failed', provider: 'second' })
      asked.push(...request.work.items.map(({ text }) => text))
      return goodAnswer(request, secondVerdict)
    },
    {
      resolve: async (task, override) => {
        const route = { ...routeFor(task), provider: override?.provider ?? 'fake', model: override?.model ?? 'fake-1' }
        return { ok: true, value: route, warnings: [], trace: [] }
      },
      labelsOf: async () => ({ version: String(said.size), labels: said as never }),
    },
  )
  path = await harness.file('items.jsonl', jsonLines(texts.map((text, nth) => ({ id: `i${nth}`, text }))))
})
afterEach(() => harness.dispose())

const judge = () => harness.run({ tasks: ['categorization'], source: { kind: 'paths', paths: [path] }, batchSize: 1 })

const requestOf = (runId: string, more: object = {}) =>
  SecondOpinionRequest.parse({ runId, provider: 'second', model: 'other', on: { kind: 'all' }, ...more })

async function askSecond(runId: string, more: object = {}): Promise<RunView> {
  const started = await harness.runs.second(requestOf(runId, more))
  if (!started.ok) throw new Error(started.reason.message)
  return await harness.ended(started.value.runId)
}

async function resultsOf(runId: string, filter = {}): Promise<ResultRecord[]> {
  const page = await harness.runs.results(runId, { limit: 100, filter })
  if (!page.ok) throw new Error(page.reason.message)
  return page.value.rows
}

const idsOf = (rows: readonly ResultRecord[]) => rows.map(({ id }) => id)

test('both verdicts and receipts are kept, and where they differ is told everywhere', async () => {
  const { runId, resultsPath } = await judge()
  const second = await askSecond(runId, { settle: 'first' })
  expect(second).toMatchObject({ state: 'completed', secondOf: runId, resultsPath: null, counts: { ok: 10 } })
  const rows = await resultsOf(runId)
  expect(idsOf(rows)).toEqual(texts.map((_, nth) => `i${nth}`))
  expect(rows[0]).toMatchObject({
    categories: ['Software'],
    receipts: { categorization: { provider: 'fake', model: 'fake-1' } },
    opinion: {
      ...{ settle: 'first', counts: 'first', differ: true },
      other: { runId: second.runId, categories: ['Science'], receipts: { categorization: { model: 'other' } } },
    },
  })
  expect(rows[1]).toMatchObject({ categories: ['Software'], opinion: { differ: false } })
  // i9 has no category from the first model.
  const different = ['i0', 'i2', 'i4', 'i6', 'i8', 'i9']
  expect(idsOf(await resultsOf(runId, { disagree: true }))).toEqual(different)
  expect(await resultsOf(runId, { waits: true })).toEqual([])
  expect(await harness.runs.summary(runId)).toMatchObject({ value: { second: { items: 10, differ: 6 } } })
  await expect.poll(() => readFileSync(resultsPath ?? '', 'utf8')).toContain('"opinion"')
  expect(
    (await harness.results(resultsPath ?? '')).filter(({ opinion }) => opinion?.differ).map(({ id }) => id),
  ).toEqual(different)
})

test('the second one counts where that is wanted, in the order, the filters and the file, too', async () => {
  const { runId } = await judge()
  await askSecond(runId, { settle: 'second' })
  const [first, , , ...rest] = await resultsOf(runId)
  expect(first).toMatchObject({
    ...{ runId, id: 'i0', categories: ['Science'], confidence: 0.9 },
    opinion: { counts: 'second', other: { runId, categories: ['Software'], confidence: 0.95 } },
  })
  expect(rest.at(-1)).toMatchObject({ id: 'i9', categories: ['Software'] })
  expect(idsOf(await resultsOf(runId, { categories: ['Science'] }))).toEqual(['i0', 'i2', 'i4', 'i6', 'i8'])
  expect(idsOf(await resultsOf(runId, { categories: [''] }))).toEqual([])
})

test('where they differ a person settles it, and has the last word', async () => {
  const { runId } = await judge()
  await askSecond(runId)
  const waiting = await resultsOf(runId, { waits: true })
  expect(idsOf(waiting)).toEqual(['i0', 'i2', 'i4', 'i6', 'i8', 'i9'])
  expect(waiting[0]).toMatchObject({ categories: ['Software'], review: ['models_differ'] })
  const sorted = await harness.runs.results(runId, { limit: 100, sort: { by: 'doubt', descending: true } })
  expect(sorted.ok && idsOf(sorted.value.rows).slice(0, 6).toSorted()).toEqual(['i0', 'i2', 'i4', 'i6', 'i8', 'i9'])
  const at = '2026-11-30T10:00:00.000Z'
  said.set(waiting[0]?.inputHash ?? '', { label: { categories: ['Science'], interest: null, quality: null, at } })
  expect(idsOf(await resultsOf(runId, { waits: true }))).toEqual(['i2', 'i4', 'i6', 'i8', 'i9'])
})

describe('which items are asked about', () => {
  test('the doubtful ones: the first fifth, and all without a category, but none that a person has seen', async () => {
    const { runId } = await judge()
    const [last] = (await resultsOf(runId)).slice(-1)
    await askSecond(runId, { on: { kind: 'doubtful' } })
    expect(asked.toSorted()).toEqual(['text 8', 'text 9'])
    expect((await resultsOf(runId)).filter(({ opinion }) => opinion).map(({ id }) => id)).toEqual(['i8', 'i9'])
    asked = []
    const at = '2026-11-30T10:00:00.000Z'
    said.set(last?.inputHash ?? '', { label: { categories: [], interest: null, quality: null, at } })
    await askSecond(runId, { on: { kind: 'doubtful' } })
    // What it was asked before it is not asked again, whatever its results were of.
    expect(asked.toSorted()).toEqual(expect.not.arrayContaining(['text 9']))
  })

  test('a sample: the same one each time, of so many texts', async () => {
    const { runId } = await judge()
    await askSecond(runId, { on: { kind: 'sample', items: 4 } })
    expect(asked).toHaveLength(4)
    const estimate = await harness.runs.estimateSecond(requestOf(runId, { on: { kind: 'sample', items: 4 } }))
    expect(estimate).toMatchObject({ ok: true, value: { items: 4, toJudge: 4 } })
    expect(await harness.runs.estimateSecond(requestOf(runId))).toMatchObject({ ok: true, value: { items: 10 } })
  })
})

test('one that was broken off goes on where it was, under its cap, and pays for nothing twice', async () => {
  const { runId } = await judge()
  answered = 3
  const stopped = await askSecond(runId)
  expect(stopped.state).toBe('stopped')
  const before = [...asked]
  expect((await resultsOf(runId)).filter(({ opinion }) => opinion)).toHaveLength(before.length)
  answered = null
  asked = []
  const goneOn = await harness.runs.second(requestOf(runId, { settle: 'second', maxCostUsd: 1 }))
  expect(goneOn).toMatchObject({ ok: true, value: { runId: stopped.runId } })
  await expect
    .poll(() => harness.runs.get(stopped.runId))
    .toMatchObject({ value: { state: 'completed', counts: { ok: 10 } } })
  expect(harness.ledger.rows.get(stopped.runId)?.request.maxCostUsd).toBe(1)
  expect([...before, ...asked].toSorted()).toEqual(texts)
  expect((await resultsOf(runId))[0]?.categories).toEqual(['Science'])
})

test('what cannot be is refused by its reason, and texts go with the run', async () => {
  const { runId } = await judge()
  const second = await askSecond(runId)
  const folder = join(harness.folder, 'data', 'opinions', runId)
  expect(existsSync(folder)).toBe(true)
  const ofSecond = await harness.runs.second(requestOf(second.runId))
  expect(ofSecond).toMatchObject({ ok: false, reason: { code: 'run_not_resumable' } })
  expect(await harness.runs.second(requestOf('20261121t093000000z-000000'))).toMatchObject({
    ok: false,
    reason: { code: 'not_found' },
  })
  // A second run that is gone says nothing any more.
  await harness.runs.remove(second.runId)
  expect((await resultsOf(runId)).filter(({ opinion }) => opinion)).toEqual([])
  await harness.file('items.jsonl', jsonLines([{ id: 'i0', text: 'another text' }]))
  expect(await harness.runs.second(requestOf(runId))).toMatchObject({ ok: false, reason: { code: 'source_invalid' } })
  await harness.runs.remove(runId)
  expect(existsSync(folder)).toBe(false)
})
