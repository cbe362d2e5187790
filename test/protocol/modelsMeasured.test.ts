import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Params } from '../../protocol/contract.ts'
import { type FakeOllama, obedientAnswer, startFakeOllama, unheldAnswer } from '../support/models/fakeOllama.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let server: TestServer
let ollama: FakeOllama
beforeEach(async () => {
  ollama = await startFakeOllama()
  ollama.models = [
    { name: 'small:latest' },
    { name: 'thinker:latest', capabilities: ['completion', 'thinking'] },
    { name: 'vectors:latest', capabilities: ['embedding'] },
  ]
  server = await startTestServer()
  await server.request('provider/save', { provider: 'ollama', kind: 'ollama', config: config() })
})
afterEach(async () => {
  await server.stop()
  await ollama.close()
})

const config = () => ({ base_url: 'http://127.0.0.1', port: ollama.port })
const small = { provider: 'ollama', model: 'small:latest' }
const vectors = { provider: 'ollama', model: 'vectors:latest' }
const thinker = { provider: 'ollama', model: 'thinker:latest' }
const registered = async () => {
  const list = await server.request('model/list')
  return list.ok ? list.value.rows : []
}

describe('a test of a model', () => {
  it('is one tiny real call, and registers nothing', async () => {
    const tested = await server.request('model/test', small)
    expect(tested).toMatchObject({
      ok: true,
      value: { ...small, type: 'generation', usage: { input: 1000, output: 20 }, probe: null, registered: false },
    })
    expect(ollama.chats).toHaveLength(1)
    expect(await registered()).toEqual([])
  })

  it('says beforehand what it sends, and sends nothing then', async () => {
    const plan = await server.request('model/describeTest', small)
    expect(plan).toMatchObject({ ok: true, value: { isFree: true, calls: 3 } })
    expect(ollama.chats).toEqual([])
    expect(ollama.server.requests).toEqual([])
    const tested = await server.request('model/test', small)
    expect(plan.ok && tested.ok && plan.value.sent === tested.value.sent).toBe(true)
  })

  it('of a model that no list shows asks the model itself', async () => {
    const tested = await server.request('model/test', { provider: 'ollama', model: 'hidden:latest' })
    expect(tested).toMatchObject({ ok: true, value: { model: 'hidden:latest' } })
    expect(ollama.chats).toMatchObject([{ model: 'hidden:latest' }])
  })

  it('of a model whose answer is empty while it thinks says that', async () => {
    ollama.chat = () => ({ content: '', thinking: 'Hm.' })
    expect(await server.request('model/test', small)).toMatchObject({
      ok: false,
      reason: { code: 'invalid_response', problem: 'empty', hasThought: true },
    })
  })

  it.each([
    ['as configured', { dimensions: 8 }, { dimensions: 8, configured: 8, matches: true, advice: null }],
    ['without a word about it', {}, { dimensions: 8, configured: null, matches: null, advice: null }],
    [
      'of another length than configured',
      { dimensions: 1024 },
      { dimensions: 8, configured: 1024, matches: false, advice: expect.stringMatching(/set dimensions to 8/) },
    ],
  ])('measures a vector %s', async (_, parameters, embedding) => {
    await server.request('model/save', { ...vectors, type: 'embedding', parameters })
    const tested = await server.request('model/test', vectors)
    expect(tested).toMatchObject({ ok: true, value: { type: 'embedding', embedding, usage: { input: 9 } } })
  })

  it('keeps the length of a vector with the model, which is registered then', async () => {
    const tested = await server.request('model/test', { ...vectors, type: 'embedding' })
    expect(tested).toMatchObject({ ok: true, value: { registered: true, embedding: { dimensions: 8 } } })
    const embedding = { dimensions: 8, serverVersion: '0.12.0', at: expect.stringMatching(/^20/) }
    expect(await registered()).toMatchObject([{ ...vectors, type: 'embedding', embedding, isProbeOutdated: false }])
    const offered = await server.request('provider/models', { provider: 'ollama' })
    expect(offered.ok && offered.value.map(({ dimensions }) => dimensions)).toEqual([undefined, undefined, 8])
    await server.request('model/test', { ...vectors, type: 'embedding' })
    const audit = await server.request('audit/list', { what: ['test'], target: 'ollama/vectors:latest' })
    expect(audit).toMatchObject({ value: { rows: [{ before: { embedding }, after: { ok: true } }, { before: null }] } })
    ollama.version = '0.13.0'
    await server.request('provider/test', { provider: 'ollama' })
    expect(await registered()).toMatchObject([{ isProbeOutdated: true }])
  })

  it('keeps no vector of parameters that are not saved, nor one that other parameters were measured with', async () => {
    await server.request('model/test', { ...vectors, type: 'embedding', parameters: { dimensions: 16 } })
    expect(await registered()).toEqual([])
    await server.request('model/save', { ...vectors, type: 'embedding', parameters: { dimensions: 8 } })
    await server.request('model/test', { ...vectors, parameters: { dimensions: 16 } })
    expect(await registered()).toMatchObject([{ embedding: null }])
    await server.request('model/test', vectors)
    await server.request('model/save', { ...vectors, status: 'deprecated' })
    expect(await registered()).toMatchObject([{ embedding: { dimensions: 8 } }])
    await server.request('model/save', { ...vectors, parameters: { dimensions: 512 } })
    expect(await registered()).toMatchObject([{ embedding: null }])
  })

  it('takes unsaved parameters and leaves the saved ones alone', async () => {
    await server.request('model/save', { ...vectors, type: 'embedding', parameters: { dimensions: 8 } })
    const tested = await server.request('model/test', { ...vectors, parameters: { dimensions: 16 } })
    expect(tested).toMatchObject({ ok: true, value: { embedding: { configured: 16, matches: false } } })
    expect(await registered()).toMatchObject([{ parameters: { dimensions: 8 } }])
    expect(await server.request('model/test', { ...vectors, parameters: { dimensions: 0 } })).toMatchObject({
      ok: false,
      reason: { code: 'config_invalid', problems: [{ path: 'parameters.dimensions' }] },
    })
  })

  it('of a kind without vectors says so', async () => {
    const tested = await server.request('model/test', { provider: 'builtin', model: 'keywords', type: 'embedding' })
    expect(tested).toMatchObject({ ok: false, reason: { code: 'config_invalid', problems: [{ path: 'type' }] } })
  })
})

