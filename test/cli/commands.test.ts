import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { runCli } from '../../cli/runCli.ts'
import { type RequestName, requests, ServerInfo } from '../../protocol/contract.ts'
import { outcomeOf, succeed } from '../../protocol/outcome.ts'
import { ModelList } from '../../protocol/providers.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import { ResultRecord } from '../../protocol/results.ts'
import { RunView } from '../../protocol/runs.ts'
import { explainReason } from '../../shared/describe/reason.ts'
import { fail } from '../../shared/fail.ts'
import { valuesOf } from '../protocol/contractArbitrary.ts'
import { type Answers, type FakeHost, fakeHost, hosting } from '../support/cli/fakeHost.ts'
import { fakeTerminal } from '../support/cli/fakeTerminal.ts'

/**
 * Each command that only asks: its words, the requests it makes, what a person is told beside them, and the schema of what it
 * prints on --json.
 */
const questions: { words: string[]; asks: RequestName[]; beside?: RequestName[]; prints?: z.ZodType }[] = [
  { words: ['readiness', '--no-check'], asks: ['readiness/read'] },
  { words: ['provider', 'list'], asks: ['provider/list'] },
  { words: ['provider', 'get', 'work'], asks: ['provider/get'] },
  { words: ['provider', 'kinds'], asks: ['provider/kinds'] },
  { words: ['provider', 'enable', 'work'], asks: ['provider/setEnabled'] },
  { words: ['provider', 'disable', 'work', '--yes'], asks: ['provider/setEnabled'] },
  { words: ['provider', 'remove', 'work', '--yes'], asks: ['provider/remove'] },
  { words: ['provider', 'test', 'work'], asks: ['provider/test'], beside: ['provider/get'] },
  { words: ['provider', 'models', 'work'], asks: ['provider/models'] },
  { words: ['provider', 'dependents', 'work'], asks: ['provider/dependents'] },
  { words: ['provider', 'scan'], asks: ['provider/scan'], beside: ['provider/kinds', 'provider/list'] },
  { words: ['provider', 'import', '--dry-run'], asks: ['import/plan'] },
  { words: ['model', 'list', '--type', 'generation'], asks: ['model/list'] },
  {
    words: ['model', 'list', '--available'],
    asks: ['provider/list'],
    prints: outcomeOf(z.array(z.object({ provider: z.string(), ...ModelList.shape }))),
  },
  { words: ['model', 'add', 'work', 'm', '--type', 'embedding', '--set', 'dimensions=8'], asks: ['model/save'] },
  { words: ['model', 'remove', 'work', 'm', '--yes'], asks: ['model/remove'] },
  { words: ['model', 'default', 'work', 'm'], asks: ['model/setDefault'] },
  { words: ['model', 'dependents', 'work', 'm'], asks: ['model/dependents'] },
  { words: ['model', 'forecast', '--days', '30'], asks: ['model/forecast'] },
  { words: ['model', 'pull', 'work', 'm'], asks: ['model/pull'] },
  { words: ['model', 'learn', 'tickets-1', '--from', 'labels'], asks: ['model/learn'] },
  {
    words: ['decide', 'It crashes.', '--model', 'work/m', '--choice', 'bug,praise', '--yes-no', 'Is it urgent?'],
    asks: ['model/decide'],
  },
  { words: ['model', 'delete', 'work', 'm', '--yes'], asks: ['model/delete'] },
  { words: ['gateway', 'list'], asks: ['gateway/list'] },
  { words: ['gateway', 'add', 'team', '--url', 'http://localhost:4000'], asks: ['gateway/save'] },
  { words: ['gateway', 'set', 'team', '--keys', 'values', '--key-env', 'ADMIN'], asks: ['gateway/save'] },
  { words: ['gateway', 'plan', 'team'], asks: ['gateway/plan'] },
  { words: ['gateway', 'sync', 'team', '--send-keys'], asks: ['gateway/sync'], beside: ['gateway/plan'] },
  { words: ['gateway', 'test', 'team', 'work', 'm', '--yes'], asks: ['gateway/test'] },
  { words: ['gateway', 'remove', 'team', '--yes'], asks: ['gateway/remove'] },
  { words: ['route', 'list'], asks: ['route/list'], beside: ['readiness/read'] },
  { words: ['route', 'set', 'scoring', '--provider', 'work', '--model', 'm'], asks: ['route/save'] },
  { words: ['route', 'explain', 'scoring'], asks: ['route/resolve'] },
  { words: ['policy', 'check'], asks: ['policy/read'] },
  { words: ['category', 'list'], asks: ['category/list'] },
  { words: ['category', 'add', 'Release notes', '--parent', 'technology', '--weight', 'max'], asks: ['category/save'] },
  { words: ['category', 'approve', 'release-notes'], asks: ['category/save'] },
  { words: ['category', 'remove', 'release-notes'], asks: ['category/remove'] },
  { words: ['category', 'set', 'finance', 'startups', '--parent', 'politics', '--hide'], asks: ['category/saveAll'] },
  { words: ['category', 'set', 'finance', '--review-below', 'inherit'], asks: ['category/saveAll'] },
  { words: ['category', 'merge', 'finance', 'startups'], asks: ['category/merge'] },
  { words: ['category', 'merge', 'finance', 'startups', '--preview'], asks: ['category/describeMerge'] },
  { words: ['profile', 'list'], asks: ['profile/list'] },
  { words: ['profile', 'criteria'], asks: ['profile/criteria'] },
  { words: ['profile', 'check', '-'], asks: ['profile/check'] },
  { words: ['profile', 'propose', 'issues.jsonl', '--estimate'], asks: ['profile/planProposal'] },
  { words: ['preferences', 'show'], asks: ['preferences/read'] },
  { words: ['preferences', 'set', '--interests', 'Whales.', '--anti-interests', ''], asks: ['preferences/save'] },
  { words: ['preferences', 'set', '--no-criteria', '--gate-error', '1.5'], asks: ['preferences/save'] },
  { words: ['prompt', 'list'], asks: ['prompt/list'] },
  { words: ['prompt', 'set', 'scoring', 'user', '--file', '-'], asks: ['prompt/save'] },
  { words: ['prompt', 'reset', 'scoring', 'user'], asks: ['prompt/reset'] },
  { words: ['prompt', 'preview', 'scoring', '--text', 'x'], asks: ['prompt/preview'] },
  { words: ['run', 'list'], asks: ['run/list'] },
  { words: ['run', 'list', '--evaluations'], asks: ['run/list'] },
  { words: ['evaluate', 'list'], asks: ['evaluation/list'] },
  { words: ['evaluate', 'show', '20261121t093000000z-4f7k2m'], asks: ['evaluation/read'] },
  { words: ['evaluate', 'cancel', '20261121t093000000z-4f7k2m'], asks: ['evaluation/cancel'] },
  { words: ['evaluate', 'remove', '20261121t093000000z-4f7k2m'], asks: ['evaluation/remove'] },
  { words: ['run', 'estimate', 'issues.jsonl'], asks: ['run/estimate'] },
  { words: ['source', 'describe', 'issues.jsonl', '--delimiter', 'tab'], asks: ['source/describe'] },
  {
    words: ['source', 'remember', 'issues.jsonl', '--text', 'title,body'],
    asks: ['source/remember'],
    beside: ['source/describe'],
  },
  { words: ['source', 'forget', 'issues.jsonl'], asks: ['source/remember'] },
  { words: ['source', 'github', 'octo/tracker'], asks: ['github/fetch'] },
  { words: ['results', 'labels', '20261121t093000000z-4f7k2m', '--remove', 'triage'], asks: ['github/planLabels'] },
  { words: ['label', 'list', '--search', 'crash'], asks: ['label/list'] },
  { words: ['label', 'import', 'reviewed.csv'], asks: ['label/import'] },
  {
    words: ['results', '20261121t093000000z-4f7k2m', '--filter', 'score>=3'],
    asks: ['run/results'],
    beside: ['run/get'],
  },
  { words: ['results', '20261121t093000000z-4f7k2m', '--output', 'best.csv'], asks: ['run/export'] },
  { words: ['results', 'summary', '20261121t093000000z-4f7k2m'], asks: ['run/summary'] },
  { words: ['review', '20261121t093000000z-4f7k2m'], asks: ['run/review'] },
  { words: ['revision', 'list', 'issues.jsonl'], asks: ['revision/list'] },
  { words: ['revision', 'diff', '20261121t093000000z-4f7k2m', '20261121t093000000z-4f7k2m'], asks: ['revision/diff'] },
  {
    words: ['revision', 'compare', '20261121t093000000z-4f7k2m', '20261121t093000000z-4f7k2m'],
    asks: ['revision/compare'],
  },
  { words: ['revision', 'keep', '20261121t093000000z-4f7k2m'], asks: ['revision/keep'] },
  { words: ['revision', 'undo', '20261121t093000000z-4f7k2m'], asks: ['revision/undo'] },
  { words: ['usage', '--by', 'day,model'], asks: ['usage/read'] },
  { words: ['audit', '--limit', '5'], asks: ['audit/list'] },
]

