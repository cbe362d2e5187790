import { describe, expect, test } from 'vitest'
import { runCli } from '../../cli/runCli.ts'
import type { FoundServer } from '../../protocol/models.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { ProviderView } from '../../protocol/providers.ts'
import { explainReason } from '../../shared/describe/reason.ts'
import { fail } from '../../shared/fail.ts'
import { fakeHost, hosting } from '../support/cli/fakeHost.ts'
import { fakeTerminal } from '../support/cli/fakeTerminal.ts'
import { startLiveCli } from '../support/cli/liveCli.ts'
import { kindInfo, providerView } from '../support/cli/views.ts'

const found: FoundServer = {
  kind: 'ollama',
  preset: null,
  label: 'Ollama',
  endpoint: 'http://127.0.0.1:11434',
  config: {},
  version: '0.12.0',
  models: ['qwen3:8b', 'llama3.2:3b'],
  provider: null,
}
const studio: FoundServer = {
  ...found,
  kind: 'openai-compatible',
  preset: 'lm-studio',
  label: 'LM Studio',
  endpoint: 'http://localhost:1234/v1',
  config: { base_url: 'http://localhost:1234/v1' },
  version: null,
  models: [],
}
const preset = {
  id: 'lm-studio',
  label: 'LM Studio',
  description: '',
  config: { base_url: 'http://localhost:1234/v1' },
}

async function scan(servers: FoundServer[], names: string[] = []) {
  const terminal = fakeTerminal({ columns: 120 })
  const host = fakeHost({
    'provider/scan': () => succeed(servers),
    'provider/kinds': () =>
      succeed([
        kindInfo({ kind: 'ollama', defaultEndpoint: 'http://127.0.0.1:11434' }),
        kindInfo({ kind: 'openai-compatible', defaultEndpoint: null, presets: [preset] }),
      ]),
    'provider/list': () => succeed(names.map((provider) => providerView({ provider }))),
  })
  const code = await runCli(['provider', 'scan'], terminal, '0.0.0', hosting(host))
  return { code, out: terminal.out(), lines: terminal.err().trimEnd().split('\n') }
}

test('a scan says whom it asks, shows what it found, and how to add it', async () => {
  const { code, out, lines } = await scan([found, studio])
  expect(code).toBe(0)
  expect(out).toBe(
    [
      'SERVER     ENDPOINT                  VERSION  PROVIDER   MODELS',
      'Ollama     http://127.0.0.1:11434    0.12.0   not added  qwen3:8b, llama3.2:3b',
      'LM Studio  http://localhost:1234/v1           not added  none',
      '',
    ].join('\n'),
  )
  expect(lines).toEqual([
    'Asking the usual ports of this machine, and of no other.',
    'to add it:  llm-providers provider add ollama --kind ollama',
    'to add it:  llm-providers provider add lm-studio --kind openai-compatible --preset lm-studio',
  ])
})

test('a scan offers a name that is free, an address where it is needed, and nothing that is there already', async () => {
  const endpoint = 'http://127.0.0.1:1234/v1'
  const moved = { ...studio, endpoint, config: { base_url: endpoint } }
  const { lines } = await scan([found, moved, { ...found, provider: 'ollama' }], ['ollama', 'ollama-2'])
  expect(lines.slice(1)).toEqual([
    'to add it:  llm-providers provider add ollama-3 --kind ollama',
    'to add it:  llm-providers provider add lm-studio --kind openai-compatible --preset lm-studio --set base_url=http://127.0.0.1:1234/v1',
  ])
})

test('a scan that finds nothing says what it asked, and what to do', async () => {
  const { code, out, lines } = await scan([])
  expect({ code, out }).toEqual({ code: 0, out: 'No model server answered.\n' })
  expect(lines.slice(1)).toEqual([
    'Asked: Ollama (11434), LM Studio (1234), vLLM (8000), llama.cpp (8080, 9931), LiteLLM (4000).',
    'next:  start one of them, such as Ollama (ollama serve), then llm-providers provider scan',
    'A server that is elsewhere: llm-providers provider add ID --kind openai-compatible --set base_url=URL',
  ])
})

