import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { requests, ServerInfo } from '../../protocol/contract.ts'
import { outcomeOf } from '../../protocol/outcome.ts'
import { ModelList } from '../../protocol/providers.ts'
import { installKeyringPackage, removeKeyringPackage, workingKeyringPackage } from '../support/cli/keyringPackage.ts'
import { type BuiltCli, buildCli } from '../support/cli/spawnCli.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let cli: BuiltCli
let server: FakeModelServer
beforeAll(async () => {
  ;[cli, server] = await Promise.all([buildCli(), startFakeModelServer({ models: ['fake-model', 'other-model'] })])
})
afterAll(async () => {
  await Promise.all([cli.remove(), server.close()])
})

const Failure = outcomeOf(z.never())

test('a provider is set up, tested, routed to, explained and removed, each step one document of the contract', async () => {
  const steps: { words: string[]; schema: z.ZodType; code?: number; has?: object }[] = [
    { words: ['migrate'], schema: outcomeOf(ServerInfo), has: { version: '0.1.0', store: { mode: 'read-write' } } },
    { words: ['provider', 'kinds'], schema: requests['provider/kinds'].result },
    {
      words: ['provider', 'add', 'lab', '--kind', 'openai-compatible', '--set', `base_url=${server.origin}/v1`],
      schema: requests['provider/save'].result,
      has: { provider: 'lab', endpoint: `${server.origin}/v1`, health: { state: 'unknown' } },
    },
    { words: ['provider', 'test', 'lab'], schema: requests['provider/test'].result, has: { provider: 'lab' } },
    { words: ['provider', 'get', 'lab'], schema: requests['provider/get'].result, has: { health: { state: 'ok' } } },
    { words: ['provider', 'models', 'lab'], schema: requests['provider/models'].result },
    {
      words: ['model', 'add', 'lab', 'fake-model', '--type', 'generation', '--set', 'temperature=0'],
      schema: requests['model/save'].result,
      has: { parameters: { temperature: 0 } },
    },
    { words: ['model', 'default', 'lab', 'fake-model'], schema: requests['model/setDefault'].result },
    { words: ['model', 'list'], schema: requests['model/list'].result, has: { next: null } },
    {
      words: ['model', 'test', 'lab', 'fake-model'],
      schema: requests['model/test'].result,
      has: { type: 'generation', registered: false },
    },
    { words: ['usage', '--by', 'model'], schema: requests['usage/read'].result },
    {
      words: ['model', 'list', '--available'],
      schema: outcomeOf(z.array(z.object({ provider: z.string(), ...ModelList.shape }))),
    },
    {
      words: ['provider', 'set', 'lab', '--key-env', 'LAB_KEY'],
      schema: requests['provider/save'].result,
      has: { key: 'missing', config: { key_env: 'LAB_KEY', key_origin: server.origin } },
    },
    {
      words: ['route', 'set', 'scoring', '--provider', 'lab', '--model', 'fake-model'],
      schema: requests['route/save'].result,
      has: { task: 'scoring', model: 'fake-model' },
    },
    { words: ['route', 'list'], schema: requests['route/list'].result },
    { words: ['route', 'explain', 'scoring'], schema: requests['route/resolve'].result, code: 3 },
    {
      words: ['readiness'],
      schema: requests['readiness/read'].result,
      code: 3,
      has: { categorization: { ready: true }, scoring: { ready: false, reason: { code: 'secret_missing' } } },
    },
    { words: ['provider', 'set', 'lab', 'key_env='], schema: requests['provider/save'].result },
    {
      words: ['readiness'],
      schema: requests['readiness/read'].result,
      has: { scoring: { ready: true, warnings: [], route: { provider: 'lab', model: 'fake-model' } } },
    },
    { words: ['provider', 'disable', 'lab', '--yes'], schema: requests['provider/setEnabled'].result },
    { words: ['readiness', '--no-check'], schema: requests['readiness/read'].result, code: 3 },
    { words: ['provider', 'enable', 'lab'], schema: requests['provider/setEnabled'].result, has: { enabled: true } },
    { words: ['provider', 'list'], schema: requests['provider/list'].result },
    { words: ['category', 'list'], schema: requests['category/list'].result },
    {
      words: ['category', 'add', 'Release notes', '--parent', 'planning', '--weight', 'boost'],
      schema: requests['category/save'].result,
      has: { slug: 'release-notes', approved: true },
    },
    { words: ['category', 'approve', 'release-notes'], schema: requests['category/save'].result },
    { words: ['category', 'remove', 'release-notes'], schema: requests['category/remove'].result },
    { words: ['provider', 'dependents', 'lab'], schema: requests['provider/dependents'].result },
    { words: ['provider', 'remove', 'lab'], schema: requests['provider/remove'].result, code: 2 },
    { words: ['provider', 'remove', 'lab', '--yes'], schema: requests['provider/remove'].result },
    { words: ['run', 'list'], schema: requests['run/list'].result, has: { rows: [], next: null } },
    { words: ['audit', '--limit', '3'], schema: requests['audit/list'].result },
    { words: ['--version'], schema: outcomeOf(z.object({ version: z.string() })), has: { version: '0.1.0' } },
  ]
  for (const { words, schema, code = 0, has } of steps) {
    const finished = await cli.run([...words, '--json'])
    const document = JSON.parse(finished.out)
    expect({ words, problem: schema.safeParse(document).error }).toEqual({ words, problem: undefined })
    expect({ words, code: finished.code, err: finished.err }).toEqual({ words, code, err: '' })
    if (has) expect(document.value).toMatchObject(has)
  }
  // Each step is a process of its own, and the machine may be busy.
})

