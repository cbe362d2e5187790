import { readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Places } from '../../protocol/home.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import { fakeKeyring } from '../support/cli/fakeKeyring.ts'
import type { FakeTerminalOptions } from '../support/cli/fakeTerminal.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'

const key = 'sk-fake-0123456789abcdefghijwxyz'
const origin = 'https://api.example'

let cli: LiveCli
let editor: TestServer
/** The editor's secret store: what it answers for the key of "work". */
let secret: Outcome<{ key: string }>
beforeEach(async () => {
  cli = await startLiveCli()
  editor = await startTestServer({ dataDir: cli.dataDir, client: { surface: 'editor' } })
  editor.connection.onRequest('secret/read', (): unknown => secret)
})
afterEach(async () => {
  await editor.stop()
  await cli.remove()
})

const missing = {
  ok: false,
  reason: {
    code: 'secret_missing',
    provider: 'work',
    source: 'secret_store',
    message: '',
    action: { id: 'setKey', label: '' },
  },
} as const

async function addProvider(kind: 'openai' | 'openai-compatible'): Promise<void> {
  const saved = await editor.request('provider/save', { provider: 'work', kind, config: { base_url: `${origin}/v1` } })
  expect(saved).toMatchObject({ ok: true })
}

/** As the editor does it whenever a key was set or removed. */
async function changeKey(answer: typeof secret): Promise<void> {
  secret = answer
  await editor.connection.sendNotification('secret/changed', { provider: 'work' })
  await expect.poll(async () => (await places()).keys.some(({ keptBy }) => keptBy.includes('editor'))).toBe(answer.ok)
}

async function places(options: FakeTerminalOptions = {}): Promise<Places> {
  const { out } = await cli.run(['where', '--json'], options)
  return (JSON.parse(out) as { value: Places }).value
}

test('a key that only the editor has is told as exactly that, with what to do', async () => {
  await addProvider('openai')
  await changeKey({ ok: true, value: { key } })
  const keyring = fakeKeyring()
  const tested = await cli.run(['provider', 'test', 'work'], { keyring: keyring.open })
  expect(tested).toMatchObject({ code: 3, out: '' })
  expect(tested.err).toContain(
    'Only the editor has the key of "work", in its secret store, which the terminal cannot read.',
  )
  expect(tested.err).toContain('llm-providers provider set-key work')
  expect((await cli.run(['provider', 'list'], { keyring: keyring.open })).out).toContain('in the editor only')
  const without = await cli.run(['provider', 'test', 'work'])
  expect(without.err).toContain('Only the editor has the key')
  expect(without.err).toContain('provider set work --key-env NAME')
  expect(keyring.secrets.size).toBe(0)
})

test('given here once, it is in both, and each place is told; taken away, it is not', async () => {
  await addProvider('openai')
  await changeKey({ ok: true, value: { key } })
  const keyring = { keyring: fakeKeyring().open }
  expect(await cli.run(['provider', 'set-key', 'work'], { ...keyring, stdin: key })).toMatchObject({ code: 0 })
  expect((await places(keyring)).keys).toEqual([{ holder: 'work', keptBy: ['editor', 'terminal'] }])
  expect((await cli.run(['where'], keyring)).out).toContain('work: in the editor and in the keyring')
  expect(await cli.run(['provider', 'clear-key', 'work'], keyring)).toMatchObject({ code: 0 })
  expect((await places(keyring)).keys).toEqual([{ holder: 'work', keptBy: ['editor'] }])
  await changeKey(missing)
  expect((await places(keyring)).keys).toEqual([])
  const plain = await cli.run(['provider', 'test', 'work'], keyring)
  expect(plain.err).toContain('The key of "work" is missing.')
})

test('a key that only the terminal has is told to the editor, and never handed over', async () => {
  secret = missing
  await addProvider('openai')
  await cli.run(['provider', 'set-key', 'work'], { keyring: fakeKeyring().open, stdin: key })
  const tested = await editor.request('provider/test', { provider: 'work' })
  expect(tested).toMatchObject({
    ok: false,
    reason: { code: 'secret_missing', keptBy: 'terminal', action: { id: 'setKey' } },
  })
  const view = await editor.request('provider/get', { provider: 'work' })
  expect(view).toMatchObject({
    ok: true,
    value: { key: 'missing', keyKeptBy: 'terminal', reason: { keptBy: 'terminal' } },
  })
})

test('one that need not be there, but was entered elsewhere, is not quietly left out', async () => {
  await addProvider('openai-compatible')
  await changeKey({ ok: true, value: { key } })
  const tested = await cli.run(['provider', 'test', 'work'], { keyring: fakeKeyring().open })
  expect(tested.err).toContain('Only the editor has the key of "work"')
})

test('it was entered for one origin, so another one is no reason to speak of it', async () => {
  await addProvider('openai')
  await changeKey({ ok: true, value: { key } })
  await editor.request('provider/save', {
    provider: 'work',
    kind: 'openai',
    config: { base_url: 'https://other.example/v1' },
  })
  const tested = await cli.run(['provider', 'test', 'work'], { keyring: fakeKeyring().open })
  expect(tested.err).toContain('The key of "work" is missing.')
})

test('a secret store that cannot say whether it has the key leaves the note as it is', async () => {
  await addProvider('openai')
  await changeKey({ ok: true, value: { key } })
  secret = { ok: false, reason: { ...missing.reason, store: 'failed' } }
  await editor.connection.sendNotification('secret/changed', { provider: 'work' })
  await editor.request('provider/test', { provider: 'work' })
  expect((await places()).keys).toEqual([{ holder: 'work', keptBy: ['editor'] }])
})

test('what became of an editor’s own storage is printed', async () => {
  await addProvider('openai')
  const storage = path.join(cli.folder, 'storage')
  const before = await startTestServer({ dataDir: storage })
  const config = { base_url: `${origin}/v1` }
  await before.request('provider/save', { provider: 'own', kind: 'openai', config })
  await before.stop()
  const client = { surface: 'editor', editor: { folder: storage } } as const
  const apart = await startTestServer({ dataDir: cli.dataDir, client })
  await apart.stop()
  const told = (await cli.run(['where'])).out
  expect(told).toMatch(/^data folder {2}.*\(LLM_PROVIDERS_HOME\)$/m)
  expect(told).toContain(`editor       ${storage}: in use by the editor, apart from this data`)
  rmSync(storage, { recursive: true })
  expect((await cli.run(['where'])).out).toContain('(the folder is gone)')
})

test('the notes hold no part of the key', async () => {
  await addProvider('openai')
  await changeKey({ ok: true, value: { key } })
  const folder = path.join(cli.dataDir, 'keys')
  const texts = readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'utf8'))
  expect(texts).toEqual([`{"holder":"work","origin":"${origin}"}`])
})

test('notes that nobody of us wrote are passed over', async () => {
  await addProvider('openai')
  await changeKey({ ok: true, value: { key } })
  rmSync(path.join(cli.dataDir, 'keys'), { recursive: true })
  expect((await places()).keys).toEqual([])
})
