import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../../server/files/clock.ts'
import type { RunOwner } from '../../../server/runs/ledger.ts'
import { fail } from '../../../shared/fail.ts'
import { createHarness, goodAnswer, type Harness, jsonLines } from '../../support/runs/harness.ts'
import { HeldCalls } from '../../support/runs/heldCalls.ts'

let harness: Harness
afterEach(() => harness.dispose())

const rows = Array.from({ length: 20 }, (_, index) => ({ id: index + 1, text: `text ${index + 1}.` }))

/** A run that looks as if `owner` were working on it. */
async function runOwnedBy(owner: RunOwner) {
  let isStopped = true
  harness = await createHarness(
    (request, call) =>
      isStopped && call > 2 ? fail({ code: 'quota_exceeded', provider: 'fake' }) : goodAnswer(request),
    { clock: systemClock, limits: { ownerAnswerMs: 30, ownerLookMs: 10 } },
  )
  const path = await harness.file('a.jsonl', jsonLines(rows))
  const view = await harness.run({
    source: { kind: 'paths', paths: [path] },
    tasks: ['categorization'],
    concurrency: 1,
  })
  isStopped = false
  const row = harness.ledger.rows.get(view.runId)
  if (!row) throw new Error('the run is not in the ledger')
  const counts = { total: null, ok: 0, failed: 0, skipped: 0, waiting: 0 }
  harness.ledger.rows.set(view.runId, {
    ...row,
    owner,
    view: { ...row.view, state: 'running', reason: null, finishedAt: null, counts },
  })
  return view.runId
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0'])
  await once(child, 'exit')
  return child.pid ?? 0
}

describe('a run that another process works on', () => {
  test('is left alone while that process lives', async () => {
    const runId = await runOwnedBy({ pid: process.ppid, host: hostname(), token: 'another' })
    const busy = { ok: false, reason: { code: 'run_busy', pid: process.ppid } }
    expect(await harness.runs.resume(runId)).toMatchObject(busy)
    expect(await harness.runs.remove(runId)).toMatchObject(busy)
    expect(await harness.runs.cancel(runId)).toMatchObject({
      ok: false,
      reason: { ...busy.reason, unanswered: 'cancel' },
    })
    expect(harness.ledger.rows.get(runId)?.requestedCommand).toBeUndefined()
    expect(await harness.runs.list(null)).toMatchObject({ ok: true, value: { rows: [{ runId, state: 'running' }] } })
  })

  test('is interrupted when the process is dead, with its counts from the journal, and goes on', async () => {
    const runId = await runOwnedBy({ pid: await deadPid(), host: hostname(), token: 'dead' })
    expect(await harness.runs.list(null)).toMatchObject({
      ok: true,
      value: { rows: [{ runId, state: 'interrupted', counts: { ok: 10 } }] },
    })
    expect(harness.ledger.rows.get(runId)?.owner).toBeNull()
    harness.views.length = 0
    expect(await harness.runs.resume(runId)).toMatchObject({ ok: true })
    expect(await harness.ended(runId)).toMatchObject({ state: 'completed', counts: { ok: 20 } })
  })

  test('on another machine is left alone as long as its journal is touched', async () => {
    const runId = await runOwnedBy({ pid: 1, host: 'elsewhere', token: 'far' })
    expect(await harness.runs.resume(runId)).toMatchObject({ ok: false, reason: { code: 'run_busy' } })
  })

  test('is taken over when its journal was silent for too long, whoever has its process id by now', async () => {
    const runId = await runOwnedBy({ pid: process.ppid, host: hostname(), token: 'reused' })
    const later = await createHarness(undefined, {
      dataDir: `${harness.folder}/data`,
      ledger: harness.ledger,
      clock: { ...systemClock, now: () => Date.now() + 10 * 60_000 },
    })
    expect(await later.runs.resume(runId)).toMatchObject({ ok: true })
    expect(await later.ended(runId)).toMatchObject({ state: 'completed' })
    await later.dispose()
  })

  test('two that resume at the same time: one wins', async () => {
    const runId = await runOwnedBy({ pid: await deadPid(), host: hostname(), token: 'dead' })
    const other = await createHarness(undefined, {
      dataDir: `${harness.folder}/data`,
      ledger: harness.ledger,
      clock: systemClock,
    })
    const [one, two] = await Promise.all([harness.runs.resume(runId), other.runs.resume(runId)])
    expect([one.ok, two.ok].toSorted()).toEqual([false, true])
    const winner = one.ok ? harness : other
    winner.views.length = 0
    expect(await winner.ended(runId)).toMatchObject({ state: 'completed', counts: { ok: 20 } })
    expect(winner.calls.flatMap((call) => call.work.items).length).toBeGreaterThan(0)
    await other.dispose()
  })
})

