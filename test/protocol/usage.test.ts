import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Result } from '../../protocol/contract.ts'
import type { RunRequest, RunView } from '../../protocol/runs.ts'
import type { UsageRow } from '../../protocol/usage.ts'
import { readUsage } from '../../server/store/usageTable.ts'
import { startFakeOllama } from '../support/models/fakeOllama.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { spawnStoreChild } from '../support/store/spawnStoreChild.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'
import { type PricedServer, startPricedServer, tokensOfCall } from '../support/usage/pricedServer.ts'

const folders = new StoreFolders()
const servers: TestServer[] = []
let dataDir: string
let work: string
let priced: PricedServer
beforeEach(async () => {
  dataDir = folders.make()
  work = await mkdtemp(path.join(tmpdir(), 'llm-providers-usage-'))
  // A thousandth of a dollar for a call.
  priced = await startPricedServer({ prompt: '0.0000005', completion: '0.000025' })
})
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
  await priced.close()
  await folders.dispose()
  await rm(work, { recursive: true, force: true })
})

const perCall = 0.001

async function start(): Promise<TestServer> {
  const server = await startTestServer({ dataDir, environment: { variables: { FAKE_KEY: 'sk-fake' } } })
  servers.push(server)
  return server
}

async function connect(server: TestServer, config: object = {}): Promise<void> {
  const fields = { base_url: priced.url, key_env: 'FAKE_KEY', ...config }
  const saved = await server.request('provider/save', { provider: 'paid', kind: 'openrouter', config: fields })
  if (!saved.ok) throw new Error(saved.reason.message)
  for (const task of ['categorization', 'scoring'] as const) {
    await server.request('route/save', { task, provider: 'paid', model: 'priced' })
  }
}

async function ended(server: TestServer, begin: () => Promise<unknown>): Promise<RunView> {
  let registration = { dispose: () => {} }
  const over = new Promise<RunView>((resolve) => {
    registration = server.connection.onNotification('run/progress', (view: RunView) => {
      if (view.finishedAt !== null) resolve(view)
    })
  })
  const started = (await begin()) as { ok: boolean; reason?: { message: string } }
  if (!started.ok) throw new Error(started.reason?.message)
  return await over.finally(() => registration.dispose())
}

/** One item a call unless said otherwise, so that items and calls can be counted. */
function runOf(items: number, request: Partial<RunRequest> = {}) {
  const file = path.join(work, `${items}.jsonl`)
  const rows = Array.from({ length: items }, (_, index) => `${JSON.stringify({ id: index, text: `text ${index}` })}\n`)
  return {
    file,
    content: rows.join(''),
    request: {
      tasks: ['scoring' as const],
      source: { kind: 'paths' as const, paths: [file] },
      output: { path: null, none: true },
      batchSize: 1,
      ...request,
    },
  }
}

async function run(server: TestServer, items: number, request: Partial<RunRequest> = {}): Promise<RunView> {
  const { writeFile } = await import('node:fs/promises')
  const prepared = runOf(items, request)
  await writeFile(prepared.file, prepared.content)
  return await ended(server, () => server.request('run/start', prepared.request))
}

async function usageOf(server: TestServer, request: object = {}): Promise<UsageRow[]> {
  const read = await server.request('usage/read', request)
  if (!read.ok) throw new Error(read.reason.message)
  return read.value.rows
}

const today = () => new Date().toISOString().slice(0, 10)