test('readiness asks at most once a minute, and tells of a server that is not there', async () => {
  const gone = await startFakeModelServer()
  await cli.run(['provider', 'add', 'gone', '--kind', 'openai-compatible', '--set', `base_url=${gone.origin}/v1`])
  await cli.run(['route', 'set', 'categorization', '--provider', 'gone', '--model', 'x'])
  await gone.close()
  const { code, out } = await cli.run(['readiness'])
  expect(code).toBe(3)
  expect(out).toMatch(/Categorization {2}not ready {2}"gone" cannot be reached/)
  expect(out).toMatch(/next: .* provider test gone/)
  const tests = async (): Promise<number> =>
    JSON.parse((await cli.run(['audit', '--json'])).out).value.rows.filter(
      (row: { what: string; target: string }) => row.what === 'test' && row.target === 'gone',
    ).length
  const before = await tests()
  expect(before).toBe(1)
  await cli.run(['readiness'])
  expect(await tests()).toBe(before)
  const tested = await cli.run(['provider', 'test', 'gone'])
  expect(tested).toMatchObject({ code: 3, out: '' })
  expect(tested.err).toMatch(/^error: "gone" cannot be reached .*\nnext: {2}start the server/)
  await cli.run(['provider', 'remove', 'gone', '--yes'])
})

describe('wrong use is exit code 2, a sentence and the next step', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown option', ['run', 'x', '--provder', 'y'], /Unknown option '--provder' \(Did you mean --provider\?\)/],
    ['a missing file', ['run', 'nowhere.jsonl', '--provider', 'builtin'], /nowhere\.jsonl: there is no such file/],
    ['a missing profile', ['run', 'x.md', '--provider', 'builtin', '--profile', './no.yaml'], /no\.yaml is not valid/],
    [
      'a place that cannot be written',
      ['run', 'x.md', '--provider', 'builtin', '--output', 'no/x.csv'],
      /cannot be written/,
    ],
  ])('%s', async (_name, words, sentence) => {
    await writeFile(path.join(cli.folder, 'x.md'), 'It crashes.')
    const [plain, json] = await Promise.all([cli.run(words), cli.run([...words, '--json'])])
    expect(plain).toMatchObject({ code: 2, out: '' })
    expect(plain.err).toMatch(sentence)
    expect(plain.err).toMatch(/^error: .+\nnext: {2}.+\n$/)
    expect(json).toMatchObject({ code: 2, err: '' })
    expect(Failure.parse(JSON.parse(json.out)).ok).toBe(false)
  })

  test('a key on the command line is refused without being repeated or kept', async () => {
    const key = 'sk-fake-0123456789abcdef0123456789'
    for (const words of [
      ['provider', 'add', 'x', '--kind', 'openai', '--set', `api_key=${key}`],
      ['provider', 'add', 'x', '--kind', 'openai', '--key-env', key],
      ['provider', 'add', 'x', '--kind', 'openai', '--set', key],
    ]) {
      const { code, out, err } = await cli.run(words)
      expect(code).toBe(2)
      expect(out + err).not.toContain(key)
    }
    expect((await cli.run(['audit', '--json'])).out).not.toContain(key)
  })
})

