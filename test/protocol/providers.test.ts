import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let server: TestServer
let models: FakeModelServer
beforeEach(async () => {
  models = await startFakeModelServer({ models: ['small', 'large'] })
})
afterEach(async () => {
  await server.stop()
  await models.close()
})

const ollama = () => ({
  provider: 'ollama',
  kind: 'ollama',
  config: { base_url: 'http://127.0.0.1', port: models.port },
})
const compatible = (config: object = {}) => ({
  provider: 'local',
  kind: 'openai-compatible',
  config: { base_url: `${models.origin}/v1`, ...config },
})

/** A loopback port that nobody listens on. */
async function closedPort(): Promise<number> {
  const listener = createServer()
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as { port: number }
  await new Promise((resolve) => listener.close(resolve))
  return port
}

describe('a provider', () => {
  it('is saved with its settings checked, listed with its state, and kept over a restart', async () => {
    server = await startTestServer()
    const saved = await server.request('provider/save', ollama())
    expect(saved).toMatchObject({
      ok: true,
      value: { provider: 'ollama', enabled: true, key: 'unknown', health: { state: 'unknown' }, reason: null },
    })
    const { dataDir } = server
    const again = await startTestServer({ dataDir })
    const listed = await again.request('provider/list')
    await again.stop()
    expect(listed.ok && listed.value.map((view) => view.provider)).toEqual(['builtin', 'ollama'])
  })

  it.each([
    ['a port beyond the range', 'ollama', { base_url: 'http://127.0.0.1', port: 70_000 }, 'port'],
    ['an address that is none', 'openai-compatible', { base_url: 'not a url' }, 'base_url'],
    ['credentials in the address', 'openai-compatible', { base_url: 'http://user:pass@127.0.0.1/v1' }, 'base_url'],
    ['a query in the address', 'openai-compatible', { base_url: 'http://127.0.0.1/v1?key=1' }, 'base_url'],
  ])('is refused for %s, with the field', async (_, kind, config, field) => {
    server = await startTestServer()
    const saved = await server.request('provider/save', { provider: 'x', kind, config })
    expect(saved).toMatchObject({ ok: false, reason: { code: 'config_invalid', problems: [{ path: field }] } })
    expect(await server.request('provider/get', { provider: 'x' })).toMatchObject({
      ok: false,
      reason: { code: 'not_found' },
    })
  })

  it('of a kind that nobody knows is refused as such', async () => {
    server = await startTestServer()
    const saved = await server.request('provider/save', { provider: 'x', kind: 'telepathy', config: {} })
    expect(saved).toMatchObject({ ok: false, reason: { code: 'provider_unknown', kind: 'telepathy' } })
  })

  it('is not created over another, nor changed over a change that was not seen', async () => {
    server = await startTestServer()
    const first = await server.request('provider/save', { ...ollama(), create: true })
    expect(await server.request('provider/save', { ...ollama(), create: true })).toMatchObject({
      ok: false,
      reason: { code: 'already_exists' },
    })
    const seen = first.ok ? first.value.updatedAt : ''
    await server.request('provider/save', { ...ollama(), enabled: false })
    expect(await server.request('provider/save', { ...ollama(), ifUpdatedAt: seen })).toMatchObject({
      ok: false,
      reason: { code: 'conflict' },
    })
  })

  it('that routes name is removed only when confirmed, together with those routes and nothing else', async () => {
    server = await startTestServer()
    await server.request('provider/save', ollama())
    await server.request('route/save', { task: 'scoring', provider: 'ollama', model: 'small' })
    const refused = await server.request('provider/remove', { provider: 'ollama' })
    expect(refused).toMatchObject({
      ok: false,
      reason: { code: 'has_dependents', dependents: [{ what: 'route', id: 'scoring' }], action: { id: 'confirm' } },
    })
    const removed = await server.request('provider/remove', { provider: 'ollama', confirm: true })
    expect(removed).toMatchObject({ ok: true, value: { dependents: [{ what: 'route', id: 'scoring' }] } })
    const routes = await server.request('route/list')
    expect(routes.ok && routes.value.map((route) => [route.task, route.provider])).toEqual([
      ['categorization', 'builtin'],
    ])
    const readiness = await server.request('readiness/read')
    expect(readiness).toMatchObject({ ok: true, value: { scoring: { ready: false, reason: { code: 'no_route' } } } })
  })

  it('leaves every change in the audit log, with old and new', async () => {
    server = await startTestServer()
    await server.request('provider/save', ollama())
    await server.request('provider/setEnabled', { provider: 'ollama', enabled: false })
    await server.request('provider/remove', { provider: 'ollama' })
    const audit = await server.request('audit/list', { limit: 3 })
    expect(audit.ok && audit.value.rows.map((row) => [row.what, row.target, row.action])).toEqual([
      ['provider', 'ollama', 'remove'],
      ['provider', 'ollama', 'disable'],
      ['provider', 'ollama', 'create'],
    ])
    expect(audit.ok && audit.value.rows[1]).toMatchObject({ before: { enabled: true }, after: { enabled: false } })
  })
})

