import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Params } from '../../protocol/contract.ts'
import { findModel } from '../../server/store/modelTable.ts'
import { type FakeOllama, startFakeOllama } from '../support/models/fakeOllama.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { startFakeModelServer } from '../support/providers/fakeModelServer.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'

let server: TestServer
let ollama: FakeOllama
beforeEach(async () => {
  ollama = await startFakeOllama()
  ollama.models = [
    { name: 'small:latest' },
    { name: 'large:70b' },
    { name: 'vectors:latest', capabilities: ['embedding'] },
  ]
  server = await startTestServer()
  await server.request('provider/save', {
    provider: 'ollama',
    kind: 'ollama',
    config: { base_url: 'http://127.0.0.1', port: ollama.port },
  })
})
afterEach(async () => {
  await server.stop()
  await ollama.close()
})

const small = { provider: 'ollama', model: 'small:latest' }
const save = (said: Partial<Params<'model/save'>> = {}) =>
  server.request('model/save', { ...small, type: 'generation', ...said })
const listed = async (filter: Params<'model/list'> = null) => {
  const list = await server.request('model/list', filter)
  return list.ok ? list.value.rows.map(({ model }) => model) : []
}
const audited = async () => {
  const audit = await server.request('audit/list', { what: ['model'] })
  return audit.ok ? audit.value.rows : []
}

describe('a registered model', () => {
  it('has parameters of its type, a status, and no secret; it is kept over a restart', async () => {
    const saved = await save({ parameters: { temperature: 0.2, context_window: 8192 } })
    expect(saved).toMatchObject({
      ok: true,
      value: { ...small, type: 'generation', status: 'active', isDefault: false, probe: null, lifecycle: null },
    })
    const again = await startTestServer({ dataDir: server.dataDir })
    const list = await again.request('model/list')
    await again.stop()
    expect(list).toMatchObject({
      ok: true,
      value: { rows: [{ parameters: { temperature: 0.2, context_window: 8192 } }], next: null },
    })
  })

  it.each<[string, Partial<Params<'model/save'>>, string]>([
    ['a value out of range', { parameters: { temperature: 3 } }, 'parameters.temperature'],
    ['a value of the wrong type', { parameters: { top_k: 'many' } }, 'parameters.top_k'],
    ['a parameter that nobody knows', { parameters: { warmth: 1 } }, 'parameters.warmth'],
    ['a parameter of the other type', { parameters: { dimensions: 8 } }, 'parameters.dimensions'],
    ['a missing type', { type: undefined }, 'type'],
    ['dimensions beyond the range', { type: 'embedding', parameters: { dimensions: 8193 } }, 'parameters.dimensions'],
    ['a batch beyond the range', { type: 'embedding', parameters: { batch_size: 1001 } }, 'parameters.batch_size'],
    ['an odd metric', { type: 'embedding', parameters: { distance_metric: 'miles' } }, 'parameters.distance_metric'],
  ])('is refused for %s, with the field', async (_, said, field) => {
    expect(await save(said)).toMatchObject({
      ok: false,
      reason: { code: 'config_invalid', problems: [{ path: field }] },
    })
    expect(await listed()).toEqual([])
  })

  it('takes no parameter that its kind cannot be told', async () => {
    const saved = await server.request('model/save', {
      provider: 'builtin',
      model: 'keywords',
      type: 'generation',
      parameters: { temperature: 0 },
    })
    expect(saved).toMatchObject({
      ok: false,
      reason: { code: 'config_invalid', problems: [{ path: 'parameters.temperature' }] },
    })
  })

  it('keeps its type, and what is not said of it', async () => {
    await save({ parameters: { top_p: 0.5 } })
    expect(await save({ type: 'embedding' })).toMatchObject({
      ok: false,
      reason: { code: 'config_invalid', problems: [{ path: 'type' }] },
    })
    expect(await server.request('model/save', { ...small, status: 'deprecated' })).toMatchObject({
      ok: true,
      value: { type: 'generation', status: 'deprecated', parameters: { top_p: 0.5 } },
    })
  })

  it('is not created over another, nor changed over a change that was not seen', async () => {
    const first = await save({ create: true })
    const ifUpdatedAt = first.ok ? first.value.updatedAt : ''
    expect(await save({ create: true })).toMatchObject({ ok: false, reason: { code: 'already_exists', what: 'model' } })
    await save({ ifUpdatedAt: '2020-01-01T00:00:00.000Z' }).then((saved) =>
      expect(saved).toMatchObject({ ok: false, reason: { code: 'conflict' } }),
    )
    expect(await save({ ifUpdatedAt })).toMatchObject({ ok: true })
  })

  it('is found by type, provider, status and part of its name, page by page', async () => {
    await save()
    await save({ model: 'large:70b', status: 'deprecated' })
    await save({ model: 'vectors:latest', type: 'embedding' })
    await server.request('model/save', { provider: 'builtin', model: 'keywords', type: 'generation' })
    expect(await listed({ type: 'embedding' })).toEqual(['vectors:latest'])
    expect(await listed({ provider: 'builtin' })).toEqual(['keywords'])
    expect(await listed({ status: 'deprecated' })).toEqual(['large:70b'])
    expect(await listed({ search: 'LATEST' })).toEqual(['small:latest', 'vectors:latest'])
    expect(await listed({ search: '%' })).toEqual([])
    const first = await server.request('model/list', { limit: 3 })
    const cursor = first.ok ? first.value.next : null
    expect(first.ok && first.value.rows).toHaveLength(3)
    expect(await listed({ limit: 3, cursor })).toEqual(['keywords'])
  })

  it('is in the audit log with old and new', async () => {
    await save()
    await save({ parameters: { temperature: 1 } })
    await server.request('model/setDefault', small)
    await server.request('model/remove', { ...small, confirm: true })
    const rows = await audited()
    expect(rows.map(({ action }) => action)).toEqual(['remove', 'default', 'change', 'create'])
    expect(rows[2]).toMatchObject({
      target: 'ollama/small:latest',
      before: { parameters: {} },
      after: { parameters: { temperature: 1 } },
    })
    expect(rows[0]?.after).toBeNull()
  })
})