/** Whatever the contract allows, except that a page is the last one: a list that goes on for ever is another test. */
function answersTo(name: RequestName): fc.Arbitrary<unknown> {
  return valuesOf(requests[name].result as z.ZodType).map(withoutNext)
}

function withoutNext(answer: unknown): unknown {
  const { value } = answer as { value?: unknown }
  const isPage = typeof value === 'object' && value !== null && 'rows' in value && 'next' in value
  return isPage ? { ...(answer as object), value: { ...value, next: null } } : answer
}

/** Everything that a terminal would obey instead of showing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const steering = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

function isBug(answer: unknown): boolean {
  const { reason } = answer as { reason?: { code: string } }
  return reason?.code === 'internal_error'
}

describe.each(questions)('$words', ({ words, asks, beside = [], prints }) => {
  const [name] = asks
  if (!name) throw new Error('it asks nothing')
  const answers = answersTo(name)
  const others = fc.tuple(...beside.map(answersTo))

  test('prints one JSON document of the contract, whatever the server answers', async () => {
    const schema = prints ?? (requests[name].result as z.ZodType)
    await fc.assert(
      fc.asyncProperty(answers, async (answer) => {
        const terminal = fakeTerminal()
        const host = fakeHost({ [name]: () => answer })
        const code = await runCli([...words, '--json'], terminal, '0.0.0', hosting(host))
        const document = JSON.parse(terminal.out())
        expect(schema.safeParse(document).error).toBeUndefined()
        expect(terminal.out().trimEnd()).not.toContain('\n')
        if (!document.ok) expect(code).toBeGreaterThan(0)
        expect(terminal.err()).toBe('')
        expect(host.requests.map((request) => request.name)).toEqual(asks)
        expect(host.isStopped()).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  test('prints text that cannot steer the terminal, and a reason with one next step', async () => {
    await fc.assert(
      fc.asyncProperty(answers, others, async (answer, besides) => {
        const terminal = fakeTerminal({ columns: 80 })
        const told = Object.fromEntries(beside.map((other, index) => [other, () => besides[index]]))
        const code = await runCli(words, terminal, '0.0.0', hosting(fakeHost({ ...told, [name]: () => answer })))
        // What it asks beside may be answered by a bug of ours, too.
        if ((answer as { ok: boolean }).ok && !besides.some(isBug)) expect(code).not.toBe(1)
        expect(terminal.out()).not.toMatch(steering)
        expect(terminal.err()).not.toMatch(steering)
        if (!(answer as { ok: boolean }).ok)
          expect(terminal.err()).toMatch(/^(Asking .*\n)?error: [\s\S]*\nnext: {2}\S.*\n$/)
      }),
      { numRuns: 20 },
    )
  })
})

const view: RunView = {
  runId: '20261121-fake',
  state: 'running',
  tasks: ['categorization', 'scoring'],
  source: 'items.jsonl',
  counts: { total: 2, ok: 0, failed: 0, skipped: 0, waiting: 2 },
  reason: null,
  routes: [
    {
      task: 'categorization',
      provider: 'ollama',
      kind: 'ollama',
      model: 'llama3.2:3b',
      endpoint: 'http://127.0.0.1:11434',
      options: {},
      rule: 'route',
    },
  ],
  resultsPath: '/work/items.results.jsonl',
  startedAt: '2026-11-21T11:59:58.000Z',
  finishedAt: null,
  profile: null,
  spent: { costUsd: 0, unpricedCalls: 0, input: 0, output: 0, calls: 0 },
  revision: null,
  parkedUntil: null,
}
const completed: RunView = {
  ...view,
  state: 'completed',
  counts: { total: 2, ok: 2, failed: 0, skipped: 0, waiting: 0 },
  finishedAt: '2026-11-21T12:00:00.000Z',
}
const record: ResultRecord = {
  runId: view.runId,
  id: 'one',
  inputHash: 'h',
  status: 'ok',
  categories: ['Technology'],
  confidence: 0.5,
  suggested: { names: [], parent: null },
  interest: 7,
  quality: 6,
  reasoning: 'Because it is.',
  score: 5.6,
  blockedBy: null,
  error: null,
  receipts: {},
}

/** A server with one run that ends as `ended` says, with as many results as it counts. */
function runServer(ended: RunView, changes: Answers = {}) {
  const finished = ended.counts.ok + ended.counts.failed + ended.counts.skipped
  const host = fakeHost({
    'run/start': () => succeed(view),
    'run/resume': () => succeed(view),
    'run/cancel': () => succeed(ended),
    'run/get': () => succeed(ended),
    'run/results': ({ cursor, limit }) => {
      const from = Number(cursor ?? 0)
      const rows = Array.from({ length: Math.max(0, Math.min(limit, finished - from)) }, (_, index) => ({
        ...record,
        id: `item ${from + index}`,
      }))
      return succeed({ rows, next: from + limit < finished ? String(from + limit) : null, total: finished })
    },
    'category/list': () => succeed([]),
    ...changes,
  })
  return host
}

