import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { EvaluationProgress, type EvaluationReport } from '../../protocol/evaluation.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'

let server: TestServer
let folder: string
let told: EvaluationProgress[]

const builtin = { provider: 'builtin' }
const profile = { kind: 'preset', name: 'issues' } as const
const labels = [
  {
    id: '1',
    text: 'The app crashes: segfault, stack trace, fatal panic',
    categories: ['Crash'],
    interest: 9,
    quality: 6,
  },
  { id: '2', text: 'Please add support for an option, a feature proposal', categories: ['Feature Request'] },
  { id: '3', text: 'Buy now! Advertising, casino, crypto giveaway, click', categories: ['Spam'] },
  { id: '4', text: 'Something without any word that is known', categories: [] },
  { id: '5', text: 'Only scores are said of this one', interest: 2, quality: 3 },
]

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'llm-providers-evaluation-'))
  await mkdir(path.join(folder, '.llm-providers'))
  await writeGolden(labels)
  server = await startTestServer()
  told = []
  server.connection.onNotification('evaluation/progress', (progress: unknown) => {
    told.push(EvaluationProgress.parse(progress))
  })
})

afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

async function writeGolden(rows: readonly object[]): Promise<void> {
  const lines = [...rows.map((row) => JSON.stringify(row)), 'a broken line']
  await writeFile(path.join(folder, '.llm-providers', 'golden.jsonl'), lines.join('\n'))
}

const unwrap = <Value>(outcome: { ok: true; value: Value } | { ok: false; reason: unknown }): Value => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.reason))
  return outcome.value
}

async function evaluate(more: object = {}): Promise<EvaluationReport> {
  const request = { workspaceFolder: folder, profile, candidates: [builtin], ...more }
  const { id } = unwrap(await server.request('evaluation/start', request))
  for (;;) {
    const report = unwrap(await server.request('evaluation/read', { id }))
    if (report.state !== 'running') return report
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('builtin is measured with what people said', async () => {
  const report = await evaluate()
  expect(report).toMatchObject({ state: 'completed', golden: { labels: 5, used: 5, broken: 1, unknownCategories: [] } })
  const [candidate] = report.candidates as [EvaluationReport['candidates'][number]]
  expect(candidate).toMatchObject({ state: 'done', kind: 'builtin', name: 'builtin/keywords', reason: null })
  const { categorization, scoring } = candidate
  expect(categorization).toMatchObject({ items: 4, failed: 0 })
  expect(categorization?.confusion.reduce((sum, { items }) => sum + items, 0)).toBe(4)
  expect(categorization?.labels.find(({ label }) => label === 'Spam')).toMatchObject({
    support: 1,
    precision: 1,
    recall: 1,
  })
  expect(scoring).toMatchObject({ items: 2, failed: 0, interest: { items: 2 }, quality: { items: 2 } })
  expect(candidate.latencyMs).not.toBeNull()
  // Told by itself, so it may come after the answer.
  await expect.poll(() => told.at(-1)).toMatchObject({ state: 'completed', done: 5, total: 5, current: null })
})

test('a candidate that cannot run says why, and the others are compared', async () => {
  const report = await evaluate({ candidates: [{ provider: 'nobody' }, builtin], tasks: ['categorization'] })
  expect(report.candidates).toMatchObject([
    { name: 'nobody', state: 'failed', reason: { code: 'provider_unconfigured' }, categorization: null },
    { state: 'done', categorization: { items: 4 }, scoring: null },
  ])
})

test('what has not changed is not judged again', async () => {
  const [first, second] = [await evaluate(), await evaluate()]
  expect(first.candidates[0]?.reused).toBe(0)
  expect(second.candidates[0]?.reused).toBe(5)
  expect(second.candidates[0]?.categorization).toEqual(first.candidates[0]?.categorization)
})

test('only so many, always the same', async () => {
  const [one, other] = [await evaluate({ limit: 2 }), await evaluate({ limit: 2 })]
  expect(one.golden.used).toBe(2)
  expect(other.candidates[0]?.categorization).toEqual(one.candidates[0]?.categorization)
})

test('the estimate calls nobody and says what cannot run', async () => {
  const candidates = [builtin, { provider: 'nobody' }]
  const estimate = unwrap(await server.request('evaluation/estimate', { workspaceFolder: folder, profile, candidates }))
  expect(estimate).toMatchObject({ items: 5, isCalled: false, costUsd: { low: 0, high: 0 } })
  expect(estimate.candidates.map(({ reason }) => reason?.code ?? null)).toEqual([null, 'provider_unconfigured'])
})

test('categories that the profile does not have are told', async () => {
  await writeGolden([{ text: 'A crash', categories: ['Kernel Panic'] }])
  expect((await evaluate()).golden.unknownCategories).toEqual(['Kernel Panic'])
})

test('an empty golden set, and one that says nothing of the task, cannot be evaluated', async () => {
  const start = (more: object) =>
    server.request('evaluation/start', { workspaceFolder: folder, profile, candidates: [builtin], ...more })
  await writeGolden([{ text: 'Only scores', interest: 1 }])
  expect(await start({ tasks: ['categorization'] })).toMatchObject({ ok: false, reason: { code: 'labels_failed' } })
  expect(await start({ goldenPath: path.join(folder, 'none.jsonl') })).toMatchObject({
    reason: { code: 'labels_failed', problem: 'no_labels', detail: 'there is no such file' },
  })
  await writeFile(path.join(folder, 'empty.jsonl'), '')
  expect(await start({ goldenPath: path.join(folder, 'empty.jsonl') })).toMatchObject({
    reason: { code: 'labels_failed', detail: 'it has no labels yet' },
  })
})

test('a cancelled one has a report, and one that nobody knows is told', async () => {
  const request = { workspaceFolder: folder, profile, candidates: [builtin, builtin, builtin] }
  const { id } = unwrap(await server.request('evaluation/start', request))
  const cancelled = unwrap(await server.request('evaluation/cancel', { id }))
  expect(cancelled.state).toBe('cancelled')
  expect(cancelled.candidates.at(-1)?.state).toBe('cancelled')
  const unknown = await server.request('evaluation/read', { id: '20260101t000000000z-nobody' })
  expect(unknown).toMatchObject({ ok: false, reason: { code: 'not_found', what: 'evaluation' } })
})
