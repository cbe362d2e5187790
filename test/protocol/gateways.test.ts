import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { GatewayStep, GatewaySync } from '../../protocol/gateways.ts'
import { type Misbehaviour, type ScriptedLiteLlm, startScriptedLiteLlm } from '../support/gateways/scriptedLiteLlm.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let folder: string
let server: TestServer
let proxy: ScriptedLiteLlm
let models: FakeModelServer

const variables: Record<string, string> = { WORK_KEY: 'sk-fake-work-0123456789abcdef' }

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'gateways-')))
  models = await startFakeModelServer({ models: ['small', 'large'] })
  proxy = await startScriptedLiteLlm({ upstream: models.origin })
  variables.ADMIN_KEY = proxy.adminKey
  server = await start()
  const config = { base_url: `${models.origin}/v1` }
  await server.request('provider/save', { provider: 'local', kind: 'openai-compatible', config })
  await server.request('provider/save', { provider: 'work', kind: 'openai', config: { key_env: 'WORK_KEY' } })
  await register('local', 'small', { temperature: 0 })
  await register('work', 'gpt-5-mini')
  await server.request('gateway/save', { gateway: 'team', url: `${proxy.url}/v1`, keyEnv: 'ADMIN_KEY', create: true })
})
afterEach(async () => {
  await server.stop()
  await proxy.close()
  await models.close()
  await rm(folder, { recursive: true, force: true })
})

function start(healthChecks = false): Promise<TestServer> {
  return startTestServer({ dataDir: join(folder, '.data'), environment: { variables }, healthChecks })
}

async function register(provider: string, model: string, parameters = {}): Promise<void> {
  const said = { provider, model, type: 'generation', parameters, sync: true, create: true } as const
  const saved = await server.request('model/save', said)
  if (!saved.ok) throw new Error(saved.reason.message)
}

async function sync(confirm?: boolean): Promise<GatewaySync> {
  const synced = await server.request('gateway/sync', { gateway: 'team', ...(confirm ? { confirm } : {}) })
  if (!synced.ok) throw new Error(synced.reason.message)
  return synced.value
}

async function plan(): Promise<GatewayStep[]> {
  const planned = await server.request('gateway/plan', { gateway: 'team' })
  if (!planned.ok) throw new Error(planned.reason.message)
  return planned.value.steps
}

const actions = (steps: readonly GatewayStep[]) => steps.map(({ action, model }) => `${action} ${model}`)
const isForeign = ({ model_info }: { model_info: object }) => !('llm_providers_mark' in model_info)
const ours = () => proxy.entries.filter((entry) => !isForeign(entry))
const foreign = () => proxy.entries.filter(isForeign)

async function audited(): Promise<string[]> {
  const page = await server.request('audit/list', { what: ['gateway'] })
  if (!page.ok) throw new Error(page.reason.message)
  return page.value.rows.map(({ action, before, after }) => {
    const { model } = (after ?? before ?? {}) as { model?: string }
    return model === undefined ? action : `${action} ${model}`
  })
}

/** On the nth request that matches. */
function once(path: string, behaviour: Misbehaviour, nth = 1): void {
  let seen = 0
  proxy.misbehave = (request) => (request.path.startsWith(path) && ++seen === nth ? behaviour : undefined)
}

