import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProviderView } from '../../protocol/providers.ts'
import { type DeadEndpoints, startDeadEndpoints } from '../support/health/deadEndpoints.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

const servers: TestServer[] = []
let dataDir: string
let models: FakeModelServer
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'llm-providers-health-'))
  models = await startFakeModelServer({ models: ['small', 'large'] })
})
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
  await models.close()
  await rm(dataDir, { recursive: true, force: true })
})

async function start(options: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer({ dataDir, ...options })
  servers.push(server)
  return server
}

async function save(server: TestServer, provider: string, base_url: string): Promise<void> {
  const saved = await server.request('provider/save', { provider, kind: 'openai-compatible', config: { base_url } })
  if (!saved.ok) throw new Error(saved.reason.message)
}

async function viewOf(server: TestServer, provider: string): Promise<ProviderView> {
  const view = await server.request('provider/get', { provider })
  if (!view.ok) throw new Error(view.reason.message)
  return view.value
}

/** Waits until the view of a provider is as wanted; it is looked at whenever the server says that something changed. */
async function until(
  server: TestServer,
  provider: string,
  isWanted: (view: ProviderView) => boolean,
): Promise<ProviderView> {
  let changed = (): void => {}
  const registration = server.connection.onNotification('data/changed', () => changed())
  try {
    for (;;) {
      const news = new Promise<void>((resolve) => {
        changed = resolve
      })
      const view = await viewOf(server, provider)
      if (isWanted(view)) return view
      await news
    }
  } finally {
    registration.dispose()
  }
}

describe('nine dead endpoints', () => {
  let dead: DeadEndpoints
  beforeEach(async () => {
    dead = await startDeadEndpoints()
  })
  afterEach(() => dead.close())

  /** A route and its fallback make two; two tasks make four: the checks of the others are asked for by hand. */
  async function connectAll(server: TestServer): Promise<string[]> {
    const names = Object.values(dead.urls).map((url, index) => ({ provider: `dead-${index}`, url }))
    for (const { provider, url } of names) await save(server, provider, url)
    await save(server, 'good', `${models.origin}/v1`)
    return names.map(({ provider }) => provider)
  }

  it('delay neither the good one nor the status, and no model is called', async () => {
    const server = await start({ healthChecks: true })
    const names = await connectAll(server)
    expect(names).toHaveLength(9)
    const finished: string[] = []
    const tests = names.map(async (provider) => {
      await server.request('provider/test', { provider })
      finished.push(provider)
    })
    await dead.asked
    expect(dead.hanging()).toBeGreaterThanOrEqual(5)
    // Answered from memory, while they hang.
    const readiness = await server.request('readiness/read')
    const listed = await server.request('provider/list')
    expect(readiness.ok && listed.ok && listed.value).toHaveLength(11)
    // The good one's clock starts with its route, and its answer comes while they still hang.
    await server.request('route/save', { task: 'scoring', provider: 'good', model: 'small' })
    const good = await until(server, 'good', (view) => view.health.state !== 'unknown')
    expect(good.health.state).toBe('ok')
    expect(dead.hanging()).toBeGreaterThanOrEqual(5)
    expect(finished.length).toBeLessThan(9)
    expect(await server.request('readiness/read')).toMatchObject({ ok: true, value: { scoring: { ready: true } } })
    await dead.close()
    await Promise.all(tests)
    expect(models.chats).toEqual([])
    const states = await Promise.all(names.map(async (provider) => (await viewOf(server, provider)).health.state))
    expect(new Set(states)).toEqual(new Set(['failed']))
  })

  it('on routes and fallbacks do not delay the one that is left', async () => {
    const server = await start({ healthChecks: true })
    const [first = '', second = ''] = ['hangs before headers', 'hangs in the body'].map((name) => dead.urls[name])
    await save(server, 'first', first)
    await save(server, 'second', second)
    await save(server, 'good', `${models.origin}/v1`)
    const fallback = { provider: 'second', model: 'small' }
    await server.request('route/save', {
      task: 'categorization',
      provider: 'first',
      model: 'small',
      options: { fallback },
    })
    await server.request('route/save', { task: 'scoring', provider: 'good', model: 'small' })
    const good = await until(server, 'good', (view) => view.health.state !== 'unknown')
    expect(good.health.state).toBe('ok')
    expect((await viewOf(server, 'first')).health.state).toBe('unknown')
    expect((await viewOf(server, 'second')).health.state).toBe('unknown')
    expect(await server.request('readiness/read')).toMatchObject({ value: { scoring: { ready: true } } })
  })
})

