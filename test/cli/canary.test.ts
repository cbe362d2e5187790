import { readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeKeyring } from '../support/cli/fakeKeyring.ts'
import type { FakeTerminalOptions } from '../support/cli/fakeTerminal.ts'
import { filesWith, holds } from '../support/cli/findText.ts'
import { type LiveCli, startLiveCli, type Told } from '../support/cli/liveCli.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

/** Planted, and then looked for everywhere: one key in the keyring, one in a variable. */
const canaries = {
  keyring: 'sk-canary-0123456789-Ke/yring+AAAA',
  variable: 'sk-canary-9876543210-Va/riable+BBBB',
}

let cli: LiveCli
let server: FakeModelServer
const keyring = fakeKeyring()
const told: (Told & { words: string })[] = []

/** Each command once for a person and once as JSON, so that whatever it can print was printed. */
async function runCommand(words: readonly string[], options: FakeTerminalOptions = {}): Promise<void> {
  for (const line of [words, [...words, '--json']]) {
    const said = await cli.run(line, options)
    told.push({ ...said, words: line.join(' ') })
  }
}

beforeAll(async () => {
  server = await startFakeModelServer({ models: ['fake-model', 'other-model'] })
  cli = await startLiveCli({ keyring: keyring.open, environment: { CANARY_KEY: canaries.variable } })
  await writeFile(path.join(cli.folder, 'items.jsonl'), '{"id":"a","text":"It crashes."}\n{"id":"b","text":"Hello."}\n')
  const label = { id: 'c', text: 'It crashes again.', interest: 9 }
  await writeFile(
    path.join(cli.folder, 'items.labels.jsonl'),
    [label, { ...label, id: 'd', text: 'No.' }].map((row) => JSON.stringify(row)).join('\n'),
  )
  for (const words of tour()) await runCommand(words, words[1] === 'set-key' ? { stdin: canaries.keyring } : {})
  await runCommand(['results', 'explain', await lastRun(), 'a'])
  await callServersThatEcho()
})
afterAll(async () => {
  await cli.remove()
  await server.close()
})

/** Every command, in an order in which each has something to tell. */
function tour(): string[][] {
  const settings = ['--kind', 'openai-compatible', '--set', `base_url=${server.origin}/v1`]
  const run = ['items.jsonl', '--provider', 'kept', '--model', 'fake-model']
  return [
    ['provider', 'add', 'kept', ...settings],
    ['provider', 'add', 'named', ...settings, '--key-env', 'CANARY_KEY'],
    ['provider', 'set-key', 'kept'],
    ...['kept', 'named'].flatMap((provider) => [
      ['provider', 'test', provider],
      ['provider', 'test', provider, '--model', 'fake-model', '--probe'],
      ['provider', 'models', provider],
      ['provider', 'get', provider],
      ['model', 'add', provider, 'fake-model', '--type', 'generation', '--set', 'temperature=0'],
      ['model', 'set', provider, 'fake-model', 'timeout_seconds=60'],
      ['model', 'test', provider, 'fake-model'],
      ['decide', 'It crashes.', '--model', `${provider}/fake-model`, '--choice', 'bug,praise'],
      ['ask', 'What is this?', '--model', `${provider}/fake-model`],
      ['ask', 'And these?', '--about', 'items.jsonl', '--model', `${provider}/fake-model`],
      ['ask', 'And then?', '--thread', 'latest'],
      ['model', 'default', provider, 'fake-model'],
      ['model', 'dependents', provider, 'fake-model'],
      ['provider', 'dependents', provider],
    ]),
    ['route', 'set', 'categorization', '--provider', 'kept', '--model', 'fake-model', '--fallback', 'named:fake-model'],
    ['route', 'set', 'scoring', '--provider', 'named', '--model', 'fake-model'],
    ['route', 'list'],
    ['route', 'explain', 'categorization'],
    ['readiness'],
    ['provider', 'list'],
    ['provider', 'kinds'],
    ['provider', 'import', '--env', '--dry-run'],
    ['provider', 'set', 'named', 'allow_plain_http=true'],
    ['model', 'list'],
    ['model', 'list', '--available'],
    ['model', 'learn', 'tickets-1', '--from', 'labels'],
    ['model', 'forecast'],
    ['model', 'pull', 'kept', 'fake-model'],
    ['model', 'delete', 'kept', 'fake-model'],
    ['run', 'estimate', ...run],
    ['run', ...run, '--output', 'results.csv'],
    ['categorize', 'items.jsonl'],
    ['score', 'items.jsonl', '--max-cost', '1'],
    ['run', 'list'],
    ['source', 'describe', 'items.jsonl'],
    ['source', 'remember', 'items.jsonl', '--text', 'text'],
    ['source', 'forget', 'items.jsonl'],
    ['revision', 'list', 'items.jsonl'],
    ['revision', 'undo', 'items.jsonl'],
    ['label', 'import', 'items.labels.jsonl'],
    ['review', 'items.jsonl'],
    ['label', 'list'],
    ['label', 'remove', 'c'],
    ['evaluate', '--route', 'current', '--route', 'named/fake-model', '--route', 'builtin', '--yes'],
    ['usage'],
    ['category', 'list'],
    ['category', 'set', 'space', '--weight', 'boost', '--review-below', '0.8'],
    ['category', 'merge', 'finance', 'startups', '--preview'],
    ['category', 'merge', 'finance', 'startups'],
    ['preferences', 'set', '--interests', 'Crashes.'],
    ['preferences', 'show'],
    ['profile', 'list'],
    ['profile', 'check', '-'],
    ['policy', 'check'],
    ['profile', 'propose', 'issues.jsonl', '--estimate'],
    ['prompt', 'list'],
    ['prompt', 'show', 'scoring', 'user'],
    ['prompt', 'show', 'scoring', 'user', '--placeholders'],
    ['prompt', 'set', 'scoring', 'user', '--file', 'items.jsonl'],
    ['prompt', 'preview', 'scoring', '--text', 'It crashes.'],
    ['prompt', 'reset', 'scoring'],
    ['model', 'set', 'named', 'fake-model', 'sync=true'],
    ['gateway', 'add', 'team', '--url', server.origin, '--key-env', 'CANARY_KEY', '--keys', 'values'],
    ['gateway', 'list'],
    ['gateway', 'set-key', 'team', '--from-file', 'items.jsonl'],
    ['gateway', 'plan', 'team'],
    ['gateway', 'sync', 'team', '--send-keys'],
    ['gateway', 'test', 'team', 'named', 'fake-model', '--yes'],
    ['gateway', 'remove', 'team', '--yes'],
    ['thread', 'list'],
    ['thread', 'show', 'latest'],
    ['thread', 'export', 'latest'],
    ['thread', 'rename', 'latest', 'Another title'],
    ['thread', 'remove', 'latest'],
    ['audit'],
    ['audit', '--export', 'audit.csv'],
    ['audit', '--export', 'audit.jsonl'],
    ['migrate'],
    // Refused, and the refusal must not repeat it.
    ['provider', 'set-key', 'kept', canaries.keyring],
    ['provider', 'set-key', canaries.keyring],
    ['provider', 'add', 'x', '--kind', 'openai', '--key-env', canaries.variable],
    ['provider', 'add', 'x', '--kind', 'openai', '--set', `base_url=${canaries.variable}`],
    ['provider', 'add', 'x', '--kind', 'openai', `--key=${canaries.variable}`],
    ['model', 'set', 'kept', 'fake-model', `temperature=${canaries.keyring}`],
  ]
}

