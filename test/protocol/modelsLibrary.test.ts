import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CancellationTokenSource } from 'vscode-jsonrpc/node'
import type { PullProgress } from '../../protocol/models.ts'
import { type FakeOllama, startFakeOllama } from '../support/models/fakeOllama.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'

let server: TestServer
let ollama: FakeOllama
beforeEach(async () => {
  ollama = await startFakeOllama()
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
const fresh = { provider: 'ollama', model: 'fresh:latest' }

/** Everything that was told of pulls, and a wait for the first that fits. */
function listenToPulls() {
  const told: PullProgress[] = []
  const waits: { fits: (progress: PullProgress) => boolean; resolve: () => void }[] = []
  server.connection.onNotification('model/pullProgress', (progress: PullProgress) => {
    told.push(progress)
    for (const wait of waits) if (wait.fits(progress)) wait.resolve()
  })
  const until = (fits: (progress: PullProgress) => boolean) =>
    new Promise<void>((resolve) => (told.some(fits) ? resolve() : waits.push({ fits, resolve })))
  return { told, until }
}

function finish(name: string): void {
  ollama.models = [...ollama.models, { name }]
  ollama.pullLine({ status: 'success' })
  ollama.endPulls()
}

describe('a pull', () => {
  it('tells its layers and their sum, answers when the model is there, and is in the audit log', async () => {
    const { told, until } = listenToPulls()
    const pulled = server.request('model/pull', fresh)
    await ollama.pullsBegun(1)
    ollama.pullLine({ status: 'pulling aaa', digest: 'sha256:aaa', total: 100 })
    ollama.pullLine({ status: 'pulling aaa', digest: 'sha256:aaa', total: 100, completed: 40 })
    ollama.pullLine({ status: 'pulling bbb', digest: 'sha256:bbb', total: 50, completed: 50 })
    await until(({ totalBytes }) => totalBytes === 150)
    finish('fresh:latest')
    expect(await pulled).toMatchObject({ ok: true, value: { model: 'fresh:latest' } })
    expect(told.at(-1)).toEqual({
      ...fresh,
      status: 'success',
      completedBytes: 90,
      totalBytes: 150,
      layers: [
        { digest: 'sha256:aaa', completedBytes: 40, totalBytes: 100 },
        { digest: 'sha256:bbb', completedBytes: 50, totalBytes: 50 },
      ],
    })
    const audit = await server.request('audit/list', { what: ['model'] })
    expect(audit).toMatchObject({ ok: true, value: { rows: [{ target: 'ollama/fresh:latest', action: 'pull' }] } })
    const view = await server.request('provider/get', { provider: 'ollama' })
    expect(view.ok && view.value.models.models.map(({ model }) => model)).toEqual(['small:latest', 'fresh:latest'])
  })

  it('of one model is shared, and goes on while one of two still waits', async () => {
    const source = new CancellationTokenSource()
    const first = server.connection.sendRequest('model/pull', fresh, source.token)
    await ollama.pullsBegun(1)
    const second = server.request('model/pull', fresh)
    await server.request('route/list')
    source.cancel()
    expect(await first).toMatchObject({ ok: false, reason: { code: 'cancelled' } })
    finish('fresh:latest')
    expect(await second).toMatchObject({ ok: true })
    expect(ollama.pulls).toEqual({ begun: 1, abandoned: 0 })
  })

  it('is given up when nobody waits for it any more, and begins again when somebody asks', async () => {
    const source = new CancellationTokenSource()
    const cancelled = server.connection.sendRequest('model/pull', fresh, source.token)
    await ollama.pullsBegun(1)
    source.cancel()
    expect(await cancelled).toMatchObject({ ok: false, reason: { code: 'cancelled' } })
    await ollama.pullsAbandoned()
    const again = server.request('model/pull', fresh)
    await ollama.pullsBegun(2)
    finish('fresh:latest')
    expect(await again).toMatchObject({ ok: true })
    expect(ollama.pulls).toEqual({ begun: 2, abandoned: 1 })
  })

  it('ends with the server', async () => {
    const pulled = server.request('model/pull', fresh).catch(() => 'closed')
    await ollama.pullsBegun(1)
    await server.stop()
    await ollama.pullsAbandoned()
    expect(ollama.pulls.abandoned).toBe(1)
    await pulled
  })

  it('of a model that the library lacks says so', async () => {
    const pulled = server.request('model/pull', fresh)
    await ollama.pullsBegun(1)
    ollama.pullLine({ error: 'pull model manifest: file does not exist' })
    ollama.endPulls()
    expect(await pulled).toMatchObject({ ok: false, reason: { code: 'model_missing', model: 'fresh:latest' } })
    expect(await server.request('audit/list', { what: ['model'] })).toMatchObject({ ok: true, value: { rows: [] } })
  })

  it.each(['model/pull', 'model/delete'] as const)('%s is refused where there is no library', async (request) => {
    expect(await server.request(request, { provider: 'builtin', model: 'keywords', confirm: true })).toMatchObject({
      ok: false,
      reason: { code: 'config_invalid', problems: [{ path: 'kind' }] },
    })
  })
})

describe('deleting a model', () => {
  it('tells first what uses it, and leaves all of that as it is', async () => {
    await server.request('model/save', { ...small, type: 'generation' })
    await server.request('model/setDefault', small)
    await server.request('route/save', { task: 'scoring', provider: 'ollama', model: 'small' })
    const refused = await server.request('model/delete', small)
    expect(refused).toMatchObject({
      ok: false,
      reason: {
        code: 'has_dependents',
        what: 'model',
        dependents: [
          { what: 'route', id: 'scoring' },
          { what: 'default', id: 'generation: small:latest' },
        ],
      },
    })
    expect(ollama.deleted).toEqual([])
    expect(await server.request('model/delete', { ...small, confirm: true })).toMatchObject({ ok: true })
    expect(ollama.deleted).toEqual(['small:latest'])
    const routes = await server.request('route/list')
    expect(routes.ok && routes.value.find(({ task }) => task === 'scoring')).toMatchObject({
      provider: 'ollama',
      model: 'small',
    })
    expect(await server.request('model/list')).toMatchObject({ ok: true, value: { rows: [{ isDefault: true }] } })
    const audit = await server.request('audit/list', { what: ['model'], limit: 1 })
    expect(audit).toMatchObject({ ok: true, value: { rows: [{ action: 'delete', target: 'ollama/small:latest' }] } })
  })

  it('of one that nobody uses needs no word more; of one that is not there says so', async () => {
    expect(await server.request('model/delete', small)).toMatchObject({ ok: true, value: { dependents: [] } })
    expect(await server.request('model/delete', small)).toMatchObject({ ok: false, reason: { code: 'model_missing' } })
  })
})