describe('Test connection', () => {
  it('tells latency, version and models, and which of them the routes want', async () => {
    server = await startTestServer()
    await server.request('provider/save', ollama())
    await server.request('route/save', { task: 'scoring', provider: 'ollama', model: 'small' })
    await server.request('route/save', { task: 'categorization', provider: 'ollama', model: 'gone' })
    const tested = await server.request('provider/test', { provider: 'ollama' })
    expect(tested).toMatchObject({
      ok: true,
      value: {
        endpoint: `http://127.0.0.1:${models.port}`,
        models: [{ model: 'small' }, { model: 'large' }],
        wanted: expect.arrayContaining([
          { model: 'small', found: true },
          { model: 'gone', found: false },
        ]),
      },
    })
    const readiness = await server.request('readiness/read')
    expect(readiness).toMatchObject({
      ok: true,
      value: {
        scoring: { ready: true },
        categorization: { ready: false, reason: { code: 'model_missing', model: 'gone' } },
      },
    })
  })

  it('knows a model of Ollama by its name without the tag', async () => {
    server = await startTestServer()
    const tagged = await startFakeModelServer({ models: ['llama3:latest'] })
    await server.request('provider/save', { ...ollama(), config: { base_url: 'http://127.0.0.1', port: tagged.port } })
    await server.request('route/save', { task: 'scoring', provider: 'ollama', model: 'llama3' })
    const tested = await server.request('provider/test', { provider: 'ollama' })
    await tagged.close()
    expect(tested).toMatchObject({ ok: true, value: { wanted: [{ model: 'llama3', found: true }] } })
    expect(await server.request('route/resolve', { task: 'scoring' })).toMatchObject({
      ok: true,
      value: { model: 'llama3' },
    })
  })

  it('of a saved provider that is not there gives the reason, which readiness then shows with the last good list kept', async () => {
    server = await startTestServer()
    await server.request('provider/save', ollama())
    await server.request('route/save', { task: 'scoring', provider: 'ollama', model: 'small' })
    await server.request('provider/test', { provider: 'ollama' })
    await models.close()
    const tested = await server.request('provider/test', { provider: 'ollama' })
    expect(tested).toMatchObject({ ok: false, reason: { code: 'provider_unreachable', cause: 'ECONNREFUSED' } })
    const view = await server.request('provider/get', { provider: 'ollama' })
    expect(view).toMatchObject({
      ok: true,
      value: { models: { state: 'stale', models: [{ model: 'small' }, { model: 'large' }] } },
    })
    const resolved = await server.request('route/resolve', { task: 'scoring' })
    expect(resolved).toMatchObject({ ok: false, reason: { code: 'provider_unreachable' } })
    expect(resolved.trace.at(-1)).toMatchObject({ step: 'health', passed: false })
  })

  it('is told in the audit log with the endpoint and how it was asked, also when it failed', async () => {
    server = await startTestServer()
    const saved = ollama()
    await server.request('provider/save', saved)
    const tested = await server.request('provider/test', { provider: 'ollama' })
    await models.close()
    await server.request('provider/test', { provider: 'ollama' })
    const audit = await server.request('audit/list', { what: ['test'] })
    const endpoint = tested.ok && tested.value.endpoint
    const method = tested.ok && tested.value.method
    expect(endpoint).toContain(String(models.port))
    expect(audit.ok && audit.value.rows.map(({ after }) => after)).toEqual([
      { ok: false, code: 'provider_unreachable', endpoint },
      { ok: true, endpoint, method, models: 2 },
    ])
  })

  it('of unsaved values keeps nothing', async () => {
    server = await startTestServer()
    const before = await server.request('audit/list')
    const tested = await server.request('provider/test', { kind: 'openai-compatible', config: compatible().config })
    expect(tested).toMatchObject({ ok: true, value: { models: [{ model: 'small' }, { model: 'large' }] } })
    expect(await server.request('audit/list')).toEqual(before)
    const listed = await server.request('provider/list')
    expect(listed.ok && listed.value).toHaveLength(1)
  })

  it('ends at once when it is cancelled', async () => {
    server = await startTestServer()
    const port = await closedPort()
    const listener = createServer((socket) => void socket.resume()).listen(port, '127.0.0.1')
    const connected = new Promise((resolve) => listener.once('connection', resolve))
    const { CancellationTokenSource } = await import('vscode-jsonrpc/node')
    const source = new CancellationTokenSource()
    const config = { base_url: `http://127.0.0.1:${port}/v1` }
    const answer = server.connection.sendRequest('provider/test', { kind: 'openai-compatible', config }, source.token)
    await connected
    source.cancel()
    expect(await answer).toMatchObject({
      ok: false,
      reason: { code: 'cancelled', doing: 'test', action: { id: 'testConnection', label: 'Test again' } },
    })
    await new Promise((resolve) => listener.close(resolve))
  })
})

