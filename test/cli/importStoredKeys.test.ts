import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCli } from '../../cli/runCli.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { ProviderConfig, ProviderView } from '../../protocol/providers.ts'
import { adapterOf, listKinds } from '../../server/providers/registry.ts'
import { keysInConfig } from '../../shared/keys/storedKeys.ts'
import { fakeHost, hosting } from '../support/cli/fakeHost.ts'
import { fakeKeyring } from '../support/cli/fakeKeyring.ts'
import { type FakeTerminalOptions, fakeTerminal } from '../support/cli/fakeTerminal.ts'
import { providerView } from '../support/cli/views.ts'

const key = 'sk-proj-fake-0123456789abcd'
const origin = 'https://gateway.example'
const settings = { base_url: `${origin}/v1`, headers: `X-Team: blue; Authorization: Bearer ${key}; X-Region: eu` }
/** As the server tells settings that it refuses: without an endpoint. */
const refused = (config: ProviderConfig): ProviderView =>
  providerView({ provider: 'gateway', kind: 'openai-compatible', endpoint: null, config })

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'llm-providers-stored-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function importStored(words: string[], view: ProviderView, options: FakeTerminalOptions = {}) {
  const terminal = fakeTerminal({ workingFolder: folder, columns: 200, ...options })
  const saved: unknown[] = []
  const host = fakeHost({
    'provider/list': () => succeed([view]),
    'provider/kinds': () => succeed(listKinds()),
    'provider/get': () => succeed(view),
    'provider/save': (params) => {
      saved.push(params)
      return succeed(view)
    },
  })
  const code = await runCli(['provider', 'import-keys', ...words], terminal, '0.0.0', hosting(host))
  expect(terminal.out() + terminal.err()).not.toContain(key)
  return { code, out: terminal.out(), err: terminal.err(), saved, told: host.told }
}

test('the key that a header holds is told, and nothing changes until that is confirmed', async () => {
  const keyring = fakeKeyring()
  const { code, out, err, saved } = await importStored([], refused(settings), { keyring: keyring.open })
  expect(code).toBe(0)
  expect(out).toMatch(/gateway +headers\.Authorization +…abcd +can move to the keyring, for https:\/\/gateway\.example/)
  expect(err).toBe('next:  llm-providers provider import-keys --yes\n')
  expect([saved, keyring.secrets.size]).toEqual([[], 0])
})

test('it moves into the keyring, for its origin, and the other headers stay', async () => {
  const keyring = fakeKeyring()
  const view = refused(settings)
  const { code, out, saved, told } = await importStored([], view, { keyring: keyring.open, answers: ['y'] })
  expect(code).toBe(0)
  expect(out).toContain(`The key of gateway is kept in the keyring, for ${origin} only, and no longer in headers.`)
  expect([...keyring.secrets]).toEqual([[`gateway ${origin}`, JSON.stringify({ key, origin })]])
  expect(told).toEqual([{ name: 'secret/changed', params: { provider: 'gateway' } }])
  const config = { base_url: `${origin}/v1`, headers: 'X-Team: blue; X-Region: eu' }
  expect(saved).toEqual([{ provider: 'gateway', kind: 'openai-compatible', config, ifUpdatedAt: view.updatedAt }])
  // What was refused before is taken now.
  const { configSchema } = adapterOf('openai-compatible') ?? {}
  expect([configSchema?.safeParse(settings).success, configSchema?.safeParse(config).success]).toEqual([false, true])
})

test('of two providers only the one that is named is looked at, and one that is not there is told', async () => {
  expect((await importStored(['--provider', 'other'], refused(settings))).code).toBe(2)
  const named = await importStored(['--provider', 'gateway', '--name', 'headers.X-Team'], refused(settings))
  expect(named).toMatchObject({ code: 0, out: 'No provider has a key in its settings.\n' })
})

test.each<[string, ProviderConfig, string, RegExp]>([
  [
    'a header of its gateway',
    { ...settings, headers: `X-Gateway-Token: ${key}` },
    'gateway_header',
    /header_env=X-Gateway-Token: VARIABLE/,
  ],
  ['a provider with a variable', { ...settings, key_env: 'GATEWAY_KEY' }, 'from_variable', /from a variable/],
  ['a provider without an address', { headers: settings.headers }, 'no_endpoint', /no address/],
])('stays, and why is told: the key of %s', async (_name, config, state, words) => {
  const { out, saved } = await importStored(['--yes'], refused(config))
  expect(out).toMatch(words)
  expect(saved).toEqual([])
  const asked = await importStored(['--yes', '--json'], refused(config))
  expect(JSON.parse(asked.out)).toMatchObject({ ok: true, value: { keys: [{ provider: 'gateway', state }] } })
})

test('another key in the keyring is not written over', async () => {
  const keyring = fakeKeyring()
  await importStored(['--yes'], refused(settings), { keyring: keyring.open })
  const other = refused({ ...settings, headers: `api-key: ${key}-other` })
  const { out, saved } = await importStored(['--yes'], other, { keyring: keyring.open })
  expect(out).toMatch(/another key of gateway/)
  expect(saved).toEqual([])
})

test('a setting that is no secret, and the fields that name variables, are no keys', () => {
  expect(
    keysInConfig({ base_url: 'https://api.example/v1', key_env: 'OPENAI_API_KEY', headers: 'X-Team: blue' }),
  ).toEqual([])
  expect(keysInConfig({ header_env: 'Authorization: TOKEN_OF_THE_GATEWAY_0123456789abcdef' })).toEqual([])
  expect(keysInConfig({ api_key: key, port: 1 })).toEqual([{ name: 'api_key', key, isOwnKey: true, rest: { port: 1 } }])
})
