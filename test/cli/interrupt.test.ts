import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type BuiltCli, buildCli } from '../support/cli/spawnCli.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let cli: BuiltCli
let server: FakeModelServer
let provider = ''
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

beforeEach(async () => {
  server = await startFakeModelServer()
  provider = `slow-${server.port}`
  const settings = ['--kind', 'openai-compatible', '--set', `base_url=${server.origin}/v1`]
  const added = await cli.run(['provider', 'add', provider, ...settings])
  if (added.code !== 0) throw new Error(added.err)
  await writeFile(path.join(cli.folder, 'items.jsonl'), lines)
})
afterEach(() => server.close())

const ids = Array.from({ length: 12 }, (_, index) => `item-${index}`)
const lines = ids.map((id) => `${JSON.stringify({ id, text: `The text of ${id}.` })}\n`).join('')

/** One item a call, one call at a time: what is finished and what is not is known. */
function oneByOne(): string[] {
  return ['--provider', provider, '--model', 'fake-model', '--concurrency', '1', '--batch-size', '1']
}

async function readIds(file: string): Promise<string[]> {
  const text = await readFile(path.join(cli.folder, file), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ status }) => status === 'ok')
    .map(({ id }) => id)
}

test('Ctrl-C keeps what is finished, and resuming pays for the rest only', async () => {
  let release = (): void => undefined
  server.decide(() => {
    // The fifth request is answered, those after it wait.
    if (server.chats.length === 4) release = server.hold()
    return undefined
  })
  const started = cli.start(['categorize', 'items.jsonl', ...oneByOne()])
  await server.arrived(5)
  started.process.kill('SIGINT')
  const stopped = await started.finished
  expect(stopped).toMatchObject({ code: 130 })
  expect(stopped.err).toContain('Stopping. Finished results stay')
  const [, runId] = /run resume (\S+)/.exec(stopped.err) ?? []
  const paid = server.chats.length
  release()
  server.decide(() => undefined)

  const resumed = await cli.run(['run', 'resume', runId ?? ''])
  expect(resumed).toMatchObject({ code: 0 })
  expect(await readIds('items.results.jsonl')).toEqual(ids)
  // Only the item whose answer was not awaited is asked for twice.
  expect(server.chats.length - paid).toBeLessThanOrEqual(ids.length - 4)
})

test('a run of standard input can be resumed too, and then leaves nothing behind', async () => {
  const release = server.hold()
  const started = cli.start(['categorize', '-', ...oneByOne()], { stdin: lines })
  await server.arrived(1)
  started.process.kill('SIGINT')
  const stopped = await started.finished
  expect(stopped.code).toBe(130)
  const spools = path.join(cli.dataDir, 'stdin')
  expect(await readdir(spools)).toHaveLength(1)
  release()

  const [, runId] = /run resume (\S+)/.exec(stopped.err) ?? []
  expect(await cli.run(['run', 'resume', runId ?? '', '--json'])).toMatchObject({ code: 0 })
  expect(await readIds('stdin.results.jsonl')).toEqual(ids)
  expect(await readdir(spools)).toEqual([])
})

test('after a kill the same command takes over what was finished, each task for itself', async () => {
  const both = (...more: string[]) => [
    'run',
    'items.jsonl',
    ...oneByOne(),
    '--separate',
    '--output',
    'killed.jsonl',
    ...more,
  ]
  const askedOf = (from: number) =>
    server.chats.slice(from).map(({ prompt, schema }) => {
      const [id] = /item-\d+/.exec(prompt) ?? []
      return `${JSON.stringify(schema).includes('"interest"') ? 'scored' : 'categorized'} ${id}`
    })
  let release = (): void => undefined
  server.decide(() => {
    // Three items are done; the fourth is categorized, and its scoring waits.
    if (server.chats.length === 7) release = server.hold()
    return undefined
  })
  const started = cli.start(both())
  await server.arrived(8)
  started.process.kill('SIGKILL')
  await started.finished
  const before = askedOf(0)
  release()
  server.decide(() => undefined)

  const again = await cli.run(both())
  expect(again).toMatchObject({ code: 0 })
  expect(again.err).toContain('3 unchanged since an earlier run')
  expect(await readIds('killed.jsonl')).toEqual(ids)
  // Only the call that was under way is made twice.
  expect(askedOf(before.length).filter((call) => before.includes(call))).toEqual(['scored item-3'])
})

test('what a killed run had finished is a file as soon as somebody looks, and what is told of it is true', async () => {
  let release = (): void => undefined
  server.decide(() => {
    if (server.chats.length === 4) release = server.hold()
    return undefined
  })
  const started = cli.start(['categorize', 'items.jsonl', ...oneByOne(), '--output', 'part.jsonl', '--fresh'])
  await server.arrived(5)
  started.process.kill('SIGKILL')
  await started.finished
  release()
  const { value } = JSON.parse((await cli.run(['run', 'list', '--json'])).out)
  const [{ runId, state, counts }] = value.rows
  expect([state, counts.ok]).toEqual(['interrupted', 4])
  expect(await readIds('part.jsonl')).toEqual(ids.slice(0, 4))
  const shown = await cli.run(['run', 'show', runId])
  expect(shown.err).toMatch(/Results {9}part\.jsonl, with the 4 items finished so far/)
})

test('a run is cancelled from another terminal, and resumed as scripts do it', async () => {
  const release = server.hold()
  const started = cli.start(['categorize', 'items.jsonl', ...oneByOne(), '--output', 'other.jsonl', '--fresh'])
  await server.arrived(1)
  const { value } = JSON.parse((await cli.run(['run', 'list', '--json'])).out)
  const { runId } = value.rows[0]
  const cancelled = await cli.run(['run', 'cancel', runId])
  expect(cancelled).toMatchObject({ code: 0 })
  expect(cancelled.out).toMatch(new RegExp(`${runId} .*cancelled`))
  expect(cancelled.err).toContain(`run resume ${runId}`)
  expect((await started.finished).code).toBe(130)
  release()
  expect(await cli.run(['run', 'resume', runId, '--yes'])).toMatchObject({ code: 0 })
  const twice = await cli.run(['run', 'cancel', runId])
  expect(twice).toMatchObject({ code: 0 })
  expect(twice.err).toContain('Nobody was working on it any more.')
  expect(await cli.run(['run', 'cancel', 'nosuch'])).toMatchObject({ code: 2 })
})

test('an interrupted run is one JSON document as well', async () => {
  server.hold()
  const started = cli.start(['categorize', 'items.jsonl', ...oneByOne(), '--json'])
  await server.arrived(1)
  started.process.kill('SIGINT')
  const { code, out } = await started.finished
  expect(code).toBe(130)
  expect(JSON.parse(out)).toMatchObject({ ok: true, value: { run: { state: 'cancelled' }, results: [] } })
})

test('a run that its provider refuses is stopped once, and told as not ready', async () => {
  server.decide(() => ({
    kind: 'status',
    status: 401,
    body: { error: { message: 'bad key', code: 'invalid_api_key' } },
  }))
  const { code, out, err } = await cli.run(['categorize', 'items.jsonl', ...oneByOne()])
  expect({ code, out }).toEqual({ code: 3, out: '' })
  expect(err).toContain(`Stopped         "${provider}" requires a key.`)
  expect(err).toMatch(/Next {12}.* provider set-key .*, then resume: .* run resume /)
  expect(server.chats.length).toBeLessThanOrEqual(2)
})