describe('a sync', () => {
  test('makes what is marked, and keeps it as it is wanted: replaced, removed, never doubled, never touching others', async () => {
    const before = structuredClone(foreign())
    expect(actions(await plan())).toEqual(['make small', 'make gpt-5-mini'])
    expect(ours()).toEqual([])
    expect(await sync()).toMatchObject({
      foreign: 2,
      steps: [{ isDone: true }, { isDone: true, key: { kind: 'variable' } }],
    })
    expect(ours()).toMatchObject([
      { litellm_params: { model: 'openai/small', api_base: `${models.origin}/v1`, api_key: 'none', temperature: 0 } },
      { litellm_params: { model: 'openai/gpt-5-mini', api_key: 'os.environ/WORK_KEY' } },
    ])
    expect(ours().every(({ model_name, model_info }) => model_name === `db-${model_info.id}`)).toBe(true)
    expect(ours()[1]?.litellm_params).not.toHaveProperty('api_base')
    const [name] = ours().map(({ model_name }) => model_name)

    expect(actions(await plan())).toEqual(['keep small', 'keep gpt-5-mini'])
    const changed = await server.request('model/save', {
      provider: 'local',
      model: 'small',
      parameters: { temperature: 1 },
    })
    expect(changed.ok).toBe(true)
    expect((await plan())[0]).toMatchObject({
      ...{ action: 'replace', name, differences: [{ field: 'temperature', before: 0, after: 1 }] },
    })
    await sync()
    expect(ours().filter(({ model_name }) => model_name === name)).toMatchObject([
      { litellm_params: { temperature: 1 } },
    ])

    await server.request('model/save', { provider: 'work', model: 'gpt-5-mini', status: 'inactive', confirm: true })
    expect(actions(await plan())).toContain('remove gpt-5-mini')
    await sync()
    expect(ours()).toHaveLength(1)
    await server.request('model/save', { provider: 'work', model: 'gpt-5-mini', status: 'active' })
    await sync()
    await server.request('model/save', { provider: 'local', model: 'small', sync: false })
    await sync()
    expect(ours().map(({ litellm_params }) => litellm_params.model)).toEqual(['openai/gpt-5-mini'])
    expect(foreign()).toEqual(before)
    expect(await audited()).toEqual(
      [
        'create',
        'make small',
        'make gpt-5-mini',
        'replace small',
        'remove gpt-5-mini',
        'make gpt-5-mini',
        'remove small',
      ].reverse(),
    )
    expect(proxy.asked.filter((asked) => / \/health(?:\?|$)/.test(asked))).toEqual([])
  })

  test('a name stays the same for a model, however often it goes and comes', async () => {
    await sync()
    const names = ours().map(({ model_name }) => model_name)
    for (const enabled of [false, true]) {
      await server.request('provider/setEnabled', { provider: 'local', enabled, confirm: true })
      await sync()
      expect(ours()).toHaveLength(enabled ? 2 : 1)
    }
    expect(
      ours()
        .map(({ model_name }) => model_name)
        .toSorted(),
    ).toEqual(names.toSorted())
  })

  test('what somebody changed at the gateway by hand is put right, and what lacks our mark is left alone', async () => {
    await sync()
    proxy.edit((entries) => {
      const mine = entries.find(({ litellm_params }) => litellm_params.model === 'openai/small')
      const other = entries.find(({ litellm_params }) => litellm_params.model === 'openai/gpt-5-mini')
      if (mine) mine.litellm_params.temperature = 2
      if (other) delete other.model_info.llm_providers_mark
    })
    expect(await plan()).toMatchObject([
      { action: 'replace', model: 'small', differences: [{ field: 'temperature', before: 2, after: 0 }] },
      { action: 'refuse', model: 'gpt-5-mini', reason: { code: 'gateway_entry', problem: 'taken' } },
    ])
    await sync()
    expect(ours()).toMatchObject([{ litellm_params: { temperature: 0 } }])
    expect(foreign()).toHaveLength(3)
  })

  test('what can no longer be there is removed, and why is told', async () => {
    await sync()
    const config = { base_url: `${models.origin}/v1`, headers: 'x-team: a' }
    await server.request('provider/save', { provider: 'local', kind: 'openai-compatible', config, confirm: true })
    expect(actions(await plan()).toSorted()).toEqual(['keep gpt-5-mini', 'refuse small', 'remove small'])
    await sync()
    expect(ours()).toHaveLength(1)
    expect(await server.request('gateway/list', {})).toMatchObject({
      value: [{ entries: [{ isThere: false, intent: null, reason: { problem: 'headers_unsupported' } }, {}] }],
    })
    await sync()
    expect((await audited()).filter((line) => line === 'remove small')).toHaveLength(1)
  })

  test('a proxy without a single model gets its first, and an alias of one is not taken for another', async () => {
    proxy.edit((entries) => entries.splice(0))
    await sync()
    expect(ours()).toHaveLength(2)
    proxy.aliases.set(ours()[0]?.model_name ?? '', 'team-default')
    expect(actions(await plan())).toEqual(['keep small', 'keep gpt-5-mini'])
    await server.request('model/save', { provider: 'local', model: 'small', sync: false })
    await sync()
    expect(ours()).toHaveLength(1)
  })

  test('models that a gateway cannot pass on are told, each with why, and the others are made', async () => {
    await server.request('provider/save', { provider: 'decider', kind: 'typesafe', config: { key_env: 'WORK_KEY' } })
    await server.request('model/save', { provider: 'decider', model: 'd', type: 'decision', sync: true })
    await server.request('provider/save', {
      ...{ provider: 'headed', kind: 'openai-compatible' },
      config: { base_url: `${models.origin}/v1`, headers: 'x-team: a' },
    })
    await register('headed', 'm')
    await register('builtin', 'b')
    const { steps } = await sync()
    expect(steps.filter(({ action }) => action === 'refuse')).toMatchObject([
      { provider: 'builtin', isDone: false, reason: { problem: 'kind_unsupported', action: { id: 'list' } } },
      { provider: 'decider', isDone: false, reason: { problem: 'kind_unsupported' } },
      { provider: 'headed', isDone: false, reason: { problem: 'headers_unsupported' } },
    ])
    expect(ours()).toHaveLength(2)
  })
})

