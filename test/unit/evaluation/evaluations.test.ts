import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EvaluationProgress, EvaluationRequest } from '../../../protocol/evaluation.ts'
import type { Label } from '../../../protocol/labels.ts'
import { succeed } from '../../../protocol/outcome.ts'
import { Profile } from '../../../protocol/profile.ts'
import { type EvaluationParts, Evaluations } from '../../../server/evaluation/evaluations.ts'
import { systemClock } from '../../../server/files/clock.ts'
import { diskFiles } from '../../../server/files/diskFiles.ts'
import { fail } from '../../../shared/fail.ts'

let folder: string
let told: EvaluationProgress[]
let logged: string[]
let removed: string[]
let clock: number

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'evaluations-'))
  ;[told, logged, removed] = [[], [], []]
  clock = Date.parse('2026-11-21T10:00:00.000Z')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const label: Label = {
  ...{ id: '1', inputHash: 'a'.repeat(64), source: 'x', text: 'a text', at: '2026-11-21T09:00:00.000Z' },
  ...{ categories: ['Bug'], interest: null, quality: null },
}
const request = EvaluationRequest.parse({
  goldenPath: '/golden.jsonl',
  candidates: [{ provider: 'a' }, { provider: 'b' }],
})
const none = { total: 0, ok: 0, failed: 0, skipped: 0, waiting: 0 }
const refused: EvaluationParts['runs']['start'] = async () => fail({ code: 'provider_disabled', provider: 'a' })

function open(parts: Partial<EvaluationParts['runs']>, more: Partial<EvaluationParts> = {}): Evaluations {
  return new Evaluations({
    dataDir: folder,
    files: diskFiles,
    clock: systemClock,
    golden: {
      read: async () =>
        succeed({
          version: '1',
          lines: [],
          problems: [],
          labels: new Map([[label.inputHash, { label, line: 1 }]]),
        }) as never,
    },
    loadProfile: async () =>
      succeed({ profile: Profile.parse({ categories: [{ name: 'Bug' }] }), from: { origin: 'stored', name: null } }),
    runs: {
      estimate: async () => fail({ code: 'cancelled' }),
      start: refused,
      cancel: async () => fail({ code: 'cancelled' }),
      results: async () => fail({ code: 'cancelled' }),
      list: async () => succeed({ rows: [], next: null }),
      remove: async (runId) => {
        removed.push(runId)
        return succeed(null)
      },
      ...parts,
    },
    onRun: () => ({ dispose: () => undefined }),
    onProgress: (progress) => void told.push(progress),
    onChange: () => undefined,
    log: (line) => void logged.push(line),
    now: () => new Date(clock++).toISOString(),
    ...more,
  })
}

async function evaluate(evaluations: Evaluations) {
  const started = await evaluations.start(request)
  if (!started.ok) throw new Error(started.reason.message)
  await evaluations.cancel(started.value.id)
  const ended = await evaluations.read(started.value.id)
  if (!ended.ok) throw new Error(ended.reason.message)
  return ended.value
}

test('a defect of ours ends an evaluation with its reason, told last and kept', async () => {
  const evaluations = open({ start: () => Promise.reject(new Error('no such thing')) })
  const report = await evaluate(evaluations)
  expect(report).toMatchObject({ state: 'failed', reason: { code: 'internal_error', detail: 'no such thing' } })
  expect(report.finishedAt).not.toBeNull()
  expect(report.candidates.map(({ state, reason }) => [state, reason?.code])).toEqual([
    ['failed', 'internal_error'],
    ['waiting', undefined],
  ])
  expect(told.at(-1)).toMatchObject({ id: report.id, state: 'failed', current: null })
  expect(logged.join()).toContain('no such thing')
  // Another process finds the same.
  expect(await open({}).read(report.id)).toEqual({ ok: true, value: report })
})

test('a report that the disk does not take is told with the reason as long as the process lives', async () => {
  let isFull = false
  const rename = async (from: string, to: string): Promise<void> => {
    if (isFull && to.endsWith('.json')) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
    await diskFiles.rename(from, to)
  }
  const evaluations = open(
    {
      start: async (...args) => {
        isFull = true
        return await refused(...args)
      },
    },
    { files: { ...diskFiles, rename } },
  )
  const report = await evaluate(evaluations)
  expect(report).toMatchObject({ reason: { code: 'store_failed' } })
  expect(report.candidates[0]).toMatchObject({ state: 'failed', reason: { code: 'provider_disabled' } })
  expect(told.at(-1)?.state).not.toBe('running')
  expect(await evaluations.list()).toMatchObject({ ok: true, value: { rows: [{ id: report.id }] } })
  expect(await evaluations.start(request)).toMatchObject({ ok: false, reason: { code: 'store_failed' } })
})

test('results that cannot be read make no figures of a part', async () => {
  const view = {
    runId: 'run-00000001',
    state: 'completed',
    routes: [],
    counts: none,
    spent: { costUsd: 0 },
    reason: null,
  }
  const evaluations = open({
    start: async () => succeed(view as never),
    results: async () => fail({ code: 'not_found', what: 'run', id: 'run-00000001' }),
  })
  const started = await evaluations.start(request)
  if (!started.ok) throw new Error(started.reason.message)
  await expect.poll(() => told.at(-1)?.state).toBe('completed')
  expect(await evaluations.read(started.value.id)).toMatchObject({
    value: { candidates: [{ state: 'failed', categorization: null, reason: { code: 'not_found' } }, {}] },
  })
})

test('the oldest ones go, with their runs, when there are too many', async () => {
  let runs = 0
  const evaluations = open(
    {
      start: async () => {
        runs++
        const view = {
          runId: `run-0000000${runs}`,
          state: 'completed',
          routes: [],
          counts: none,
          spent: { costUsd: 0 },
        }
        return succeed({ ...view, reason: null } as never)
      },
      results: async () => succeed({ rows: [], next: null, total: 0 }),
    },
    { most: 2 },
  )
  const ids: string[] = []
  for (let round = 0; round < 3; round++) {
    const started = await evaluations.start(request)
    if (!started.ok) throw new Error(started.reason.message)
    ids.push(started.value.id)
    await expect.poll(() => told.at(-1)).toMatchObject({ id: started.value.id, state: 'completed' })
  }
  const kept = await evaluations.list()
  expect(kept.ok && kept.value.rows.map(({ id }) => id)).toEqual([ids[2], ids[1]])
  expect(removed).toEqual(['run-00000001', 'run-00000002'])
  // Two reports, and the texts that they share.
  expect(readdirSync(path.join(folder, 'evaluations'))).toHaveLength(3)
})

test('texts of an estimate that nobody went on with go after a day', async () => {
  const stray = path.join(folder, 'evaluations', '0123456789abcdef')
  mkdirSync(stray, { recursive: true })
  writeFileSync(path.join(stray, 'golden.jsonl'), '')
  const written = statSync(path.join(stray, 'golden.jsonl')).mtimeMs
  clock = written + 1000
  const evaluations = open({})
  await evaluate(evaluations)
  expect(existsSync(stray)).toBe(true)
  clock = written + 25 * 3600 * 1000
  await evaluate(evaluations)
  expect(existsSync(stray)).toBe(false)
})
