import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.stop())

const routeOf = async (task: 'categorization' | 'scoring') => {
  const routes = await server.request('route/list')
  return routes.ok ? routes.value.find((route) => route.task === task) : undefined
}
const builtin = { provider: 'builtin', model: 'keywords' } as const

describe('a route that somebody else has changed meanwhile', () => {
  it('is not overwritten', async () => {
    const seen = await routeOf('scoring')
    await server.request('route/save', { task: 'scoring', ...builtin, options: { batchSize: 3 } })
    const late = await server.request('route/save', {
      task: 'scoring',
      ...builtin,
      options: { batchSize: 9 },
      ifUpdatedAt: seen?.updatedAt ?? null,
    })
    expect(late).toMatchObject({ ok: false, reason: { code: 'conflict', what: 'route', id: 'scoring' } })
    expect(await routeOf('scoring')).toMatchObject({ options: { batchSize: 3 } })
  })

  it('is saved by whoever has seen it', async () => {
    const first = await server.request('route/save', { task: 'scoring', ...builtin })
    const ifUpdatedAt = first.ok ? first.value.updatedAt : null
    const saved = await server.request('route/save', { task: 'scoring', ...builtin, model: null, ifUpdatedAt })
    expect(saved).toMatchObject({ ok: true, value: { model: null } })
  })
})

describe('two routes together', () => {
  it('are both saved', async () => {
    const routes = (['categorization', 'scoring'] as const).map((task) => ({ task, ...builtin }))
    expect(await server.request('route/saveAll', { routes })).toMatchObject({ ok: true, value: routes })
    expect(await routeOf('categorization')).toMatchObject(builtin)
    expect(await routeOf('scoring')).toMatchObject(builtin)
  })

  it('are both left as they were when one is refused', async () => {
    await server.request('route/save', { task: 'categorization', ...builtin, options: { batchSize: 2 } })
    const refused = await server.request('route/saveAll', {
      routes: [
        { task: 'categorization', ...builtin, options: { batchSize: 8 } },
        { task: 'scoring', provider: 'nobody', model: null },
      ],
    })
    expect(refused).toMatchObject({ ok: false, reason: { code: 'provider_unconfigured', provider: 'nobody' } })
    expect(await routeOf('categorization')).toMatchObject({ options: { batchSize: 2 } })
    const audit = await server.request('audit/list', { what: ['route'] })
    expect(audit.ok && audit.value.rows).toHaveLength(1)
  })
})