describe('keys', () => {
  beforeEach(() => server.request('gateway/save', { gateway: 'team', keys: 'values' }))

  test('leave as values only after a person has agreed, who is told whose they are and where they go', async () => {
    const asked = await server.request('gateway/sync', { gateway: 'team' })
    expect(asked).toMatchObject({
      reason: { code: 'gateway_keys_unconfirmed', url: proxy.url, providers: ['work'], action: { id: 'confirm' } },
    })
    expect(ours()).toEqual([])
    expect(await sync(true)).toMatchObject({ steps: [{ isDone: true }, { isDone: true, key: { kind: 'value' } }] })
    expect(ours()[1]?.litellm_params.api_key).toBe(variables.WORK_KEY)
    expect(actions(await plan())).toEqual(['keep small', 'keep gpt-5-mini'])
    expect(await audited()).toContain('confirm')
    expect(JSON.stringify(await server.request('audit/list', {}))).not.toContain(variables.WORK_KEY)
    expect(JSON.stringify(await server.request('gateway/list', {}))).not.toContain(variables.WORK_KEY)
  })

  test('what was agreed to for one address is not for another', async () => {
    await sync(true)
    const other = await startScriptedLiteLlm({ adminKey: proxy.adminKey })
    try {
      await server.request('gateway/save', { gateway: 'team', url: other.url })
      const asked = await server.request('gateway/sync', { gateway: 'team' })
      expect(asked).toMatchObject({ reason: { code: 'gateway_keys_unconfirmed', url: other.url } })
    } finally {
      await other.close()
    }
  })

  test('a key that changed is replaced, and nothing tells what it was', async () => {
    await sync(true)
    await server.stop()
    const before = variables.WORK_KEY ?? ''
    variables.WORK_KEY = 'sk-fake-work-another-0123456789'
    server = await start()
    const [, step] = await plan()
    expect(step).toMatchObject({ action: 'replace', differences: [{ field: 'api_key', before: null, after: null }] })
    await sync()
    expect(ours()[1]?.litellm_params.api_key).toBe(variables.WORK_KEY)
    variables.WORK_KEY = before
  })

  test('a proxy that repeats a key in its error does not make us tell it', async () => {
    const { misbehave } = proxy
    proxy.server.play((response, { path, body }) => {
      response.writeHead(path === '/health/readiness' || path === '/v1/model/info' ? 200 : 500, {
        'content-type': 'application/json',
      })
      if (path === '/health/readiness') return void response.end('{"db":"connected"}')
      if (path === '/v1/model/info') return void response.end('{"data":[]}')
      response.end(JSON.stringify({ error: { message: `cannot store ${body}`, type: 'auth_error' } }))
    })
    const synced = await server.request('gateway/sync', { gateway: 'team', confirm: true })
    expect(synced).toMatchObject({ value: { steps: [{ isDone: false }, { isDone: false }] } })
    const told = JSON.stringify([synced, await server.request('gateway/list', {})])
    expect(told).not.toContain(variables.WORK_KEY)
    expect(told).not.toContain(proxy.adminKey)
    proxy.misbehave = misbehave
  })
})

