import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { breakStore } from '../support/store/breakStore.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'

const folders = new StoreFolders()
let dataDir: string
let server: TestServer | null
beforeEach(() => {
  dataDir = folders.make()
  server = null
})
afterEach(async () => {
  await server?.stop()
  await folders.dispose()
})

/** What somebody did to the database by hand, and it let them. */
async function broken(...statements: string[]): Promise<{ server: TestServer; log: string[] }> {
  await breakStore(folders, dataDir, ...statements)
  const log: string[] = []
  server = await startTestServer({ dataDir, onLog: (text) => void log.push(text) })
  return { server, log }
}

const insertProvider = (provider: string, config: string) =>
  `INSERT INTO llm_provider_configs (provider, kind, enabled, config_json, updated_at)
   VALUES ('${provider}', 'openai-compatible', 1, '${config}', '2026-11-21T12:00:00.000Z')`

const insertBrokenModel = `INSERT INTO llm_models (provider, model, type, parameters_json, updated_at)
   VALUES ('builtin', 'm', 'generation', '{"warmth":1}', '2026-11-21T12:00:00.000Z')`

describe('a row that the database takes and this version does not', () => {
  it.each(['[1]', 'null', '"words"', '7'])(
    'of settings that are %s is a provider that is not valid',
    async (config) => {
      const { server } = await broken(insertProvider('odd', config))
      const odd = { provider: 'odd', config: {}, endpoint: null, reason: { code: 'config_invalid' } }
      expect(await server.request('provider/list')).toMatchObject({
        value: [{ provider: 'builtin', reason: null }, odd],
      })
      await server.request('route/save', { task: 'scoring', provider: 'odd', model: 'm' })
      expect(await server.request('route/resolve', { task: 'scoring' })).toMatchObject({
        ok: false,
        reason: { code: 'config_invalid', provider: 'odd', action: { id: 'editProvider' } },
      })
      expect(await server.request('route/resolve', { task: 'categorization' })).toMatchObject({
        trace: expect.anything(),
      })
      expect(await server.request('provider/test', { provider: 'odd' })).toMatchObject({
        reason: { code: 'config_invalid' },
      })
      const config_ = { base_url: 'http://127.0.0.1:9/v1' }
      expect(
        await server.request('provider/save', { provider: 'odd', kind: 'openai-compatible', config: config_ }),
      ).toMatchObject({ ok: true, value: { reason: null } })
    },
  )

  it('of a route of an unknown task is ignored, told in the log, and keeps no provider', async () => {
    const { server, log } = await broken(
      insertProvider('local', '{"base_url":"http://127.0.0.1:9/v1"}'),
      `INSERT INTO llm_task_routes (task, provider, updated_at) VALUES ('poetry', 'local', '2026-11-21T12:00:00.000Z')`,
    )
    const routes = await server.request('route/list')
    expect(routes.ok && routes.value.map(({ task }) => task)).not.toContain('poetry')
    expect(log).toContainEqual(expect.stringContaining('"poetry" is ignored'))
    expect(await server.request('provider/remove', { provider: 'local', confirm: true })).toMatchObject({ ok: true })
  })

  it.each(['[]', '{"batchSize":"many"}', 'null'])(
    'of route options %s is no route until it is saved',
    async (options) => {
      const { server } = await broken(`UPDATE llm_task_routes SET options_json = '${options}' WHERE task = 'scoring'`)
      const resolved = await server.request('route/resolve', { task: 'scoring' })
      expect(resolved).toMatchObject({
        ok: false,
        reason: { code: 'no_route', problem: expect.stringContaining('options'), action: { id: 'setRoute' } },
      })
      expect(await server.request('route/list')).toMatchObject({
        value: [{ task: 'categorization' }, { task: 'scoring', options: {}, damage: expect.any(String) }],
      })
      await server.request('route/save', { task: 'scoring', provider: 'builtin', model: 'keywords' })
      expect(await server.request('route/resolve', { task: 'scoring' })).toMatchObject({ ok: true })
    },
  )

  it('of a health that cannot be read is a provider that was never checked', async () => {
    const { server } = await broken(
      insertProvider('local', '{"base_url":"http://127.0.0.1:9/v1"}'),
      `INSERT INTO provider_health (provider, health_json, models_json, updated_at)
       VALUES ('local', '[1]', '{}', '2026-11-21T12:00:00.000Z')`,
    )
    const view = () => server.request('provider/get', { provider: 'local' })
    expect(await view()).toMatchObject({ ok: true, value: { health: { state: 'unknown' } } })
    await server.request('provider/test', { provider: 'local' })
    expect(await view()).toMatchObject({ value: { health: { state: 'failed' } } })
  })

  it('of a model is listed beside the others, with table and column', async () => {
    const { server } = await broken(insertBrokenModel)
    const unreadable = expect.stringContaining('llm_models.parameters_json')
    expect(await server.request('model/list')).toMatchObject({
      ok: true,
      value: { rows: [{ provider: 'builtin', model: 'm', parameters: {}, probe: null, unreadable }] },
    })
    expect(await server.request('provider/list')).toMatchObject({ ok: true })
    expect(await server.request('provider/models', { provider: 'builtin' })).toMatchObject({ ok: true })
  })

  it('of a model is not replaced by a change of something else, and is by new parameters', async () => {
    const { server } = await broken(insertBrokenModel)
    const named = { provider: 'builtin', model: 'm' }
    expect(await server.request('model/save', { ...named, status: 'deprecated' })).toMatchObject({
      ok: false,
      reason: { code: 'store_invalid', detail: expect.stringContaining('parameters_json') },
    })
    expect(await server.request('model/setDefault', named)).toMatchObject({ reason: { code: 'store_invalid' } })
    expect(await server.request('model/save', { ...named, parameters: {} })).toMatchObject({ ok: true })
    const list = await server.request('model/list')
    expect(list.ok && list.value.rows[0]?.unreadable).toBeUndefined()
    expect(await server.request('audit/list', { what: ['model'] })).toMatchObject({
      value: { rows: [{ action: 'change', before: { unreadable: expect.any(String) } }] },
    })
  })

  it('of a model is forgotten as any other, with its provider too', async () => {
    const { server } = await broken(
      insertProvider('local', '{"base_url":"http://127.0.0.1:9/v1"}'),
      insertBrokenModel,
      insertBrokenModel.replace(`'builtin'`, `'local'`),
    )
    expect(await server.request('model/remove', { provider: 'builtin', model: 'm' })).toMatchObject({ ok: true })
    expect(await server.request('provider/dependents', { provider: 'local' })).toMatchObject({
      value: { dependents: [{ what: 'model', id: 'm' }] },
    })
    expect(await server.request('provider/remove', { provider: 'local', confirm: true })).toMatchObject({ ok: true })
    expect(await server.request('model/list')).toMatchObject({ value: { rows: [] } })
  })
})

describe('a database of a newer version', () => {
  it('that has renamed a column can be read as far as it can, and says why not', async () => {
    const renamed = 'ALTER TABLE llm_task_routes RENAME COLUMN options_json TO settings_json'
    const { server } = await broken(
      renamed,
      `INSERT INTO schema_migrations (number, name, sha256, applied_at)
       SELECT max(number) + 1, '9999_newer', 'x', '2026-11-21T12:00:00.000Z' FROM schema_migrations`,
    )
    const newer = {
      code: 'store_read_only',
      cause: 'newer_version',
      message: expect.stringMatching(/^The data is read-only: a newer version .* cannot read all of it\.$/),
      action: { id: 'updateProduct' },
    }
    expect(await server.request('route/list')).toMatchObject({ ok: false, reason: newer })
    expect(await server.request('provider/list')).toMatchObject({ ok: false, reason: newer })
    expect(await server.request('audit/list')).toMatchObject({ ok: true })
    expect(await server.request('preferences/save', { interests: 'x' })).toMatchObject({
      ok: false,
      reason: { code: 'store_read_only', cause: 'newer_version' },
    })
  })
})
