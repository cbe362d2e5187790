import { Buffer } from 'node:buffer'
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { ResultRecord } from '../../../protocol/results.ts'
import { isWholeResult } from '../../../server/journal/wholeResult.ts'
import { openReuse } from '../../../server/results/reuse.ts'
import { createHarness, decide, type Harness, jsonLines } from '../../support/runs/harness.ts'

let harness: Harness
afterEach(async () => await harness.dispose())

const count = 40
const rows = Array.from({ length: count }, (_, index) => ({ id: index, text: `text ${index}.` }))

/** Runs whose results a later one may take over. */
let earlier: string[] = []

async function completed() {
  earlier = []
  harness = await createHarness(undefined, {
    openReuse: async (question) =>
      openReuse(join(harness.folder, 'data'), { earlier, elsewhere: { runIds: [], mostBytes: 0 } }, question),
  })
  const path = await harness.file('a.jsonl', jsonLines(rows))
  const view = await harness.run({ source: { kind: 'paths', paths: [path] } })
  expect(view).toMatchObject({ state: 'completed', counts: { ok: count } })
  const journal = join(harness.folder, 'data', 'runs', `${view.runId}.journal.jsonl`)
  return { path, view, journal, bytes: await readFile(journal), resultsPath: view.resultsPath ?? '' }
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

/** What can be read of the run's results, whatever was damaged. */
async function readable(runId: string) {
  const page = await harness.runs.results(runId, { limit: 100 })
  if (!page.ok) throw new Error(page.reason.message)
  return page.value
}

test('no single flipped bit is a bug, none changes a verdict, and what it costs is told', async () => {
  const { view, journal, bytes } = await completed()
  const right = new Map((await readable(view.runId)).rows.map((row) => [row.id, row]))
  expect(right.size).toBe(count)
  for (let place = 0; place < 200; place++) {
    const damaged = Buffer.from(bytes)
    const at = Math.floor(((place + 0.5) * bytes.length) / 200)
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (place % 8))
    await writeFile(journal, damaged)
    const { rows: left, lost } = await readable(view.runId)
    for (const row of left) expect(row).toEqual(right.get(row.id))
    expect([place, left.length]).toEqual([place, count - (lost?.results ?? 0)])
    // One bit costs one result at most; a line end that is lost or gained is another line.
    expect(lost?.results ?? 0).toBeLessThanOrEqual(1)
    expect(left.length === count || (lost?.lines ?? 0) > 0).toBe(true)
  }
})

test.each([
  ['the first line', (lines: string[]) => lines.with(0, `x${lines[0]}`), { results: 0, lines: 1 }],
  ['a word of a verdict', (lines: string[]) => inFirstItem(lines, 'Software', 'Saftware'), one()],
  ['a figure of a verdict', (lines: string[]) => inFirstItem(lines, '"interest":', '"interest":1'), one()],
])(
  'a change of %s is noticed by its checksum, told, and no longer when the run has gone on',
  async (_, change, lost) => {
    const { view, journal, bytes } = await completed()
    const damaged = change(bytes.toString().split('\n')).join('\n')
    expect(damaged).not.toBe(bytes.toString())
    await writeFile(journal, damaged)
    const page = await readable(view.runId)
    expect(page.lost).toEqual({ ...lost, file: false })
    expect(await harness.runs.summary(view.runId)).toMatchObject({ value: { lost: page.lost } })
    expect(await resumed(view.runId)).toMatchObject({ state: 'completed', counts: { ok: count } })
    expect(await readable(view.runId)).toMatchObject({ total: count })
    expect((await readable(view.runId)).lost).toBeUndefined()
    expect(await harness.runs.resume(view.runId)).toMatchObject({ ok: false, reason: { code: 'run_not_resumable' } })
  },
)

function one() {
  return { results: 1, lines: 1 }
}

function inFirstItem(lines: string[], from: string, to: string): string[] {
  const first = lines.findIndex((line) => line.includes('"kind":"item"'))
  return lines.with(first, lines[first]?.replace(from, to) ?? '')
}

test.skipIf(process.platform === 'win32').each([
  ['a FIFO', async (place: string) => void execFileSync('mkfifo', [place])],
  ['a device', (place: string) => symlink('/dev/zero', place)],
  ['a folder', (place: string) => mkdir(place)],
])('a journal and what is kept beside it are refused at once where they are %s', async (_, make) => {
  const { path, view, journal, bytes } = await completed()
  const refused = { ok: false, reason: { code: 'run_not_resumable' } }
  await rm(journal)
  await make(journal)
  expect(await harness.runs.results(view.runId, { limit: 1 })).toMatchObject(refused)
  expect(await harness.runs.summary(view.runId)).toMatchObject(refused)
  expect(await harness.runs.resume(view.runId)).toMatchObject(refused)
  // What could be taken over from it is judged.
  earlier = [view.runId]
  const calls = harness.calls.length
  expect(await harness.run({ source: { kind: 'paths', paths: [path] } })).toMatchObject({ counts: { ok: count } })
  expect(harness.calls.length).toBeGreaterThan(calls)
  await rm(journal, { recursive: true })
  await writeFile(journal, bytes)
  for (const ending of ['.columns', '.progress']) await make(journal.replace('.journal.jsonl', ending))
  expect((await readable(view.runId)).total).toBe(count)
})

test('two lines that a lost line end has joined are both kept', async () => {
  const { view, journal, bytes } = await completed()
  const lines = bytes.toString().split('\n')
  await writeFile(journal, [...lines.slice(0, 5), lines.slice(5, 7).join('\v'), ...lines.slice(7)].join('\n'))
  expect(await readable(view.runId)).toMatchObject({ total: count })
})

test('a line that is damaged after its results were read is left out the next time', async () => {
  const { view, journal, bytes } = await completed()
  await readable(view.runId)
  const at = bytes.indexOf('Software', 20_000)
  await writeFile(journal, Buffer.concat([bytes.subarray(0, at), Buffer.from('Saftware'), bytes.subarray(at + 8)]))
  const { rows: left, lost } = await readable(view.runId)
  expect(left).toHaveLength(count - 1)
  expect(left.flatMap(({ categories }) => categories)).not.toContain('Saftware')
  expect(lost).toEqual({ results: 1, lines: 1, file: false })
})

test('no verdict is taken over from a line that is damaged', async () => {
  const { path, view, journal, bytes } = await completed()
  earlier = [view.runId]
  const run = () => harness.run({ source: { kind: 'paths', paths: [path] } })
  expect((await run()).counts).toMatchObject({ ok: count, reused: count })
  await writeFile(journal, bytes.toString().replaceAll('Software', 'Saftware'))
  const again = await run()
  expect(again.counts).toMatchObject({ ok: count })
  expect(again.counts.reused).toBeUndefined()
  expect((await readable(again.runId)).rows.flatMap(({ categories }) => categories)).not.toContain('Saftware')
})

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
  expect((await readable(view.runId)).lost).toEqual({ results: 0, lines: 0, file: true })
  expect(await harness.runs.rewrite(view.runId)).toEqual({ ok: true, value: resultsPath })
  expect((await readable(view.runId)).lost).toBeUndefined()
  expect(await readFile(resultsPath, 'utf8')).toBe(before)
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
