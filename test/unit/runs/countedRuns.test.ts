import { hostname } from 'node:os'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import type { RunRequest, RunView } from '../../../protocol/runs.ts'
import { createHarness, goodAnswer, type Harness, jsonLines } from '../../support/runs/harness.ts'
import { HeldCalls } from '../../support/runs/heldCalls.ts'

let harness: Harness
let held: HeldCalls
afterEach(() => harness.dispose())

const rows = (count: number) => Array.from({ length: count }, (_, id) => ({ id, text: `text of row ${id}.` }))

/** A run of which one call is under way, once its items are counted. */
async function startHeld(name: string, content: string | Buffer, wanted: Partial<RunRequest> = {}): Promise<RunView> {
  held = new HeldCalls()
  harness = await createHarness(async (request) => {
    await held.hold()
    return goodAnswer(request)
  })
  const source = { kind: 'paths' as const, paths: [await harness.file(name, content as string)] }
  const started = await harness.runs.start(
    harness.request({ source, tasks: ['categorization'], batchSize: 5, concurrency: 1, ...wanted }),
  )
  if (!started.ok) throw new Error(started.reason.message)
  await held.reached(1)
  return started.value
}

async function progressOf(runId: string) {
  const view = await harness.runs.get(runId)
  return view.ok ? view.value.progress : undefined
}

describe('the items of a source are counted beside the run', () => {
  const csv = `id;text\n${rows(3000)
    .map(({ id, text }) => `${id};"${text}\nIt ""goes"" on."`)
    .join('\n')}`
  test.each<[string, string | Buffer, Partial<RunRequest>, number]>([
    ['a.jsonl', jsonLines(rows(3000)), {}, 3000],
    ['a.csv', csv, {}, 3000],
    ['a.json', JSON.stringify(rows(3000)), {}, 3000],
    ['a.jsonl.gz', gzipSync(jsonLines(rows(3000))), {}, 3000],
    ['a.jsonl', jsonLines(rows(3000)), { limit: 700 }, 700],
    ['a.txt', 'One text.', {}, 1],
  ])('%s', async (name, content, wanted, total) => {
    const { runId } = await startHeld(name, content, wanted)
    await expect.poll(() => progressOf(runId)).toMatchObject({ total, isTotalExact: true, done: 0 })
    expect(await harness.runs.get(runId)).toMatchObject({ value: { counts: { total, waiting: total } } })
    held.open()
    expect(await harness.ended(runId)).toMatchObject({ counts: { total, ok: total }, progress: { total, done: total } })
  })
})

test('a run that is taken up again counts what its journal has, and not what was last noted of it', async () => {
  const { runId } = await startHeld('a.jsonl', jsonLines(rows(600)))
  held.release()
  await held.reached(1)
  await expect.poll(() => progressOf(runId)).toMatchObject({ done: 5, total: 600 })
  await harness.runs.shutdown()
  // As a process leaves it that is killed a while after it has last noted how far it is.
  await harness.ledger.update(runId, (row) => ({
    ok: true,
    value: {
      ...row,
      owner: { pid: 2 ** 30, host: hostname(), token: 'gone' },
      view: {
        ...row.view,
        state: 'running',
        finishedAt: null,
        counts: { ...row.view.counts, ok: 0 },
        progress: undefined,
      },
    },
  }))
  harness.views.length = 0
  const resumed = await harness.runs.resume(runId)
  expect(resumed).toMatchObject({ ok: true, value: { counts: { ok: 5 }, progress: { done: 5, total: 600 } } })
  expect(await harness.ledger.read(runId)).toMatchObject({ value: { view: { counts: { ok: 5 } } } })
  held.open()
  expect(await harness.ended(runId)).toMatchObject({ state: 'completed', counts: { total: 600, ok: 600 } })
})

test('what is not priced has no cost, and what is has one', async () => {
  harness = await createHarness((request) => goodAnswer(request))
  const source = { kind: 'paths' as const, paths: [await harness.file('a.jsonl', jsonLines(rows(5)))] }
  const { progress, spent } = await harness.run({ source, tasks: ['categorization'] })
  expect(progress).toMatchObject({ costUsd: null, tokens: spent.input + spent.output, rate: null, secondsLeft: null })
})

test('an interruption is announced once, in its own folder, and anew when it happens again', async () => {
  const { runId } = await startHeld('a.jsonl', jsonLines(rows(20)))
  const announced = async (...folders: string[]) =>
    (await harness.runs.announceInterrupted({ folders, runIds: [] })).map((run) => run.runId)
  expect(await announced(harness.folder)).toEqual([])
  await harness.runs.shutdown()
  expect(await announced('/somewhere/else', `${harness.folder}/wor`)).toEqual([])
  expect(await announced(`${harness.folder}/work`)).toEqual([runId])
  expect(await announced(`${harness.folder}/work`)).toEqual([])
  harness.views.length = 0
  expect(await harness.runs.resume(runId)).toMatchObject({ ok: true })
  harness.clock.advance(1000)
  await harness.runs.shutdown()
  expect(await announced()).toEqual([])
  expect((await harness.runs.announceInterrupted({ folders: [], runIds: [runId] })).map((run) => run.runId)).toEqual([
    runId,
  ])
})
