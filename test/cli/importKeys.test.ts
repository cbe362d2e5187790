import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCli } from '../../cli/runCli.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { ProviderView } from '../../protocol/providers.ts'
import { listKinds } from '../../server/providers/registry.ts'
import { fakeHost, hosting } from '../support/cli/fakeHost.ts'
import { fakeKeyring } from '../support/cli/fakeKeyring.ts'
import { type FakeTerminalOptions, fakeTerminal } from '../support/cli/fakeTerminal.ts'
import { providerView } from '../support/cli/views.ts'

const key = 'sk-proj-fake-0123456789abcd'
const origin = 'https://api.example'
const settings = `{\n  // mine\n  "tool.apiKey": "${key}",\n  "editor.fontSize": 14\n}\n`
const withoutKey = '{\n  // mine\n  "editor.fontSize": 14\n}\n'

let folder = ''
let file = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'key-on-purpose-'))
  file = path.join(folder, 'settings.json')
  await writeFile(file, settings)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function importKeys(
  words: string[],
  options: FakeTerminalOptions = {},
  views: ProviderView[] = [providerView()],
) {
  const terminal = fakeTerminal({ workingFolder: folder, columns: 200, ...options })
  const host = fakeHost({
    'provider/list': () => succeed(views),
    'provider/kinds': () => succeed(listKinds()),
    'provider/get': () => succeed(views[0]),
  })
  const code = await runCli(['provider', 'import-keys', ...words], terminal, '0.0.0', hosting(host))
  expect(terminal.out() + terminal.err()).not.toContain(key)
  return { code, out: terminal.out(), err: terminal.err(), told: host.told }
}

const stateOf = (out: string) => JSON.parse(out).value.keys.map((each: { state: string }) => each.state)

test('tells where a key stands and whose it is, and changes nothing until that is confirmed', async () => {
  const keyring = fakeKeyring()
  const { code, out, err } = await importKeys(['settings.json'], { keyring: keyring.open })
  expect(code).toBe(0)
  expect(out).toMatch(/settings\.json:3 +tool\.apiKey +…abcd +can move to work, for https:\/\/api\.example/)
  expect(err).toBe('next:  llm-providers provider import-keys settings.json --yes\n')
  expect(await readFile(file, 'utf8')).toBe(settings)
  expect(keyring.secrets.size).toBe(0)
})

test('moves it when a person agrees, and the rest of the file stays', async () => {
  const keyring = fakeKeyring()
  await chmod(file, 0o640)
  const { code, out, told } = await importKeys(['settings.json'], { keyring: keyring.open, answers: ['y'] })
  expect(code).toBe(0)
  expect(told).toEqual([{ name: 'secret/changed', params: { provider: 'work' } }])
  expect(out).toContain(
    'The key …abcd of work is kept in the keyring, for https://api.example only, and no longer in the file.',
  )
  expect([...keyring.secrets]).toEqual([[`work ${origin}`, JSON.stringify({ key, origin })]])
  expect(await readFile(file, 'utf8')).toBe(withoutKey)
  expect((await stat(file)).mode & 0o777).toBe(0o640)
  expect(await readdir(folder)).toEqual(['settings.json'])
})

test('a person who does not agree keeps all as it is', async () => {
  const keyring = fakeKeyring()
  const { code } = await importKeys(['settings.json'], { keyring: keyring.open, answers: ['n'] })
  expect(code).toBe(130)
  expect(keyring.secrets.size).toBe(0)
  expect(await readFile(file, 'utf8')).toBe(settings)
})

test('prints one document, whose shape says all but the key', async () => {
  const told = { file, line: 3, name: 'tool.apiKey', ending: '…abcd', kind: 'openai', provider: 'work', origin }
  const asked = await importKeys(['settings.json', '--json'])
  expect(JSON.parse(asked.out)).toEqual({ ok: true, value: { keys: [{ ...told, state: 'movable' }] } })
  const moved = await importKeys(['settings.json', '--json', '--yes'], { keyring: fakeKeyring().open })
  expect(JSON.parse(moved.out)).toEqual({ ok: true, value: { keys: [{ ...told, state: 'moved' }] } })
})

test('several keys of several files go each where it belongs, and links stay links', async () => {
  const keyring = fakeKeyring()
  const real = path.join(folder, 'real.env')
  await writeFile(real, `PORT=1\nANTHROPIC_API_KEY=sk-ant-api03-fake-0123456789\nOPENAI_API_KEY=${key}\n`)
  await symlink(real, path.join(folder, '.env'))
  const views = [
    providerView(),
    providerView({ provider: 'claude', kind: 'anthropic', endpoint: 'https://claude.example' }),
  ]
  const { out } = await importKeys(['.env', 'settings.json', '--yes', '--json'], { keyring: keyring.open }, views)
  expect(stateOf(out)).toEqual(['moved', 'moved', 'moved'])
  expect([...keyring.secrets.keys()].sort()).toEqual(['claude https://claude.example', `work ${origin}`])
  expect(await readFile(real, 'utf8')).toBe('PORT=1\nANTHROPIC_API_KEY=\nOPENAI_API_KEY=\n')
  expect((await readdir(folder)).sort()).toEqual(['.env', 'real.env', 'settings.json'])
})

