import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import { lastedMs } from '../../../protocol/runs.ts'
import { systemClock } from '../../../server/files/clock.ts'
import { fail } from '../../../shared/fail.ts'
import { createHarness, goodAnswer, type Harness, jsonLines } from '../../support/runs/harness.ts'

let harness: Harness
afterEach(() => harness.dispose())

const rows = Array.from({ length: 30 }, (_, index) => ({ id: index + 1, text: `text ${index + 1}.` }))
const notePath = (runId: string): string => `${harness.folder}/data/runs/${runId}.progress`

async function source() {
  return { kind: 'paths' as const, paths: [await harness.file('a.jsonl', jsonLines(rows))] }
}

describe('how far a run is', () => {
  test('stands beside its journal while it goes on, and no longer', async () => {
    const seen: unknown[] = []
    harness = await createHarness(async (request) => {
      harness.clock.advance(1_500)
      const runId = harness.views.at(-1)?.runId
      if (runId && existsSync(notePath(runId)))
        seen.push(JSON.parse((await readFile(notePath(runId), 'utf8')) || 'null'))
      return goodAnswer(request)
    })
    const view = await harness.run({ source: await source(), tasks: ['categorization'], concurrency: 1, batchSize: 1 })
    expect(view.counts.ok).toBe(30)
    expect(seen.filter((note) => note !== null).length).toBeGreaterThan(0)
    expect(existsSync(notePath(view.runId))).toBe(false)
  })

  test('is what other windows and terminals show of it, as long as its process lives', async () => {
    harness = await createHarness(undefined, { clock: systemClock })
    const { runId } = await harness.run({ source: await source(), tasks: ['categorization'] })
    const row = harness.ledger.rows.get(runId)
    if (!row) throw new Error('the run is not in the ledger')
    const nothing = { total: null, ok: 0, failed: 0, skipped: 0, waiting: 0 }
    const view = { ...row.view, state: 'running' as const, finishedAt: null, counts: nothing }
    const workedBy = (pid: number) => ({ ...row, owner: { pid, host: hostname(), token: 'another' }, view })
    harness.ledger.rows.set(runId, workedBy(process.ppid))
    const counts = { total: 30, ok: 12, failed: 1, skipped: 0, waiting: 17 }
    const note = { counts, spent: { ...view.spent, calls: 3 }, parkedUntil: null, workedMs: 4_000 }
    await writeFile(notePath(runId), JSON.stringify(note))
    expect(await harness.runs.get(runId)).toMatchObject({ value: { state: 'running', ...note } })
    // It is written anew each second, and may be read half.
    await writeFile(notePath(runId), JSON.stringify(note).slice(0, 20))
    expect(await harness.runs.get(runId)).toMatchObject({ value: { state: 'running', counts: nothing } })

    const child = spawn(process.execPath, ['-e', '0'])
    await once(child, 'exit')
    harness.ledger.rows.set(runId, workedBy(child.pid ?? 0))
    expect(await harness.runs.get(runId)).toMatchObject({ value: { state: 'interrupted', counts: { ok: 30 } } })
    expect(existsSync(notePath(runId))).toBe(false)
  })
})

test('a run that was resumed tells how long it was worked on, without the night in between', async () => {
  let isEmpty = true
  harness = await createHarness((request, call) => {
    harness.clock.advance(1_000)
    return isEmpty && call > 2 ? fail({ code: 'quota_exceeded', provider: 'fake' }) : goodAnswer(request)
  })
  const stopped = await harness.run({ source: await source(), tasks: ['categorization'], concurrency: 1 })
  const before = lastedMs(stopped) ?? 0
  expect(before).toBeGreaterThanOrEqual(3_000)
  harness.clock.advance(8 * 3_600_000)
  isEmpty = false
  harness.views.length = 0
  await harness.runs.resume(stopped.runId)
  const ended = await harness.ended(stopped.runId)
  expect(ended.state).toBe('completed')
  expect(lastedMs(ended)).toBeGreaterThan(before)
  expect(lastedMs(ended)).toBeLessThan(60_000)
  const { workedMs, ...older } = ended
  expect(workedMs).toBe(lastedMs(ended))
  expect(lastedMs(older)).toBeGreaterThan(8 * 3_600_000)
})