describe('a proxy that does not keep its word', () => {
  test.each([
    ['200 without storing', 'lie', { isDone: false, reason: { code: 'gateway_entry', problem: 'not_stored' } }],
    [
      '500 though stored',
      'fail_after',
      { isDone: true, reason: { code: 'gateway_entry', problem: 'stored_despite_error' } },
    ],
    ['gone once it was stored', 'die_after', { isDone: true, reason: { problem: 'stored_despite_error' } }],
    ['gone before', 'die', { isDone: false, reason: { code: 'gateway_unusable', problem: 'unreachable' } }],
    ['a page', 'html', { isDone: false, reason: { code: 'gateway_unusable', problem: 'not_a_gateway' } }],
    ['a 500', 'fail', { isDone: false, reason: { code: 'gateway_unusable', problem: 'failing' } }],
    ['a key that is not accepted any more', 'unauthorized', { isDone: false, reason: { problem: 'key_refused' } }],
  ] as const)('%s is told, and the next sync puts it right', async (_, behaviour, step) => {
    once('/model/new', behaviour)
    const { steps } = await sync()
    expect(steps[0]).toMatchObject({ action: 'make', model: 'small', ...step })
    proxy.misbehave = () => undefined
    const { steps: after } = await sync()
    expect(after.every(({ isDone, reason }) => isDone && reason === null)).toBe(true)
    expect(
      ours()
        .map(({ litellm_params }) => litellm_params.model)
        .toSorted(),
    ).toEqual(['openai/gpt-5-mini', 'openai/small'])
    expect((await audited()).toSorted()).toEqual(['create', 'make gpt-5-mini', 'make small'])
  })

  test.each(['lie', 'fail'] as const)('a removal that was none (%s) is told and tried again', async (behaviour) => {
    await sync()
    await server.request('model/save', { provider: 'local', model: 'small', sync: false })
    once('/model/delete', behaviour)
    const { steps } = await sync()
    expect(steps.find(({ action }) => action === 'remove')).toMatchObject({
      isDone: false,
      reason: { action: { id: 'fixGateway' } },
    })
    expect(await server.request('gateway/list', {})).toMatchObject({
      value: [
        {
          entries: [
            { model: 'small', intent: 'remove', isThere: true },
            { model: 'gpt-5-mini', intent: null },
          ],
        },
      ],
    })
    await sync()
    expect(ours()).toHaveLength(1)
  })

  test('an update that was lost half way leaves one deployment at most, and the next sync makes it whole', async () => {
    await sync()
    await server.request('model/save', { provider: 'local', model: 'small', parameters: { temperature: 1 } })
    once('/model/new', 'die')
    await sync()
    expect(ours().filter(({ litellm_params }) => litellm_params.model === 'openai/small')).toEqual([])
    await sync()
    expect(ours().filter(({ litellm_params }) => litellm_params.model === 'openai/small')).toHaveLength(1)
  })

  test.each([
    [
      'without a database',
      (broken: ScriptedLiteLlm): void => {
        broken.database = 'absent'
      },
      { problem: 'no_database', action: { id: 'fixGateway' } },
    ],
    [
      'that answers HTML',
      (broken: ScriptedLiteLlm): void => {
        broken.misbehave = () => 'html'
      },
      { problem: 'not_a_gateway', action: { id: 'fixGateway' } },
    ],
    [
      'that is gone',
      (broken: ScriptedLiteLlm): void => {
        broken.misbehave = () => 'die'
      },
      { problem: 'unreachable', action: { id: 'fixGateway' } },
    ],
    [
      'that refuses the key',
      (broken: ScriptedLiteLlm): void => {
        broken.misbehave = ({ path }) => (path.startsWith('/v1') ? 'unauthorized' : undefined)
      },
      { problem: 'key_refused', action: { id: 'fixGateway' } },
    ],
  ] as const)('one %s is told as such by plan, sync and test, and nothing is sent', async (_, breakIt, reason) => {
    breakIt(proxy)
    for (const request of ['gateway/plan', 'gateway/sync', 'gateway/test'] as const) {
      expect(await server.request(request, { gateway: 'team' })).toMatchObject({
        reason: { code: 'gateway_unusable', gateway: 'team', ...reason },
      })
    }
    expect(proxy.asked.some((asked) => asked.startsWith('POST'))).toBe(false)
    expect(await server.request('gateway/list', {})).toMatchObject({ value: [{ reason }] })
  })

  test('one that is not set up to keep models is asked once', async () => {
    proxy.database = 'not_for_models'
    const { steps } = await sync()
    expect(steps).toMatchObject([{ reason: { problem: 'store_off' } }, { reason: { problem: 'store_off' } }])
    expect(proxy.asked.filter((asked) => asked === 'POST /model/new')).toHaveLength(1)
  })

  test('a slow one can be left: nothing is doubled by it', async () => {
    once('/model/new', 'hang')
    const { CancellationTokenSource } = await import('vscode-jsonrpc/node')
    const source = new CancellationTokenSource()
    const syncing = server.connection.sendRequest('gateway/sync', { gateway: 'team' }, source.token)
    while (!proxy.asked.includes('POST /model/new')) await proxy.server.nextRequest()
    source.cancel()
    expect(await syncing).toMatchObject({ ok: false, reason: { code: 'cancelled' } })
    await sync()
    expect(ours()).toHaveLength(2)
  })
})