describe('usage', () => {
  it('of a run is told with tokens and cost by day, provider, model and task, at once', async () => {
    const server = await start()
    await connect(server)
    expect(await run(server, 3, { tasks: ['categorization', 'scoring'], separate: true })).toMatchObject({
      state: 'completed',
    })
    const row = {
      ...{ day: today(), provider: 'paid', model: 'priced', calls: 3, items: 3 },
      ...{ input: 3 * tokensOfCall.input, output: 3 * tokensOfCall.output, cached: 0, reasoning: 0, unpricedCalls: 0 },
      costUsd: expect.closeTo(3 * perCall, 12),
    }
    expect(await usageOf(server)).toEqual([
      { ...row, task: 'categorization' },
      { ...row, task: 'scoring' },
    ])
    const [sum] = await usageOf(server, { groupBy: [] })
    expect(sum).toMatchObject({ day: null, provider: null, model: null, task: null, calls: 6 })
    expect(await usageOf(server, { groupBy: ['task'] })).toMatchObject([
      { day: null, task: 'categorization', calls: 3 },
      { day: null, task: 'scoring', calls: 3 },
    ])
    expect(await usageOf(server, { provider: 'builtin' })).toEqual([])
    const results = await server.request('run/results', { runId: (await lastRun(server)).runId, limit: 1 })
    expect(results).toMatchObject({
      value: { rows: [{ receipts: { scoring: { costUsd: expect.closeTo(perCall, 12) } } }] },
    })
  })

  it('without a price is counted, and its cost not guessed', async () => {
    const server = await start()
    const config = { base_url: `${priced.models.origin}/v1` }
    await server.request('provider/save', { provider: 'local', kind: 'openai-compatible', config })
    const view = await run(server, 2, { override: { provider: 'local', model: 'gpt-4o-mini' } })
    expect(view.state).toBe('completed')
    expect(await usageOf(server)).toMatchObject([
      { provider: 'local', calls: 2, costUsd: 0, unpricedCalls: 2, input: 2000 },
    ])
  })

  it('of what calls nobody costs nothing, and that is known', async () => {
    const server = await start()
    await run(server, 2, { override: { provider: 'builtin' } })
    expect(await usageOf(server)).toMatchObject([
      { provider: 'builtin', calls: 2, items: 2, costUsd: 0, unpricedCalls: 0 },
    ])
  })

  it('outlives the server, and its provider', async () => {
    const server = await start()
    await connect(server)
    await run(server, 2)
    await server.stop()
    const restarted = await start()
    await restarted.request('provider/remove', { provider: 'paid', confirm: true })
    expect(await usageOf(restarted)).toMatchObject([{ provider: 'paid', calls: 2 }])
  })

  it('is told in pages, and by how many days back', async () => {
    const store = await folders.open(dataDir)
    const { addUsage } = await import('../../server/store/usageTable.ts')
    const zero = { calls: 1, items: 1, input: 0, output: 0, cached: 0, reasoning: 0, costUsd: 0.5, unpricedCalls: 0 }
    await store.change((database) => {
      for (let back = 0; back < 5; back++) {
        const day = new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10)
        addUsage(database, { day, provider: 'paid', model: 'm', task: 'scoring', ...zero })
      }
      return { ok: true, value: null }
    })
    const server = await start()
    const days: (string | null)[] = []
    for (let cursor: string | null = null; ; ) {
      const page: Result<'usage/read'> = await server.request('usage/read', { groupBy: ['day'], limit: 2, cursor })
      if (!page.ok) throw new Error(page.reason.message)
      days.push(...page.value.rows.map(({ day }) => day))
      cursor = page.value.next
      if (cursor === null) break
    }
    expect(days).toEqual(days.toSorted().reverse())
    expect(days).toHaveLength(5)
    expect(await usageOf(server, { groupBy: [], days: 3 })).toMatchObject([{ calls: 3, costUsd: 1.5 }])
    expect(await usageOf(server, { groupBy: [], days: 1, provider: 'other' })).toEqual([])
  })

  it('of several processes that write to one row at once is not lost', async () => {
    const script = path.resolve(import.meta.dirname, '../support/usage/usageChild.ts')
    const children = [1, 2, 3].map(() => spawnStoreChild([dataDir, 'shared', '25'], script))
    await Promise.all(children.map((child) => child.said('done')))
    const store = await folders.open(dataDir)
    const { rows } = store.read((database) => readUsage(database, '2026-11-21', { groupBy: ['model'] }))
    expect(rows).toEqual([
      {
        ...{ day: null, provider: null, model: 'shared', task: null, calls: 750, items: 3750 },
        ...{ input: 75_000, output: 15_000, cached: 7500, reasoning: 3750, costUsd: 187.5, unpricedCalls: 0 },
      },
    ])
  }, 60_000)
})

