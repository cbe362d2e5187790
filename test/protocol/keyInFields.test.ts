import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { RequestName } from '../../protocol/contract.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'

let server: TestServer
afterEach(async () => await server.stop())

/** Random, and without the mark by which the suite finds keys by itself. */
const key = 'b7Kq2Zx9Lm4Tn8Vc1Rw6Yp3Hs5Jd0Fg2'
/** Fits where only lower-case letters and digits do. */
const slug = key.toLowerCase()
const config = { base_url: 'http://127.0.0.1:9/v1' }
const provider = { provider: 'local', kind: 'openai-compatible', config }
const folder = '/tmp/no-such-folder'
const text = { kind: 'text', name: 'a text', text: 'one' }

/** Every place where a person may put a key by mistake: what is asked, the params, and where the problem is. */
const places: readonly [RequestName, object, string][] = [
  ['provider/save', { ...provider, provider: slug }, 'provider'],
  ['provider/save', { ...provider, config: { ...config, key_env: `K${slug}` } }, 'key_env'],
  ['provider/save', { ...provider, config: { ...config, base_url: `http://127.0.0.1:9/v1?key=${key}` } }, 'base_url'],
  ['provider/save', { ...provider, config: { ...config, headers: `x-org: ${key}` } }, 'headers'],
  ['provider/save', { ...provider, config: { ...config, header_env: `x-org: K${slug}` } }, 'header_env'],
  ['provider/save', { ...provider, config: { ...config, [key]: 'on' } }, '…'],
  ['provider/save', { ...provider, config: { ...config, categorization_model: key } }, 'categorization_model'],
  ['provider/test', { kind: 'openai-compatible', config: { ...config, key_env: `K${slug}` } }, 'key_env'],
  ['model/save', { provider: 'local', model: key, type: 'generation', create: true }, 'model'],
  [
    'model/save',
    { provider: 'local', model: 'm', type: 'ner', parameters: { labels: ['person', key] } },
    'parameters.labels.1',
  ],
  ['model/save', { provider: 'local', model: 'm', type: 'ner', parameters: { stop: [key] } }, 'parameters.stop.0'],
  ['model/save', { provider: 'local', model: 'm', price: { input: key } }, 'price.input'],
  ['model/save', { provider: 'local', model: 'm', price: { [key]: 1 } }, 'price.…'],
  ['provider/save', { ...provider, config: { ...config, price: { [key]: 1 } } }, 'price.…'],
  ['model/test', { provider: 'local', model: key }, 'model'],
  ['model/pull', { provider: 'local', model: key }, 'model'],
  ['route/save', { task: 'scoring', provider: 'builtin', model: key }, 'model'],
  [
    'route/save',
    { task: 'scoring', provider: 'builtin', model: null, options: { fallback: { provider: 'builtin', model: key } } },
    'options.fallback.model',
  ],
  ['route/saveAll', { routes: [{ task: 'scoring', provider: 'builtin', model: key }] }, 'routes.0.model'],
  ['preferences/save', { interests: `Compilers, and my key ${key}.` }, 'interests'],
  ['category/save', { name: key }, 'name'],
  ['category/save', { name: 'Games', description: `key: ${key}` }, 'description'],
  ['category/saveAll', { changes: [{ name: 'Games' }, { name: key }] }, 'changes.1.name'],
  ['prompt/save', { task: 'scoring', part: 'system', text: `Use ${key}.` }, 'text'],
  [
    'profile/choose',
    { workspaceFolder: folder, profile: { name: key, categories: [{ name: 'Games' }] } },
    'profile.name',
  ],
  ['run/start', { tasks: ['scoring'], source: text, override: { provider: 'builtin', model: key } }, 'override.model'],
]

describe('a key', () => {
  it.each(places)('is refused by %s, with the field and without repeating it: %#', async (method, params, field) => {
    const log: string[] = []
    server = await startTestServer({ onLog: (line) => log.push(line) })
    const before = await server.request('audit/list')
    const answer = await server.connection.sendRequest(method, params)
    expect(answer).toMatchObject({ ok: false, reason: { problems: [{ path: field }] } })
    const told = `${JSON.stringify(answer)}${log.join('\n')}${wholeStore(server.dataDir)}`.toLowerCase()
    expect(told).not.toContain(slug)
    expect(await server.request('audit/list')).toEqual(before)
  })

  it('as the name of something is not repeated by the answer that it is not there', async () => {
    server = await startTestServer()
    const answer = await server.request('provider/get', { provider: slug })
    expect(answer).toMatchObject({ ok: false, reason: { code: 'key_refused', problems: [{ path: 'provider' }] } })
    expect(JSON.stringify(answer)).not.toContain(slug)
  })

  it('is taken where a test of values that are not saved wants one, and in what is judged', async () => {
    server = await startTestServer()
    const tested = await server.request('provider/test', { kind: 'openai-compatible', config, key })
    expect(tested).toMatchObject({ ok: false, reason: { code: 'provider_unreachable' } })
    const run = await server.request('run/start', {
      tasks: ['scoring'],
      source: { kind: 'text', name: 'a text', text: `The key ${key} leaked.` },
    })
    expect(run).toMatchObject({ ok: true })
  })
})

/** Every byte of the files of a store, as text. */
function wholeStore(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}
