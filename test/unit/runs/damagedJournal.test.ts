import { Buffer } from 'node:buffer'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { ResultRecord } from '../../../protocol/results.ts'
import { isWholeResult } from '../../../server/journal/wholeResult.ts'
import { createHarness, decide, type Harness, jsonLines } from '../../support/runs/harness.ts'

let harness: Harness
afterEach(async () => await harness.dispose())

const count = 40
const rows = Array.from({ length: count }, (_, index) => ({ id: index, text: `text ${index}.` }))

async function completed() {
  harness = await createHarness()
  const path = await harness.file('a.jsonl', jsonLines(rows))
  const view = await harness.run({ source: { kind: 'paths', paths: [path] } })
  expect(view).toMatchObject({ state: 'completed', counts: { ok: count } })
  const journal = join(harness.folder, 'data', 'runs', `${view.runId}.journal.jsonl`)
  return { view, journal, bytes: await readFile(journal), resultsPath: view.resultsPath ?? '' }
}

async function resumed(runId: string) {
  harness.views.length = 0
  const outcome = await harness.runs.resume(runId)
  if (!outcome.ok) throw new Error(outcome.reason.message)
  return await harness.ended(runId)
}

const idsIn = async (path: string) =>
  (await harness.results(path)).map(({ id }) => Number(id)).toSorted((a, b) => a - b)
const all = rows.map(({ id }) => id)

test.each([
  ['its end', (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length * 0.6))],
  [
    'its middle',
    (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 20_000), Buffer.alloc(4096), bytes.subarray(-9_000)]),
  ],
  [
    'fields of two lines',
    (bytes: Buffer) => {
      const lines = bytes.toString().split('\n')
      const [, one = 0, , other = 0] = lines.flatMap((line, at) => (line.includes('"receipts"') ? [at] : []))
      lines[one] = (lines[one] ?? '').replace('"receipts"', '"receipta"')
      lines[other] = (lines[other] ?? '').replace('"interest":', '"interest":"x","y":')
      return Buffer.from(lines.join('\n'))
    },
  ],
])(
  'a completed run whose journal lost %s is judged again where it lost something, and only there',
  async (_, damage) => {
    const { view, journal, bytes, resultsPath } = await completed()
    await writeFile(journal, damage(bytes))
    const calls = harness.calls.length
    expect(await resumed(view.runId)).toMatchObject({ state: 'completed', counts: { ok: count } })
    const again = harness.calls.slice(calls).flatMap((call) => call.work.items).length
    expect(again).toBeGreaterThan(0)
    expect(again).toBeLessThan(2 * count)
    expect(await idsIn(resultsPath)).toEqual(all)
    expect(await harness.runs.resume(view.runId)).toMatchObject({ ok: false, reason: { code: 'run_not_resumable' } })
  },
)

test('a results file that was deleted is written again by resuming, without a call', async () => {
  const { view, resultsPath } = await completed()
  const before = await readFile(resultsPath, 'utf8')
  await rm(resultsPath)
  const calls = harness.calls.length
  expect(await resumed(view.runId)).toMatchObject({ state: 'completed', counts: { ok: count } })
  expect(harness.calls).toHaveLength(calls)
  expect(await readFile(resultsPath, 'utf8')).toBe(before)
  expect((await stat(resultsPath)).isFile()).toBe(true)
})

test('no field that a flipped bit takes away or changes in kind passes for a whole result', async () => {
  const { resultsPath } = await completed()
  const [result] = (await harness.results(resultsPath)) as unknown as ResultRecord[]
  if (!result) throw new Error('no result')
  expect(isWholeResult(result)).toBe(true)
  for (const name of Object.keys(result) as (keyof ResultRecord)[]) {
    if (name === 'status') continue
    const { [name]: _, ...rest } = result
    expect([name, isWholeResult(rest)]).toEqual([name, name === 'preview'])
    if (name !== 'receipts') expect([name, isWholeResult({ ...result, [name]: { odd: true } })]).toEqual([name, false])
  }
  const receipts = { categorization: { ...result.receipts.categorization, batch: 0 } }
  expect(isWholeResult({ ...result, receipts })).toBe(false)
  expect(isWholeResult({ ...result, interest: 11 })).toBe(false)
  expect(isWholeResult({ ...result, categories: [1] })).toBe(false)
})

test('nor does any of a receipt of decisions, which is read by sight, and what the schema takes passes', async () => {
  harness = await createHarness(undefined, { decide: (request) => decide(request) })
  const path = await harness.file('a.jsonl', jsonLines([{ id: 1, text: 'text' }]))
  const view = await harness.run({ source: { kind: 'paths', paths: [path] } })
  const [result] = (await harness.results(view.resultsPath ?? '')) as unknown as ResultRecord[]
  const receipt = result?.receipts.scoring
  if (!result || !receipt) throw new Error('no result')
  const isWhole = (scoring: object): boolean => isWholeResult({ ...result, receipts: { ...result.receipts, scoring } })
  expect(isWhole(receipt)).toBe(true)
  const Receipts = ResultRecord.shape.receipts
  for (const name of Object.keys(receipt) as (keyof typeof receipt)[]) {
    const { [name]: _, ...rest } = receipt
    expect([name, isWhole(rest)]).toEqual([name, Receipts.safeParse({ scoring: rest }).success])
    for (const odd of [{ odd: true }, 'x', -1, null]) {
      const changed = { ...receipt, [name]: odd }
      // The forms of names and hashes are the schema's alone: a text is a text.
      if (typeof odd === 'string' && typeof receipt[name] === 'string') continue
      expect([name, odd, isWhole(changed)]).toEqual([name, odd, Receipts.safeParse({ scoring: changed }).success])
    }
  }
})
