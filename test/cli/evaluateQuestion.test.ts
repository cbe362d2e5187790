import { expect, test } from 'vitest'
import { runCli } from '../../cli/runCli.ts'
import { succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { fakeHost, hosting } from '../support/cli/fakeHost.ts'
import { fakeTerminal } from '../support/cli/fakeTerminal.ts'

type Cost = { low: number; high: number } | null

/** A start that is refused ends the command: whether it comes to it is all that matters here. */
async function evaluate(told: { costUsd: Cost; isCalled: boolean }, words: string[] = [], answers?: string[]) {
  const host = fakeHost({
    'evaluation/estimate': () => succeed({ items: 12, candidates: [], ...told }),
    'evaluation/start': () => fail({ code: 'labels_failed', file: 'golden.jsonl', detail: 'it has no labels yet' }),
  })
  const terminal = fakeTerminal(answers ? { answers } : {})
  const code = await runCli(['evaluate', ...words], terminal, '0.0.0', hosting(host))
  return { code, told: terminal.err(), isStarted: host.requests.some(({ name }) => name === 'evaluation/start') }
}

const priced = { costUsd: { low: 0.01, high: 0.05 }, isCalled: true }
const unpriced = { costUsd: null, isCalled: true }

test('what it costs is told before anybody is called, and no is no', async () => {
  const refused = await evaluate(priced, [], ['n'])
  expect(refused).toMatchObject({ code: 130, isStarted: false })
  expect(refused.told).toContain('12 items by 0 candidates, $0.0100 to $0.0500')
  expect((await evaluate(priced, [], ['y'])).isStarted).toBe(true)
})

test('an unknown price may be one', async () => {
  const refused = await evaluate(unpriced, [], ['n'])
  expect(refused).toMatchObject({ isStarted: false })
  expect(refused.told).toContain('at a price that is not known')
})

test.each<[string, Parameters<typeof evaluate>]>([
  ['what is free', [{ costUsd: { low: 0, high: 0 }, isCalled: true }, [], []]],
  ['what asks nobody', [{ costUsd: null, isCalled: false }, [], []]],
  ['--yes', [priced, ['--yes'], []]],
  ['a script', [priced, ['--json'], undefined]],
])('%s is not asked about', async (_, [told, words, answers]) => {
  expect((await evaluate(told, words, answers)).isStarted).toBe(true)
})
