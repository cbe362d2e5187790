import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Params } from '../../protocol/contract.ts'
import type { EvaluationProgress, EvaluationReport } from '../../protocol/evaluation.ts'
import type { RunView } from '../../protocol/runs.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'
import { startPricedServer } from '../support/usage/pricedServer.ts'

let folder: string
let dataDir: string
let server: TestServer
let told: EvaluationProgress[]
let views: RunView[]
const closers: (() => Promise<void>)[] = []

const profile = { kind: 'preset', name: 'issues' } as const
const labels = [
  { id: '1', text: 'The app crashes: segfault, stack trace, fatal panic', categories: ['Crash'], interest: 9 },
  { id: '2', text: 'Please add support for an option, a feature proposal', categories: ['Feature Request'] },
]

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'llm-providers-reports-'))
  dataDir = path.join(folder, 'data')
  await mkdir(path.join(folder, '.llm-providers'))
  await writeGolden(labels)
  await start()
})
afterEach(async () => {
  await server.stop()
  for (const close of closers.splice(0)) await close()
  await rm(folder, { recursive: true, force: true })
})

async function start(): Promise<void> {
  server = await startTestServer({ dataDir, environment: { variables: { FAKE_KEY: 'sk-fake' } } })
  told = []
  views = []
  server.connection.onNotification('evaluation/progress', (progress: EvaluationProgress) => void told.push(progress))
  server.connection.onNotification('run/progress', (view: RunView) => void views.push(view))
}

async function startAgain(): Promise<void> {
  await server.stop()
  await start()
}

const writeGolden = (rows: readonly object[]): Promise<void> =>
  writeFile(path.join(folder, '.llm-providers', 'golden.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'))

const unwrap = <Value>(outcome: { ok: true; value: Value } | { ok: false; reason: unknown }): Value => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.reason))
  return outcome.value
}

const requestOf = (...providers: (string | null)[]): Params<'evaluation/start'> => ({
  workspaceFolder: folder,
  profile,
  candidates: providers.map((provider) => ({ provider, ...(provider === 'fake' ? { model: 'fake-model' } : {}) })),
})

async function begin(...providers: (string | null)[]): Promise<string> {
  return unwrap(await server.request('evaluation/start', requestOf(...providers))).id
}

