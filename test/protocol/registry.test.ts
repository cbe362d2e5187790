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
const folders = new StoreFolders()
beforeEach(async () => {
  models = await startFakeModelServer()
  server = await startTestServer()
  await connect()
})
afterEach(async () => {
  await server.stop()
  await models.close()
  await folders.dispose()
})

const fake = { provider: 'lab', model: 'fake-model' }
const connect = (config: Record<string, unknown> = {}) =>
  server.request('provider/save', {
    provider: 'lab',
    kind: 'openai-compatible',
    config: { base_url: `${models.origin}/v1`, ...(config as Params<'provider/save'>['config']) },
  })
const save = (said: Partial<Params<'model/save'>> = {}) =>
  server.request('model/save', { ...fake, type: 'generation', ...said })
const listed = async (filter: Params<'model/list'> = null) => {
  const list = await server.request('model/list', filter)
  return list.ok ? list.value.rows : []
}

describe('a model that finds names', () => {
  const parameters = { labels: ['Person', 'place'], threshold: 0.5, top_k: 3, logprobs: true, stop: ['###', '\n\n'] }

  it('is registered with its parameters, filtered by its type, and can be the default of it', async () => {
    expect(await save({ type: 'ner', parameters })).toMatchObject({ ok: true, value: { type: 'ner', parameters } })
    await save({ model: 'other' })
    expect(await listed({ type: 'ner' })).toMatchObject([{ model: 'fake-model', parameters }])
    expect(await server.request('model/setDefault', fake)).toMatchObject({ ok: true, value: { isDefault: true } })
    expect(await save({ type: 'generation' })).toMatchObject({ ok: false, reason: { problems: [{ path: 'type' }] } })
  })

  it.each<[string, object, string]>([
    ['a label twice in other letters', { labels: ['a', 'A'] }, 'parameters.labels'],
    ['no label', { labels: [] }, 'parameters.labels'],
    ['an empty label', { labels: ['a', ' '] }, 'parameters.labels.1'],
    ['labels that are a text', { labels: 'a,b' }, 'parameters.labels'],
    ['a threshold beyond 1', { threshold: 1.5 }, 'parameters.threshold'],
    ['17 texts to stop at', { stop: Array.from({ length: 17 }, (_, index) => `s${index}`) }, 'parameters.stop'],
    ['a parameter of another type', { temperature: 0 }, 'parameters.temperature'],
  ])('is refused for %s, with the field', async (_, wrong, field) => {
    const refused = await save({ type: 'ner', parameters: wrong as Params<'model/save'>['parameters'] })
    expect(refused).toMatchObject({ ok: false, reason: { code: 'config_invalid', problems: [{ path: field }] } })
    expect(await listed()).toEqual([])
  })

  it('is refused where a kind has no models that write', async () => {
    expect(await save({ provider: 'builtin', type: 'ner' })).toMatchObject({
      ok: false,
      reason: { code: 'config_invalid', problems: [{ path: 'type' }] },
    })
  })

  const names = [
    { text: 'Anna Berger', label: 'person', confidence: 0.9 },
    { text: 'Lisbon', label: 'place', confidence: 0.4 },
  ]

  it('is tested by a sentence: what is found is told, spelled as its labels are, below the threshold left out', async () => {
    await save({ type: 'ner', parameters })
    models.decide(() => ({ value: { names } }))
    expect(await server.request('model/test', fake)).toMatchObject({
      ok: true,
      value: { type: 'ner', names: [{ text: 'Anna Berger', label: 'Person', confidence: 0.9 }], registered: false },
    })
    const [chat] = models.chats
    expect(chat?.body).toMatchObject({ stop: ['###', '\n\n'], top_k: 3 })
    expect(JSON.stringify(chat?.schema)).toContain('"enum":["Person","place"]')
  })

  it.each<[string, unknown]>([
    ['a name that does not stand in the text', { names: [{ text: 'Eve', label: 'place', confidence: 1 }] }],
    ['a label that nobody asked for', { names: [{ text: 'Lisbon', label: 'city', confidence: 1 }] }],
    ['a confidence beyond 1', { names: [{ text: 'Lisbon', label: 'place', confidence: 7 }] }],
    ['something else', { verdicts: {} }],
  ])('has no answer in %s', async (_, value) => {
    await save({ type: 'ner', parameters })
    models.decide(() => ({ value }))
    expect(await server.request('model/test', fake)).toMatchObject({
      ok: false,
      reason: { code: 'invalid_response', problem: 'schema' },
    })
  })
})

