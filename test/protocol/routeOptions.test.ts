import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Params } from '../../protocol/contract.ts'
import type { RunView } from '../../protocol/runs.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'

let server: TestServer
let models: FakeModelServer
let folder: string
const folders = new StoreFolders()
beforeEach(async () => {
  folder = folders.make()
  models = await startFakeModelServer({ models: ['fake-model', 'other-model'] })
  server = await startTestServer({ environment: { variables: { FAKE: 'sk-fake' } } })
  const { origin, port } = models
  await connect('lab', 'openai-compatible', { base_url: `${origin}/v1`, headers: 'x-title: lab; x-org: mine' })
  await connect('local', 'ollama', { base_url: 'http://127.0.0.1', port })
  await connect('claude', 'anthropic', { base_url: origin, key_env: 'FAKE' })
})
afterEach(async () => {
  await server.stop()
  await models.close()
  await folders.dispose()
})

const connect = (provider: string, kind: string, config: Params<'provider/save'>['config']) =>
  server.request('provider/save', { provider, kind, config })
type Options = NonNullable<Params<'route/save'>['options']>
const save = (options: object, provider = 'lab') =>
  server.request('route/save', { task: 'scoring', provider, model: 'fake-model', options: options as Options })

/** Four items over the route of scoring. */
async function run(request: object = {}): Promise<RunView> {
  const file = path.join(folder, 'items.jsonl')
  const rows = Array.from({ length: 4 }, (_, index) => JSON.stringify({ id: index, text: `It crashes ${index}.` }))
  await writeFile(file, rows.join('\n'))
  const over = new Promise<RunView>((resolve) => {
    server.connection.onNotification('run/progress', (view: RunView) => {
      if (view.finishedAt !== null) resolve(view)
    })
  })
  const source = { kind: 'paths' as const, paths: [file] }
  const params = { tasks: ['scoring'], source, output: { path: null, none: true }, ...request } as Params<'run/start'>
  const started = await server.request('run/start', params)
  if (!started.ok) throw new Error(started.reason.message)
  return await over
}

describe('what a route says of its calls', () => {
  it('goes before what is registered of its model, with headers beside those of the provider', async () => {
    const parameters = { temperature: 1, top_p: 0.1, top_k: 7 }
    await server.request('model/save', { provider: 'lab', model: 'fake-model', type: 'generation', parameters })
    await save({ temperature: 0.3, max_output_tokens: 333, timeout_seconds: 60, headers: 'X-Title: triage' })
    expect(await run()).toMatchObject({ state: 'completed', counts: { ok: 4 } })
    const [chat] = models.chats
    expect(chat?.body).toMatchObject({ temperature: 0.3, top_p: 0.1, top_k: 7, max_tokens: 333 })
    expect(chat?.headers).toMatchObject({ 'x-title': 'triage', 'x-org': 'mine' })
  })

  it.each([
    ['lab', 'messages'],
    ['local', 'messages'],
    ['claude', 'messages'],
  ])('adds fields to the body of a call to %s, at any depth, and leaves the rest as it was', async (provider, kept) => {
    const extra_body = { seed: 7, metadata: { deep: { list: [1, { two: 2 }] } }, options: { num_thread: 2 } }
    await save({ extra_body }, provider)
    expect(await run()).toMatchObject({ state: 'completed', counts: { ok: 4 } })
    const [chat] = models.chats
    expect(chat?.body).toMatchObject(extra_body)
    expect(chat?.body[kept]).toHaveLength(provider === 'claude' ? 1 : 2)
    if (provider === 'local') expect(chat?.body.options).toMatchObject({ temperature: 0, num_thread: 2 })
  })

  it('is another way of asking: a verdict that was obtained without it is not taken over', async () => {
    await save({})
    await run()
    const before = models.chats.length
    expect((await run()).counts).toMatchObject({ reused: 4 })
    expect(models.chats).toHaveLength(before)
    await save({ extra_body: { seed: 7 } })
    expect((await run()).counts.reused ?? 0).toBe(0)
    await save({ temperature: 1 })
    expect((await run()).counts.reused ?? 0).toBe(0)
  })

  it('holds for the model of the route alone, and not for another one of a run', async () => {
    await save({ extra_body: { seed: 7 }, temperature: 1, headers: 'x-title: triage' })
    await run({ override: { provider: 'lab', model: 'other-model' } })
    const [chat] = models.chats
    expect(chat?.body).toMatchObject({ model: 'other-model', temperature: 0 })
    expect(chat?.body).not.toHaveProperty('seed')
    expect(chat?.headers).toMatchObject({ 'x-title': 'lab' })
  })
})

