import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ResultRecord } from '../../protocol/results.ts'
import { type BuiltCli, buildCli } from '../support/cli/spawnCli.ts'
import { type FakeDecisionServer, startFakeDecisionServer } from '../support/providers/fakeDecisionServer.ts'

let cli: BuiltCli
let server: FakeDecisionServer
let provider = ''
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

beforeEach(async () => {
  server = await startFakeDecisionServer()
  provider = `decider-${server.port}`
  const settings = [
    '--kind',
    'openai-compatible',
    '--set',
    `base_url=${server.origin}/v1`,
    '--set',
    'decisions=systemone',
  ]
  const added = await cli.run(['provider', 'add', provider, ...settings])
  if (added.code !== 0) throw new Error(added.err)
  await writeFile(path.join(cli.folder, 'items.jsonl'), lines)
  await writeFile(path.join(cli.folder, 'profile.yaml'), profile)
})
afterEach(() => server.close())

const ids = Array.from({ length: 8 }, (_, index) => `item-${index}`)
const lines = ids.map((id) => `${JSON.stringify({ id, text: `The text of ${id}.` })}\n`).join('')
const profile = `categories:
  max: 2
  list:
    - name: Bug
      children: [{ name: Crash }, { name: Hang }]
    - name: Question
    - name: Praise
interests: Crashes.
`

function words(...more: string[]): string[] {
  const model = ['--provider', provider, '--model', 'fake-decider']
  return ['items.jsonl', '--profile', './profile.yaml', ...model, '--ask', 'decisions', ...more]
}

