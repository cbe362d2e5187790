import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CancellationToken, ErrorCodes, ResponseError } from 'vscode-jsonrpc/node'
import type { EditorModel, EditorModelAnswer, EditorModelCall } from '../../protocol/languageModels.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import type { RunView } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { exampleInPrompt } from '../support/providers/exampleOfSchema.ts'

type Answer = (call: EditorModelCall, token: CancellationToken) => Promise<Outcome<EditorModelAnswer>>

let folder: string
let server: TestServer
let models: EditorModel[]
let calls: EditorModelCall[]
let answer: Answer

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'vscode-lm-')))
  models = [
    { model: 'copilot/small', label: 'Small', vendor: 'copilot', family: 'small', maxInputTokens: 8000 },
    { model: 'other/large', label: 'Large', vendor: 'other', family: 'large' },
    { model: 'llm-providers/task:scoring', label: 'Ours', vendor: 'llm-providers', family: 'route' },
  ]
  calls = []
  answer = async (call) => succeed({ text: verdictsFor(call) })
  server = await start(true)
})
afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

async function start(languageModels: boolean): Promise<TestServer> {
  const started = await startTestServer({ dataDir: join(folder, '.data'), client: { languageModels } })
  started.connection.onRequest('lm/list', () => succeed({ models }))
  started.connection.onRequest<Outcome<EditorModelAnswer>, void>(
    'lm/complete',
    async (call: EditorModelCall, token: CancellationToken) => {
      calls.push(call)
      return await answer(call, token)
    },
  )
  return started
}

/** As a model answers: an example of the shape that the prompt asks for, with one entry for each item. */
function verdictsFor({ messages }: EditorModelCall): string {
  const text = messages.map((message) => message.text).join('\n')
  const keys = [...new Set([...text.matchAll(/\b[a-z]\d[a-z]\b/g)].map(([key]) => key))]
  return JSON.stringify(exampleInPrompt(text, keys))
}

async function add(config: Record<string, string> = {}) {
  return await server.request('provider/save', { provider: 'vs', kind: 'vscode-lm', config, create: true })
}

async function runOver(count: number, model = 'copilot/small'): Promise<RunView> {
  const file = join(folder, 'items.jsonl')
  const rows = Array.from({ length: count }, (_, at) =>
    JSON.stringify({ id: String(at), text: `The server ${at} is down` }),
  )
  await writeFile(file, rows.join('\n'))
  const started = await server.request('run/start', {
    tasks: ['categorization'],
    source: { kind: 'paths', paths: [file] },
    override: { provider: 'vs', model },
  })
  if (!started.ok) throw new Error(started.reason.message)
  const { runId } = started.value
  return await expect
    .poll(async () => {
      const run = await server.request('run/get', { runId })
      return run.ok && run.value.finishedAt !== null ? run.value : null
    })
    .not.toBeNull()
    .then(async () => {
      const run = await server.request('run/get', { runId })
      if (!run.ok) throw new Error(run.reason.message)
      return run.value
    })
}

async function tested(model = 'copilot/small') {
  return await server.request('model/test', { provider: 'vs', model })
}

test('lists what VS Code has, without a key, and never what it has from here', async () => {
  expect(await add()).toMatchObject({ ok: true, value: { key: 'not_needed', endpoint: 'vscode://vscode.lm' } })
  const report = await server.request('provider/test', { provider: 'vs' })
  expect(report.ok && report.value.models).toEqual([
    { model: 'copilot/small', label: 'Small', type: 'generation', contextTokens: 8000 },
    { model: 'other/large', label: 'Large', type: 'generation' },
  ])
  expect(calls).toEqual([])
})

test('a vendor narrows the list', async () => {
  await add({ vendor: 'other' })
  const report = await server.request('provider/test', { provider: 'vs' })
  expect(report.ok && report.value.models.map(({ model }) => model)).toEqual(['other/large'])
})