describe('an option of a route', () => {
  const refusal = async (options: object) => await save(options).catch((error: unknown) => error)
  it.each<[string, object, string]>([
    ['that nobody knows', { warmth: 1 }, 'options.warmth'],
    ['out of its range', { temperature: 3 }, 'options.temperature'],
    ['of the wrong type', { timeout_seconds: '60' }, 'options.timeout_seconds'],
    ['extra_body, a list', { extra_body: [1] }, 'options.extra_body'],
    ['extra_body with messages', { extra_body: { messages: [] } }, 'options.extra_body.messages'],
    ['extra_body with a schema', { extra_body: { response_format: {} } }, 'options.extra_body.response_format'],
    ['extra_body with a schema one floor down', { extra_body: { a: { Format: 1 } } }, 'options.extra_body.a.Format'],
    ['extra_body with tools', { extra_body: { a: [{ tools: [] }] } }, 'options.extra_body.a.0.tools'],
    ['extra_body with a stream', { extra_body: { stream: true } }, 'options.extra_body.stream'],
    ['extra_body with another model', { extra_body: { model: 'm' } }, 'options.extra_body.model'],
    ['extra_body with more answers than one', { extra_body: { n: 100 } }, 'options.extra_body.n'],
    ['extra_body that is too long', { extra_body: { a: 'x '.repeat(6000) } }, 'options.extra_body'],
  ])('%s is InvalidParams, with its path', async (_, options, field) => {
    expect(await refusal(options)).toMatchObject({ code: -32602, data: { problems: [{ path: field }] } })
  })

  it('extra_body that is nested without end is refused', async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(15)}1${'}'.repeat(15)}`)
    expect(await refusal({ extra_body: deep })).toMatchObject({ code: -32602 })
    const name = JSON.parse('{"__proto__":{"polluted":true}}')
    await refusal({ extra_body: { a: name } })
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it.each<[string, string, object, string]>([
    ['a parameter that its kind cannot be told', 'claude', { temperature: 0 }, 'options.temperature'],
    ['headers where a kind has none', 'local', { headers: 'x-title: a' }, 'options.headers'],
    ['a header that the product sets', 'lab', { headers: 'Content-Type: text/plain' }, 'options.headers'],
    ['a header that looks secret', 'lab', { headers: 'x-auth-token: abc' }, 'options.headers'],
    ['a header without a name', 'lab', { headers: 'triage' }, 'options.headers'],
  ])('%s is refused with its path', async (_, provider, options, field) => {
    const refused = await save(options, provider)
    expect(refused).toMatchObject({ ok: false, reason: { code: 'config_invalid', problems: [{ path: field }] } })
    const all = await server.request('route/saveAll', {
      routes: [{ task: 'scoring', provider, model: 'm', options: options as Options }],
    })
    expect(all).toEqual(refused)
  })

  it('has no room for a key, whatever the field is called', async () => {
    // Random, and without the mark by which the suite finds keys by itself.
    const key = 'b7Kq2Zx9Lm4Tn8Vc1Rw6Yp3Hs5Jd0Fg2'
    for (const options of [
      { extra_body: { key } },
      { extra_body: { id: { text: [key] } } },
      { extra_body: { [key]: 1 } },
      { headers: `x-title: ${key}` },
    ]) {
      const refused = await save(options)
      expect(refused).toMatchObject({ ok: false, reason: { code: 'key_refused' } })
      expect(JSON.stringify(refused)).not.toContain(key)
    }
  })
})