describe('a scan of this machine', () => {
  it('finds the servers that are there, tells which are set up, and saves nothing', async () => {
    const ports = [models.port, await closedPort()]
    server = await startTestServer({ environment: { scanPorts: ports } })
    // The health of what needs no server may be known by the second look.
    const saved = async () => {
      const listed = await server.request('provider/list')
      const providers = listed.ok && listed.value.map(({ provider, config }) => ({ provider, config }))
      return [providers, await server.request('audit/list')]
    }
    const before = await saved()
    const config = { base_url: 'http://localhost', port: models.port }
    const found = { kind: 'ollama', version: '0.12.0', models: ['small', 'large'], config }
    expect(await server.request('provider/scan')).toMatchObject({ ok: true, value: [{ ...found, provider: null }] })
    expect(await saved()).toEqual(before)
    await server.request('provider/save', { provider: 'ollama', kind: 'ollama', config })
    expect(await server.request('provider/scan')).toMatchObject({ ok: true, value: [{ ...found, provider: 'ollama' }] })
  })
})

describe('a key', () => {
  const canary = 'sk-fake-canary-0123456789'

  it('is asked from the client for the origin of the endpoint, and once', async () => {
    server = await startTestServer()
    const asked: unknown[] = []
    server.connection.onRequest('secret/read', (params: unknown) => {
      asked.push(params)
      return { ok: true, value: { key: canary } }
    })
    await server.request('provider/save', compatible())
    await server.request('provider/test', { provider: 'local' })
    await server.request('provider/test', { provider: 'local' })
    expect(asked).toEqual([{ provider: 'local', origin: models.origin }])
  })

  it('is asked again after the client said that it changed, and for another origin', async () => {
    server = await startTestServer()
    const origins: string[] = []
    server.connection.onRequest('secret/read', ({ origin }: { origin: string }) => {
      origins.push(origin)
      return { ok: true, value: { key: canary } }
    })
    const other = await startFakeModelServer()
    await server.request('provider/save', compatible())
    await server.request('provider/test', { provider: 'local' })
    await server.connection.sendNotification('secret/changed', { provider: 'local' })
    await server.request('provider/test', { provider: 'local' })
    await server.request('provider/save', compatible({ base_url: `${other.origin}/v1` }))
    await server.request('provider/test', { provider: 'local' })
    await other.close()
    expect(origins).toEqual([models.origin, models.origin, other.origin])
  })

  it('that is in a variable is sent to the origin it was named for, and to no other until it is named again', async () => {
    server = await startTestServer({ environment: { variables: { FAKE_KEY: canary } } })
    const saved = await server.request('provider/save', compatible({ key_env: 'FAKE_KEY' }))
    expect(saved).toMatchObject({ ok: true, value: { key: 'present', config: { key_origin: models.origin } } })
    expect(await server.request('provider/test', { provider: 'local' })).toMatchObject({ ok: true })

    const other = await startFakeModelServer()
    const config = saved.ok ? saved.value.config : {}
    await server.request('provider/save', compatible({ ...config, base_url: `${other.origin}/v1` }))
    const refused = await server.request('provider/test', { provider: 'local' })
    expect(refused).toMatchObject({
      ok: false,
      reason: { code: 'secret_missing', boundTo: models.origin, origin: other.origin },
    })

    await server.request('provider/save', compatible({ key_env: 'FAKE_KEY', base_url: `${other.origin}/v1` }))
    expect(await server.request('provider/test', { provider: 'local' })).toMatchObject({ ok: true })
    await other.close()
  })

  it('that is missing is an everyday reason, for a client without a secret store too', async () => {
    server = await startTestServer()
    await server.request('provider/save', { provider: 'openai', kind: 'openai', config: {} })
    await server.request('route/save', { task: 'scoring', provider: 'openai', model: 'some-model' })
    const tested = await server.request('provider/test', { provider: 'openai' })
    expect(tested).toMatchObject({ ok: false, reason: { code: 'secret_missing', action: { id: 'setKey' } } })
    const readiness = await server.request('readiness/read')
    expect(readiness).toMatchObject({ ok: true, value: { scoring: { reason: { code: 'secret_missing' } } } })
  })

  it('is in no answer, notification or file', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'llm-providers-canary-'))
    server = await startTestServer({ dataDir })
    const seen: unknown[] = []
    server.connection.onNotification((method, params) => void seen.push(method, params))
    server.connection.onRequest('secret/read', () => ({ ok: true, value: { key: canary } }))
    await server.request('provider/save', compatible())
    await server.request('route/save', { task: 'scoring', provider: 'local', model: 'small' })
    models.failNext({ kind: 'status', status: 401, body: { error: { message: `bad key ${canary}` } } })
    const ended = new Promise<unknown>((resolve) =>
      server.connection.onNotification('run/progress', (view: { state: string }) => {
        if (view.state !== 'running') resolve(view)
      }),
    )
    const source = { kind: 'text' as const, name: 'a', text: 'An item.' }
    seen.push(await server.request('run/start', { tasks: ['scoring'], source, output: { path: null, none: true } }))
    expect(await ended).toMatchObject({ state: 'stopped', reason: { code: 'auth_failed' } })
    seen.push(await server.request('provider/test', { provider: 'local' }))
    seen.push(await server.request('provider/list'), await server.request('audit/list'), await ended)
    expect(models.chats[0]?.headers.authorization).toBe(`Bearer ${canary}`)
    await server.stop()
    const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(files.length).toBeGreaterThan(1)
    for (const { parentPath, name } of files)
      expect(readFileSync(path.join(parentPath, name)).includes(canary), name).toBe(false)
    expect(JSON.stringify(seen)).not.toContain(canary)
    await rm(dataDir, { recursive: true, force: true })
  })
})