describe('another spelling of a name', () => {
  it('means the same registration', async () => {
    await save({ parameters: { temperature: 1 } })
    expect(
      await server.request('model/save', { provider: 'ollama', model: 'small', status: 'deprecated' }),
    ).toMatchObject({
      ok: true,
      value: { model: 'small:latest', status: 'deprecated', parameters: { temperature: 1 } },
    })
    expect(await save({ model: 'small', create: true })).toMatchObject({
      ok: false,
      reason: { code: 'already_exists' },
    })
    expect(await server.request('model/setDefault', { provider: 'ollama', model: 'small' })).toMatchObject({ ok: true })
    expect(await server.request('model/dependents', { provider: 'ollama', model: 'small' })).toMatchObject({
      ok: true,
      value: { dependents: [{ what: 'default', id: 'generation: small:latest' }] },
    })
    await server.request('model/remove', { provider: 'ollama', model: 'small', confirm: true })
    expect(await listed()).toEqual([])
  })
})

describe('the announced end of a model', () => {
  it('is told from our own file where the list does not know it, on list, registration and readiness', async () => {
    const models = await startFakeModelServer({ models: ['deepseek-chat', 'deepseek-flash'] })
    const other = await startTestServer({
      environment: { variables: { FAKE_KEY: 'sk-fake-0123456789' }, now: () => Date.parse('2026-11-21T00:00:00Z') },
    })
    await other.request('provider/save', {
      provider: 'deepseek',
      kind: 'deepseek',
      config: { base_url: `${models.origin}/v1`, key_env: 'FAKE_KEY' },
    })
    const old = { provider: 'deepseek', model: 'deepseek-chat' }
    await other.request('route/save', { task: 'scoring', ...old })
    const gone = {
      code: 'model_deprecated',
      replacement: 'deepseek-flash',
      shutdownAt: expect.stringMatching(/^2026-07-24/),
    }
    const unlisted = await other.request('route/resolve', { task: 'scoring' })
    const tested = await other.request('provider/test', { provider: 'deepseek' })
    const resolved = await other.request('route/resolve', { task: 'scoring' })
    const view = await other.request('provider/get', { provider: 'deepseek' })
    const saved = await other.request('model/save', { ...old, type: 'generation' })
    await other.stop()
    await models.close()
    expect(unlisted).toMatchObject({ ok: false, reason: gone })
    expect(tested).toMatchObject({ ok: true })
    expect(resolved).toMatchObject({ ok: false, reason: gone })
    const lifecycle = { source: 'bundled', replacement: 'deepseek-flash' }
    expect(view).toMatchObject({ ok: true, value: { models: { models: [{ model: 'deepseek-chat', lifecycle }, {}] } } })
    expect(view.ok && view.value.models.models[1]).not.toHaveProperty('lifecycle')
    expect(saved).toMatchObject({ ok: true, value: { lifecycle } })
  })
})