test('a preset is a start, and --set changes any of it', async () => {
  const cli = await startLiveCli()
  const add = ['provider', 'add', 'studio', '--kind', 'openai-compatible', '--preset', 'lm-studio', '--json']
  expect(JSON.parse((await cli.run(add)).out)).toMatchObject({ value: { endpoint: 'http://localhost:1234/v1' } })
  const other = [...add, '--set', 'base_url=http://127.0.0.1:9/v1'].map((word) => (word === 'studio' ? 'moved' : word))
  expect(JSON.parse((await cli.run(other)).out)).toMatchObject({ value: { endpoint: 'http://127.0.0.1:9/v1' } })
  expect((await cli.run(['provider', 'kinds'])).out).toMatch(
    /--preset lm-studio {2}LM Studio: base_url=http:\/\/localhost:1234/,
  )
  await cli.remove()
})

describe('a setting that was just typed wrongly', () => {
  const studio = ['--kind', 'openai-compatible', '--set', 'base_url=http://127.0.0.1:9/v1']
  const sentenceOf = (err: string) => err.slice(0, err.indexOf('\n'))

  test.each([
    ['a name that the kind does not have', 'prot=1', /has no setting "prot"/],
    ['a value of another type', 'allow_plain_http=perhaps', /takes true or false/],
    ['an address that is none', 'base_url=ftp://127.0.0.1', /base_url/],
    ['a header that holds a key', 'headers=X-Gateway: sk-fake-0123456789abcdef', /looks like a key/],
  ])('is wrong use, exit code 2: %s', async (_name, setting, words) => {
    const cli = await startLiveCli()
    const added = await cli.run(['provider', 'add', 'wrong', ...studio, '--set', setting])
    expect(added.code).toBe(2)
    expect(sentenceOf(added.err)).toMatch(words)
    await cli.run(['provider', 'add', 'studio', ...studio])
    const stored = async () => {
      const { value } = JSON.parse((await cli.run(['provider', 'list', '--json'])).out) as { value: ProviderView[] }
      return value.map(({ provider, config, updatedAt }) => ({ provider, config, updatedAt }))
    }
    const before = await stored()
    expect(before.map(({ provider }) => provider)).toEqual(['builtin', 'studio'])
    const changed = await cli.run(['provider', 'set', 'studio', setting])
    expect(changed.code).toBe(2)
    expect(sentenceOf(changed.err)).toMatch(words)
    expect((await cli.run(['provider', 'set', 'studio', setting, '--json'])).code).toBe(2)
    // Nothing was added, and nothing changed.
    expect(await stored()).toEqual(before)
    await cli.remove()
  })

  test('is none where it was stored before: then something has to be mended, exit code 3', async () => {
    const reason = explainReason({
      code: 'config_invalid',
      provider: 'work',
      problems: [{ path: 'port', message: 'x' }],
    })
    const terminal = fakeTerminal({})
    const host = fakeHost({ 'provider/test': () => ({ ok: false, reason }) })
    expect(await runCli(['provider', 'test', 'work'], terminal, '0.0.0', hosting(host))).toBe(3)
  })
})

test('all that is known of a provider stands in lines that fit', async () => {
  const { reason } = fail({ code: 'provider_unreachable', provider: 'work', endpoint: 'https://api.example/v1' })
  const view = providerView({
    config: { base_url: 'https://api.example/v1', daily_cap_usd: 5 },
    key: 'missing',
    reason,
    health: { state: 'failed', reason, latencyMs: 120, version: '1.2', checkedAt: '2026-11-21T11:58:00.000Z' },
    models: { state: 'stale', models: [{ model: 'm' }], listedAt: '2026-11-20T12:00:00.000Z' },
  })
  const terminal = fakeTerminal({ columns: 60 })
  const host = fakeHost({ 'provider/get': () => succeed(view) })
  await runCli(['provider', 'get', 'work'], terminal, '0.0.0', hosting(host))
  const lines = terminal.out().trimEnd().split('\n')
  expect(lines.slice(0, -1)).toEqual([
    'provider    work',
    'kind        openai (OpenAI)',
    'state       not ready',
    'problem     "work" cannot be reached at',
    '            https://api.example/v1.',
    'endpoint    https://api.example/v1',
    'key         missing',
    'settings    base_url=https://api.example/v1',
    '            daily_cap_usd=5',
    'checked     2 min ago, failed in 120 ms',
    'version     1.2',
    'models      1 model, stale, listed 24 h ago',
  ])
  expect(lines.at(-1)).toMatch(/^changed {5}2026-11-2\d \d\d:\d\d$/)
})
