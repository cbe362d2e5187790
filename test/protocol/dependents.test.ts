import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let server: TestServer
let models: FakeModelServer
beforeEach(async () => {
  models = await startFakeModelServer({ models: ['small', 'large'] })
  server = await startTestServer()
  const config = { base_url: 'http://127.0.0.1', port: models.port, scoring_model: 'large', use_separate_models: true }
  await server.request('provider/save', { provider: 'ollama', kind: 'ollama', config })
})
afterEach(async () => {
  await server.stop()
  await models.close()
})

const small = { provider: 'ollama', model: 'small' }

describe('what depends on a provider', () => {
  beforeEach(async () => {
    await server.request('route/save', { task: 'scoring', ...small })
    await server.request('route/save', {
      task: 'categorization',
      provider: 'builtin',
      model: 'keywords',
      options: { fallback: small },
    })
    await server.request('model/save', { ...small, type: 'generation' })
    await server.request('model/setDefault', small)
    await server.request('preferences/save', { active_llm_provider: 'ollama' })
  })
  const dependents = [
    { what: 'route', id: 'scoring' },
    { what: 'fallback', id: 'categorization' },
    { what: 'model', id: 'small' },
    { what: 'default', id: 'generation: small' },
    { what: 'default', id: 'active provider' },
  ]

  it('is routes, fallbacks, registered models and defaults', async () => {
    expect(await server.request('provider/dependents', { provider: 'ollama' })).toEqual({
      ok: true,
      value: { provider: 'ollama', dependents },
    })
  })

  it('is told before it is switched off, which changes nothing else', async () => {
    const off = { provider: 'ollama', enabled: false }
    expect(await server.request('provider/setEnabled', off)).toMatchObject({
      ok: false,
      reason: { code: 'has_dependents', what: 'provider', dependents, action: { id: 'confirm' } },
    })
    const view = await server.request('provider/get', { provider: 'ollama' })
    const saved = { provider: 'ollama', kind: 'ollama', config: view.ok ? view.value.config : {} }
    expect(await server.request('provider/save', { ...saved, enabled: false })).toMatchObject({
      ok: false,
      reason: { code: 'has_dependents', dependents },
    })
    const routes = await server.request('route/list')
    expect(await server.request('provider/setEnabled', { ...off, confirm: true })).toMatchObject({
      ok: true,
      value: { enabled: false },
    })
    expect(await server.request('route/list')).toEqual(routes)
    expect(await server.request('provider/setEnabled', { provider: 'ollama', enabled: true })).toMatchObject({
      ok: true,
    })
  })

  it('goes with it when that is confirmed, each told in the audit log, nothing pointed elsewhere', async () => {
    expect(await server.request('provider/remove', { provider: 'ollama' })).toMatchObject({
      ok: false,
      reason: { code: 'has_dependents', dependents },
    })
    expect(await server.request('provider/remove', { provider: 'ollama', confirm: true })).toMatchObject({
      ok: true,
      value: { dependents },
    })
    expect(await server.request('model/list')).toMatchObject({ ok: true, value: { rows: [] } })
    const routes = await server.request('route/list')
    expect(routes).toMatchObject({ ok: true, value: [{ task: 'categorization', provider: 'builtin', options: {} }] })
    const audit = await server.request('audit/list', { limit: 5 })
    expect(audit.ok && audit.value.rows.map(({ what, action }) => `${what} ${action}`)).toEqual([
      'provider remove',
      'preferences change',
      'model remove',
      'route remove',
      'route change',
    ])
  })
})

