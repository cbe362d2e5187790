import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ImportEntry, ImportPlan } from '../../protocol/imports.ts'
import { fakeKeyring } from '../support/cli/fakeKeyring.ts'
import type { FakeTerminalOptions } from '../support/cli/fakeTerminal.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { startTestServer } from '../support/protocol/testServer.ts'

const key = 'sk-fake-0123456789abcdefghijwxyz'

let cli: LiveCli
/** Where files with keys stand. */
let folder = ''
beforeEach(async () => {
  cli = await startLiveCli()
  folder = await mkdtemp(path.join(tmpdir(), 'key-on-purpose-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
  await cli.remove()
})

async function file(name: string, text: string): Promise<string> {
  const named = path.join(folder, name)
  await mkdir(path.dirname(named), { recursive: true })
  await writeFile(named, text)
  return named
}

async function run(words: string[], options: FakeTerminalOptions = {}) {
  const told = await cli.run(['provider', 'import', ...words], { columns: 240, ...options })
  expect(told.out + told.err).not.toContain(key)
  return told
}

async function plan(words: string[], environment: Record<string, string> = {}): Promise<ImportPlan> {
  const { code, out } = await run([...words, '--dry-run', '--json'], { environment })
  expect(code).toBe(0)
  return JSON.parse(out).value
}

async function listed(kind: string): Promise<Record<string, unknown>[]> {
  const { out } = await cli.run([kind, 'list', '--json'])
  const { value } = JSON.parse(out)
  return value.rows ?? value
}

const ids = ({ entries }: ImportPlan) => entries.map(({ id }) => id)
const entry = ({ entries }: ImportPlan, id: string): ImportEntry | undefined => entries.find((each) => each.id === id)

const continueYaml = `models:
  - name: Fast one
    provider: openai
    model: gpt-4o-mini
    apiKey: ${key}
    defaultCompletionOptions: { temperature: 0.2, maxTokens: 900, contextLength: 128000, topP: 7 }
  - name: Team
    provider: openai
    model: qwen3
    apiBase: https://models.team.example/v1
    apiKey: \${{ secrets.TEAM_KEY }}
  - { name: vec, provider: ollama, model: nomic-embed-text, roles: [embed] }
  - { name: odd, provider: bedrock, model: x }
  - uses: someone/block
`

describe('Continue', () => {
  test('the list says what would be made, where it stands and what is left, and makes nothing', async () => {
    const named = await file('config.yaml', continueYaml)
    const { code, out } = await run([named, '--dry-run'])
    expect(code).toBe(0)
    expect(out).toMatch(
      /provider:openai +new .*config\.yaml:2 +openai, https:\/\/api\.openai\.com\/v1; key …wxyz in line 5/,
    )
    expect(out).toMatch(/key from TEAM_KEY, which is not set/)
    expect(out).toMatch(/config\.yaml:13 odd: the service bedrock has no kind here/)
    expect(out).toMatch(/config\.yaml:14 someone\/block: it stands in a block elsewhere/)
    expect(await listed('provider')).toHaveLength(1)
  })

  test('what is confirmed is made, with parameters that the kind takes, and no key in the data', async () => {
    const named = await file('config.yaml', continueYaml)
    const { code, err } = await run([named, '--yes'])
    expect(code).toBe(0)
    expect(err).toContain('--yes --keys copy')
    expect(await listed('alias')).toMatchObject([
      { alias: 'fast-one', provider: 'openai', model: 'gpt-4o-mini' },
      { alias: 'team', provider: 'models', model: 'qwen3' },
      { alias: 'vec', provider: 'ollama', model: 'nomic-embed-text' },
    ])
    const models = await listed('model')
    expect(models[0]).toMatchObject({
      parameters: { context_window: 128_000, max_output_tokens: 900, temperature: 0.2 },
    })
    expect(models.map(({ type }) => type)).toEqual(['generation', 'generation', 'embedding'])
    const providers = await listed('provider')
    expect(providers.find(({ provider }) => provider === 'models')).toMatchObject({
      config: { key_env: 'TEAM_KEY', key_origin: 'https://models.team.example' },
    })
    for (const each of await readdir(cli.dataDir, { recursive: true, withFileTypes: true }))
      if (each.isFile()) expect(await readFile(path.join(each.parentPath, each.name), 'latin1')).not.toContain(key)
  })

  test('a second time everything is there, and the key can still be copied or moved', async () => {
    const named = await file('config.yaml', continueYaml)
    await run([named, '--yes'])
    const again = await plan([named])
    expect(again.entries.every(({ state }) => state === 'exists')).toBe(true)
    const keyring = fakeKeyring()
    const secret = JSON.stringify({ key, origin: 'https://api.openai.com' })
    await run([named, '--yes', '--keys', 'copy'], { keyring: keyring.open })
    expect([...keyring.secrets]).toEqual([['openai https://api.openai.com', secret]])
    expect(await readFile(named, 'utf8')).toBe(continueYaml)
    await run([named, '--yes', '--keys', 'move'], { keyring: keyring.open })
    expect(await readFile(named, 'utf8')).toBe(continueYaml.replace(key, '""'))
  })

  test('a person is asked twice: for the entries, and for the keys', async () => {
    const named = await file('config.yaml', continueYaml)
    const keyring = fakeKeyring()
    const { err } = await run([named], { keyring: keyring.open, answers: ['y', 'n'] })
    expect(err).toContain('Make 9 entries?')
    expect(err).toContain('Copy 1 key into the keyring, each for its endpoint only?')
    expect(keyring.secrets.size).toBe(0)
    const refused = await run([await file('other.yaml', 'models: [{ provider: groq, model: a }]')], { answers: ['n'] })
    expect(refused.code).toBe(130)
    expect((await listed('provider')).map(({ provider }) => provider)).not.toContain('groq')
  })

  test('only what is named is made, with the provider that it needs', async () => {
    const named = await file('config.yaml', continueYaml)
    await run([named, '--only', 'alias:team', '--only', 'model:models/qwen3', '--yes'])
    expect((await listed('provider')).map(({ provider }) => provider)).toEqual(['builtin', 'models'])
    const { code, err } = await run([named, '--only', 'alias:nobody', '--yes'])
    expect(code).toBe(2)
    expect(err).toContain('is no entry of the list')
  })
})

test('LiteLLM: references become variables, names aliases; a name of several models means the first', async () => {
  const named = await file(
    'proxy.txt',
    `model_list:
  - model_name: eu
    litellm_params: { model: azure/gpt-eu, api_base: os.environ/AZ_BASE, api_key: os.environ/AZ_KEY, api_version: '2024-10-21' }
  - { model_name: smart, litellm_params: { model: claude-sonnet-4-5, api_key: os.environ/ANTHROPIC_API_KEY } }
  - { model_name: smart, litellm_params: { model: openai/other, api_base: 'http://localhost:9999/v1', api_key: none } }
  - { model_name: all, litellm_params: { model: groq/* } }
router_settings: { model_group_alias: { best: smart, lost: nobody } }
`,
  )
  const without = await plan([named])
  expect(without.left.map(({ name, message }) => `${name}: ${message}`)).toEqual([
    'smart: the name stands for several models: it means the first',
    'eu: the variable AZ_BASE with its address is not set',
    'lost: it is unclear which model nobody means',
  ])
  const read = await plan([named], { AZ_BASE: 'https://x.openai.azure.com', AZ_KEY: 'set' })
  expect(entry(read, 'provider:azure')).toMatchObject({
    config: { base_url: 'https://x.openai.azure.com', api_version: '2024-10-21', key_env: 'AZ_KEY' },
    key: { at: 'variable', variable: 'AZ_KEY', isSet: true },
  })
  expect(entry(read, 'alias:best')).toMatchObject({ provider: 'anthropic', model: 'claude-sonnet-4-5' })
  expect(ids(read)).toContain('provider:groq')
  expect(ids(read).filter((id) => id.startsWith('model:groq'))).toEqual([])
})

test('Roo, Cline, VS Code and llm are recognised by what they hold', async () => {
  const files = [
    await file(
      'a.json',
      JSON.stringify({
        providerProfiles: {
          apiConfigs: {
            work: { apiProvider: 'openrouter', openRouterApiKey: key, openRouterModelId: 'qwen/qwen3' },
            plan: { apiProvider: 'claude-code' },
          },
        },
      }),
    ),
    await file(
      'b.json',
      '{"actModeApiProvider":"ollama","actModeOllamaModelId":"llama3.2:3b","planModeApiProvider":"gemini","planModeApiModelId":"gemini-2.5-flash"}',
    ),
    await file(
      'c.json',
      `[ // mine
	{ "name": "Own", "vendor": "customendpoint", "apiKey": "\${input:chat.lm.secret.1a}", "models": [
		{ "id": "m", "name": "M one", "url": "http://localhost:8123/v1/chat/completions", "maxOutputTokens": 64000, },
	] },
]`,
    ),
    await file('d.json', JSON.stringify({ '// Note': 'x', mistral: key })),
    await file('e.json', '{"haiku":"anthropic/claude-haiku-4-5","mini":"gpt-4o-mini"}'),
    await file('f.yaml', '- model_id: mine\n  model_name: served\n  api_base: http://localhost:8124/v1\n'),
  ]
  const read = await plan(files)
  expect(read.forms.map(({ form }) => form)).toEqual([
    'roo',
    'cline',
    'vscode',
    'llm-keys',
    'llm-aliases',
    'llm-models',
  ])
  expect(ids(read)).toEqual(
    expect.arrayContaining([
      ...['provider:openrouter', 'alias:work', 'model:ollama/llama3.2:3b', 'model:google/gemini-2.5-flash'],
      ...['alias:m-one', 'provider:mistral', 'alias:haiku', 'model:openai/gpt-4o-mini', 'alias:mini', 'alias:mine'],
    ]),
  )
  const own = read.entries.find((each) => each.what === 'provider' && each.endpoint === 'http://localhost:8123/v1')
  expect(own).toMatchObject({ key: { at: 'elsewhere' }, line: 3 })
  expect(read.left).toMatchObject([{ name: 'plan', message: 'no kind of provider here is for claude-code' }])
})

test('the environment names keys and addresses; no value of a key is read', async () => {
  const read = await plan(['--env'], { OPENAI_API_KEY: key, OLLAMA_HOST: '127.0.0.1:11500', GROQ_API_KEY: '' })
  expect(read.entries).toMatchObject([
    { id: 'provider:ollama', endpoint: 'http://127.0.0.1:11500', key: null, line: null },
    { id: 'provider:openai', config: { key_env: 'OPENAI_API_KEY' }, key: { at: 'variable', isSet: true } },
  ])
})

describe('what is there already', () => {
  test('the same address is told as there, whatever it is called, and a name that is taken gives way', async () => {
    await cli.run(['provider', 'add', 'mine', '--kind', 'openai'])
    await cli.run(['provider', 'add', 'groq', '--kind', 'ollama', '--set', 'port=11501'])
    await cli.run(['alias', 'set', 'fast', 'mine/gpt-4o'])
    const text = 'models:\n  - { name: fast, provider: openai, model: gpt-4o-mini }\n  - { provider: groq, model: x }\n'
    const read = await plan([await file('config.yaml', text)])
    expect(ids(read)).toEqual([
      'provider:mine',
      'model:mine/gpt-4o-mini',
      'alias:fast-2',
      'provider:groq-2',
      'model:groq-2/x',
    ])
    expect(read.entries.map(({ state }) => state)).toEqual(['exists', 'new', 'new', 'new', 'new'])
  })
})

const pack = `spec: 0
id: triage
questions:
  queue: { type: choice, instructions: Which team?, options: { billing: Money., technical: It breaks., unknown: No. } }
  urgent: { type: noul, instructions: Is it urgent? }
  mood: { type: score, instructions: How angry?, levels: [calm, cross, furious, unknown] }
thresholds: { queue: { billing: 0.8 }, urgent: { 'true': 0.9 } }
`

describe('question packs and codebooks', () => {
  test('a pack becomes a profile with its floors, gate and cases, which labels can be made of', async () => {
    const named = await file('pack/pack.yaml', pack)
    await file('pack/gates.yaml', 'min_accuracy: 0.85\nmax_ece: 0.1\n')
    const cases = [
      {
        id: 'c1',
        state: { subject: 'Invoice', body: 'Twice' },
        expect: { queue: 'billing', urgent: true, mood: 'cross' },
      },
      { id: 'c2', state: { body: 'Hm' }, expect: { queue: 'unknown', urgent: false, mood: 'unknown' } },
    ]
    await file('pack/cases.jsonl', cases.map((each) => JSON.stringify(each)).join('\n'))
    const made = await run([named, '--yes'])
    expect(made.out).toContain('2 categories, 2 criteria, 1 floor, a gate, 2 cases')
    const profile = path.join(cli.folder, '.llm-providers', 'triage.yaml')
    expect(await readFile(profile, 'utf8')).toMatch(/review_below: 0\.8/)
    const next = await cli.run(['label', 'import', '.llm-providers/triage.cases.jsonl', '--profile', profile, '--json'])
    expect(JSON.parse(next.out)).toMatchObject({ ok: true, value: { added: 2, left: 0 } })
    const again = await plan([named])
    expect(again.entries).toMatchObject([{ id: 'profile:triage', state: 'exists' }])
    await writeFile(profile, 'categories: [{ name: mine }]')
    expect(ids(await plan([named]))).toEqual(['profile:triage-2'])
  })

  test('a codebook becomes a profile, and says where its labels stand', async () => {
    const columns = [
      {
        name: 'product',
        kind: 'category',
        definition: 'Which?',
        options: { card: 'A card.', loan: 'A loan.' },
        gold: 'label',
      },
      { name: 'severity', kind: 'scale', definition: 'How bad?', options: ['low', 'high'] },
    ]
    const read = await plan([await file('book.json', JSON.stringify({ version: 1, inputs: ['text'], columns }))])
    expect(read.entries).toMatchObject([{ id: 'profile:book', categories: 2, criteria: 1, cases: null }])
    expect(read.left.map(({ name }) => name)).toEqual(['product', 'product'])
  })
})

describe('files that cannot be used', () => {
  test.each([
    ['a broken list', 'broken.yaml', 'models:\n  - name: [a\n', /broken\.yaml, line [23]/],
    ['broken JSON', 'b.json', '{\n "models": [}\n}', /b\.json, line 2/],
    ['none of the forms', 'c.json', '{"a": 1}', /it is none of the known forms of settings/],
    ['an empty file', 'd.yaml', '', /the file is empty/],
    ['no text', 'e.yaml', 'a\0b', /the file is not text/],
    ['a nest', 'f.json', '['.repeat(5000), /nested too deeply/],
    [
      'aliases that multiply',
      'g.yaml',
      `a: &a [x,x]\n${[...'bcdefghijk'].map((each, at) => `${each}: &${each} [${`*${'abcdefghijk'[at]},`.repeat(9)}]\n`).join('')}`,
      /alias/i,
    ],
    ['another spec', 'h.yaml', pack.replace('spec: 0', 'spec: 7'), /spec 7 of question packs is not known/],
  ])('%s is told, with its line', async (_, name, text, sentence) => {
    const { code, err } = await run([await file(name, text), '--dry-run'])
    expect(code).toBe(2)
    expect(err).toMatch(sentence)
  })

  test('a file that is missing', async () => {
    expect((await run([path.join(folder, 'none.yaml')])).code).toBe(2)
  })
})

test('hostile entries are left out, told on one line, or made harmless', async () => {
  const hostile = [
    { name: '__proto__', provider: 'constructor', model: 'x' },
    { name: 'a\u001b[31m\nb', provider: 'groq', model: 'm\u0007' },
    { name: 'key', provider: 'groq', model: key },
    { name: 'creds', provider: 'openai', model: 'x', apiBase: 'https://user:pass@evil.example/v1' },
    { name: 'file', provider: 'openai', model: 'x', apiBase: 'file:///etc/passwd' },
    { name: '../../x', provider: 'deepseek', model: 'ok' },
    { name: 'long', provider: 'deepseek', model: 'y'.repeat(400) },
  ]
  const named = await file('config.yaml', JSON.stringify({ models: hostile }))
  const { code, out } = await run([named, '--yes'])
  expect(code).toBe(0)
  for (const sign of ['\u001b', '\u0007']) expect(out).not.toContain(sign)
  expect((await listed('model')).map(({ model }) => model)).toEqual(['ok'])
  expect((await listed('alias')).map(({ alias }) => alias)).toEqual(['x'])
  expect((await listed('provider')).map(({ provider }) => provider)).toEqual(['builtin', 'deepseek', 'groq'])
})

test('what has changed since the list was shown is refused as a whole, and nothing is made', async () => {
  const named = await file('config.yaml', continueYaml)
  const server = await startTestServer({ dataDir: cli.dataDir })
  const sources = [{ kind: 'file' as const, path: named }]
  const seen = await server.request('import/plan', { sources })
  if (!seen.ok) throw new Error(seen.reason.message)
  await writeFile(named, continueYaml.replace('models.team.example', 'evil.example'))
  const { digest, entries } = seen.value
  const refused = await server.request('import/apply', { sources, digest, ids: entries.map(({ id }) => id) })
  expect(refused).toMatchObject({ ok: false, reason: { code: 'conflict' } })
  expect(await server.request('provider/list', {})).toMatchObject({ ok: true, value: [{ provider: 'builtin' }] })
  await server.stop()
})
