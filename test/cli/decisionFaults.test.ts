import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ResultRecord } from '../../protocol/results.ts'
import { type BuiltCli, buildCli } from '../support/cli/spawnCli.ts'
import {
  type DecisionCall,
  type FakeDecisionServer,
  type ReadyAnswer,
  startFakeDecisionServer,
} from '../support/providers/fakeDecisionServer.ts'

let cli: BuiltCli
let server: FakeDecisionServer
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

const categories = ['Banking', 'Travel', 'Kitchen', 'Auto', 'Home', 'Work', 'Utility', 'Talk', 'Meta', 'Cards', 'Loans']
const tickets = Array.from({ length: 200 }, (_, index) => index + 1)
const textOf = (ticket: number): string => `Ticket ${ticket}: nobody has answered my message about ${ticket} things.`
const ticketOf = ({ state }: DecisionCall): number => Number(/^Ticket (\d+)/.exec(state)?.[1])
const rightFor = (ticket: number): string => categories[ticket % categories.length] ?? ''

const every = (step: number, first: number, count: number): Set<number> =>
  new Set(Array.from({ length: count }, (_, index) => first + index * step))
const faulty = {
  refused: every(19, 7, 10),
  cut: every(47, 13, 4),
  leftOut: every(91, 30, 2),
  invented: every(83, 41, 2),
}

beforeEach(async () => {
  server = await startFakeDecisionServer()
  server.decide((call) => ({ category: rightFor(ticketOf(call)).toLowerCase() }))
  const settings = ['--kind', 'typesafe', '--set', `base_url=${server.origin}`]
  const added = await cli.run(['provider', 'add', `faulty-${server.port}`, ...settings])
  if (added.code !== 0) throw new Error(added.err)
  await writeFile(
    path.join(cli.folder, 'tickets.jsonl'),
    tickets.map((ticket) => `${JSON.stringify({ id: String(ticket), text: textOf(ticket) })}\n`).join(''),
  )
  const list = categories.map((name) => `  - name: ${name}\n    description: Messages about ${name.toLowerCase()}.\n`)
  await writeFile(path.join(cli.folder, 'tickets.yaml'), `categories:\n${list.join('')}interests: What fails.\n`)
})
afterEach(() => server.close())

async function run(output: string) {
  const how = ['--profile', './tickets.yaml', '--provider', `faulty-${server.port}`, '--model', 'fake-decider']
  const { code, err } = await cli.run(['run', 'tickets.jsonl', ...how, '--output', output, '--fresh', '--yes'])
  const lines = (await readFile(path.join(cli.folder, output), 'utf8')).trimEnd().split('\n')
  const records = lines.map((line): ResultRecord => JSON.parse(line))
  const firstOf = (record: ResultRecord): string | undefined => record.categories?.[0]
  const isRight = (record: ResultRecord): boolean => firstOf(record) === rightFor(Number(record.id))
  const failed = records.filter(({ status }) => status === 'failed')
  return {
    ...{ code, err, rows: records.length, right: records.filter(isRight).length },
    outside: records.filter((record) => !categories.includes(firstOf(record) ?? 'Banking')).length,
    failed: failed.map(({ id, error }) => [Number(id), error?.code]),
  }
}

/** A busy server once, and answers that are cut off, without the category, or with one that is none of ours. */
function spoilt(ready: ReadyAnswer, call: DecisionCall, isFaulty: boolean): ReadyAnswer {
  const ticket = ticketOf(call)
  const { category, ...others } = ready.answers
  if (!isFaulty) return ready
  if (faulty.leftOut.has(ticket)) return { ...ready, answers: others }
  if (faulty.invented.has(ticket)) {
    const probabilities = { ...probabilitiesOf(category), [rightFor(ticket).toLowerCase()]: 0, gardening: 0.8 }
    return { ...ready, answers: { ...others, category: { ...category, choice: 'gardening', probabilities } } }
  }
  const body = JSON.stringify({ model: call.model, answers: ready.answers, usage: { input_tokens: 300 } })
  return faulty.cut.has(ticket) ? { ...ready, body: body.slice(0, body.length * 0.6) } : ready
}

function probabilitiesOf(answer: object | undefined): Record<string, number> {
  return (answer as { probabilities: Record<string, number> }).probabilities
}

function isRefusedFirst(call: DecisionCall, count: number): boolean {
  return faulty.refused.has(ticketOf(call)) && count === 1
}
const busy: ReadyAnswer = { status: 429, headers: { 'retry-after-ms': '100' }, answers: {} }

test('200 items are judged rightly when each fault of their server happens once', async () => {
  server.spoil((ready, call, count) => (isRefusedFirst(call, count) ? busy : spoilt(ready, call, count === 1)))
  const { err, ...found } = await run('once.jsonl')
  expect(found, err).toEqual({ code: 0, rows: 200, right: 200, outside: 0, failed: [] })
})

test('faults that stay fail only the items without an answer to be had, and nothing outside of the list is a result', async () => {
  server.spoil((ready, call, count) => (isRefusedFirst(call, count) ? busy : spoilt(ready, call, true)))
  const { err, failed, ...found } = await run('stays.jsonl')
  expect(found, err).toEqual({ code: 4, rows: 200, right: 196, outside: 0 })
  const lost = [...faulty.leftOut, ...faulty.invented].sort((one, other) => one - other)
  expect(failed).toEqual(lost.map((ticket) => [ticket, 'invalid_response']))
})