const none = { code: 'no_category', items: 60, of: 60 }
const same = { code: 'same_category', items: 59, of: 60, category: 'Bug' }
const most = { code: 'most_categories', items: 60, of: 60, each: 4 }
const unsure = { code: 'no_confidence', items: 60, of: 60 }

describe('run', () => {
  test('prints a table on stdout, and how it went on stderr', async () => {
    const terminal = fakeTerminal({ columns: 110 })
    const host = runServer(completed, {
      'run/start': () => {
        queueMicrotask(() => host.notify('run/progress', completed))
        return succeed(view)
      },
    })
    expect(await runCli(['run', 'items.jsonl'], terminal, '0.0.0', hosting(host))).toBe(0)
    expect(terminal.out()).toBe(
      [
        'ID      CATEGORIES  INTEREST  QUALITY  SCORE  REASONING',
        'item 0  Technology         7        6    5.6  Because it is.',
        'item 1  Technology         7        6    5.6  Because it is.',
        '',
      ].join('\n'),
    )
    expect(terminal.err()).toContain('Categorization  ready      ollama / llama3.2:3b at http://127.0.0.1:11434\n')
    expect(terminal.err()).toContain('Items           2 ok in 2.0 s\n')
    expect(terminal.err()).toContain('Results         items.results.jsonl\n')
    expect(terminal.err()).toMatch(/Next {12}look at it again: llm-providers run show 20261121-fake\n$/)
  })

  const routes = [{ ...completed.routes[0], endpoint: null }, ...completed.routes.slice(1)]
  const preset = { origin: 'preset', name: 'issues', hash: 'a'.repeat(64) }
  const fromFile = { ...preset, origin: 'file', name: 'mine.yaml' }
  const hints: [string, object, RegExp, RegExp][] = [
    [
      'no category',
      { hint: none },
      /Hint {12}60 of 60 items got no category/,
      /Next {12}give it .*: llm-providers category list/,
    ],
    [
      'no category of a file',
      { hint: none, profile: fromFile },
      /got no category/,
      /correct the categories of mine\.yaml/,
    ],
    [
      'no category of a preset',
      { hint: none, profile: preset },
      /got no category/,
      /choose a profile .* with --profile/,
    ],
    [
      'no category without a model',
      { hint: none, routes },
      /got no category/,
      /Next {12}connect a model.*provider kinds/,
    ],
    ['one category', { hint: same }, /59 of 60 items got the category "Bug"/, /larger model.*provider models ollama/],
    ['four labels', { hint: most }, /60 of 60 items got 4 categories/, /larger model.*provider models ollama/],
    [
      'no confidence',
      { hint: unsure },
      /The confidence is 0 for 60 of 60 items/,
      /larger model.*provider models ollama/,
    ],
  ]
  test.each(hints)('tells what makes all verdicts doubtful, and what helps: %s', async (_, changes, told, next) => {
    const terminal = fakeTerminal({ columns: 200 })
    const host = runServer({ ...completed, ...changes } as RunView)
    expect(await runCli(['run', 'show', view.runId], terminal, '0.0.0', hosting(host))).toBe(0)
    expect(terminal.err()).toMatch(told)
    expect(terminal.err()).toMatch(next)
  })

  const stops: [string, ReasonFacts, RegExp][] = [
    [
      'the account is empty',
      { code: 'quota_exceeded', provider: 'work' },
      /look at the account behind work, then resume: /,
    ],
    ['the key is refused', { code: 'auth_failed', provider: 'work' }, /provider set-key work, then resume: /],
    ['the provider is busy', { code: 'overloaded', provider: 'work', retryAfterMs: null }, /Next {12}resume it: /],
  ]
  test.each(stops)('that stopped says what to do before it goes on: %s', async (_, facts, next) => {
    const terminal = fakeTerminal({ columns: 200 })
    const host = runServer({ ...completed, state: 'stopped', reason: fail(facts).reason })
    await runCli(['run', 'show', view.runId], terminal, '0.0.0', hosting(host))
    expect(terminal.err()).toMatch(next)
    expect(terminal.err()).toMatch(/run resume 20261121-fake\n$/)
  })

  test('that is looked at does not offer to say the same command again', async () => {
    const terminal = fakeTerminal({ columns: 200 })
    const host = runServer({ ...completed, counts: { ...completed.counts, reused: 2 } })
    expect(await runCli(['run', 'show', view.runId], terminal, '0.0.0', hosting(host))).toBe(0)
    expect(terminal.err()).toContain('Not asked       2 unchanged since an earlier run\n')
  })

  test('hears of an end that was told before the answer to its start', async () => {
    const terminal = fakeTerminal()
    const host = runServer(completed, {
      'run/start': () => {
        host.notify('run/progress', completed)
        return succeed(view)
      },
    })
    expect(await runCli(['run', 'items.jsonl', '--json'], terminal, '0.0.0', hosting(host))).toBe(0)
  })

  test('ignores the progress of other runs', async () => {
    const terminal = fakeTerminal()
    const host = runServer(completed, {
      'run/start': () => {
        queueMicrotask(() => {
          host.notify('run/progress', { ...completed, runId: '20261121-other', state: 'stopped' })
          host.notify('run/progress', completed)
        })
        return succeed(view)
      },
    })
    await runCli(['run', 'items.jsonl', '--json'], terminal, '0.0.0', hosting(host))
    expect(JSON.parse(terminal.out()).value.run.runId).toBe(view.runId)
  })

  test.each([
    ['completed', 1, 4],
    ['completed', 0, 0],
    ['stopped', 0, 3],
    ['cancelled', 1, 130],
    ['interrupted', 0, 130],
  ] as const)('%s with %i failed is exit code %i', async (state, failed, code) => {
    const ended: RunView = { ...completed, state, counts: { ...completed.counts, ok: 2 - failed, failed } }
    const host = runServer(ended, { 'run/start': () => succeed(ended) })
    expect(await runCli(['score', 'items.jsonl'], fakeTerminal(), '0.0.0', hosting(host))).toBe(code)
  })

  test('stopped by its input is wrong use, as it is when the input is bad from the start', async () => {
    const facts = { code: 'source_invalid', source: 'x.json', problem: 'malformed', detail: 'it has no end' } as const
    const ended: RunView = { ...completed, state: 'stopped', reason: explainReason(facts) }
    const host = runServer(ended, { 'run/start': () => succeed(ended) })
    expect(await runCli(['score', 'x.json'], fakeTerminal(), '0.0.0', hosting(host))).toBe(2)
  })

  test('streams all results into its JSON document, a page at a time', async () => {
    const ended: RunView = { ...completed, counts: { total: 250, ok: 250, failed: 0, skipped: 0, waiting: 0 } }
    const terminal = fakeTerminal()
    const host = runServer(ended, { 'run/start': () => succeed(ended) })
    await runCli(['--json', 'run', 'items.jsonl'], terminal, '0.0.0', hosting(host))
    const document = outcomeOf(z.object({ run: RunView, results: z.array(ResultRecord) })).parse(
      JSON.parse(terminal.out()),
    )
    expect(document.ok && document.value.results.map(({ id }) => id)).toEqual(
      Array.from({ length: 250 }, (_, index) => `item ${index}`),
    )
    expect(host.requests.filter(({ name }) => name === 'run/results')).toHaveLength(3)
  })

  test('shows the first 50 of many and says so', async () => {
    const ended: RunView = { ...completed, counts: { total: 1250, ok: 1250, failed: 0, skipped: 0, waiting: 0 } }
    const terminal = fakeTerminal()
    const host = runServer(ended, { 'run/start': () => succeed(ended) })
    await runCli(['run', 'items.jsonl'], terminal, '0.0.0', hosting(host))
    expect(terminal.out().trimEnd().split('\n')).toHaveLength(51)
    expect(terminal.err()).toContain('the first 50 of 1,250 results')
    expect(host.requests.filter(({ name }) => name === 'run/results')).toHaveLength(1)
  })

  test('does not start when it is not ready, and tells why', async () => {
    const terminal = fakeTerminal()
    const reason = {
      code: 'no_route',
      task: 'scoring',
      message: 'No provider is chosen for scoring.',
      action: { id: 'setRoute', label: 'Choose' },
    }
    const host = runServer(completed, { 'run/start': () => ({ ok: false, reason }) })
    expect(await runCli(['run', 'items.jsonl'], terminal, '0.0.0', hosting(host))).toBe(3)
    expect(terminal.out()).toBe('')
    expect(terminal.err()).toBe(
      'error: No provider is chosen for scoring.\nnext:  llm-providers route set scoring --provider ID --model MODEL\n',
    )
  })
})

