import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ResultRecord } from '../../protocol/results.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let cli: LiveCli
let server: FakeModelServer

beforeEach(async () => {
  cli = await startLiveCli()
  server = await startFakeModelServer({ models: ['small', 'big'] })
  await done('provider', 'add', 'one', '--kind', 'openai-compatible', '--set', `base_url=${server.origin}/v1`)
  for (const task of ['categorization', 'scoring'])
    await done('route', 'set', task, '--provider', 'one', '--model', 'small')
  await source('first.jsonl', 'a bug', 'a question', 'a wish')
  await done('run', 'first.jsonl', '--batch-size', '1')
})
afterEach(async () => {
  await server.close()
  await cli.remove()
})

async function done(...words: string[]): Promise<string> {
  const { code, out, err } = await cli.run(words)
  if (code !== 0) throw new Error(`${words.join(' ')}: exit code ${code}\n${err}`)
  return out + err
}

const source = (name: string, ...texts: string[]) =>
  writeFile(
    path.join(cli.folder, name),
    texts.map((text, at) => `${JSON.stringify({ id: `${name}-${at}`, text })}\n`).join(''),
  )

async function results(name: string): Promise<ResultRecord[]> {
  const text = await readFile(path.join(cli.folder, name), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** How many calls a command makes. */
async function calls(...words: string[]): Promise<number> {
  const before = server.chats.length
  await done(...words, '--batch-size', '1')
  return server.chats.length - before
}

const perItem = async () => (await calls('run', 'first.jsonl', '--no-reuse')) / 3

test('what was judged in one file is not asked about in another, and says which run it is from', async () => {
  await source('second.jsonl', 'a new one', 'a wish', 'a bug')
  const each = await perItem()
  expect(await calls('run', 'second.jsonl')).toBe(each)
  const earlier = (await results('first.results.jsonl'))[0]?.runId
  const second = await results('second.results.jsonl')
  expect(second.map(({ id, reusedFrom }) => [id, reusedFrom])).toEqual([
    ['second.jsonl-0', undefined],
    ['second.jsonl-1', earlier],
    ['second.jsonl-2', earlier],
  ])
})

test('one task of it is taken over alone', async () => {
  await source('second.jsonl', 'a wish', 'a bug')
  expect(await calls('categorize', 'second.jsonl')).toBe(0)
  const [record] = await results('second.results.jsonl')
  expect(record).toMatchObject({
    status: 'ok',
    receipts: { categorization: { reused: { runId: expect.any(String) } } },
  })
})

test.each([
  ['another model', ['--provider', 'one', '--model', 'big']],
  ['another profile', ['--profile', 'issues']],
  ['no reuse wanted', ['--no-reuse']],
])('with %s everything is asked about', async (_, options) => {
  await source('second.jsonl', 'a wish', 'a bug')
  expect(await calls('run', 'second.jsonl', ...options)).toBeGreaterThanOrEqual(2)
})

test('an estimate shows it', async () => {
  await source('second.jsonl', 'a wish', 'something new')
  expect(await done('run', 'estimate', 'second.jsonl')).toMatch(/2 items: 1 unchanged.*1 to judge/)
})

test('a damaged or missing journal has nothing to take over, and fails nothing', async () => {
  const folder = path.join(cli.dataDir, 'runs')
  const [journal = ''] = (await readdir(folder)).filter((name) => name.endsWith('.journal.jsonl'))
  const file = path.join(folder, journal)
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replaceAll('"Problem"', '"Prollem"').replaceAll('"status":"ok"', '"status":"ko"'))
  await source('second.jsonl', 'a wish')
  expect(await calls('run', 'second.jsonl')).toBeGreaterThan(0)
  await rm(file)
  await source('third.jsonl', 'a question')
  expect(await calls('run', 'third.jsonl')).toBeGreaterThan(0)
  await appendFile(path.join(cli.folder, 'third.jsonl'), '{"id":"x","text":"a wish"}\n')
  expect(await calls('run', 'third.jsonl')).toBe(0)
})
