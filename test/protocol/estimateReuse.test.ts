import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunRequest, RunView } from '../../protocol/runs.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'
import { jsonLines } from '../support/runs/harness.ts'

let folder: string
let input: string
let server: TestServer
let fake: FakeModelServer
/** What the fake cannot answer about: the texts that hold this word. */
let unanswerable: string | null = null

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'llm-providers-reuse-'))
  input = path.join(folder, 'in.jsonl')
  fake = await startFakeModelServer({ models: ['one', 'other'] })
  fake.decide(({ prompt }) =>
    unanswerable !== null && prompt.includes(unanswerable) ? { kind: 'text', text: 'no verdict' } : undefined,
  )
  server = await startTestServer()
  const config = { base_url: `${fake.origin}/v1` }
  unwrap(await server.request('provider/save', { provider: 'fake', kind: 'openai-compatible', config }))
})
afterAll(async () => {
  await server.stop()
  await fake.close()
  await rm(folder, { recursive: true, force: true })
})

const unwrap = <Value>(outcome: { ok: true; value: Value } | { ok: false; reason: unknown }): Value => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.reason))
  return outcome.value
}

const requestFor = (model: string, more: Partial<RunRequest> = {}) => ({
  tasks: ['categorization' as const],
  source: { kind: 'paths' as const, paths: [input] },
  override: { provider: 'fake', model },
  batchSize: 1,
  stopWhen: { failedShare: null },
  ...more,
})

async function run(request: ReturnType<typeof requestFor>): Promise<RunView> {
  let told: (view: RunView) => void = () => undefined
  const ended = new Promise<RunView>((resolve) => {
    told = resolve
  })
  const listening = server.connection.onNotification('run/progress', (view: RunView) => {
    if (view.finishedAt !== null) told(view)
  })
  unwrap(await server.request('run/start', request))
  return await ended.finally(() => listening.dispose())
}

const write = (texts: readonly string[]): Promise<void> =>
  writeFile(input, jsonLines(texts.map((text, at) => ({ id: at + 1, text }))))

/** The estimate, then the run: what the one foresees is what the other does. */
async function compare(model: string, more: Partial<RunRequest> = {}): Promise<{ reused: number; toJudge: number }> {
  const request = requestFor(model, more)
  const told = unwrap(await server.request('run/estimate', request))
  const { counts } = await run(request)
  const [reused, identical] = [counts.reused ?? 0, counts.identical ?? 0]
  expect(told).toMatchObject({
    items: counts.ok + counts.failed + counts.skipped,
    reused,
    identical,
    toJudge: counts.ok + counts.failed + counts.skipped - reused - identical,
  })
  return { reused: told.reused, toJudge: told.toJudge }
}

// One after the other: each step finds what the steps before have left.
test('an estimate takes over exactly what the run then takes over', async () => {
  await write(['alpha', 'beta', 'gamma', 'beta'])
  expect(await compare('one'), 'nothing was judged before').toEqual({ reused: 0, toJudge: 3 })
  expect(await compare('one'), 'unchanged, with twins').toEqual({ reused: 4, toJudge: 0 })

  await write(['alpha', 'beta', 'gamma, but changed', 'beta', 'delta', 'delta'])
  expect(await compare('one'), 'one changed, two added').toEqual({ reused: 3, toJudge: 2 })

  expect(await compare('other'), 'another model').toEqual({ reused: 0, toJudge: 4 })
  expect(await compare('other'), 'that model again').toEqual({ reused: 6, toJudge: 0 })
  expect(await compare('other', { limit: 2 }), 'over fewer items').toEqual({ reused: 2, toJudge: 0 })
  expect(await compare('one'), 'the first model, although others came since').toEqual({ reused: 6, toJudge: 0 })

  await write(['alpha', 'beta', 'poison'])
  unanswerable = 'poison'
  expect(await compare('one'), 'one that fails').toEqual({ reused: 2, toJudge: 1 })
  expect(await compare('one'), 'what failed is asked about again').toEqual({ reused: 2, toJudge: 1 })
  unanswerable = null
  expect(await compare('one'), 'and taken over once it has not').toEqual({ reused: 2, toJudge: 1 })
  expect(await compare('one')).toEqual({ reused: 3, toJudge: 0 })

  const [prompt] = unwrap(await server.request('prompt/list', {})).filter(({ task }) => task === 'categorization')
  if (!prompt) throw new Error('there is no prompt')
  const { task, part } = prompt
  unwrap(await server.request('prompt/save', { task, part, text: `${prompt.text}\nBe brief.` }))
  expect(await compare('one'), 'another prompt').toEqual({ reused: 0, toJudge: 3 })
  unwrap(await server.request('prompt/reset', { task, part }))
  expect(await compare('one'), 'the prompt of before').toEqual({ reused: 3, toJudge: 0 })
  unwrap(await server.request('preferences/save', { interests: 'compilers' }))
  expect(await compare('one'), 'another profile').toEqual({ reused: 0, toJudge: 3 })

  expect(await compare('one', { reuse: 'none' }), 'nothing is to be taken over').toEqual({ reused: 0, toJudge: 3 })
})

test('a revision that is kept counts for both, however many came after it', async () => {
  // Runs over any source are looked through otherwise.
  const here = { reuseMegabytes: 0 }
  await write(['kept'])
  const first = await run(requestFor('one'))
  for (const words of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
    await write([words])
    await run(requestFor('one'))
  }
  await write(['kept'])
  expect(await compare('one', here), 'out of sight').toEqual({ reused: 0, toJudge: 1 })
  unwrap(await server.request('run/remove', { runId: (await latest()).runId }))
  unwrap(await server.request('revision/keep', { runId: first.runId }))
  expect(await compare('one', here), 'kept').toEqual({ reused: 1, toJudge: 0 })
})

async function latest(): Promise<RunView> {
  const [run] = unwrap(await server.request('run/list', { limit: 1 })).rows
  if (!run) throw new Error('there is no run')
  return run
}