describe('Test connection that names a model', () => {
  it('of unsaved values calls the model and keeps nothing', async () => {
    const before = await server.request('audit/list')
    const tested = await server.request('provider/test', {
      kind: 'ollama',
      config: config(),
      model: 'small:latest',
      probe: true,
    })
    expect(tested).toMatchObject({
      ok: true,
      value: {
        wanted: [{ model: 'small:latest', found: true }],
        tested: { probe: { schema: true }, registered: false },
      },
    })
    expect(await server.request('audit/list')).toEqual(before)
    expect(await registered()).toEqual([])
  })

  it('of a saved provider changes no configuration, route or choice', async () => {
    const read = async () => [
      await server.request('route/list'),
      await server.request('preferences/read'),
      (await server.request('provider/get', { provider: 'ollama' })) as { value?: { config?: unknown } },
    ]
    const [routes, preferences, provider] = await read()
    const tested = await server.request('provider/test', { ...small, probe: true })
    expect(tested).toMatchObject({ ok: true, value: { tested: { registered: true } } })
    const [routesAfter, preferencesAfter, providerAfter] = await read()
    expect(routesAfter).toEqual(routes)
    expect(preferencesAfter).toEqual(preferences)
    expect(providerAfter).toMatchObject({ value: { config: (provider as { value: { config: object } }).value.config } })
  })

  it('without a model calls none', async () => {
    expect(await server.request('provider/test', { provider: 'ollama' })).toMatchObject({
      ok: true,
      value: { tested: null },
    })
    expect(ollama.chats).toEqual([])
  })
})