describe('what depends on a model', () => {
  it('is what names it, and what uses it because the settings do', async () => {
    await server.request('route/save', { task: 'scoring', provider: 'ollama', model: null })
    await server.request('route/save', { task: 'categorization', ...small })
    expect(await server.request('model/dependents', small)).toMatchObject({
      ok: true,
      value: { ...small, dependents: [{ what: 'route', id: 'categorization' }] },
    })
    expect(await server.request('model/dependents', { provider: 'ollama', model: 'large' })).toMatchObject({
      ok: true,
      value: { dependents: [{ what: 'route', id: 'scoring' }] },
    })
  })

  it('is told before it is removed from the registry or switched off', async () => {
    await server.request('model/save', { ...small, type: 'generation' })
    await server.request('route/save', { task: 'scoring', ...small })
    const refusal = {
      ok: false,
      reason: {
        code: 'has_dependents',
        what: 'model',
        id: 'ollama/small',
        dependents: [{ what: 'route', id: 'scoring' }],
      },
    }
    expect(await server.request('model/remove', small)).toMatchObject(refusal)
    expect(await server.request('model/save', { ...small, status: 'inactive' })).toMatchObject(refusal)
    expect(await server.request('model/remove', { ...small, confirm: true })).toMatchObject({ ok: true })
    const routes = await server.request('route/list')
    expect(routes.ok && routes.value.find(({ task }) => task === 'scoring')).toMatchObject(small)
  })
})

describe('a run that could be resumed', () => {
  it('depends on its provider and model until it is done or removed', async () => {
    await server.request('route/save', { task: 'scoring', ...small })
    models.failNext({ kind: 'status', status: 401 })
    const ended = new Promise<void>((resolve) =>
      server.connection.onNotification('run/progress', (view: { state: string }) => {
        if (view.state !== 'running') resolve()
      }),
    )
    const source = { kind: 'text' as const, name: 'a', text: 'An item.' }
    const started = await server.request('run/start', {
      tasks: ['scoring'],
      source,
      output: { path: null, none: true },
    })
    await ended
    const runId = started.ok ? started.value.runId : ''
    await server.request('route/save', { task: 'scoring', provider: 'builtin', model: 'keywords' })
    const dependents = { ok: true, value: { dependents: [{ what: 'run', id: runId }] } }
    expect(await server.request('provider/dependents', { provider: 'ollama' })).toMatchObject(dependents)
    expect(await server.request('model/dependents', small)).toMatchObject(dependents)
    expect(await server.request('model/dependents', { provider: 'ollama', model: 'large' })).toMatchObject({
      ok: true,
      value: { dependents: [] },
    })
    await server.request('run/remove', { runId })
    expect(await server.request('provider/dependents', { provider: 'ollama' })).toMatchObject({
      ok: true,
      value: { dependents: [] },
    })
  })
})

describe('the audit log', () => {
  it('is filtered by what, target and time, page by page', async () => {
    await server.request('model/save', { ...small, type: 'generation' })
    await server.request('route/save', { task: 'scoring', ...small })
    await server.request('provider/test', { provider: 'ollama' })
    const whats = async (filter: Parameters<typeof server.request<'audit/list'>>[1]) => {
      const audit = await server.request('audit/list', filter)
      return audit.ok ? audit.value.rows.map(({ what }) => what) : []
    }
    expect(await whats({})).toEqual(['test', 'route', 'model', 'provider'])
    expect(await whats({ what: ['route', 'model'] })).toEqual(['route', 'model'])
    expect(await whats({ target: 'ollama' })).toEqual(['test', 'provider'])
    expect(await whats({ target: 'ollama/small' })).toEqual(['model'])
    const all = await server.request('audit/list')
    const [newest] = all.ok ? all.value.rows : []
    expect(await whats({ until: '2000-01-01T00:00:00Z' })).toEqual([])
    expect(await whats({ since: '2000-01-01T00:00:00Z', what: ['test'] })).toEqual(['test'])
    expect(await whats({ since: newest?.at ?? '', target: 'ollama', what: ['test'] })).toEqual(['test'])
    const first = await server.request('audit/list', { target: 'ollama', limit: 1 })
    const cursor = first.ok ? first.value.next : null
    expect(await whats({ target: 'ollama', limit: 1, cursor })).toEqual(['provider'])
  })
})