test('a process that slept and lost its run writes nothing more', async () => {
  const calls = new HeldCalls()
  harness = await createHarness(async (request) => {
    await calls.hold()
    return goodAnswer(request)
  })
  const path = await harness.file('a.jsonl', jsonLines(rows))
  const started = await harness.runs.start(
    harness.request({
      source: { kind: 'paths', paths: [path] },
      tasks: ['categorization'],
      concurrency: 1,
      batchSize: 1,
    }),
  )
  if (!started.ok) throw new Error(started.reason.message)
  const { runId } = started.value
  for (let call = 1; call < 3; call++) {
    await calls.reached(1)
    calls.release()
  }
  await calls.reached(1)
  const row = harness.ledger.rows.get(runId)
  if (row) harness.ledger.rows.set(runId, { ...row, owner: { pid: 4711, host: 'elsewhere', token: 'new' } })
  harness.clock.advance(3_600_000)
  calls.open()
  const view = await harness.ended(runId)
  expect(view).toMatchObject({ state: 'stopped', reason: { code: 'run_busy', pid: 4711 } })
  expect(harness.ledger.rows.get(runId)?.owner?.token).toBe('new')
  expect(harness.ledger.rows.get(runId)?.view.state).toBe('running')
})

describe('the end of the server', () => {
  test('interrupts runs so that they can go on', async () => {
    let arrived = (): void => undefined
    const hanging = new Promise<void>((resolve) => {
      arrived = resolve
    })
    let isStopped = false
    harness = await createHarness((request, call) => {
      if (isStopped || call < 3) return goodAnswer(request)
      arrived()
      return new Promise(() => undefined)
    })
    const path = await harness.file('a.jsonl', jsonLines(rows))
    const started = await harness.runs.start(
      harness.request({ source: { kind: 'paths', paths: [path] }, tasks: ['categorization'], concurrency: 1 }),
    )
    if (!started.ok) throw new Error(started.reason.message)
    await hanging
    await harness.runs.shutdown()
    const { runId } = started.value
    expect(harness.ledger.rows.get(runId)).toMatchObject({
      owner: null,
      view: { state: 'interrupted', counts: { ok: 10 } },
    })
    isStopped = true
    harness.views.length = 0
    expect(await harness.runs.resume(runId)).toMatchObject({ ok: true })
    expect(await harness.ended(runId)).toMatchObject({ state: 'completed', counts: { ok: 20 } })
  })
})

describe('removing', () => {
  test('forgets run and journal, and leaves the results', async () => {
    harness = await createHarness()
    const path = await harness.file('a.jsonl', jsonLines(rows))
    const view = await harness.run({ source: { kind: 'paths', paths: [path] } })
    expect(await harness.runs.remove(view.runId)).toEqual({ ok: true, value: null })
    expect(await harness.results(view.resultsPath ?? '')).toHaveLength(20)
    expect(await harness.runs.results(view.runId, { limit: 5 })).toMatchObject({
      ok: false,
      reason: { code: 'not_found' },
    })
    expect(await harness.runs.remove(view.runId)).toMatchObject({ ok: false, reason: { code: 'not_found' } })
  })

  test('a data folder that is a file is told', async () => {
    harness = await createHarness()
    await mkdir(dirname(`${harness.folder}/data`), { recursive: true })
    await writeFile(`${harness.folder}/data`, 'a file')
    const path = await harness.file('a.jsonl', jsonLines(rows))
    expect(await harness.runs.start(harness.request({ source: { kind: 'paths', paths: [path] } }))).toMatchObject({
      ok: false,
      reason: { code: 'store_failed' },
    })
  })
})