describe('a probe', () => {
  it('of a server that holds its models to schemas takes a few calls, and is kept with the model', async () => {
    const tested = await server.request('model/test', { ...small, probe: true })
    expect(tested).toMatchObject({
      ok: true,
      value: {
        registered: true,
        probe: {
          schema: true,
          schemaWithThinking: null,
          schemaWithoutThinking: null,
          enumeration: true,
          batchOfFive: true,
          usageReported: true,
          emptyWhileThinking: null,
          outputModes: ['schema', 'json', 'text'],
          // This one gives no log probabilities, which the third call finds out.
          readout: null,
          readoutProblem: 'no_logprobs',
          // Four items alone, and with others in a call of 10, 20 and 40, judged as they are alone.
          batch: 40,
          calls: 10,
          usage: { input: 10_000, output: 200 },
          serverVersion: '0.12.0',
        },
      },
    })
    expect(await registered()).toMatchObject([
      {
        ...small,
        status: 'active',
        isDefault: false,
        isProbeOutdated: false,
        probe: { schema: true, batch: 40, calls: 10 },
      },
    ])
  })

  it('of a server that ignores schemas finds out, and runs ask in the way that works', async () => {
    ollama.chat = unheldAnswer
    const tested = await server.request('model/test', { ...small, probe: true })
    expect(tested).toMatchObject({
      ok: true,
      value: {
        probe: { schema: false, enumeration: false, batchOfFive: true, outputModes: ['json', 'schema', 'text'] },
      },
    })
    ollama.chats.length = 0
    ollama.chat = obedientAnswer
    await server.request('route/save', { task: 'categorization', provider: 'ollama', model: 'small' })
    const result = await runOnce()
    expect(ollama.chats[0]).toMatchObject({ format: 'json' })
    expect(result).toMatchObject({ receipts: { categorization: { outputMode: 'json' } } })
  })

  it('of a model that gives no log probabilities keeps runs from reading decisions out of it', async () => {
    const asked: Params<'run/start'> = {
      ...{ tasks: ['categorization'], source: { kind: 'text', name: 'a', text: 'An apple.' }, ask: 'readout' },
      override: { provider: 'ollama', model: 'small:latest' },
    }
    expect(await server.request('run/estimate', asked)).toMatchObject({ ok: true })
    await server.request('model/test', { ...small, probe: true })
    ollama.chats.length = 0
    expect(await server.request('run/start', asked)).toMatchObject({
      ok: false,
      reason: { code: 'ask_unsupported', ask: 'readout', readout: 'no_logprobs' },
    })
    expect(ollama.chats).toEqual([])
  })

  it('measures a model that can think with and without', async () => {
    ollama.chat = (body) =>
      body.think === true ? { content: '```json\n{}\n```', thinking: 'Well.' } : obedientAnswer(body)
    expect(await server.request('model/test', { ...thinker, probe: true })).toMatchObject({
      ok: true,
      value: {
        probe: {
          schema: true,
          schemaWithThinking: false,
          schemaWithoutThinking: true,
          emptyWhileThinking: false,
          calls: 11,
        },
      },
    })
  })

  it('finds out that thinking leaves no answer', async () => {
    ollama.chat = (body) => (body.think === false ? obedientAnswer(body) : { content: '', thinking: 'Well.' })
    await server.request('model/save', { ...thinker, type: 'generation', parameters: { thinking: true } })
    expect(await server.request('model/test', { ...thinker, probe: true })).toMatchObject({
      ok: true,
      value: {
        registered: false,
        probe: { emptyWhileThinking: true, batchOfFive: false, schemaWithoutThinking: true },
      },
    })
  })

  it('tells a server that reports no tokens', async () => {
    ollama.chat = (body) => ({ ...obedientAnswer(body), noUsage: true })
    expect(await server.request('model/test', { ...small, probe: true })).toMatchObject({
      ok: true,
      value: { probe: { usageReported: false, usage: { input: null, output: null } } },
    })
  })

  it('is outdated when the server has another version, and not relied on then', async () => {
    ollama.chat = unheldAnswer
    await server.request('model/test', { ...small, probe: true })
    ollama.version = '0.13.0'
    await server.request('provider/test', { provider: 'ollama' })
    expect(await registered()).toMatchObject([{ isProbeOutdated: true, probe: { serverVersion: '0.12.0' } }])
    ollama.chats.length = 0
    ollama.chat = obedientAnswer
    await server.request('route/save', { task: 'categorization', provider: 'ollama', model: 'small' })
    await runOnce()
    expect(ollama.chats[0]?.format).toEqual(expect.objectContaining({ type: 'object' }))
  })

  it('that the provider refuses ends with its reason and keeps nothing', async () => {
    ollama.chat = () => ({ status: 503, error: 'server busy' })
    expect(await server.request('model/test', { ...small, probe: true })).toMatchObject({
      ok: false,
      reason: { code: 'overloaded' },
    })
    expect(await registered()).toEqual([])
    const audit = await server.request('audit/list', { what: ['test'], target: 'ollama/small:latest' })
    expect(audit).toMatchObject({
      ok: true,
      value: { rows: [{ action: 'probe', after: { ok: false, code: 'overloaded' } }] },
    })
  })

  it('of what calls nobody costs nothing', async () => {
    const builtin = { provider: 'builtin', model: 'keywords', probe: true }
    expect(await server.request('model/describeTest', builtin)).toMatchObject({ ok: true, value: { isFree: true } })
    expect(await server.request('model/test', builtin)).toMatchObject({
      ok: true,
      value: { probe: { batchOfFive: true, usageReported: true, calls: 1, usage: { input: 0, output: 0 } } },
    })
  })

  it.each([
    ['openai-compatible', '/v1', {}],
    ['openai', '/v1', { key_env: 'FAKE_KEY' }],
    ['anthropic', '', { key_env: 'FAKE_KEY' }],
  ])('goes over the wire of %s as well', async (kind, root, more) => {
    const models = await startFakeModelServer({ models: ['small'] })
    const other = await startTestServer({ environment: { variables: { FAKE_KEY: 'sk-fake-0123456789' } } })
    const base_url = `${models.origin}${root}`
    await other.request('provider/save', { provider: 'p', kind, config: { base_url, ...more } })
    const tested = await other.request('model/test', { provider: 'p', model: 'small', probe: true })
    await other.stop()
    await models.close()
    expect(tested).toMatchObject({ ok: true, value: { probe: { batchOfFive: true, usageReported: true } } })
  })
})