describe('an end that a provider announces in its list', () => {
  const dated = { provider: 'router', model: 'dated' }
  const folders = new StoreFolders()
  let expiration: string | null
  let isListed: boolean
  let router: Server
  beforeEach(async () => {
    expiration = null
    isListed = true
    router = createServer((request, response) => {
      const models = isListed ? [{ id: 'dated', expiration_date: expiration }, { id: 'other' }] : [{ id: 'other' }]
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ data: request.url?.startsWith('/v1/models') ? models : [] }))
    })
    await new Promise<void>((resolve) => router.listen(0, '127.0.0.1', resolve))
    const base_url = `http://127.0.0.1:${(router.address() as AddressInfo).port}/v1`
    await server.stop()
    server = await startTestServer({ environment: { variables: { FAKE_KEY: 'sk-fake-0123456789' } } })
    const config = { base_url, key_env: 'FAKE_KEY' }
    await server.request('provider/save', { provider: 'router', kind: 'openrouter', config })
    await server.request('model/save', { ...dated, type: 'generation' })
  })
  afterEach(async () => {
    router.close()
    router.closeAllConnections()
    await folders.dispose()
  })
  const read = () => server.request('provider/models', { provider: 'router', refresh: true })
  const stored = async () => {
    const store = await folders.open(server.dataDir)
    return store.read((database) => findModel(database, 'router', 'dated'))
  }

  it('is kept with the model when the list is read, told in the audit log, and written once', async () => {
    await read()
    expect(await stored()).toMatchObject({ lifecycle: null })
    expiration = '2027-03-01'
    await read()
    const lifecycle = { shutdownAt: '2027-03-01T00:00:00.000Z', source: 'live' }
    expect(await stored()).toMatchObject({ lifecycle })
    const [entry] = await audited()
    expect(entry).toMatchObject({ target: 'router/dated', action: 'announce', before: { lifecycle: null } })
    expect(entry).toMatchObject({ after: { lifecycle } })
    const before = await audited()
    await read()
    expect(await audited()).toEqual(before)
  })

  it('stays known when the model is in no list any more, and is taken back as the provider does so', async () => {
    expiration = '2027-03-01'
    await read()
    isListed = false
    await read()
    await read()
    expect(await stored()).toMatchObject({ lifecycle: { source: 'live' } })
    isListed = true
    expiration = null
    await read()
    expect(await stored()).toMatchObject({ lifecycle: null })
    expect((await audited()).map(({ action }) => action)).toEqual(['announce', 'announce', 'create'])
  })
})

