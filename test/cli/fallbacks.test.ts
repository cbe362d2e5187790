import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ResultRecord } from '../../protocol/results.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import {
  type ChatRequest,
  type FakeModelServer,
  type Fault,
  startFakeModelServer,
} from '../support/providers/fakeModelServer.ts'

let cli: LiveCli
let server: FakeModelServer
let fault: (request: ChatRequest) => Fault | undefined

beforeEach(async () => {
  cli = await startLiveCli()
  fault = () => undefined
  server = await startFakeModelServer({
    models: ['small', 'big'],
    decide: (request) => (request.model === 'small' ? fault(request) : undefined),
  })
  const rows = ['a plain text', 'a LONG text', 'a text of DOUBT'].map((text, at) =>
    JSON.stringify({ id: `${at}`, text }),
  )
  await writeFile(path.join(cli.folder, 'items.jsonl'), rows.join('\n'))
  for (const name of ['one', 'two']) {
    const url = `base_url=${server.origin}/v1`
    await done('provider', 'add', name, '--kind', 'openai-compatible', '--set', url)
  }
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

const route = (...fallbacks: string[]) =>
  done(
    ...['route', 'set', 'categorization', '--provider', 'one', '--model', 'small'],
    ...fallbacks.flatMap((fallback) => ['--fallback', fallback]),
  )

async function judged(): Promise<
  { id: string; status: string; model: string | undefined; when: string | undefined }[]
> {
  const text = await readFile(path.join(cli.folder, 'items.results.jsonl'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ResultRecord)
    .map(({ id, status, receipts: { categorization } }) => ({
      ...{ id, status, model: categorization?.model, when: categorization?.fallbackFor?.when },
    }))
}

const refuse = (message: string, code: string): Fault => ({
  ...{ kind: 'status', status: 400 },
  body: { error: { message, type: 'invalid_request_error', code } },
})
const tooLong = refuse("This model's maximum context length is 10 tokens.", 'context_length_exceeded')
const filtered = refuse('The response was filtered.', 'content_filter')

test('an item that does not fit, or is refused, goes to the fallback for that, and only that one', async () => {
  await route('two:big@too_long+filtered')
  fault = ({ prompt }) => (/LONG/.test(prompt) ? tooLong : /DOUBT/.test(prompt) ? filtered : undefined)
  const told = await done('categorize', 'items.jsonl', '--batch-size', '1')
  expect(told).toContain('Fallback')
  expect(told).toContain('big of two (categorization, too_long)')
  expect(await judged()).toEqual([
    { id: '0', status: 'ok', model: 'small', when: undefined },
    { id: '1', status: 'ok', model: 'big', when: 'too_long' },
    { id: '2', status: 'ok', model: 'big', when: 'filtered' },
  ])
  // What it has found is not paid for again, and nobody is asked who would fail again.
  const calls = server.chats.length
  await done('categorize', 'items.jsonl')
  expect(server.chats.length).toBe(calls)
})

test('without a fallback for it, the item fails as ever', async () => {
  await route('two:big@filtered')
  fault = ({ prompt }) => (/LONG/.test(prompt) ? tooLong : undefined)
  expect((await cli.run(['categorize', 'items.jsonl', '--batch-size', '1'])).code).toBe(4)
  expect((await judged()).map(({ status }) => status)).toEqual(['ok', 'failed', 'ok'])
})

test('where a provider refuses the account, or is away, the rest of the run goes to the fallback for that', async () => {
  await route('two:big@failing')
  fault = () => ({ kind: 'status', status: 401, body: { error: { message: 'no', code: 'invalid_api_key' } } })
  const told = await done('categorize', 'items.jsonl')
  expect(told).toContain('3 items: big of two (categorization, failing)')
  expect((await judged()).map(({ model, when }) => [model, when])).toEqual(Array(3).fill(['big', 'failing']))
  fault = () => ({ kind: 'status', status: 503 })
  await done('categorize', 'items.jsonl', '--fresh')
  expect((await judged()).map(({ model }) => model)).toEqual(['big', 'big', 'big'])
})

test('a spending cap of the provider sends the rest to the fallback for that', async () => {
  await route('two:big@over_cap')
  await done('model', 'add', 'one', 'small', '--type', 'generation')
  await done('model', 'set', 'one', 'small', 'price.input=90000', 'price.output=90000')
  await done('provider', 'set', 'one', 'daily_cap_usd=0.01')
  await done('categorize', 'items.jsonl')
  expect((await judged()).map(({ model, when }) => [model, when])).toEqual(Array(3).fill(['big', 'over_cap']))
  expect(server.chats.every(({ model }) => model === 'big')).toBe(true)
})

test('a fallback that fails itself stops the run, which can be resumed', async () => {
  await route('two:big@failing')
  server.decide(() => ({ kind: 'status', status: 401, body: { error: { message: 'no', code: 'invalid_api_key' } } }))
  const stopped = await cli.run(['categorize', 'items.jsonl'])
  expect(stopped.code).toBe(3)
  server.decide(() => undefined)
  const [run] = JSON.parse((await cli.run(['run', 'list', '--json'])).out).value.rows
  await done('run', 'resume', run.runId)
  expect((await judged()).map(({ status }) => status)).toEqual(['ok', 'ok', 'ok'])
})

test('several are tried in their order, are listed, and go one by one with their provider', async () => {
  await done('provider', 'add', 'off', '--kind', 'builtin')
  await done('provider', 'disable', 'off')
  await done('provider', 'disable', 'one', '--yes')
  await route('off', 'two:big', 'off:keywords@failing+over_cap')
  expect(await done('route', 'list')).toMatch(/off, two/)
  const { value } = JSON.parse((await cli.run(['route', 'list', '--json'])).out)
  const categorization = value.find(({ task }: { task: string }) => task === 'categorization')
  expect(categorization.options).toMatchObject({
    fallback: { provider: 'off', model: null },
    fallbacks: [
      { provider: 'two', model: 'big', when: ['not_ready'] },
      { provider: 'off', model: 'keywords', when: ['failing', 'over_cap'] },
    ],
  })
  await done('categorize', 'items.jsonl')
  expect((await judged())[0]).toMatchObject({ model: 'big', when: 'not_ready' })
  await done('provider', 'remove', 'off', '--yes')
  const after = JSON.parse((await cli.run(['route', 'list', '--json'])).out).value
  expect(after[0].options).toEqual({ fallback: { provider: 'two', model: 'big' } })
})
