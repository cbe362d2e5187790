import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../../cli/runCli.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { KindInfo, ProviderView } from '../../protocol/providers.ts'
import { fakeHost, hosting } from '../support/cli/fakeHost.ts'
import { failingKeyring, fakeKeyring } from '../support/cli/fakeKeyring.ts'
import { type FakeTerminalOptions, fakeTerminal } from '../support/cli/fakeTerminal.ts'
import { kindInfo, providerView } from '../support/cli/views.ts'

const key = 'sk-fake-0123-of-work-wxyz'
const account = 'work https://api.example'
const secret = JSON.stringify({ key, origin: 'https://api.example' })

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'key-on-purpose-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function call(
  words: string[],
  options: FakeTerminalOptions,
  changes: { view?: Partial<ProviderView>; kind?: Partial<KindInfo> } = {},
) {
  const terminal = fakeTerminal(options)
  const view = providerView(changes.view)
  const host = fakeHost({
    'provider/get': () => succeed(view),
    'provider/list': () => succeed([view]),
    'provider/kinds': () => succeed([kindInfo(changes.kind)]),
  })
  const code = await runCli(words, terminal, '0.0.0', hosting(host))
  return { code, out: terminal.out(), err: terminal.err(), told: host.told }
}

const heard = { name: 'secret/changed', params: { provider: 'work' } }

describe('provider set-key', () => {
  const words = ['provider', 'set-key', 'work']

  test('asks for the key without showing it, and tells its last characters', async () => {
    const keyring = fakeKeyring()
    const { code, out, err, told } = await call(words, { keyring: keyring.open, answers: [` ${key} `] })
    expect(code).toBe(0)
    expect(told).toEqual([heard])
    expect(out).toBe('The key …wxyz of work is kept in the keyring, for https://api.example only.\n')
    expect(err).toBe(
      'Key of work for https://api.example (it is not shown): \nnext:  llm-providers provider test work\n',
    )
    expect([...keyring.secrets]).toEqual([[account, secret]])
  })

  test.each([
    [`"${key}"`, 'the quotation marks'],
    [`OPENAI_API_KEY=${key}`, 'the name before it'],
    [`export OPENAI_API_KEY='${key}'`, 'the name before it, the quotation marks'],
  ])('leaves out what stands around it, and says so', async (typed, removed) => {
    const keyring = fakeKeyring()
    const { code, err } = await call(words, { keyring: keyring.open, answers: [typed] })
    expect(code).toBe(0)
    expect(err).toContain(`Left out, because it is no part of a key: ${removed}.`)
    expect(err).not.toContain(key)
    expect([...keyring.secrets]).toEqual([[account, secret]])
  })

  test('reads it from a pipe, and prints one document', async () => {
    const keyring = fakeKeyring()
    const { code, out, err } = await call([...words, '--json'], { keyring: keyring.open, stdin: `${key}\r\n` })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(out)).toEqual({
      ok: true,
      value: { provider: 'work', origin: 'https://api.example', ending: '…wxyz' },
    })
    expect(keyring.secrets.get(account)).toBe(secret)
  })

  test.each<[string, string[]]>([
    ['that is named', ['--variable', 'OTHER_KEY']],
    ['that is customary', []],
  ])('reads it from the variable of a file %s, and says that the file still has it', async (_name, options) => {
    const file = path.join(folder, '.env')
    await writeFile(file, `PORT=1\nOTHER_KEY='${key}'\nOPENAI_API_KEY=${key}\n`)
    const keyring = fakeKeyring()
    const { code, err } = await call([...words, '--from-file', file, ...options], { keyring: keyring.open })
    expect(code).toBe(0)
    expect(err).toContain(`${file} still has the key: remove it there.`)
    expect(keyring.secrets.get(account)).toBe(secret)
  })

  test('takes the only variable that looks like a key, and asks which where there are more', async () => {
    const file = path.join(folder, 'more.env')
    await writeFile(file, `A=${key}0\nB=1\n`)
    const kind = { key: { need: 'required', customaryVariable: null, obtainAt: null } } as const
    const one = fakeKeyring()
    await call([...words, '--from-file', file], { keyring: one.open }, { kind })
    expect(one.secrets.get(account)).toContain(`${key}0`)
    await writeFile(file, `A=${key}0\nB=${key}1\n`)
    const { code, err } = await call([...words, '--from-file', file], { keyring: fakeKeyring().open }, { kind })
    expect(code).toBe(2)
    expect(err).toMatch(/^error: Say which variable of .*more\.env is the key, with --variable NAME: it has A, B\.\n/)
  })

  test.each([
    ['nothing', '', 'no key was given'],
    ['two lines', `${key}\n${key}`, 'more than one line'],
    ['a sentence', 'this is not a key', 'spaces'],
    ['a file of its own', 'x'.repeat(20_000), 'too long'],
  ])('keeps nothing when it is given %s, and does not repeat it', async (_name, stdin, problem) => {
    const keyring = fakeKeyring()
    const { code, out, err } = await call(words, { keyring: keyring.open, stdin })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(problem)
    expect(err).not.toContain(key)
    expect(keyring.secrets.size).toBe(0)
  })

  test('keeps nothing when the question is refused', async () => {
    const keyring = fakeKeyring()
    expect(await call(words, { keyring: keyring.open, answers: [null] })).toMatchObject({
      code: 130,
      out: '',
      told: [],
    })
    expect(keyring.secrets.size).toBe(0)
  })

  test.each([
    ['there is no keyring', async () => null, 'No keyring is available here for the key of "work"'],
    ['the keyring is locked', failingKeyring(), 'The keyring is locked'],
  ])('says that a variable is needed and how to name it when %s', async (_name, keyring, sentence) => {
    const { code, out, err } = await call(words, { keyring, stdin: key })
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toContain(sentence)
    expect(err).toContain('next:  llm-providers provider set work --key-env OPENAI_API_KEY\n')
    const json = await call([...words, '--json'], { keyring, stdin: key })
    expect(JSON.parse(json.out)).toMatchObject({
      ok: false,
      reason: { code: 'secret_missing', variable: 'OPENAI_API_KEY' },
    })
  })

  test.each<[string, Parameters<typeof call>[2], string]>([
    ['takes none', { kind: { key: { need: 'none', customaryVariable: null, obtainAt: null } } }, 'takes no key'],
    ['has its key in a variable', { view: { config: { key_env: 'WORK_KEY' } } }, 'provider set work key_env='],
  ])('refuses for a provider that %s', async (_name, changes, sentence) => {
    const { code, err } = await call(words, { keyring: fakeKeyring().open, stdin: key }, changes)
    expect(code).toBe(2)
    expect(err).toContain(sentence)
  })
})