describe('Ctrl-C', () => {
  const cancelled: RunView = {
    ...view,
    state: 'cancelled',
    counts: { total: 2, ok: 1, failed: 0, skipped: 0, waiting: 1 },
  }

  test('once cancels the run and says how to resume it', async () => {
    const terminal = fakeTerminal()
    const host = runServer(cancelled, {
      'run/start': () => {
        setImmediate(terminal.interrupt)
        return succeed(view)
      },
    })
    expect(await runCli(['run', 'items.jsonl'], terminal, '0.0.0', hosting(host))).toBe(130)
    expect(host.requests).toContainEqual({ name: 'run/cancel', params: { runId: view.runId } })
    expect(terminal.err()).toContain('Stopping. Finished results stay')
    expect(terminal.err()).toMatch(/Next {12}resume it: llm-providers run resume 20261121-fake\n$/)
    expect(terminal.exits).toEqual([])
  })

  test('before the run has started cancels it as soon as it has', async () => {
    const terminal = fakeTerminal()
    const host = runServer(cancelled, {
      'run/start': () => {
        terminal.interrupt()
        return succeed(view)
      },
    })
    expect(await runCli(['run', 'items.jsonl', '--json'], terminal, '0.0.0', hosting(host))).toBe(130)
    expect(JSON.parse(terminal.out()).value.run.state).toBe('cancelled')
  })

  test('twice ends the process at once', async () => {
    const terminal = fakeTerminal()
    const host = runServer(cancelled, {
      'run/start': () => {
        setImmediate(terminal.interrupt)
        return succeed(view)
      },
      'run/cancel': () => {
        terminal.interrupt()
        return succeed(cancelled)
      },
    })
    await runCli(['run', 'items.jsonl'], terminal, '0.0.0', hosting(host))
    expect(terminal.exits).toEqual([130])
  })
})

