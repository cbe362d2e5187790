import { readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../../cli/runCli.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { RunView } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { fakeHost, hosting } from '../support/cli/fakeHost.ts'
import { fakeTerminal } from '../support/cli/fakeTerminal.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let cli: LiveCli
let server: FakeModelServer
beforeAll(async () => {
  ;[cli, server] = await Promise.all([startLiveCli(), startFakeModelServer()])
  const lines = Array.from({ length: 20 }, (_, index) => JSON.stringify({ id: index, text: `It crashes ${index}.` }))
  await writeFile(path.join(cli.folder, 'items.jsonl'), lines.join('\n'))
  const settings = ['--kind', 'openai-compatible', '--set', `base_url=${server.origin}/v1`]
  expect(await cli.run(['provider', 'add', 'lab', ...settings])).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await cli.remove()
  await server.close()
})

const lab = ['items.jsonl', '--provider', 'lab', '--model', 'fake-model']

describe('where a price is not known', () => {
  test('a cap cannot be kept, so nothing is sent', async () => {
    const { code, out, err } = await cli.run(['categorize', ...lab, '--max-cost', '0.50'])
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toContain('the price of "fake-model" is unknown, so the cap of $0.50 for this run cannot be enforced')
    expect(await cli.run(['provider', 'set', 'lab', 'daily_cap_usd=2'])).toMatchObject({ code: 0 })
    const daily = await cli.run(['categorize', ...lab])
    expect(daily).toMatchObject({ code: 3, out: '' })
    expect(daily.err).toContain('next:  llm-providers provider set lab daily_cap_usd=VALUE\n')
    expect(await cli.run(['provider', 'set', 'lab', 'daily_cap_usd='])).toMatchObject({ code: 0 })
    expect(server.chats).toEqual([])
  })

  test('a run without a cap is counted, its cost told as unknown', async () => {
    expect(await cli.run(['categorize', ...lab])).toMatchObject({ code: 0 })
    const { out } = await cli.run(['usage', '--by', 'provider,task'])
    expect(out).toMatch(/lab +categorization +4 +20 .* unknown\n/)
    expect(out).toMatch(/\(the price of 4 calls is not known\)\n$/)
  })
})

test('an estimate counts what a run would take, of a file and of standard input, and does nothing', async () => {
  const before = await readdir(cli.folder)
  const calls = server.chats.length
  const estimated = await cli.run(['run', 'estimate', ...lab, '--task', 'scoring'])
  expect(estimated).toMatchObject({ code: 0, err: '' })
  expect(estimated.out).toMatch(/^20 items\n4 calls, about [\d,]+ tokens sent and [\d,]+ received\ncost unknown/)
  expect(estimated.out).toContain('scoring: lab / fake-model')
  const piped = await cli.run(['run', 'estimate', '-', ...lab.slice(1), '--json'], {
    stdin: '{"text":"a"}\n{"text":"b"}\n',
  })
  expect(JSON.parse(piped.out)).toMatchObject({ ok: true, value: { items: 2, calls: 1 } })
  expect(server.chats).toHaveLength(calls)
  expect(await readdir(cli.folder)).toEqual(before)
  expect(await readdir(path.join(cli.dataDir, 'stdin'))).toEqual([])
})

describe('a run that a cap has stopped', () => {
  const stoppedBy = (scope: 'run' | 'day'): RunView => ({
    runId: '20261121-fake',
    state: 'stopped',
    tasks: ['scoring'],
    source: 'items.jsonl',
    counts: { total: 2, ok: 1, failed: 0, skipped: 0, waiting: 1 },
    reason: fail({
      code: 'spend_cap',
      provider: 'work',
      model: 'm',
      scope,
      capUsd: 0.5,
      spentUsd: 0.4999,
      neededUsd: 0.01,
    }).reason,
    routes: [],
    resultsPath: null,
    startedAt: '2026-11-21T11:59:58.000Z',
    finishedAt: '2026-11-21T12:00:00.000Z',
    profile: null,
    spent: { costUsd: 0, unpricedCalls: 0, input: 0, output: 0, calls: 0 },
    revision: null,
    parkedUntil: null,
  })

  test.each([
    ['run', 'resume with a higher cap: llm-providers run resume 20261121-fake --max-cost USD'],
    ['day', 'raise the daily cap, then resume: llm-providers provider set work daily_cap_usd=USD'],
  ] as const)('of the %s is not ready, as every other stop, and says how to go on', async (scope, next) => {
    for (const words of [
      ['score', 'items.jsonl', '--max-cost', '0.5'],
      ['run', 'resume', '20261121-fake', '--max-cost', '$0.5'],
    ]) {
      const terminal = fakeTerminal()
      const host = fakeHost({
        'run/start': () => succeed(stoppedBy(scope)),
        'run/resume': () => succeed(stoppedBy(scope)),
        'run/results': () => succeed({ rows: [], next: null, total: 0 }),
        'category/list': () => succeed([]),
      })
      expect(await runCli(words, terminal, '0.0.0', hosting(host))).toBe(3)
      expect(host.requests[0]?.params).toMatchObject({ maxCostUsd: 0.5 })
      expect(terminal.err()).toContain('Stopped before exceeding the cap of $0.50')
      expect(terminal.err()).toContain(`Next            ${next}\n`)
    }
  })
})