async function results(file = 'items.results.jsonl'): Promise<ResultRecord[]> {
  const text = await readFile(path.join(cli.folder, file), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

test('both tasks of an item are one request, and the record has its probabilities', async () => {
  server.decide(({ state }) =>
    state.includes('item-3') ? { category: 'question' } : { category: 'bug', within_bug: 'crash' },
  )
  const run = await cli.run(['run', ...words('--output', 'both.jsonl')])
  expect(run, run.err).toMatchObject({ code: 0 })
  expect(server.calls).toHaveLength(ids.length)
  expect(server.calls[0]).toMatchObject({ model: 'fake-decider', state: 'The text of item-0.' })
  expect(Object.keys(server.calls[0]?.questions ?? {})).toEqual(['category', 'within_bug', 'interest', 'quality'])
  const records = await results('both.jsonl')
  expect(records[0]).toMatchObject({
    ...{ categories: ['Crash'], confidence: 0.64, interest: 7, quality: 7, reasoning: null },
    probabilities: { Crash: 0.64, Hang: 0.08, Bug: 0.08, Question: 0.0667, Praise: 0.0667 },
    receipts: {
      categorization: { outputMode: 'decisions', decision: { dialect: 'systemone' } },
      scoring: {
        outputMode: 'decisions',
        sharedCall: true,
        decision: { distributions: { interest: [0.05, 0.05, 0.05, 0.8, 0.05] } },
      },
    },
  })
  expect(records[3]).toMatchObject({ categories: ['Question'], confidence: 0.8 })

  const again = await cli.run(['run', ...words('--output', 'both.jsonl')])
  expect(again.err).toContain('8 unchanged since an earlier run')
  expect(server.calls).toHaveLength(ids.length)
})

test('after a kill the same command asks again only about the item whose answer was under way', async () => {
  let release = (): void => undefined
  server.decide((_call, count) => {
    if (count === 4) release = server.hold()
    return {}
  })
  const started = cli.start(['run', ...words('--output', 'killed.jsonl', '--fresh', '--concurrency', '1')])
  await server.arrived(5)
  started.process.kill('SIGKILL')
  await started.finished
  release()
  server.decide(() => ({}))
  const before = server.calls.map(({ state }) => state)

  const again = await cli.run(['run', ...words('--output', 'killed.jsonl', '--concurrency', '1')])
  expect(again, again.err).toMatchObject({ code: 0 })
  expect((await results('killed.jsonl')).map(({ id }) => id)).toEqual(ids)
  const asked = server.calls.slice(before.length).map(({ state }) => state)
  expect(asked.filter((state) => before.includes(state))).toEqual(['The text of item-4.'])
})

test('Ctrl-C keeps what is finished, and resuming asks about the rest', async () => {
  let release = (): void => undefined
  server.decide((_call, count) => {
    if (count === 3) release = server.hold()
    return {}
  })
  const started = cli.start(['run', ...words('--output', 'stopped.jsonl', '--fresh', '--concurrency', '1')])
  await server.arrived(4)
  started.process.kill('SIGINT')
  const stopped = await started.finished
  const [, runId] = /run resume (\S+)/.exec(stopped.err) ?? []
  release()
  server.decide(() => ({}))
  expect(await cli.run(['run', 'resume', runId ?? ''])).toMatchObject({ code: 0 })
  expect((await results('stopped.jsonl')).map(({ status }) => status)).toEqual(ids.map(() => 'ok'))
  expect(server.calls.length).toBeLessThanOrEqual(ids.length + 1)
})

test('an estimate counts one call an item and no tokens out, and asks nothing', async () => {
  const estimated = await cli.run(['run', 'estimate', ...words('--json')])
  expect(JSON.parse(estimated.out)).toMatchObject({
    ok: true,
    value: { toJudge: 8, calls: 8, mostCalls: 16, outputTokens: 0 },
  })
  const told = await cli.run(['run', 'estimate', ...words()])
  expect(told.out).toMatch(/^8 items\n8 to 16 calls, about [\d,]+ tokens sent and none received\n/)
  expect(server.calls).toHaveLength(0)
})
test('a run stops before its cap, goes on with a higher one, and a daily cap holds for all runs', async () => {
  server.price(1000)
  expect(await cli.run(['provider', 'test', provider])).toMatchObject({ code: 0 })
  const run = async (...more: string[]) => {
    const { out } = await cli.run(['run', ...more, '--json'])
    return JSON.parse(out).value.run
  }
  const start = words('--output', 'capped.jsonl', '--fresh', '--concurrency', '1')
  const atOnce = await run(...start, '--max-cost', '0.5')
  expect(atOnce).toMatchObject({ state: 'stopped', reason: { code: 'spend_cap', scope: 'run', spentUsd: 0 } })
  expect(server.calls).toHaveLength(0)

  // Set aside for a call is what it can cost at most; an answer that took 105 tokens costs about ten cents.
  const mostOfCall: number = atOnce.reason.neededUsd
  const stopped = await run(...start, '--max-cost', (mostOfCall + 0.25).toFixed(2))
  expect(stopped).toMatchObject({ state: 'stopped', reason: { code: 'spend_cap', scope: 'run' }, counts: { ok: 3 } })
  expect(server.calls).toHaveLength(3)
  const resumed = await run('resume', stopped.runId, '--max-cost', (mostOfCall + 5).toFixed(2))
  expect(resumed).toMatchObject({ state: 'completed', counts: { ok: 8 }, spent: { calls: 8, unpricedCalls: 0 } })
  expect(server.calls).toHaveLength(8)

  expect(await cli.run(['provider', 'set', provider, `daily_cap_usd=${mostOfCall.toFixed(2)}`])).toMatchObject({
    code: 0,
  })
  const nextRun = await run(...start)
  expect(nextRun).toMatchObject({ state: 'stopped', reason: { code: 'spend_cap', scope: 'day' }, counts: { ok: 0 } })
  expect(server.calls).toHaveLength(8)
})

test('a price that nobody knows keeps no cap, so that nothing is sent', async () => {
  const capped = await cli.run(['run', ...words('--output', 'unpriced.jsonl', '--max-cost', '1')])
  expect(capped).toMatchObject({ code: 3, out: '' })
  expect(capped.err).toContain('the price of "fake-decider" is unknown')
  expect(server.calls).toHaveLength(0)
})

test('a model that is listed as one that decides is asked so by itself, within what it takes', async () => {
  expect(await cli.run(['provider', 'test', provider])).toMatchObject({ code: 0 })
  const auto = words().filter((word) => word !== '--ask' && word !== 'decisions')
  expect(await cli.run(['run', ...auto, '--output', 'auto.jsonl'])).toMatchObject({ code: 0 })
  expect(server.calls).toHaveLength(ids.length)

  const many = Array.from({ length: 60 }, (_, index) => `  - name: Category ${index}\n`).join('')
  await writeFile(path.join(cli.folder, 'profile.yaml'), `categories:\n${many}`)
  const refused = await cli.run(['categorize', ...auto, '--json'])
  expect(JSON.parse(refused.out)).toMatchObject({
    ok: false,
    reason: { code: 'questions_unfit', problem: 'options', task: 'categorization' },
  })
  expect(server.calls).toHaveLength(ids.length)
})