describe('a missing secret', () => {
  const missing = { state: 'failed', reason: { code: 'secret_missing' } }
  const saveKeyed = async (server: TestServer, config: object) => {
    const saved = await server.request('provider/save', { provider: 'work', kind: 'openai', config: { ...config } })
    if (!saved.ok) throw new Error(saved.reason.message)
  }

  it('is not told any more when the client says that the key changed', async () => {
    const server = await start()
    await saveKeyed(server, { base_url: `${models.origin}/v1` })
    await server.request('provider/test', { provider: 'work' })
    expect(await viewOf(server, 'work')).toMatchObject({ health: missing })
    await server.connection.sendNotification('secret/changed', { provider: 'work' })
    expect(await until(server, 'work', ({ health }) => health.state === 'unknown')).toMatchObject({ reason: null })
    const other = await start()
    await until(other, 'work', ({ health }) => health.state === 'unknown')
  })

  it('that a check found before the key changed is not kept after it', async () => {
    const server = await start()
    await saveKeyed(server, { base_url: `${models.origin}/v1` })
    let answer = (_: unknown): void => {}
    const asked = new Promise<void>((resolve) => {
      server.connection.onRequest('secret/read', () => {
        resolve()
        return new Promise((answered) => {
          answer = answered
        })
      })
    })
    const testing = server.request('provider/test', { provider: 'work' })
    await asked
    await server.connection.sendNotification('secret/changed', { provider: 'work' })
    // Answered only after the change was heard of.
    await viewOf(server, 'work')
    const reason = { code: 'secret_missing', provider: 'work', source: 'secret_store' }
    answer({ ok: false, reason: { ...reason, message: 'none', action: { id: 'setKey', label: 'Set the key' } } })
    expect(await testing).toMatchObject({ ok: false, reason: { code: 'secret_missing' } })
    expect(await viewOf(server, 'work')).toMatchObject({ health: { state: 'unknown' } })
  })

  it('of a variable is not told where the variable is set, whichever process missed it', async () => {
    const bare = await start()
    await saveKeyed(bare, { base_url: `${models.origin}/v1`, key_env: 'FAKE_KEY' })
    await bare.request('provider/save', {
      ...{ provider: 'gateway', kind: 'openai-compatible' },
      config: { base_url: `${models.origin}/v1`, header_env: 'X-Gateway: FAKE_HEADER' },
    })
    for (const provider of ['work', 'gateway']) await bare.request('provider/test', { provider })
    expect(await viewOf(bare, 'work')).toMatchObject({ reason: { code: 'secret_missing', variable: 'FAKE_KEY' } })
    expect(await viewOf(bare, 'gateway')).toMatchObject({
      reason: { code: 'secret_missing', variable: 'FAKE_HEADER', header: 'X-Gateway', action: { id: 'editProvider' } },
    })
    await bare.stop()
    const variables = { FAKE_KEY: 'sk-fake-0123456789', FAKE_HEADER: 'fake-secret' }
    const server = await start({ environment: { variables } })
    for (const provider of ['work', 'gateway']) {
      expect(await viewOf(server, provider)).toMatchObject({ health: { state: 'unknown' }, reason: null })
      expect(await server.request('provider/test', { provider })).toMatchObject({ ok: true })
    }
  })
})