describe('a cap', () => {
  it('without a known price stops a run before it starts, and says why', async () => {
    const server = await start()
    const config = { base_url: `${priced.models.origin}/v1` }
    await server.request('provider/save', { provider: 'local', kind: 'openai-compatible', config })
    const { request } = runOf(1, { maxCostUsd: 1, source: { kind: 'text', name: 'a', text: 'An item.' } })
    const started = await server.request('run/start', {
      ...request,
      override: { provider: 'local', model: 'gpt-4o-mini' },
    })
    expect(started).toMatchObject({
      ok: false,
      reason: { code: 'spend_cap', scope: 'run', model: 'gpt-4o-mini', neededUsd: null },
    })
    expect(started.ok ? '' : started.reason.message).toContain('price of "gpt-4o-mini" is unknown')
    expect(priced.models.chats).toEqual([])
    expect(await server.request('run/list')).toMatchObject({ value: { rows: [] } })
  })

  it('of a run stops it, counts over a restart, and lets it end when it is raised and the provider is on', async () => {
    const server = await start()
    await connect(server)
    await server.request('provider/test', { provider: 'paid' })
    const stopped = await run(server, 40, { maxCostUsd: 0.05, concurrency: 2 })
    expect(stopped).toMatchObject({ state: 'stopped', reason: { code: 'spend_cap', scope: 'run', capUsd: 0.05 } })
    const spent = priced.models.chats.length * perCall
    expect(spent).toBeGreaterThan(0)
    expect(spent).toBeLessThanOrEqual(0.05)
    // The provider has done nothing wrong.
    expect(await server.request('provider/get', { provider: 'paid' })).toMatchObject({
      value: { health: { state: 'ok' } },
    })
    await server.stop()

    const restarted = await start()
    const { runId } = stopped
    const again = await ended(restarted, () => restarted.request('run/resume', { runId }))
    expect(again).toMatchObject({ state: 'stopped', reason: { code: 'spend_cap' } })
    expect(priced.models.chats.length * perCall).toBeCloseTo(spent, 9)
    await restarted.request('provider/setEnabled', { provider: 'paid', enabled: false, confirm: true })
    expect(await restarted.request('run/resume', { runId, maxCostUsd: 10 })).toMatchObject({
      ok: false,
      reason: { code: 'provider_disabled' },
    })
    expect(priced.models.chats.length * perCall).toBeCloseTo(spent, 9)
    await restarted.request('provider/setEnabled', { provider: 'paid', enabled: true })
    const done = await ended(restarted, () => restarted.request('run/resume', { runId, maxCostUsd: 10 }))
    expect(done).toMatchObject({ state: 'completed', counts: { ok: 40 } })
    expect(priced.models.chats).toHaveLength(40)
    expect(await usageOf(restarted, { groupBy: [] })).toMatchObject([{ calls: 40, costUsd: expect.closeTo(0.04, 9) }])
  })

  it('of a day stops every run of the provider, in every process, until it is raised', async () => {
    const server = await start()
    await connect(server, { daily_cap_usd: 0.05 })
    await server.request('provider/test', { provider: 'paid' })
    const other = await start()
    const runs = await Promise.all([run(server, 40), run(other, 41)])
    expect(priced.models.chats.length * perCall).toBeLessThanOrEqual(0.05)
    expect(runs.map(({ state, reason }) => [state, reason?.code])).toEqual([
      ['stopped', 'spend_cap'],
      ['stopped', 'spend_cap'],
    ])
    expect(runs[0].reason).toMatchObject({ scope: 'day', action: { id: 'editProvider' } })
    await connect(server, { daily_cap_usd: 5 })
    const done = await ended(server, () => server.request('run/resume', { runId: runs[0].runId }))
    expect(done).toMatchObject({ state: 'completed', counts: { ok: 40 } })
  })
})