describe('the default of a type', () => {
  it('is one model at most, over all providers, and told of both', async () => {
    await save()
    await server.request('model/save', { provider: 'builtin', model: 'keywords', type: 'generation' })
    await save({ model: 'vectors:latest', type: 'embedding' })
    await server.request('model/setDefault', small)
    await server.request('model/setDefault', { provider: 'ollama', model: 'vectors:latest' })
    expect(await server.request('model/setDefault', { provider: 'builtin', model: 'keywords' })).toMatchObject({
      ok: true,
      value: { isDefault: true },
    })
    const list = await server.request('model/list')
    expect(list.ok && list.value.rows.filter(({ isDefault }) => isDefault).map(({ model }) => model)).toEqual([
      'keywords',
      'vectors:latest',
    ])
    expect((await audited()).slice(0, 2)).toMatchObject([
      { target: 'builtin/keywords', after: { isDefault: true } },
      { target: 'ollama/small:latest', before: { isDefault: true }, after: { isDefault: false } },
    ])
  })

  it('is no model that is switched off, nor one that is not registered', async () => {
    await save({ status: 'inactive' })
    expect(await server.request('model/setDefault', small)).toMatchObject({
      ok: false,
      reason: { code: 'model_unconfigured', inactive: 'small:latest' },
    })
    expect(await server.request('model/setDefault', { provider: 'ollama', model: 'large:70b' })).toMatchObject({
      ok: false,
      reason: { code: 'not_found', what: 'model', id: 'ollama/large:70b' },
    })
  })

  it('is taken back', async () => {
    await save()
    await server.request('model/setDefault', small)
    expect(await server.request('model/setDefault', { ...small, isDefault: false })).toMatchObject({
      ok: true,
      value: { isDefault: false },
    })
  })

  it('is offered to a route without a model, and never taken by itself', async () => {
    await save()
    await server.request('model/setDefault', small)
    await server.request('route/save', { task: 'scoring', provider: 'ollama', model: null })
    const resolved = await server.request('route/resolve', { task: 'scoring' })
    expect(resolved).toMatchObject({
      ok: false,
      reason: { code: 'model_unconfigured', suggestion: small, message: expect.stringContaining('small:latest') },
    })
  })
})

describe('a route to a registered model', () => {
  const route = () => server.request('route/save', { task: 'scoring', provider: 'ollama', model: 'small' })
  const resolve = () => server.request('route/resolve', { task: 'scoring' })

  it('is not ready while the model is switched off, in whatever spelling', async () => {
    await save()
    await route()
    await save({ status: 'inactive', confirm: true })
    expect(await resolve()).toMatchObject({
      ok: false,
      reason: { code: 'model_unconfigured', provider: 'ollama', inactive: 'small', action: { id: 'chooseModel' } },
      trace: expect.arrayContaining([expect.objectContaining({ step: 'model', passed: false })]),
    })
  })

  it('warns when the model is marked as deprecated', async () => {
    await save({ status: 'deprecated' })
    await route()
    expect(await resolve()).toMatchObject({
      ok: true,
      warnings: expect.arrayContaining([expect.objectContaining({ code: 'deprecation_announced' })]),
    })
  })

  it('calls it with its parameters', async () => {
    await save({ parameters: { temperature: 0.7, top_k: 5, thinking: true } })
    await route()
    await runOnce('scoring')
    expect(ollama.chats[0]).toMatchObject({ options: { temperature: 0.7, top_k: 5 }, think: true })
  })

  it('goes before the model about thinking', async () => {
    await save({ parameters: { thinking: true } })
    await server.request('route/save', {
      task: 'scoring',
      provider: 'ollama',
      model: 'small',
      options: { thinking: false },
    })
    await runOnce('scoring')
    expect(ollama.chats[0]).toMatchObject({ think: false })
  })
})

async function runOnce(task: 'scoring' | 'categorization'): Promise<void> {
  const ended = new Promise<void>((resolve) =>
    server.connection.onNotification('run/progress', (view: { state: string }) => {
      if (view.state !== 'running') resolve()
    }),
  )
  const source = { kind: 'text' as const, name: 'a', text: 'An item.' }
  const started = await server.request('run/start', { tasks: [task], source, output: { path: null, none: true } })
  expect(started).toMatchObject({ ok: true })
  await ended
}