/** The run that began last. */
async function lastRun(): Promise<string> {
  const { out } = await cli.run(['run', 'list', '--json'])
  const [newest] = (JSON.parse(out) as { value: { rows: { runId: string }[] } }).value.rows
  return newest?.runId ?? 'none'
}

/** Servers repeat keys in their errors. The last commands, as they leave nothing in order. */
async function callServersThatEcho(): Promise<void> {
  const echo = (status: number) =>
    server.decide(({ headers }) => ({
      kind: 'status',
      status,
      body: { error: { message: `no: ${headers.authorization}` } },
    }))
  for (const status of [401, 400, 429, 500]) {
    echo(status)
    await runCommand(['model', 'test', 'kept', 'fake-model'])
    await runCommand(['provider', 'test', 'named', '--model', 'other-model'])
    await runCommand(['results', 'explain', await lastRun(), 'a'])
  }
  echo(401)
  await runCommand(['categorize', 'items.jsonl'])
  await runCommand(['audit', '--export', 'after.csv'])
  await runCommand(['provider', 'clear-key', 'kept'])
  await runCommand(['provider', 'remove', 'kept', '--yes'])
  await runCommand(['provider', 'list'])
}

test('both keys were really kept and sent, and the tour did what it should', () => {
  const sent = new Set(server.chats.map(({ headers }) => headers.authorization))
  expect(sent).toEqual(new Set(Object.values(canaries).map((key) => `Bearer ${key}`)))
  expect(keyring.secrets.size).toBe(0)
  const failed = told.filter(({ code }) => code === 1)
  expect(failed).toEqual([])
  expect(told.filter(({ code }) => code === 0).length).toBeGreaterThan(60)
  const explained = told.filter(({ words }) => words.startsWith('results explain'))
  // The first two have their answer; servers that only repeat the key give none.
  expect(explained.map(({ code }) => code === 0)).toEqual([true, true, ...Array(8).fill(false)])
})

test.each(Object.entries(canaries))('the key of the %s is in nothing that was printed', (_where, key) => {
  const said = told.filter(({ out, err }) => holds(out + err, key))
  expect(said).toEqual([])
  expect(told.some(({ out }) => out.includes(`present …${key.slice(-4)}`))).toBe(true)
})

test.each(Object.entries(canaries))('the key of the %s is in no file', async (_where, key) => {
  const files = await readdir(cli.folder)
  for (const file of ['results.csv', 'audit.csv', 'audit.jsonl', 'after.csv']) expect(files).toContain(file)
  expect(await filesWith(key, [cli.dataDir, cli.folder])).toEqual([])
})

describe('the search', () => {
  test.each([
    ['as it is', (key: string) => `x${key}x`],
    ['in base64', (key: string) => Buffer.from(`Basic a:${key}:z`).toString('base64')],
    ['percent-encoded', (key: string) => encodeURIComponent(key)],
    ['in UTF-16', (key: string) => Buffer.from(key, 'utf16le').toString('latin1')],
  ])('finds a key %s', async (_how, write) => {
    expect(holds(write(canaries.keyring), canaries.keyring)).toBe(true)
    const file = path.join(cli.folder, 'planted')
    await writeFile(file, write(canaries.keyring), 'latin1')
    expect(await filesWith(canaries.keyring, [cli.folder])).toEqual([file])
    await writeFile(file, '')
  })
})