describe('the checks', () => {
  it('ask only providers that an active route uses and that are switched on', async () => {
    const asked: string[] = []
    const { server: listener, origin } = await startList((url) => void asked.push(url))
    const server = await start({ healthChecks: true })
    for (const name of ['routed', 'unused', 'off']) await save(server, name, `${origin}/${name}`)
    await server.request('provider/setEnabled', { provider: 'off', enabled: false })
    await server.request('route/save', { task: 'scoring', provider: 'routed', model: 'small' })
    await server.request('route/save', { task: 'categorization', provider: 'off', model: 'small' })
    await until(server, 'routed', (view) => view.health.state === 'ok')
    await server.request('provider/list')
    expect(asked).toEqual(['/routed/models'])
    await closeServer(listener)
  })

  it('ask anew when the endpoint changes, here or in another process, and when the key does', async () => {
    const asked: string[] = []
    const { server: listener, origin } = await startList((url) => void asked.push(url))
    const server = await start({ healthChecks: true })
    await save(server, 'local', `${origin}/one`)
    await server.request('route/save', { task: 'scoring', provider: 'local', model: 'small' })
    await until(server, 'local', (view) => view.health.state === 'ok')
    await save(server, 'local', `${origin}/two`)
    await until(server, 'local', (view) => view.endpoint === `${origin}/two` && view.health.state === 'ok')
    const other = await start()
    await save(other, 'local', `${origin}/three`)
    await until(server, 'local', (view) => view.endpoint === `${origin}/three` && view.health.state === 'ok')
    expect(asked).toEqual(['/one/models', '/two/models', '/three/models'])
    const again = new Promise<void>((resolve) => listener.once('request', () => resolve()))
    await server.connection.sendNotification('secret/changed', { provider: 'local' })
    await again
    await until(server, 'local', (view) => view.health.state === 'ok')
    await closeServer(listener)
  })

  it('leave a provider alone that asked for it, over a restart, whatever else starts meanwhile', async () => {
    let asked = 0
    const limiting = createServer((request, response) => {
      asked++
      request.resume()
      response.writeHead(429, { 'retry-after': '1800', 'content-type': 'application/json' })
      response.end('{"error":{"message":"slow down","code":"rate_limit_exceeded"}}')
    })
    const origin = await listen(limiting)
    const environment = { now: () => Date.parse('2026-11-21T09:30:00Z') }
    const server = await start({ healthChecks: true, environment })
    await save(server, 'busy', `${origin}/v1`)
    await server.request('route/save', { task: 'scoring', provider: 'busy', model: 'small' })
    const limited = await until(server, 'busy', (view) => view.health.state === 'failed')
    expect(limited).toMatchObject({
      health: { reason: { code: 'rate_limited', retryAfterMs: 1_800_000 } },
      circuit: { state: 'open', failures: 1 },
    })
    expect(asked).toBe(1)
    await server.stop()

    const restarted = await start({ healthChecks: true, environment })
    expect(await viewOf(restarted, 'busy')).toMatchObject({
      circuit: { state: 'open', failures: 1, pausedUntil: expect.stringMatching(/^2026-11-21T(09:59|10:00)/) },
    })
    // Whoever starts something is refused without a call.
    const source = { kind: 'text' as const, name: 'a', text: 'An item.' }
    const refused = await restarted.request('run/start', {
      tasks: ['scoring'],
      source,
      output: { path: null, none: true },
    })
    expect(refused).toMatchObject({ ok: false, reason: { code: 'rate_limited' } })
    // A check that is due would have been made by now.
    await save(restarted, 'good', `${models.origin}/v1`)
    await restarted.request('route/save', { task: 'categorization', provider: 'good', model: 'small' })
    await until(restarted, 'good', (view) => view.health.state === 'ok')
    expect(asked).toBe(1)
    // A person may ask all the same.
    await restarted.request('provider/test', { provider: 'busy' })
    expect(asked).toBe(2)
    await closeServer(limiting)
  })

  it('tell of a wait that a run was asked for, and end it by a test that gets an answer', async () => {
    const server = await start()
    await save(server, 'busy', `${models.origin}/v1`)
    await server.request('route/save', { task: 'scoring', provider: 'busy', model: 'small' })
    models.decide(() => ({ kind: 'status', status: 429, headers: { 'retry-after': '3600' } }))
    const source = { kind: 'text' as const, name: 'a', text: 'An item.' }
    const started = await server.request('run/start', {
      tasks: ['scoring'],
      source,
      output: { path: null, none: true },
    })
    if (!started.ok) throw new Error(started.reason.message)
    await until(server, 'busy', (view) => typeof view.circuit?.pausedUntil === 'string')
    const scoring = async () => {
      const readiness = await server.request('readiness/read', {})
      return readiness.ok ? readiness.value.scoring : readiness
    }
    const waits = {
      code: 'asked_to_wait',
      until: expect.any(String),
      message: expect.stringMatching(/until \d{4}-\d\d-\d\d \d\d:\d\d/),
    }
    expect(await scoring()).toMatchObject({ ready: true, warnings: [waits] })

    await server.request('provider/test', { provider: 'busy' })
    expect(await scoring()).toMatchObject({ warnings: [waits] })
    models.decide(() => undefined)
    expect(await server.request('provider/test', { provider: 'busy', model: 'small' })).toMatchObject({ ok: true })
    expect(await scoring()).toMatchObject({ ready: true, warnings: [] })
    const { runId } = started.value
    await expect
      .poll(() => server.request('run/get', { runId }))
      .toMatchObject({ ok: true, value: { state: 'completed' } })
  })

  it('end a wait by a test whose answer is of no use, too, and not by one that is refused', async () => {
    const server = await start()
    await save(server, 'busy', `${models.origin}/v1`)
    await server.request('route/save', { task: 'scoring', provider: 'busy', model: 'small' })
    models.decide(() => ({ kind: 'status', status: 429, headers: { 'retry-after': '3600' } }))
    const source = { kind: 'text' as const, name: 'a', text: 'An item.' }
    await server.request('run/start', { tasks: ['scoring'], source, output: { path: null, none: true } })
    await until(server, 'busy', (view) => typeof view.circuit?.pausedUntil === 'string')
    const test = () => server.request('provider/test', { provider: 'busy', model: 'small' })
    const pausedUntil = async () => (await viewOf(server, 'busy')).circuit?.pausedUntil ?? null
    expect(await test()).toMatchObject({ reason: { code: 'rate_limited' } })
    expect(await pausedUntil()).not.toBeNull()
    models.decide(() => ({ kind: 'text', text: '{"verdicts":[{"key":"1","categories":["Nowhere"],"confidence":1}]}' }))
    expect(await test()).toMatchObject({ reason: { code: 'invalid_response', problem: 'schema' } })
    expect(await pausedUntil()).toBeNull()
  })

  it('know over a restart that a run was told to wait by a provider that is overloaded', async () => {
    const environment = { now: () => Date.parse('2026-11-21T09:30:00Z') }
    const server = await start({ environment })
    await save(server, 'busy', `${models.origin}/v1`)
    await server.request('route/save', { task: 'scoring', provider: 'busy', model: 'small' })
    models.decide(() => ({ kind: 'status', status: 503, headers: { 'retry-after': '1800' } }))
    const source = { kind: 'text' as const, name: 'a', text: 'An item.' }
    const started = await server.request('run/start', {
      tasks: ['scoring'],
      source,
      output: { path: null, none: true },
    })
    expect(started).toMatchObject({ ok: true })
    await until(server, 'busy', (view) => typeof view.circuit?.pausedUntil === 'string')
    await server.stop()

    const restarted = await start({ environment })
    expect(await viewOf(restarted, 'busy')).toMatchObject({
      circuit: { state: 'open', pausedUntil: expect.stringMatching(/^2026-11-21T(09:59|10:00)/) },
    })
  })

  it('believe a model gone only when two lists lack it', async () => {
    let names = ['small', 'large']
    const { server: listener, origin } = await startList(
      () => {},
      () => names,
    )
    const server = await start()
    await save(server, 'local', `${origin}/v1`)
    await server.request('route/save', { task: 'scoring', provider: 'local', model: 'large' })
    const resolve = async () => {
      await server.request('provider/test', { provider: 'local' })
      const resolution = await server.request('route/resolve', { task: 'scoring' })
      const codes = resolution.warnings.map(({ code }) => code)
      return resolution.ok ? ['ready', ...codes] : [resolution.reason.code, ...codes]
    }
    expect(await resolve()).toEqual(['ready'])
    names = ['small']
    expect(await resolve()).toEqual(['ready', 'model_unlisted'])
    expect(await resolve()).toEqual(['model_missing'])
    names = ['small', 'large']
    expect(await resolve()).toEqual(['ready'])
    names = ['small']
    expect(await resolve()).toEqual(['ready', 'model_unlisted'])
    await closeServer(listener)
    // Nobody there: nothing is decided, and nothing that was chosen changes.
    expect((await resolve())[0]).toBe('provider_unreachable')
    const routes = await server.request('route/list')
    expect(routes.ok && routes.value.find(({ task }) => task === 'scoring')?.model).toBe('large')
  })
})

/** A server that lists models under whatever path. */
async function startList(
  onAsked: (url: string) => void,
  names: () => string[] = () => ['small'],
): Promise<{ server: Server; origin: string }> {
  const server = createServer((request, response) => {
    onAsked(request.url ?? '')
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ object: 'list', data: names().map((id) => ({ id, object: 'model' })) }))
  })
  return { server, origin: await listen(server) }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function closeServer(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
}