async function evaluate(...providers: (string | null)[]): Promise<EvaluationReport> {
  const id = await begin(...providers)
  for (;;) {
    const report = unwrap(await server.request('evaluation/read', { id }))
    if (report.state !== 'running') return report
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const listed = async () => unwrap(await server.request('evaluation/list', {})).rows
const runs = async (madeFor?: 'person' | 'evaluation' | 'any') =>
  unwrap(await server.request('run/list', madeFor === undefined ? {} : { madeFor })).rows
const keptFiles = async () => (await readdir(path.join(dataDir, 'evaluations'))).sort()

async function connectFake(): Promise<FakeModelServer> {
  const fake = await startFakeModelServer()
  closers.push(fake.close)
  const config = { base_url: `${fake.origin}/v1` }
  unwrap(await server.request('provider/save', { provider: 'fake', kind: 'openai-compatible', config }))
  return fake
}

describe('reports', () => {
  test('outlive the server, are listed newest first and can be opened again', async () => {
    const first = await evaluate('builtin')
    const second = await evaluate('builtin', 'nobody')
    await startAgain()
    expect((await listed()).map(({ id }) => id)).toEqual([second.id, first.id])
    expect(unwrap(await server.request('evaluation/read', { id: first.id }))).toEqual(first)
    const [newest] = await listed()
    expect(newest).toMatchObject({
      state: 'completed',
      golden: { used: 2 },
      candidates: [
        {
          name: 'builtin/keywords',
          state: 'done',
          accuracy: first.candidates[0]?.categorization?.accuracy,
          costUsd: 0,
        },
        { name: 'nobody', state: 'failed', accuracy: null, kappa: null, scoreError: null },
      ],
    })
    const pages = [await server.request('evaluation/list', { limit: 1 })].map(unwrap)
    expect(pages[0]?.next).toBe(second.id)
    const last = unwrap(await server.request('evaluation/list', { limit: 1, cursor: second.id }))
    expect(last).toMatchObject({ rows: [{ id: first.id }], next: null })
  })

  test('are deleted with the runs and texts that were made for them, and no others', async () => {
    const first = await evaluate('builtin')
    const second = await evaluate('builtin')
    expect(await runs('evaluation')).toHaveLength(2)
    unwrap(await server.request('evaluation/remove', { id: first.id }))
    expect((await listed()).map(({ id }) => id)).toEqual([second.id])
    expect((await runs('evaluation')).map(({ evaluation }) => evaluation)).toEqual([second.id])
    // The texts are also those of the second one.
    expect(await keptFiles()).toHaveLength(2)
    unwrap(await server.request('evaluation/remove', { id: second.id }))
    expect(await keptFiles()).toEqual([])
    expect(await runs('any')).toEqual([])
    expect(await server.request('evaluation/remove', { id: second.id })).toMatchObject({
      reason: { code: 'not_found', what: 'evaluation' },
    })
  })

  test('that cannot be read are told and left alone, hide no others, and can be deleted with their runs', async () => {
    const { id } = await evaluate('builtin')
    const lost = await evaluate('builtin')
    const broken = path.join(dataDir, 'evaluations', `${lost.id}.json`)
    await writeFile(broken, '{"version":1,')
    await startAgain()
    const page = unwrap(await server.request('evaluation/list', {}))
    expect(page.rows.map((each) => each.id)).toEqual([id])
    expect(page.unreadable).toEqual([lost.id])
    expect(await server.request('evaluation/read', { id: lost.id })).toMatchObject({
      ok: false,
      reason: { code: 'store_invalid', detail: `the comparison ${lost.id} cannot be read` },
    })
    expect(await readFile(broken, 'utf8')).toBe('{"version":1,')
    unwrap(await server.request('evaluation/remove', { id: lost.id }))
    expect(unwrap(await server.request('evaluation/list', {}))).toMatchObject({ rows: [{ id }], unreadable: [] })
    expect((await runs('evaluation')).map(({ evaluation }) => evaluation)).toEqual([id])
    expect(await server.request('evaluation/read', { id: lost.id })).toMatchObject({ reason: { code: 'not_found' } })
  })

  test('of a process that is gone are told as interrupted, with what was measured until then', async () => {
    const { id } = await evaluate('builtin', 'builtin')
    const place = path.join(dataDir, 'evaluations', `${id}.json`)
    const kept = JSON.parse(await readFile(place, 'utf8'))
    kept.report.state = 'running'
    kept.report.candidates[1].state = 'running'
    // No process has this number.
    kept.owner = { pid: 2 ** 30, host: (await import('node:os')).hostname() }
    await writeFile(place, JSON.stringify(kept))
    await startAgain()
    const report = unwrap(await server.request('evaluation/read', { id }))
    expect(report.state).toBe('interrupted')
    expect(report.candidates.map(({ state }) => state)).toEqual(['done', 'interrupted'])
    expect(report.candidates[0]?.categorization).not.toBeNull()
    // One that another process works on is not deleted under its hands.
    await writeFile(place, JSON.stringify({ ...kept, owner: { ...kept.owner, pid: process.ppid } }))
    expect(unwrap(await server.request('evaluation/read', { id })).state).toBe('running')
    for (const name of ['evaluation/remove', 'evaluation/cancel'] as const) {
      expect(await server.request(name, { id })).toMatchObject({ ok: false, reason: { code: 'run_busy' } })
    }
    // It has not answered: the wish must not come true when nobody expects it any more.
    expect(await keptFiles()).toEqual([`${id}.json`, expect.any(String)])
  })
})

test('runs of an evaluation are told as such, and are none of the list that a person reads', async () => {
  const { id, candidates } = await evaluate('builtin')
  const runId = candidates[0]?.runId as string
  expect(await runs()).toEqual([])
  expect(await runs('person')).toEqual([])
  expect(await runs('evaluation')).toMatchObject([{ runId, evaluation: id }])
  expect(await server.request('run/get', { runId })).toMatchObject({ ok: true, value: { evaluation: id } })
  expect(views.every((view) => view.evaluation === id)).toBe(true)
  await startAgain()
  expect(await runs()).toEqual([])
  expect(await runs('any')).toMatchObject([{ runId, evaluation: id }])
})

describe('an evaluation with a slow provider', () => {
  test('is cancelled while a call hangs, and tells so last', async () => {
    const fake = await connectFake()
    fake.decide(() => ({ kind: 'hang' }))
    const id = await begin('builtin', 'fake', 'builtin')
    await fake.arrived(1)
    const report = unwrap(await server.request('evaluation/cancel', { id }))
    expect(report).toMatchObject({ state: 'cancelled', reason: null })
    expect(report.candidates.map(({ state }) => state)).toEqual(['done', 'cancelled', 'cancelled'])
    expect(report.candidates[0]?.categorization).not.toBeNull()
    expect(report.candidates[1]?.categorization).toBeNull()
    expect(told.at(-1)).toMatchObject({ id, state: 'cancelled', current: null })
    expect(unwrap(await server.request('evaluation/read', { id }))).toEqual(report)
    expect(await runs('evaluation')).toMatchObject([{ state: 'cancelled' }, { state: 'completed' }])
  })

  test('is interrupted when the server ends, and goes on for nothing but the rest', async () => {
    const fake = await connectFake()
    const open = fake.hold()
    const id = await begin('builtin', 'fake')
    await fake.arrived(1)
    await startAgain()
    open()
    const report = unwrap(await server.request('evaluation/read', { id }))
    expect(report.state).toBe('interrupted')
    expect(report.candidates.map(({ state }) => state)).toEqual(['done', 'interrupted'])
    const again = await evaluate('builtin', 'fake')
    expect(again.candidates.map(({ state, reused }) => [state, reused])).toEqual([
      ['done', 2],
      ['done', 0],
    ])
  })
})

describe('what it costs', () => {
  test('is told before, by candidate and in all, and is nothing for what is there already', async () => {
    const priced = await startPricedServer({ prompt: '0.000005', completion: '0.000025' })
    closers.push(priced.close)
    const config = { base_url: priced.url, key_env: 'FAKE_KEY' }
    unwrap(await server.request('provider/save', { provider: 'paid', kind: 'openrouter', config }))
    unwrap(await server.request('provider/models', { provider: 'paid', refresh: true }))
    const candidates = [{ provider: 'builtin' }, { provider: 'paid', model: 'priced' }]
    const request = { ...requestOf(), candidates }
    const before = unwrap(await server.request('evaluation/estimate', request))
    expect(before).toMatchObject({ items: 2, isCalled: true })
    const [free, paid] = before.candidates.map(({ estimate }) => estimate?.costUsd ?? null)
    expect(free).toEqual({ low: 0, high: 0 })
    expect(paid?.low).toBeGreaterThan(0)
    expect(before.costUsd).toEqual(paid)
    expect(priced.models.chats).toHaveLength(0)

    const { id } = unwrap(await server.request('evaluation/start', request))
    for (;;) {
      if (unwrap(await server.request('evaluation/read', { id })).state !== 'running') break
      await new Promise((resolve) => setImmediate(resolve))
    }
    const after = unwrap(await server.request('evaluation/estimate', request))
    expect(after).toMatchObject({ isCalled: false, costUsd: { low: 0, high: 0 } })
  })

  test('is unknown where a price is, and never a guess', async () => {
    await connectFake()
    const estimate = unwrap(await server.request('evaluation/estimate', requestOf('builtin', 'fake')))
    expect(estimate).toMatchObject({ isCalled: true, costUsd: null })
    expect(estimate.candidates.map(({ estimate: each }) => each?.costUsd)).toEqual([{ low: 0, high: 0 }, null])
  })
})

test('another process hears that evaluations have changed', async () => {
  const other = await startTestServer({ dataDir })
  closers.push(other.stop)
  const heard: string[] = []
  other.connection.onNotification('data/changed', ({ what }: { what: string[] }) => void heard.push(...what))
  const { id } = await evaluate('builtin')
  await expect.poll(() => heard).toContain('evaluations')
  expect(unwrap(await other.request('evaluation/list', {})).rows.map((row) => row.id)).toEqual([id])

  heard.length = 0
  // It is let go of a moment after its end.
  await expect.poll(() => server.request('evaluation/remove', { id })).toMatchObject({ ok: true })
  await expect.poll(() => heard).toContain('evaluations')
})