describe('status', () => {
  it('is told when it changes, once, and data when it changes', async () => {
    server = await startTestServer()
    const told: string[] = []
    server.connection.onNotification((method) => void told.push(method))
    await server.request('preferences/save', { interests: 'news' })
    await server.request('provider/setEnabled', { provider: 'builtin', enabled: false, confirm: true })
    await server.request('route/list')
    await server.request('provider/setEnabled', { provider: 'builtin', enabled: false, confirm: true })
    await server.request('route/list')
    // Told when the turn is over, so it may come after the answer.
    await expect.poll(() => told.filter((method) => method === 'data/changed').length).toBeGreaterThanOrEqual(3)
    const status = told.filter((method) => method === 'status/changed')
    expect(status.length).toBeGreaterThanOrEqual(1)
    expect(status.length).toBeLessThanOrEqual(2)
  })

  it('is read without any call, even of a provider that would hang', async () => {
    server = await startTestServer()
    await server.request('provider/save', ollama())
    await server.request('route/save', { task: 'scoring', provider: 'ollama', model: 'small' })
    const release = models.hold()
    const readiness = await server.request('readiness/read')
    expect(readiness).toMatchObject({
      ok: true,
      value: { scoring: { ready: true, warnings: [{ code: 'never_checked' }, {}] } },
    })
    expect(models.chats).toEqual([])
    release()
  })

  it('follows what another process changes', async () => {
    server = await startTestServer()
    const changed = new Promise<unknown>((resolve) => server.connection.onNotification('data/changed', resolve))
    const other = await startTestServer({ dataDir: server.dataDir })
    await other.request('route/save', { task: 'scoring', provider: 'builtin', model: 'keywords' })
    await other.stop()
    await changed
    const routes = await server.request('route/list')
    expect(routes.ok && routes.value.find((route) => route.task === 'scoring')?.model).toBe('keywords')
  })
})