describe('a test of a model', () => {
  const pricedModel = { provider: 'paid', model: 'priced' }
  const sent = () => priced.models.chats.length

  it('and each call of a probe is in the accounts, as no task of the user, with what it cost', async () => {
    const server = await start()
    await connect(server)
    expect(await server.request('model/test', pricedModel)).toMatchObject({ ok: true })
    expect(await server.request('provider/test', { ...pricedModel, probe: true })).toMatchObject({ ok: true })
    const calls = sent()
    expect(calls).toBeGreaterThan(2)
    const row = { day: today(), ...pricedModel, task: 'test', calls, items: 0, input: calls * tokensOfCall.input }
    expect(await usageOf(server)).toMatchObject([{ ...row, costUsd: expect.closeTo(calls * perCall, 12) }])
    await run(server, 1)
    expect(await usageOf(server, { groupBy: ['task'] })).toMatchObject([
      { task: 'scoring', calls: 1 },
      { task: 'test', calls },
    ])
  })

  it('of a provider whose daily cap is used up sends nothing, and says so', async () => {
    const server = await start()
    await connect(server, { daily_cap_usd: 0.0001 })
    for (const probe of [false, true]) {
      const tested = await server.request('model/test', { ...pricedModel, probe })
      expect(tested).toMatchObject({ ok: false, reason: { code: 'spend_cap', scope: 'day', capUsd: 0.0001 } })
    }
    expect(sent()).toBe(0)
    expect(await usageOf(server)).toEqual([])
    // The list is free, and the provider has done nothing wrong.
    expect(await server.request('provider/test', { provider: 'paid' })).toMatchObject({ ok: true })
    expect(await server.request('provider/get', { provider: 'paid' })).toMatchObject({
      value: { health: { state: 'ok' } },
    })
  })

  it('ends within the cap, which runs find smaller then', async () => {
    const server = await start()
    await connect(server, { daily_cap_usd: 1 })
    expect(await server.request('model/test', { ...pricedModel, probe: true })).toMatchObject({ ok: true })
    const spent = sent() * perCall
    await connect(server, { daily_cap_usd: spent })
    expect(await run(server, 1)).toMatchObject({
      state: 'stopped',
      // Each call is rounded up to a nanodollar.
      reason: { code: 'spend_cap', scope: 'day', spentUsd: expect.closeTo(spent, 7) },
    })
    expect(sent() * perCall).toBeCloseTo(spent, 9)
  })

  it('of values that are not saved is in no account', async () => {
    const server = await start()
    const config = { base_url: priced.url, key_env: 'FAKE_KEY', daily_cap_usd: 0.0001 }
    const tested = await server.request('provider/test', { kind: 'openrouter', config, model: 'priced' })
    expect(tested).toMatchObject({ ok: true, value: { tested: { usage: tokensOfCall } } })
    expect(sent()).toBe(1)
    expect(await usageOf(server)).toEqual([])
  })

  it('for a vector is accounted for, and held to the cap', async () => {
    const ollama = await startFakeOllama()
    ollama.models = [{ name: 'vectors:latest', capabilities: ['embedding'] }]
    const server = await start()
    const vectors = { provider: 'local', model: 'vectors:latest' }
    const config = { base_url: 'http://127.0.0.1', port: ollama.port }
    const saved = await server.request('provider/save', { provider: 'local', kind: 'ollama', config })
    expect(saved).toMatchObject({ ok: true })
    expect(await server.request('model/test', { ...vectors, type: 'embedding' })).toMatchObject({ ok: true })
    const used = await usageOf(server)
    const embeds = () => ollama.server.requests.filter(({ path }) => path.startsWith('/api/embed')).length
    expect(embeds()).toBe(1)
    expect(used).toMatchObject([{ ...vectors, task: 'test', calls: 1, input: 9, output: 0, unpricedCalls: 1 }])
    const capped = { ...config, daily_cap_usd: 1 }
    await server.request('provider/save', { provider: 'local', kind: 'ollama', config: capped })
    const refused = await server.request('model/test', { ...vectors, type: 'embedding' })
    await ollama.close()
    expect(refused).toMatchObject({ ok: false, reason: { code: 'spend_cap', neededUsd: null } })
    expect(embeds()).toBe(1)
  })
})

async function lastRun(server: TestServer): Promise<RunView> {
  const runs = await server.request('run/list')
  const [last] = runs.ok ? runs.value.rows : []
  if (!last) throw new Error('there was no run')
  return last
}