describe('wrong use is exit code 2, a sentence and the command whose help tells more', () => {
  test.each<[string, string[], RegExp, string]>([
    ['an unknown command', ['nonsense'], /Unknown command 'nonsense'/, ''],
    ['help for an unknown command', ['help', 'nonsense'], /Unknown command 'nonsense'/, 'help'],
    ['help for an unknown part of a command', ['route', 'help', 'add'], /Unknown command 'add'/, 'route help'],
    ['an unknown option', ['score', 'x', '--provder', 'y'], /Unknown option '--provder' \(Did you mean/, 'score'],
    ['an option without its value', ['run', 'x', '--id'], /argument missing/, 'run'],
    ['a number that is none', ['run', 'x', '--limit', 'many'], /must be a whole number from 1/, 'run'],
    ['a number out of range', ['score', 'x', '--batch-size', '51'], /from 1 to 50/, 'score'],
    ['a format that there is not', ['run', 'x', '--format', 'xml'], /Allowed choices are jsonl, csv, json/, 'run'],
    ['a task that there is not', ['route', 'explain', 'dance'], /are categorization, scoring/, 'route explain'],
    ['nothing to judge', ['run'], /Name at least one INPUT/, 'run'],
    ['an empty name', ['run', ''], /An INPUT is empty/, 'run'],
    ['two readers of standard input', ['run', '-', '-'], /only once/, 'run'],
    ['standard input among files', ['run', '-', 'x'], /alone/, 'run'],
    [
      'an id that cannot be one',
      ['provider', 'test', 'Bad Id'],
      /"Bad Id" is not the id of a provider/,
      'provider test',
    ],
    ['an id that could steer the terminal', ['run', 'show', '\u001b[2J'], /"␛\[2J" is not the id of a run/, 'run show'],
    [
      'a kind that there is not',
      ['provider', 'add', 'x', '--kind', 'no'],
      /no kind "no"; the kinds are one/,
      'provider add',
    ],
    ['nothing to set', ['provider', 'set', 'x'], /Nothing to set/, 'provider set'],
    [
      'a part of the results as a whole',
      ['run', 'show', view.runId, '--limit', '2', '--output', '-'],
      /table/,
      'run show',
    ],
    [
      'a preset that there is not',
      ['provider', 'add', 'x', '--kind', 'one', '--preset', 'y'],
      /no preset "y"; it has none/,
      'provider add',
    ],
    ['a probe of no model', ['provider', 'test', 'x', '--probe'], /name it with --model/, 'provider test'],
    ['no question', ['decide', 'x', '--model', 'p/m'], /Nothing is asked: --choice, --score or --yes-no/, 'decide'],
    ['a model of no provider', ['decide', 'x', '--model', 'm'], /PROVIDER\/MODEL/, 'decide'],
    ['one option', ['decide', 'x', '--model', 'p/m', '--choice', 'a'], /--choice takes 2 to 1,000 options/, 'decide'],
    ['an empty option', ['decide', 'x', '--model', 'p/m', '--choice', 'a,,b'], /--choice has an empty entry/, 'decide'],
    ['an option without a name', ['decide', 'x', '--model', 'p/m', '--choice', 'a,=b'], /has an empty entry/, 'decide'],
    ['one level', ['decide', 'x', '--model', 'p/m', '--score', 'a'], /--score takes 2 to 10 levels/, 'decide'],
    [
      'eleven levels',
      ['decide', 'x', '--model', 'p/m', '--score', '0,1,2,3,4,5,6,7,8,9,10'],
      /--score takes 2 to 10 levels/,
      'decide',
    ],
    [
      'nothing to be yes or no',
      ['decide', 'x', '--model', 'p/m', '--yes-no', ' '],
      /--yes-no takes a question/,
      'decide',
    ],
    ['a text of nothing', ['decide', ' ', '--model', 'p/m', '--choice', 'a,b'], /The text is empty/, 'decide'],
    ['a model of no type', ['model', 'add', 'x', 'm'], /option '--type <type>' not specified/, 'model add'],
    ['no parameter', ['model', 'set', 'x', 'm'], /Nothing to set/, 'model set'],
    ['a group that there is not', ['usage', '--by', 'day,colour'], /Allowed are day, provider/, 'usage'],
    ['a cost that is none', ['run', 'x', '--max-cost', '0'], /an amount of US dollars/, 'run'],
    ['a time that is none', ['audit', '--since', 'yesterday'], /a day such as 2026-11-21/, 'audit'],
    ['a change that there is not', ['audit', '--what', 'weather'], /Allowed are provider, model/, 'audit'],
    ['a format of nothing', ['audit', '--format', 'csv'], /--format is for --export/, 'audit'],
    [
      'a key as an argument',
      ['provider', 'set-key', 'x', 'sk-fake-0123456789'],
      /does not belong on a command line/,
      'provider set-key',
    ],
    ['a key instead of an id', ['provider', 'set-key', 'sk-fake-0123456789'], /looks like a key/, 'provider set-key'],
    [
      'a key in an option',
      ['provider', 'set-key', 'x', '--key=sk-fake-0123456789'],
      /Unknown option '--key=…/,
      'provider set-key',
    ],
    ['a variable of no file', ['provider', 'set-key', 'x', '--variable', 'A'], /--from-file FILE/, 'provider set-key'],
    ['options before a command', ['--data-dir', 'd', 'audit', '--limit', '0'], /from 1 to 100/, 'audit'],
  ])('%s', async (_name, words, sentence, command) => {
    const kind = {
      kind: 'one',
      label: 'One',
      description: '',
      key: { need: 'none', customaryVariable: null, obtainAt: null },
      defaultEndpoint: null,
      embeddings: false,
      decisions: false,
      modelParameters: { generation: [], embedding: [], decision: [], ner: [] },
      canPull: false,
      fields: [],
      presets: [],
    }
    const host = runServer(completed, { 'provider/kinds': () => succeed([kind]) })
    const terminal = fakeTerminal()
    expect(await runCli(words, terminal, '0.0.0', hosting(host))).toBe(2)
    expect(terminal.out()).toBe('')
    expect(terminal.err()).toMatch(sentence)
    const usage = ['llm-providers', ...(command === '' ? [] : [command]), '--help'].join(' ')
    expect(terminal.err()).toMatch(/^error: .+\nnext: {2}.+\n$/)
    expect(terminal.err()).toContain(`next:  ${usage}\n`)
    expect(terminal.err()).not.toContain('0123456789')

    const inJson = fakeTerminal()
    expect(await runCli(['--json', ...words], inJson, '0.0.0', hosting(host))).toBe(2)
    expect(JSON.parse(inJson.out())).toMatchObject({ ok: false, reason: { code: 'usage_invalid' } })
    expect(inJson.err()).toBe('')
  })
})

describe('help', () => {
  test.each([
    [['help'], []],
    [['help', 'run'], ['run']],
    [
      ['help', 'run', 'show'],
      ['run', 'show'],
    ],
    [['provider', 'help'], ['provider']],
    [
      ['provider', 'help', 'add'],
      ['provider', 'add'],
    ],
  ])('%j is what %j --help is, with and without --json', async (words, asked) => {
    for (const json of [[], ['--json']]) {
      const [one, other] = [fakeTerminal(), fakeTerminal()]
      expect(await runCli([...words, ...json], one, '0.0.0', hosting(fakeHost({})))).toBe(0)
      expect(await runCli([...asked, '--help', ...json], other, '0.0.0', hosting(fakeHost({})))).toBe(0)
      expect(one.out()).toContain('Usage: llm-providers')
      expect(one.out()).toBe(other.out())
      expect(one.err()).toBe('')
    }
  })
})

describe('the state of the stored data', () => {
  function hostOf(store: Partial<ServerInfo['store']>): FakeHost {
    const host = fakeHost({ 'run/list': () => succeed({ rows: [], next: null }) })
    return { ...host, info: { ...host.info, store: { ...host.info.store, ...store } } }
  }

  test.each([[[]], [['--json']]])('damage is told on stderr by the start that found it, with %j', async (options) => {
    const terminal = fakeTerminal()
    const host = hostOf({ damage: ['Generation 9 is damaged.\u001b[2J', 'Generation 8, too.'] })
    expect(await runCli(['run', 'list', ...options], terminal, '0.0.0', hosting(host))).toBe(0)
    expect(terminal.err()).toMatch(/^warning: Generation 9 is damaged\.␛\[2J\nwarning: Generation 8, too\.\n/)
    if (options.length > 0) expect(JSON.parse(terminal.out()).ok).toBe(true)
  })

  test('that it can only be read is told, where the failure does not say so itself', async () => {
    const terminal = fakeTerminal()
    const host = hostOf({ mode: 'read-only', why: 'a newer version has upgraded it' })
    expect(await runCli(['run', 'list'], terminal, '0.0.0', hosting(host))).toBe(0)
    expect(terminal.err()).toMatch(/note: the stored data is read-only: a newer version has upgraded it\n$/)
  })
})

describe('a bug', () => {
  test.each([[[]], [['--json']]])('is exit code 1, told with where to report it, with %j', async (options) => {
    const terminal = fakeTerminal()
    const host = fakeHost({
      'route/list': () => {
        throw new Error('a handler fell over')
      },
    })
    expect(await runCli(['route', 'list', ...options], terminal, '0.0.0', hosting(host))).toBe(1)
    expect(terminal.err()).toContain('https://github.com/llm-providers/llm-providers/issues')
    expect(terminal.err()).not.toMatch(/\n {4}at /)
    expect(host.isStopped()).toBe(true)
    if (options.length > 0) expect(JSON.parse(terminal.out()).reason.code).toBe('internal_error')
  })

  test('shows its stack to those who look for the cause', async () => {
    const terminal = fakeTerminal({ environment: { LLM_PROVIDERS_DEBUG: '1' } })
    await runCli(['route', 'list'], terminal, '0.0.0', hosting(fakeHost({})))
    expect(terminal.err()).toMatch(/\n {4}at /)
  })

  test('an answer outside the contract is one', async () => {
    const terminal = fakeTerminal()
    const host = fakeHost({ 'route/list': () => ({ ok: true, value: [{ task: 'dancing' }] }) })
    expect(await runCli(['route', 'list', '--json'], terminal, '0.0.0', hosting(host))).toBe(1)
  })
})

test('migrate tells what the store is', async () => {
  const terminal = fakeTerminal()
  await runCli(['migrate', '--json'], terminal, '0.0.0', hosting(fakeHost({})))
  expect(outcomeOf(ServerInfo).safeParse(JSON.parse(terminal.out())).error).toBeUndefined()
})