describe('a planted key', () => {
  const canary = 'sk-fake-canary-9876543210'

  it('is in nothing that a test, a probe or a pull leaves', async () => {
    const seen: unknown[] = []
    server.connection.onNotification((method, params) => void seen.push(method, params))
    server.connection.onRequest('secret/read', () => ({ ok: true, value: { key: canary } }))
    await server.connection.sendNotification('secret/changed', { provider: 'ollama' })
    seen.push(await server.request('model/test', { ...small, probe: true }))
    ollama.chat = () => ({ content: `I was sent ${canary}` })
    seen.push(await server.request('model/test', small))
    ollama.chat = () => ({ status: 401, error: `bad key ${canary}` })
    seen.push(await server.request('model/test', { ...small, probe: true }))
    const pulled = server.request('model/pull', small)
    await ollama.pullsBegun(1)
    ollama.pullLine({ status: `pulling with ${canary}`, digest: canary })
    ollama.pullLine({ error: `no ${canary}` })
    ollama.endPulls()
    seen.push(await pulled)
    seen.push(await server.request('model/list'), await server.request('audit/list'))
    seen.push(await server.request('provider/list'))
    const sent = ollama.server.requests.map(({ headers }) => headers.authorization)
    expect(sent).toContain(`Bearer ${canary}`)
    expect(JSON.stringify(seen)).not.toContain(canary)
    // What is still being written or cleaned away would vanish between listing and reading.
    await server.connection.sendRequest('shutdown')
    const files = readdirSync(server.dataDir, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    expect(files.length).toBeGreaterThan(1)
    for (const { parentPath, name } of files)
      expect(readFileSync(path.join(parentPath, name)).includes(canary), name).toBe(false)
  })
})

async function runOnce(): Promise<unknown> {
  const ended = new Promise<void>((resolve) =>
    server.connection.onNotification('run/progress', (view: { state: string }) => {
      if (view.state !== 'running') resolve()
    }),
  )
  const source = { kind: 'text' as const, name: 'a', text: 'An item.' }
  const started = await server.request('run/start', {
    tasks: ['categorization'],
    source,
    output: { path: null, none: true },
  })
  await ended
  const runId = started.ok ? started.value.runId : ''
  const results = await server.request('run/results', { runId })
  return results.ok ? results.value.rows[0] : null
}