describe('a key stays, and why is told', () => {
  test.each<[string, string, string, ProviderView[], string[], RegExp]>([
    ['when no provider is of its kind', 'no_provider', settings, [], [], /provider add ID --kind openai/],
    [
      'when several are',
      'several_providers',
      settings,
      [providerView(), providerView({ provider: 'work-2' })],
      [],
      /more than one provider of the kind openai/,
    ],
    [
      'when its provider reads a variable',
      'from_variable',
      settings,
      [providerView({ config: { key_env: 'X' } })],
      [],
      /from a variable/,
    ],
    [
      'when nobody knows whose it is',
      'unknown',
      '{"tool.token": "ghp_fake0123456789abcdef"}',
      [providerView()],
      [],
      /--provider ID --name NAME/,
    ],
    [
      'when a name was given without a provider',
      'unknown',
      '{"a.token": "fake0123456789abcdef01"}',
      [providerView()],
      ['--name', 'a.token'],
      /--provider ID/,
    ],
  ])('%s', async (_name, state, text, views, options, words) => {
    await writeFile(file, text)
    const keyring = fakeKeyring()
    const asked = await importKeys(['settings.json', '--yes', '--json', ...options], { keyring: keyring.open }, views)
    expect(stateOf(asked.out)).toEqual([state])
    const told = await importKeys(['settings.json', '--yes', ...options], { keyring: keyring.open }, views)
    expect(told.out).toMatch(words)
    expect(await readFile(file, 'utf8')).toBe(text)
    expect(keyring.secrets.size).toBe(0)
  })

  test('when the keyring has another one', async () => {
    const keyring = fakeKeyring()
    const other = JSON.stringify({ key: 'sk-fake-other-0123', origin })
    keyring.secrets.set(`work ${origin}`, other)
    const { out } = await importKeys(['settings.json', '--yes', '--json'], { keyring: keyring.open })
    expect(stateOf(out)).toEqual(['other_key_kept'])
    expect(keyring.secrets.get(`work ${origin}`)).toBe(other)
    expect(await readFile(file, 'utf8')).toBe(settings)
  })

  test('when the file is of a kind that is only read', async () => {
    const toml = `openai_api_key = "${key}"\n`
    await writeFile(path.join(folder, 'a.toml'), toml)
    const { out } = await importKeys(['a.toml', '--yes'], { keyring: fakeKeyring().open })
    expect(out).toMatch(/a\.toml:1 .*this file is only read: provider set-key work/)
    expect(await readFile(path.join(folder, 'a.toml'), 'utf8')).toBe(toml)
  })
})

test('where there is no keyring, the variable is told that can hold the key', async () => {
  const { code, err } = await importKeys(['settings.json', '--yes'])
  expect(code).toBe(3)
  expect(err).toContain('No keyring is available here')
  expect(err).toContain('OPENAI_API_KEY')
  expect(await readFile(file, 'utf8')).toBe(settings)
})

test('the provider is named where several could be meant, and the name where nothing else tells', async () => {
  const keyring = fakeKeyring()
  const views = [providerView(), providerView({ provider: 'work-2', endpoint: 'https://two.example' })]
  await importKeys(['settings.json', '--yes', '--provider', 'work-2'], { keyring: keyring.open }, views)
  await writeFile(file, '{"gate.token": "fake0123456789abcdef01"}')
  await importKeys(
    ['settings.json', '--yes', '--provider', 'work', '--name', 'gate.token'],
    { keyring: keyring.open },
    views,
  )
  expect([...keyring.secrets.keys()]).toEqual(['work-2 https://two.example', `work ${origin}`])
  expect(await readFile(file, 'utf8')).toBe('{}')
})

test('a file that cannot be written keeps its key, and the person is told', async () => {
  const keyring = fakeKeyring()
  // The file is changed between being read and being written: while the key goes into the keyring.
  const open = async () => ({
    ...keyring,
    write: async (account: string, secret: string) => {
      keyring.secrets.set(account, secret)
      await writeFile(file, settings.replace('mine', 'changed').replace(key, 'sk-proj-fake-another-0123'))
    },
  })
  const { code, err } = await importKeys(['settings.json', '--yes'], { keyring: open })
  expect(code).toBe(4)
  expect(err).toMatch(/settings\.json:3 still has its key, which the keyring has by now/)
  expect(await readFile(file, 'utf8')).toContain('sk-proj-fake-another-0123')
})

test('bytes that are no UTF-8 are never written back', async () => {
  const bytes = Buffer.concat([Buffer.from(`OPENAI_API_KEY=${key}\nNAME=`), Buffer.from([0xe9, 0x0a])])
  await writeFile(path.join(folder, '.env'), bytes)
  const { code } = await importKeys(['.env', '--yes'], { keyring: fakeKeyring().open })
  expect(code).toBe(4)
  expect(await readFile(path.join(folder, '.env'))).toEqual(bytes)
})

test('a file that is not there and a provider that is not there are wrong use', async () => {
  expect(await importKeys(['missing.json'])).toMatchObject({ code: 2 })
  expect(await importKeys(['settings.json', '--provider', 'nobody'])).toMatchObject({ code: 2 })
})