test('provider clear-key forgets the keys of every origin, and says which', async () => {
  const keyring = fakeKeyring()
  keyring.secrets.set(account, secret)
  keyring.secrets.set('work https://old.example', secret)
  keyring.secrets.set('other https://api.example', secret)
  const first = await call(['provider', 'clear-key', 'work'], { keyring: keyring.open })
  expect(first).toMatchObject({ code: 0, told: [heard] })
  expect(first.out).toBe('2 keys of work removed from the keyring, for https://api.example, https://old.example.\n')
  expect([...keyring.secrets.keys()]).toEqual(['other https://api.example'])
  const second = await call(['provider', 'clear-key', 'work', '--json'], { keyring: keyring.open })
  expect(JSON.parse(second.out)).toEqual({ ok: true, value: { provider: 'work', origins: [] } })
})

describe('what is told of a key', () => {
  test.each<[string, Partial<ProviderView>, FakeTerminalOptions & { secret?: string }, string]>([
    ['kept in the keyring', {}, { secret }, 'present …wxyz'],
    [
      'too short to tell its end',
      {},
      { secret: JSON.stringify({ key: 'short', origin: 'https://api.example' }) },
      'present ',
    ],
    ['kept for another endpoint', { endpoint: 'https://new.example' }, { secret }, 'for another endpoint'],
    ['that cannot be read', {}, { secret: 'damaged' }, 'unreadable'],
    ['that is not there', { key: 'missing' }, {}, 'missing'],
    ['of a locked keyring', {}, { keyring: failingKeyring() }, 'not asked'],
    ['that is not needed', { key: 'not_needed' }, { secret }, 'not needed'],
    [
      'of a variable',
      { config: { key_env: 'WORK_KEY' }, key: 'present' },
      { environment: { WORK_KEY: key } },
      'present …wxyz',
    ],
    [
      'of a variable that belongs elsewhere',
      { config: { key_env: 'WORK_KEY' }, key: 'missing' },
      { environment: { WORK_KEY: key } },
      'missing',
    ],
  ])('%s', async (_name, view, { secret: kept, ...options }, words) => {
    const keyring = fakeKeyring()
    if (kept !== undefined) keyring.secrets.set(account, kept)
    for (const command of ['list', 'get']) {
      const asked = ['provider', command, ...(command === 'get' ? ['work'] : [])]
      const { code, out } = await call(asked, { keyring: keyring.open, columns: 140, ...options }, { view })
      expect(code).toBe(0)
      expect(out).toContain(words.trim())
      expect(out).not.toContain(key.slice(0, -4))
    }
  })

  test('a setting that looks like a key is not repeated, and offered a better place', async () => {
    const { out, err } = await call(
      ['provider', 'get', 'work'],
      {},
      { view: { config: { headers: `X-Token: ${key}`, port: 1 } } },
    )
    expect(out).toContain('headers=… (looks like a key)')
    expect(out).toContain('port=1')
    expect(err).toContain('llm-providers provider set work headers=\n')
    expect(err).toContain('next:  llm-providers provider set-key work\n')
    expect(out + err).not.toContain(key)
  })
})

test('provider add leads to the key where one is needed', async () => {
  const terminal = fakeTerminal()
  const host = fakeHost({
    'provider/kinds': () => succeed([kindInfo()]),
    'provider/save': () => succeed(providerView({ key: 'missing' })),
  })
  await runCli(['provider', 'add', 'work', '--kind', 'openai'], terminal, '0.0.0', hosting(host))
  expect(terminal.err()).toBe('next:  llm-providers provider set-key work\n')
})