test('judges a file: the instructions begin the first message, and no schema is promised', async () => {
  await add()
  const run = await runOver(7)
  expect(run).toMatchObject({ state: 'completed', counts: { ok: 7, failed: 0 } })
  expect(calls.length).toBeGreaterThan(0)
  for (const { model, messages } of calls) {
    expect(model).toBe('copilot/small')
    expect(messages).toHaveLength(1)
    expect(messages[0]?.role).toBe('user')
    expect(messages[0]?.text).toContain('The server')
  }
  const results = await server.request('run/results', { runId: run.runId })
  const receipt = results.ok ? results.value.rows[0]?.receipts.categorization : null
  expect(receipt).toMatchObject({ outputMode: 'text', usage: { input: null, output: null }, costUsd: null })
})

test.each<[string, ReasonFacts]>([
  ['a person who does not allow it', { code: 'consent_missing', provider: 'vs', model: 'copilot/small' }],
  ['a spent quota', { code: 'quota_exceeded', provider: 'vs', detail: 'used up' }],
])('%s stops a run, which can be resumed, after few calls', async (_, facts) => {
  await add()
  answer = async () => fail(facts)
  const run = await runOver(200)
  expect(run).toMatchObject({ state: 'stopped', reason: { code: facts.code }, counts: { ok: 0 } })
  expect(calls.length).toBeLessThanOrEqual(4)
})

test('what an extension says of its error is quoted without a key', async () => {
  await add()
  const detail = 'Bearer sk-fake-0123456789abcdef was refused\nby us'
  answer = async () => fail({ code: 'quota_exceeded', provider: 'vs', detail })
  const outcome = await tested()
  expect(JSON.stringify(outcome)).toContain('was refused by us')
  expect(JSON.stringify(outcome)).not.toContain('0123456789abcdef')
})

test('a call that is cancelled here is cancelled there, and ends even if nobody there lets go', async () => {
  await add()
  let isCancelled = false
  answer = (_, token) => {
    token.onCancellationRequested(() => {
      isCancelled = true
    })
    return new Promise(() => {})
  }
  const file = join(folder, 'one.txt')
  await writeFile(file, 'The server is down')
  const source = { kind: 'paths' as const, paths: [file] }
  const override = { provider: 'vs', model: 'copilot/small' }
  const started = await server.request('run/start', { tasks: ['categorization'], source, override })
  if (!started.ok) throw new Error(started.reason.message)
  await expect.poll(() => calls.length).toBe(1)
  await server.request('run/cancel', { runId: started.value.runId })
  await expect.poll(() => isCancelled).toBe(true)
})

test.each<[string, Answer]>([
  ['no outcome at all', async () => 'nonsense' as never],
  ['an error', async () => Promise.reject(new ResponseError(ErrorCodes.MethodNotFound, 'lm/complete'))],
])('a client that answers with %s is no editor', async (_, broken) => {
  await add()
  answer = broken
  expect(await runOver(3)).toMatchObject({ state: 'stopped', reason: { code: 'editor_absent' } })
})

test('a text with nothing in it is no answer', async () => {
  await add()
  answer = async () => succeed({ text: ' \n' })
  expect(await runOver(1)).toMatchObject({ state: 'completed', counts: { failed: 1 } })
})

test('where the client is no editor, nobody is asked, and what an editor found stays', async () => {
  await add()
  await server.request('provider/test', { provider: 'vs' })
  await server.request('route/save', { task: 'scoring', provider: 'vs', model: 'copilot/small', options: {} })
  await server.stop()
  server = await start(false)
  const absent = { code: 'editor_absent', provider: 'vs', why: 'no_editor', action: { id: 'setRoute' } }
  const resolved = await server.request('route/resolve', { task: 'scoring' })
  expect(resolved).toMatchObject({ ok: false, reason: absent })
  expect(resolved.trace.at(-1)).toMatchObject({ step: 'kind', passed: false })
  expect(await server.request('provider/test', { provider: 'vs' })).toMatchObject({ ok: false, reason: absent })
  expect(await server.request('provider/get', { provider: 'vs' })).toMatchObject({
    ok: true,
    value: { reason: absent, health: { state: 'ok' } },
  })
  expect(await server.request('provider/remove', { provider: 'vs', confirm: true })).toMatchObject({ ok: true })
})