describe('a list to give away', () => {
  it('has names, types, parameters and ends, and nothing of endpoints, keys, prices or measurements', async () => {
    await connect({ key_env: 'SECRET_NAME_OF_MINE', price: { input: 3 } })
    await save({ parameters: { temperature: 0.5 }, price: { input: 1, output: 2 } })
    await save({ model: 'off' })
    await save({ model: 'off', status: 'inactive' })
    await save({ model: 'finds', type: 'ner' })
    const given = await listed({ public: true })
    expect(given).toMatchObject([
      { ...fake, type: 'generation', status: 'active', parameters: { temperature: 0.5 }, price: null, latency: null },
      { model: 'finds', probe: null, embedding: null, isProbeOutdated: false },
    ])
    const text = JSON.stringify(given)
    for (const secret of ['SECRET_NAME', models.origin, String(models.port), 'key', 'endpoint', 'base_url']) {
      expect(text).not.toContain(secret)
    }
    expect(await listed({ public: true, type: 'ner' })).toMatchObject([{ model: 'finds' }])
    expect(await listed({ public: true, status: 'inactive' })).toEqual([])
    expect(await listed()).toHaveLength(3)
  })
})

/** Twenty items over the fake, whose calls take 1,000 tokens in and 20 out. */
async function run(request: object = {}): Promise<RunView> {
  const file = path.join(folders.make(), 'items.jsonl')
  const rows = Array.from({ length: 20 }, (_, index) => JSON.stringify({ id: index, text: `It crashes ${index}.` }))
  await writeFile(file, rows.join('\n'))
  const over = new Promise<RunView>((resolve) => {
    server.connection.onNotification('run/progress', (view: RunView) => {
      if (view.finishedAt !== null) resolve(view)
    })
  })
  const source = { kind: 'paths' as const, paths: [file] }
  const params = {
    tasks: ['scoring'],
    source,
    override: fake,
    output: { path: null, none: true },
    ...request,
  } as Params<'run/start'>
  const started = await server.request('run/start', params)
  if (!started.ok) throw new Error(started.reason.message)
  return await over
}

describe('a window that calls cannot name', () => {
  it('limits what is packed into one, without a call that would not fit', async () => {
    await save({ parameters: { context_window: 1200 } })
    const view = await run({ batchSize: 10 })
    expect(view).toMatchObject({ state: 'completed', counts: { ok: 20, failed: 0 } })
    expect(models.chats.length).toBeGreaterThan(2)
    for (const { system, prompt, body } of models.chats) {
      const asked = Math.ceil((system.length + prompt.length) / 4)
      expect(asked).toBeLessThan(1200)
      expect(body).not.toHaveProperty('context_window')
    }
  })

  it('is told where not even the instructions fit', async () => {
    await save({ parameters: { context_window: 50 } })
    const view = await run()
    expect(view.counts.ok).toBe(0)
    expect(models.chats).toEqual([])
    expect(view.reason).toMatchObject({ code: 'context_too_long', limitTokens: 50 })
  })
})