test('without a command the help goes to stderr, --help is an answer', async () => {
  const bare = await cli.run([])
  expect(bare).toMatchObject({ code: 2, out: '' })
  expect(bare.err).toContain('Usage: llm-providers')
  const asked = await cli.run(['run', '--help'])
  expect(asked).toMatchObject({ code: 0, err: '' })
  expect(asked.out).toContain('$ llm-providers run issues.jsonl')
})

describe('a data folder', () => {
  test('that is a file is told, not a crash', async () => {
    await writeFile(path.join(cli.folder, 'taken'), '')
    for (const folder of ['taken', 'taken/below']) {
      const { code, out } = await cli.run(['provider', 'list', '--data-dir', folder, '--json'])
      expect(code).toBe(3)
      expect(JSON.parse(out)).toMatchObject({ ok: false, reason: { code: 'store_invalid' } })
    }
  })

  test('is repeated in the lines to type, and nothing is written elsewhere', async () => {
    await mkdir(path.join(cli.folder, 'my data'))
    const { err } = await cli.run(['--data-dir', 'my data', 'provider', 'test', 'nobody'])
    expect(err).toMatch(/next: {2}.* --data-dir 'my data' provider list\n/)
    expect((await readFile(path.join(cli.folder, 'my data', 'store.1.db'))).length).toBeGreaterThan(0)
  })
})

describe('the built program', () => {
  const key = 'sk-fake-0123456789-kept'
  beforeAll(async () => {
    const settings = ['--kind', 'openai-compatible', '--set', `base_url=${server.origin}/v1`]
    expect(await cli.run(['provider', 'add', 'work', ...settings])).toMatchObject({ code: 0 })
  })
  afterEach(() => removeKeyringPackage(cli.file))

  test('without the library, as in the package of the editor, says that a variable is needed', async () => {
    const { code, out, err } = await cli.run(['provider', 'set-key', 'work'], { stdin: key })
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toMatch(/^error: No keyring is available here .*\nnext: {2}.* provider set work --key-env \w+\n$/)
    expect(await cli.run(['provider', 'list'])).toMatchObject({ code: 0 })
  })

  test('keeps a key in the keyring, sends it where it belongs, and nowhere else', async () => {
    await installKeyringPackage(cli.file, workingKeyringPackage)
    const kept = await cli.run(['provider', 'set-key', 'work'], { stdin: `${key}\n` })
    expect(kept).toMatchObject({
      code: 0,
      out: `The key …kept of work is kept in the keyring, for ${server.origin} only.\n`,
    })
    expect((await cli.run(['provider', 'list'])).out).toContain('present …kept')
    const tested = await cli.run(['provider', 'test', 'work', '--model', 'fake-model'])
    expect(tested).toMatchObject({ code: 0 })
    expect(server.chats.at(-1)?.headers.authorization).toBe(`Bearer ${key}`)

    const elsewhere = await startFakeModelServer()
    await cli.run(['provider', 'set', 'work', `base_url=${elsewhere.origin}/v1`])
    const refused = await cli.run(['provider', 'test', 'work', '--model', 'fake-model'])
    expect(refused).toMatchObject({ code: 3, out: '' })
    expect(refused.err).toContain(`was entered for ${server.origin} and is not sent to ${elsewhere.origin}`)
    expect(elsewhere.chats).toEqual([])
    await elsewhere.close()

    const health = async () => JSON.parse((await cli.run(['provider', 'get', 'work', '--json'])).out).value.health
    expect(await health()).toMatchObject({ state: 'failed', reason: { code: 'secret_missing' } })
    expect((await cli.run(['provider', 'clear-key', 'work'])).out).toContain(
      `removed from the keyring, for ${server.origin}`,
    )
    // What was found with another key says nothing any more.
    expect(await health()).toMatchObject({ state: 'unknown', reason: null })
    for (const { out, err } of [kept, tested, refused]) expect(out + err).not.toContain(key)
  })

  test.each([
    ['cannot be loaded', 'throw new Error("no native binding")'],
    ['finds no Secret Service', 'exports.AsyncEntry = class { constructor() { throw new Error("DBus error") } }'],
  ])('whose library %s does without', async (_how, source) => {
    await installKeyringPackage(cli.file, source)
    const { code, err } = await cli.run(['provider', 'set-key', 'work'], { stdin: key })
    expect(code).toBe(3)
    expect(err).toContain('No keyring is available here')
  })
})
