import { describe, expect, test } from 'vitest'
import { runCli } from '../../cli/runCli.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { RunEstimate } from '../../protocol/runs.ts'
import { lastLine } from '../../protocol/sources.ts'
import { fail } from '../../shared/fail.ts'
import { fakeHost, hosting } from '../support/cli/fakeHost.ts'
import { fakeTerminal } from '../support/cli/fakeTerminal.ts'

const estimate: RunEstimate = {
  ...{ items: 5000, unreadable: 0, reused: 0, identical: 0, toJudge: 5000, calls: 1000, characters: 1, inputTokens: 9 },
  ...{ outputTokens: 9, costUsd: { low: 2, high: 7 }, seconds: 600, sample: null },
  routes: [
    { task: 'scoring', provider: 'p', kind: 'openai', model: 'm', endpoint: 'https://x', options: {}, rule: 'route' },
  ],
}

/** A start that is refused ends the command: what was asked for is all that matters here. */
function server(told: RunEstimate = estimate) {
  return fakeHost({
    'run/start': () => fail({ code: 'no_route', task: 'scoring' }),
    'run/resume': () => fail({ code: 'not_found', what: 'run', id: 'r' }),
    'run/estimate': () => succeed(told),
  })
}

async function ask(words: string[], answers?: string[], told?: RunEstimate) {
  const host = server(told)
  const terminal = fakeTerminal(answers ? { answers } : {})
  const code = await runCli(words, terminal, '0.0.0', hosting(host))
  return { code, terminal, names: host.requests.map(({ name }) => name), params: host.requests.at(-1)?.params }
}

describe('rules that stop a run', () => {
  test.each<[string[], object]>([
    [['--stop-after', '10m'], { maxSeconds: 600 }],
    [['--stop-after', '90'], { maxSeconds: 90 }],
    [['--stop-failed', '20%'], { failedShare: 0.2 }],
    [['--stop-failed', 'never'], { failedShare: null }],
    [['--stop-invalid', 'never'], { invalidShare: null }],
    [['--stop-same', 'never'], { sameCategoryShare: null }],
    [['--stop-after', 'never'], {}],
    [['--stop-invalid', '0.5', '--stop-same', '95%'], { invalidShare: 0.5, sameCategoryShare: 0.95 }],
  ])('%j of a new run, and of one that goes on', async (words, stopWhen) => {
    expect((await ask(['score', 'a.jsonl', ...words])).params).toMatchObject({ stopWhen })
    expect((await ask(['run', 'resume', '20261121-x', ...words])).params).toMatchObject({ stopWhen })
  })

  test.each([
    ['--stop-after', '-1'],
    ['--stop-after', 'soon'],
    ['--stop-failed', '120%'],
    ['--stop-failed', '0'],
    ['--stop-same', 'sometimes'],
    ['--priority', 'highest'],
  ])('%s %s is wrong use', async (...words) => {
    const { code, names } = await ask(['score', 'a.jsonl', ...words])
    expect(code).toBe(2)
    expect(names).toEqual([])
  })

  test('are none unless somebody says so', async () => {
    expect((await ask(['score', 'a.jsonl'])).params).not.toHaveProperty('stopWhen')
  })
})

describe('some lines of a file', () => {
  test.each<[string, { from: number; to: number }[]]>([
    ['2-40', [{ from: 2, to: 40 }]],
    ['7', [{ from: 7, to: 7 }]],
    ['3,9-12, 20-', [3, 9, 20].map((from, nth) => ({ from, to: [3, 12, lastLine][nth] as number }))],
  ])('%s', async (words, lines) => {
    for (const command of [['run'], ['score'], ['run', 'estimate']]) {
      const { params } = await ask([...command, 'a.csv', '--lines', words])
      expect(params).toMatchObject({ source: { kind: 'paths', lines } })
    }
  })

  test.each([
    ['a.csv', '--lines', '9-3'],
    ['a.csv', '--lines', '0'],
    ['a.csv', '--lines', 'all'],
    ['a.csv', 'b.csv', '--lines', '2-3'],
  ])('%s %s %s is wrong use', async (...words) => {
    const { code, names } = await ask(['run', ...words])
    expect(code).toBe(2)
    expect(names).toEqual([])
  })
})

describe('how a model is asked', () => {
  test.each([
    ['score', 'a.jsonl'],
    ['categorize', 'a.jsonl'],
    ['run', 'a.jsonl'],
    ['run', 'estimate', 'a.jsonl'],
    ['run', 'a.jsonl', '--estimate'],
  ])('%s %s %s', async (...words) => {
    expect((await ask([...words, '--ask', 'decisions'])).params).toMatchObject({ ask: 'decisions' })
    expect((await ask(words)).params).not.toHaveProperty('ask')
  })

  test('in a way that there is', async () => {
    expect(await ask(['score', 'a.jsonl', '--ask', 'nicely'])).toMatchObject({ code: 2, names: [] })
  })
})

describe('before a large run', () => {
  test('a person is told what it takes and asked; no is no', async () => {
    const { code, terminal, names } = await ask(['score', 'a.jsonl'], ['n'])
    expect(names).toEqual(['run/estimate'])
    expect(terminal.err()).toContain('5,000 items\n1,000 calls')
    expect(terminal.err()).toContain('$2.00 to $7.00; about 10 min')
    expect(code).toBe(130)
  })

  test.each<[string, string[], string[] | undefined, RunEstimate, string[]]>([
    ['a yes starts it', [], ['y'], estimate, ['run/estimate', 'run/start']],
    ['--yes asks nobody', ['--yes'], [], estimate, ['run/start']],
    ['a script is not asked', [], undefined, estimate, ['run/start']],
    ['a small one just starts', [], [], { ...estimate, toJudge: 10, costUsd: null }, ['run/estimate', 'run/start']],
  ])('%s', async (_, words, answers, told, expected) => {
    expect((await ask(['score', 'a.jsonl', ...words], answers, told)).names).toEqual(expected)
  })
})

describe('an estimate', () => {
  test('takes a sample only where it is asked for, and says before that it costs', async () => {
    const { params, terminal, code } = await ask(['run', 'a.jsonl', '--estimate', '--sample', '20'])
    expect(params).toMatchObject({ sample: 20 })
    expect(terminal.err()).toContain('Judging 20 items for real, at their real cost')
    expect(code).toBe(0)
    expect((await ask(['run', 'estimate', 'a.jsonl'])).params).not.toHaveProperty('sample')
    expect((await ask(['run', 'a.jsonl', '--sample', '5'])).code).toBe(2)
  })
})