describe('a price of one’s own', () => {
  const tokensIn = 1_000_000
  const price = { input: 1, output: 2 }

  it('is what runs cost, of the model before the provider, and holds the caps', async () => {
    await connect({ price: { input: 5, output: 2, cached_input: 0 } })
    await save({ price: { input: 1 } })
    const view = await run()
    const { input, output, costUsd, unpricedCalls } = view.spent
    expect(unpricedCalls).toBe(0)
    expect(costUsd).toBeCloseTo((input * 1 + output * 2) / tokensIn, 12)
    const usage = await server.request('usage/read', { groupBy: [] })
    expect(usage).toMatchObject({ value: { rows: [{ costUsd: expect.closeTo(costUsd, 12), unpricedCalls: 0 }] } })
    const capped = await run({ maxCostUsd: costUsd / 1000, reuse: 'none' })
    expect(capped).toMatchObject({ state: 'stopped', reason: { code: 'spend_cap' } })
  })

  it('of 0 is free: known, and under every cap', async () => {
    await save({ price: { input: 0, output: 0 } })
    const view = await run({ maxCostUsd: 0.000001 })
    expect(view).toMatchObject({ state: 'completed', spent: { costUsd: 0, unpricedCalls: 0 } })
  })

  it('that says half of it leaves the rest unknown where no list has it', async () => {
    await save({ price: { output: 2 } })
    expect((await run()).spent.unpricedCalls).toBeGreaterThan(0)
    await expect(run({ maxCostUsd: 1, reuse: 'none' })).rejects.toThrow(/price of "fake-model" is unknown/)
  })

  it('stays when parameters are changed, is taken back by null, and is audited', async () => {
    await save({ price })
    expect(await save({ parameters: { temperature: 0 } })).toMatchObject({ value: { price } })
    expect(await save({ price: {} })).toMatchObject({ value: { price: null } })
    await save({ price })
    expect(await save({ price: null })).toMatchObject({ value: { price: null } })
    const audit = await server.request('audit/list', { what: ['model'] })
    expect(audit.ok && audit.value.rows[0]).toMatchObject({ before: { price }, after: { price: null } })
  })

  it.each<[string, object, string]>([
    ['below 0', { input: -1 }, 'price.input'],
    ['that is a text', { output: '2' }, 'price.output'],
    ['with a figure that nobody knows', { per_call: 1 }, 'price'],
    ['beyond all reason', { cached_input: 1e9 }, 'price.cached_input'],
  ])('%s is refused with its path, of a model and of a provider', async (_, wrong, field) => {
    const refused = { ok: false, reason: { code: 'config_invalid', problems: [{ path: field }] } }
    expect(await save({ price: wrong as Params<'model/save'>['price'] })).toMatchObject(refused)
    expect(await connect({ price: wrong })).toMatchObject(refused)
  })

  it('has no room for a key', async () => {
    // Random, and without the mark by which the suite finds keys by itself.
    const key = 'b7Kq2Zx9Lm4Tn8Vc1Rw6Yp3Hs5Jd0Fg2'
    for (const wrong of [{ input: key }, { [key]: 1 }]) {
      const refused = await save({ price: wrong as Params<'model/save'>['price'] })
      expect(refused).toMatchObject({ ok: false, reason: { code: 'key_refused' } })
      expect(JSON.stringify(refused)).not.toContain(key)
    }
    const labels = await save({ type: 'ner', parameters: { labels: [key] } })
    expect(labels).toMatchObject({ ok: false, reason: { code: 'key_refused' } })
  })
})

describe('how long its calls took', () => {
  it('is told of every registered model that answered, also after a restart, and goes with its provider', async () => {
    await save()
    expect(await listed()).toMatchObject([{ latency: null }])
    await run()
    await server.request('provider/test', { provider: 'lab' })
    await server.request('model/test', fake)
    const calls = models.chats.length
    // Also where the provider's own list is shown.
    const view = await server.request('provider/get', { provider: 'lab' })
    const shown = { model: 'fake-model', latency: { calls: expect.any(Number) } }
    expect(view).toMatchObject({ value: { models: { models: [shown] } } })
    const again = await startTestServer({ dataDir: server.dataDir })
    await server.stop()
    const list = await again.request('model/list', {})
    const latency = { calls, p50Ms: expect.any(Number), p95Ms: expect.any(Number) }
    expect(list).toMatchObject({ ok: true, value: { rows: [{ latency }] } })
    await again.request('provider/remove', { provider: 'lab', confirm: true })
    server = again
    await connect()
    await save()
    expect(await listed()).toMatchObject([{ latency: null }])
  })
})