test('a call through the gateway is the test of the connection, and counts for the provider behind', async () => {
  await sync()
  const name = ours()[0]?.model_name
  const tested = await server.request('gateway/test', {
    gateway: 'team',
    target: { provider: 'local', model: 'small' },
  })
  expect(tested).toMatchObject({
    value: { ours: 2, foreign: 2, tested: { name: `openai/${name}`, report: { provider: 'local', model: 'small' } } },
  })
  expect(models.chats.map(({ model }) => model)).toEqual(['small'])
  const usage = await server.request('usage/read', { groupBy: ['provider', 'task'] })
  expect(usage).toMatchObject({ value: { rows: [{ provider: 'local', task: 'test' }] } })
  const unknown = await server.request('gateway/test', {
    gateway: 'team',
    target: { provider: 'local', model: 'none' },
  })
  expect(unknown).toMatchObject({ reason: { code: 'not_found', what: 'model' } })
})

test('a gateway is among what depends on a model and its provider, and goes with what it made', async () => {
  await sync()
  const dependents = { dependents: [{ what: 'gateway', id: 'team' }] }
  const model = { provider: 'local', model: 'small' }
  expect(await server.request('model/remove', model)).toMatchObject({
    reason: { code: 'has_dependents', ...dependents },
  })
  expect(await server.request('provider/remove', { provider: 'work' })).toMatchObject({
    reason: { code: 'has_dependents' },
  })
  await server.request('provider/remove', { provider: 'work', confirm: true })
  await sync()
  expect(ours()).toHaveLength(1)
  expect(await server.request('gateway/remove', { gateway: 'team' })).toMatchObject({ value: { removed: 1, left: 0 } })
  expect(proxy.entries).toHaveLength(2)
  expect(await server.request('gateway/list', {})).toMatchObject({ value: [] })
})

test('a gateway that is gone is only removed when somebody insists, and what is left there is told', async () => {
  await sync()
  proxy.misbehave = () => 'die'
  expect(await server.request('gateway/remove', { gateway: 'team' })).toMatchObject({
    reason: { problem: 'unreachable' },
  })
  expect(await server.request('gateway/remove', { gateway: 'team', confirm: true })).toMatchObject({
    value: { removed: 0, left: 2 },
  })
})

test.each([
  ['no address', { url: 'gateway' }, { code: 'gateway_unusable', problem: 'refused' }],
  ['a password in it', { url: 'http://admin:x@127.0.0.1' }, { code: 'gateway_unusable', problem: 'refused' }],
  ['that of another', { gateway: 'second' }, { code: 'already_exists', what: 'gateway', id: 'team' }],
  ['a name that is taken', { create: true }, { code: 'already_exists', id: 'team' }],
  ['a stale form', { ifUpdatedAt: '2020-01-01T00:00:00.000Z' }, { code: 'conflict' }],
] as const)('settings with %s are refused', async (_, said, reason) => {
  expect(await server.request('gateway/save', { gateway: 'team', url: proxy.url, ...said })).toMatchObject({ reason })
})

test('a key is asked for by a name that no provider can have, and a missing one is told', async () => {
  await server.request('gateway/save', { gateway: 'team', keyEnv: null })
  const asked: unknown[] = []
  server.connection.onRequest('secret/read', (params) => {
    asked.push(params)
    return { ok: true, value: { key: proxy.adminKey } }
  })
  expect(await server.request('gateway/test', { gateway: 'team' })).toMatchObject({ ok: true })
  expect(asked).toEqual([{ provider: 'gateway:team', origin: proxy.url }])
  await server.request('gateway/save', { gateway: 'team', keyEnv: 'NOWHERE' })
  expect(await server.request('gateway/test', { gateway: 'team' })).toMatchObject({
    reason: { code: 'secret_missing', provider: 'gateway:team', variable: 'NOWHERE' },
  })
})

describe('by itself', () => {
  test('a server that starts brings a gateway to what is wanted, follows changes, and sends no key that nobody agreed to', async () => {
    await server.request('gateway/save', { gateway: 'team', keys: 'values' })
    await server.stop()
    server = await start(true)
    await expect.poll(() => ours().map(({ litellm_params }) => litellm_params.model)).toEqual(['openai/small'])
    await expect
      .poll(() => server.request('gateway/list', {}))
      .toMatchObject({
        value: [{ reason: { code: 'gateway_keys_unconfirmed', providers: ['work'] } }],
      })
    await server.request('model/save', { provider: 'local', model: 'small', parameters: { temperature: 1 } })
    await expect.poll(() => ours()[0]?.litellm_params.temperature).toBe(1)
  })
})
