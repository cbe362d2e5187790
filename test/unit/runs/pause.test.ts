import { afterEach, describe, expect, test } from 'vitest'
import {
  answerWith,
  createHarness,
  goodAnswer,
  type Harness,
  jsonLines,
  type Script,
} from '../../support/runs/harness.ts'

let harness: Harness
afterEach(() => harness.dispose())

const rows = Array.from({ length: 40 }, (_, index) => ({ id: index + 1, text: `text ${index + 1}.` }))

async function start(script: Script): Promise<string> {
  harness = await createHarness(script)
  const path = await harness.file('a.jsonl', jsonLines(rows))
  const started = await harness.runs.start(
    harness.request({ source: { kind: 'paths', paths: [path] }, tasks: ['categorization'], concurrency: 2 }),
  )
  if (!started.ok) throw new Error(started.reason.message)
  return started.value.runId
}

/** Settles when `reach` was called. */
function meeting(): { reached: Promise<void>; reach(): void } {
  let reach = (): void => undefined
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  return { reached, reach: () => reach() }
}

describe('pausing', () => {
  test('lets a call under way end well, begins none, and keeps the state', async () => {
    const second = meeting()
    const answer = meeting()
    const runId = await start(async (request, call) => {
      if (call === 2) {
        second.reach()
        await answer.reached
      }
      return call <= 2 ? goodAnswer(request) : new Promise(() => undefined)
    })
    await second.reached
    const pausing = harness.runs.pause(runId)
    answer.reach()
    const paused = await pausing
    expect(paused).toMatchObject({ ok: true, value: { state: 'paused', reason: null, counts: { ok: 10, failed: 0 } } })
    expect(harness.calls.length).toBeLessThanOrEqual(3)
    expect(harness.ledger.rows.get(runId)).toMatchObject({ owner: null, view: { state: 'paused' } })
    expect(await harness.runs.get(runId)).toEqual(paused)
  })

  test('gives up a call that does not end, within a second', async () => {
    const hanging = meeting()
    const runId = await start((request, call) => {
      if (call <= 1) return goodAnswer(request)
      hanging.reach()
      return new Promise(() => undefined)
    })
    await hanging.reached
    const before = harness.clock.monotonic()
    const paused = await harness.runs.pause(runId)
    expect(paused).toMatchObject({ ok: true, value: { state: 'paused', counts: { ok: 5 } } })
    expect(harness.clock.monotonic() - before).toBeLessThanOrEqual(1000)
  })

  test('is for as long as the person wants, and pays for nothing twice', async () => {
    const hanging = meeting()
    let isSlow = true
    const runId = await start((request, call) => {
      if (!isSlow || call <= 2) return goodAnswer(request)
      hanging.reach()
      return new Promise(() => undefined)
    })
    await hanging.reached
    await harness.runs.pause(runId)
    isSlow = false
    const asked = harness.calls.length
    harness.views.length = 0
    expect(await harness.runs.resume(runId)).toMatchObject({ ok: true, value: { state: 'running' } })
    expect(await harness.ended(runId)).toMatchObject({ state: 'completed', counts: { total: 40, ok: 40 } })
    expect(harness.calls.length - asked).toBe(6)
  })

  test('and cancelling at once is cancelled', async () => {
    const hanging = meeting()
    const runId = await start(() => {
      hanging.reach()
      return new Promise(() => undefined)
    })
    await hanging.reached
    const pausing = harness.runs.pause(runId)
    expect(await harness.runs.cancel(runId)).toMatchObject({ ok: true, value: { state: 'cancelled' } })
    expect(await pausing).toMatchObject({ ok: true, value: { state: 'cancelled' } })
  })

  test('a run that is over leaves it as it is', async () => {
    const runId = await start((request) => goodAnswer(request))
    await harness.ended(runId)
    expect(await harness.runs.pause(runId)).toMatchObject({ ok: true, value: { state: 'completed' } })
    expect(await harness.runs.pause('20261121t000000000z-none00')).toMatchObject({
      ok: false,
      reason: { code: 'not_found' },
    })
    expect(await harness.runs.get('20261121t000000000z-none00')).toMatchObject({
      ok: false,
      reason: { code: 'not_found' },
    })
  })
})

describe('what was spent', () => {
  test('is counted call by call, answered or given up, and a resumed run goes on counting', async () => {
    const hanging = meeting()
    let isSlow = true
    const runId = await start((request, call) => {
      if (!isSlow || call <= 2) return goodAnswer(request)
      hanging.reach()
      return new Promise(() => undefined)
    })
    await hanging.reached
    const paused = await harness.runs.pause(runId)
    if (!paused.ok) throw new Error(paused.reason.message)
    expect(paused.value.spent.calls).toBe(2)
    isSlow = false
    harness.views.length = 0
    await harness.runs.resume(runId)
    const ended = await harness.ended(runId)
    expect(ended.spent).toEqual({ costUsd: 0, unpricedCalls: 8, input: 80, output: 40, calls: 8 })
  })

  test('leaves out what a server says that cannot be', async () => {
    const runId = await start((request) => {
      const answer = goodAnswer(request)
      return answer.ok
        ? { ok: true, value: { ...answer.value, usage: { input: -1, output: 1e300, cached: null } } }
        : answerWith('')
    })
    expect((await harness.ended(runId)).spent).toMatchObject({ input: 0, output: 0, calls: 8 })
  })
})
