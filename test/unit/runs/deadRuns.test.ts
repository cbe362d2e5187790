import { hostname } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { fail } from '../../../shared/fail.ts'
import { createHarness, goodAnswer, type Harness, jsonLines, type Script } from '../../support/runs/harness.ts'
import { HeldCalls } from '../../support/runs/heldCalls.ts'

let harness: Harness
afterEach(() => harness.dispose())

const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, text: `text ${index + 1}.` }))
const sourceOf = async (count: number) => ({
  kind: 'paths' as const,
  paths: [await harness.file('a.jsonl', jsonLines(rows(count)))],
})
const outOfQuota = fail({ code: 'quota_exceeded', provider: 'fake' })
const asked = () => harness.calls.map(({ work }) => `${work.task} ${work.items.length}`)

/** As its process left it: it says that it goes on, and nobody works on it. */
async function letDie(runId: string): Promise<void> {
  await harness.ledger.update(runId, (row) => ({
    ok: true,
    // No process has a number as high as this.
    value: {
      ...row,
      owner: { pid: 2 ** 30, host: hostname(), token: 'gone' },
      view: { ...row.view, state: 'running', finishedAt: null, resultsWritten: undefined },
    },
  }))
}

async function resume(runId: string) {
  harness.views.length = 0
  const resumed = await harness.runs.resume(runId)
  if (!resumed.ok) throw new Error(resumed.reason.message)
  return await harness.ended(runId)
}

test('a categorization whose scoring did not come is not paid for again when the run goes on', async () => {
  let refuses = true
  const script: Script = (request) => (refuses && request.work.task === 'scoring' ? outOfQuota : goodAnswer(request))
  harness = await createHarness(script)
  const view = await harness.run({ source: await sourceOf(4), batchSize: 2, concurrency: 1 })
  expect(view).toMatchObject({ state: 'stopped', counts: { ok: 0 } })
  expect(asked()).toEqual(['categorization 2', 'scoring 2'])
  refuses = false
  harness.calls.length = 0
  const after = await resume(view.runId)
  expect(after.counts).toMatchObject({ ok: 4, failed: 0 })
  expect(asked().toSorted()).toEqual(['categorization 2', 'scoring 2', 'scoring 2'])
  const results = await harness.results(view.resultsPath ?? '')
  expect(
    results.map(({ id, categories, interest, receipts }) => [id, categories, interest, Object.keys(receipts)]),
  ).toEqual(['1', '2', '3', '4'].map((id) => [id, ['Software'], 8, ['categorization', 'scoring']]))
})

test('an item that failed in its scoring alone is only scored again', async () => {
  let isSilent = true
  const script: Script = (request) =>
    isSilent && request.work.task === 'scoring' ? goodAnswer(request, () => null) : goodAnswer(request)
  harness = await createHarness(script)
  const view = await harness.run({ source: await sourceOf(1) })
  expect(view.counts).toMatchObject({ ok: 0, failed: 1 })
  isSilent = false
  harness.calls.length = 0
  expect((await resume(view.runId)).counts).toMatchObject({ ok: 1, failed: 0 })
  expect(asked()).toEqual(['scoring 1'])
})

test('a categorization is asked for again when the text has changed since', async () => {
  let refuses = true
  harness = await createHarness((request) =>
    refuses && request.work.task === 'scoring' ? outOfQuota : goodAnswer(request),
  )
  const source = await sourceOf(1)
  const view = await harness.run({ source })
  refuses = false
  await harness.file('a.jsonl', jsonLines([{ id: 1, text: 'another text.' }]))
  harness.calls.length = 0
  expect((await resume(view.runId)).counts).toMatchObject({ ok: 1 })
  expect(asked()).toEqual(['categorization 1', 'scoring 1'])
})

test('verdicts that came count although the rest of their group was open when the run stopped', async () => {
  harness = await createHarness((request, call) =>
    call === 1 ? goodAnswer(request, (text) => (text === 'text 1.' ? undefined : null)) : outOfQuota,
  )
  const view = await harness.run({ source: await sourceOf(3), tasks: ['categorization'] })
  expect(view).toMatchObject({ state: 'stopped', counts: { ok: 1, waiting: 2 }, resultsWritten: true })
  expect((await harness.results(view.resultsPath ?? '')).map(({ id }) => id)).toEqual(['1'])
})

test('a run whose process is gone is found by whoever estimates or begins the next one', async () => {
  harness = await createHarness((request, call) => (call > 2 ? outOfQuota : goodAnswer(request)))
  const source = await sourceOf(4)
  const wanted = { source, tasks: ['categorization' as const], batchSize: 1, concurrency: 1 }
  const interrupted = { owner: null, view: { state: 'interrupted', counts: { ok: 2, waiting: 2 } } }
  const first = await harness.run(wanted)
  await letDie(first.runId)
  expect(await harness.runs.estimate(harness.request(wanted))).toMatchObject({ ok: true })
  expect(await harness.ledger.read(first.runId)).toMatchObject({ value: interrupted })
  await letDie(first.runId)
  await harness.run(wanted)
  expect(await harness.ledger.read(first.runId)).toMatchObject({ value: interrupted })
})

test('the finished items of a dead run are written by the first who looks', async () => {
  let isAllowed = false
  harness = await createHarness((request, call) => (call > 2 ? outOfQuota : goodAnswer(request)), {
    mayWriteResults: () => isAllowed,
  })
  const source = await sourceOf(4)
  const view = await harness.run({ source, tasks: ['categorization'], batchSize: 1, concurrency: 1 })
  await letDie(view.runId)
  isAllowed = true
  const [one, other] = await Promise.all([harness.runs.get(view.runId), harness.runs.get(view.runId)])
  expect([one, other].map((each) => each.ok && each.value.state)).toEqual(['interrupted', 'interrupted'])
  expect(await harness.runs.get(view.runId)).toMatchObject({ value: { resultsWritten: true, counts: { ok: 2 } } })
  expect((await harness.results(view.resultsPath ?? '')).map(({ id }) => id)).toEqual(['1', '2'])
})

test('a run goes on until the last of its calls is counted, whatever has stopped it', async () => {
  const held = new HeldCalls()
  harness = await createHarness(async (request, call) => {
    if (call > 3) return outOfQuota
    if (call > 1) await held.hold()
    return goodAnswer(request)
  })
  const source = await sourceOf(4)
  const started = await harness.runs.start(
    harness.request({ source, tasks: ['categorization'], batchSize: 1, concurrency: 3 }),
  )
  if (!started.ok) throw new Error(started.reason.message)
  await held.reached(2)
  await expect.poll(() => harness.calls.length).toBe(4)
  expect(await harness.runs.get(started.value.runId)).toMatchObject({ value: { state: 'running', reason: null } })
  held.open()
  const view = await harness.ended(started.value.runId)
  expect(view).toMatchObject({ state: 'stopped', reason: { code: 'quota_exceeded' }, counts: { ok: 3, waiting: 1 } })
  expect(harness.views.filter(({ state }) => state !== 'running')).toEqual([view])
  expect(await harness.results(view.resultsPath ?? '')).toHaveLength(3)
})
