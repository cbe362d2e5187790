import { afterEach, describe, expect, test } from 'vitest'
import type { DecisionLimits } from '../../../protocol/decisions.ts'
import { succeed } from '../../../protocol/outcome.ts'
import type { Profile } from '../../../protocol/profile.ts'
import type { ReasonFacts } from '../../../protocol/reasons.ts'
import { RunRequest } from '../../../protocol/runs.ts'
import { fail } from '../../../shared/fail.ts'
import {
  createHarness,
  type DecisionScript,
  decide,
  goodAnswer,
  type Harness,
  type HarnessOptions,
  jsonLines,
  profile,
  type Script,
} from '../../support/runs/harness.ts'

let harness: Harness
afterEach(() => harness.dispose())

const rows = (count: number, text = (at: number) => `text ${at}.`) =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, text: text(index + 1) }))

interface Options extends HarnessOptions {
  request?: object
  rows?: ReturnType<typeof rows>
}

async function runRows(count: number, script: DecisionScript, options: Options = {}) {
  harness = await createHarness((request) => goodAnswer(request), { ...options, decide: script })
  const path = await harness.file('a.jsonl', jsonLines(options.rows ?? rows(count)))
  const view = await harness.run({ source: { kind: 'paths', paths: [path] }, concurrency: 1, ...options.request })
  return { view, results: await harness.results(view.resultsPath ?? '') }
}

async function refusalOf(options: HarnessOptions & { request?: object }): Promise<ReasonFacts | null> {
  harness = await createHarness((request) => goodAnswer(request), options)
  const path = await harness.file('a.jsonl', jsonLines(rows(1)))
  const started = await harness.runs.start(
    harness.request({ source: { kind: 'paths', paths: [path] }, ...options.request }),
  )
  return started.ok ? null : started.reason
}

const using = (own: Partial<Profile>): Partial<HarnessOptions> => ({
  loadProfile: async () => ({
    ok: true,
    value: { profile: { ...profile, ...own }, from: { origin: 'stored', name: null } },
  }),
})
const flat = (...names: string[]): Partial<HarnessOptions> => using({ categories: names.map((name) => ({ name })) })

const namesIn = (call: Harness['decided'][number] | undefined): string[] =>
  call?.request.questions.map(({ name }) => name) ?? []

describe('a model that decides', () => {
  test('is asked about both tasks of an item in one request, and its text is not cut to the smaller need', async () => {
    const long = 'word '.repeat(700).trim()
    const { view, results } = await runRows(1, (request) => decide(request, { category: 'Science' }), {
      rows: [{ id: 1, text: long }],
    })
    expect(view).toMatchObject({ state: 'completed', counts: { ok: 1 }, spent: { calls: 1, input: 20 } })
    expect(harness.calls).toHaveLength(0)
    expect(harness.decided).toMatchObject([{ request: { input: long }, tasks: ['categorization', 'scoring'] }])
    expect(namesIn(harness.decided[0])).toEqual(['category', 'within Technology', 'interest', 'quality'])
    expect(results[0]).toMatchObject({
      ...{ status: 'ok', categories: ['Science'], confidence: 0.8, interest: 8, quality: 8, reasoning: null },
      suggested: { names: [], parent: null },
      receipts: {
        categorization: {
          ...{ outputMode: 'decisions', batch: 1, attempts: 1, usage: { input: 20, output: 0 } },
          decision: { dialect: 'systemone', serverConfidence: { category: 0.7 } },
        },
        scoring: {
          ...{ outputMode: 'decisions', sharedCall: true },
          decision: {
            serverConfidence: { interest: 0.5, quality: 0.5 },
            distributions: { interest: [0, 0, 0, 1, 0], quality: [0, 0, 0, 1, 0] },
          },
        },
      },
    })
    expect(results[0]?.receipts.categorization).not.toHaveProperty('sharedCall')
  })

  test('answers within the chosen root, with the product for its probability', async () => {
    const { results } = await runRows(1, (request) =>
      decide(request, { category: { Technology: 0.9 }, 'within Technology': { Software: 0.5, Technology: 0.3 } }),
    )
    expect(results[0]).toMatchObject({
      categories: ['Software'],
      confidence: 0.45,
      probabilities: { Software: 0.45, Technology: 0.27, Adverts: 0.18, Science: 0.05 },
    })
    expect(namesIn(harness.decided[1])).toEqual(['also Adverts'])
  })

  test('says that nothing fits by an empty list, with the probability of that', async () => {
    const { results } = await runRows(1, (request) =>
      decide(request, { category: { 'None of these': 0.6, Science: 0.3 } }),
    )
    expect(results[0]).toMatchObject({ categories: [], confidence: 0.6, probabilities: { Science: 0.3 } })
    expect(harness.decided).toHaveLength(1)
  })

  test('is asked about further categories one by one, never told from what the choice leaves over', async () => {
    const { view, results } = await runRows(
      1,
      (request) => decide(request, { category: { A: 0.4, B: 0.2, C: 0.2, D: 0.15 }, 'also B': 0.49, 'also C': 0.5 }),
      flat('A', 'B', 'C', 'D', 'E'),
    )
    expect(harness.decided.map(namesIn)).toEqual([
      ['category', 'interest', 'quality'],
      ['also B', 'also C', 'also D'],
    ])
    expect(harness.decided.map(({ tasks }) => tasks)).toEqual([['categorization', 'scoring'], ['categorization']])
    expect(results[0]).toMatchObject({ categories: ['A', 'C'], confidence: 0.4 })
    expect(results[0]?.receipts.categorization).toMatchObject({ attempts: 2, usage: { input: 40 }, latencyMs: 10 })
    expect(view.spent).toMatchObject({ calls: 2, input: 40 })
  })

  const choices: [string, Profile['category_choice'], string[][]][] = [
    ['with one category there is no second request', { max: 1, further_from: 0.1 }, []],
    ['two categories have one candidate', { max: 2, further_from: 0.1 }, [['also B']]],
    ['the profile says how probable candidates are', { max: 4, further_from: 0.2 }, [['also B', 'also C']]],
    ['none is probable enough', { max: 4, further_from: 0.3 }, []],
  ]
  test.each(choices)('%s', async (_name, category_choice, later) => {
    const categories = ['A', 'B', 'C', 'D'].map((name) => ({ name }))
    await runRows(
      1,
      (request) => decide(request, { category: { A: 0.4, B: 0.2, C: 0.2, D: 0.15 } }),
      using({ categories, category_choice }),
    )
    expect(harness.decided.slice(1).map(namesIn)).toEqual(later)
  })

  test('asks the children of the chosen root later where one request does not hold all of them', async () => {
    const { results } = await runRows(
      1,
      (request) =>
        decide(request, {
          category: { Technology: 0.6, Science: 0.3 },
          'within Technology': 'Software',
          'also Science': 1,
        }),
      { decisions: { limits: { questions: 3 } } },
    )
    expect(harness.decided.map(namesIn)).toEqual([
      ['category', 'interest', 'quality'],
      ['within Technology', 'also Science'],
    ])
    expect(results[0]).toMatchObject({ categories: ['Software', 'Science'], confidence: 0.48 })
  })

  test('has a request for each task where one does not hold both', async () => {
    const { results } = await runRows(1, (request) => decide(request, { category: 'Science' }), {
      decisions: { limits: { questions: 2 } },
    })
    expect(harness.decided.map(namesIn)).toEqual([
      ['category', 'within Technology'],
      ['interest', 'quality'],
    ])
    expect(results[0]).toMatchObject({ categories: ['Science'], interest: 8 })
    expect(results[0]?.receipts.scoring).not.toHaveProperty('sharedCall')
  })

  test('a blocked item scores 0, whatever was answered with it', async () => {
    const { results } = await runRows(1, (request) => decide(request, { 'within Technology': 'Adverts' }))
    expect(results[0]).toMatchObject({ categories: ['Adverts'], blockedBy: 'Adverts', score: 0, interest: 8 })
  })

  test('a question that is refused fails its item alone, and is not asked again', async () => {
    const { view, results } = await runRows(3, (request) =>
      decide(request, request.input === 'text 2.' ? { quality: null } : {}),
    )
    expect(view).toMatchObject({ state: 'completed', counts: { ok: 2, failed: 1 }, spent: { calls: 3 } })
    expect(results[1]).toMatchObject({ status: 'failed', error: { code: 'content_filtered' }, interest: null })
  })

  test('children of another root may be refused: they were asked about on suspicion', async () => {
    const { results } = await runRows(1, (request) =>
      decide(request, { category: 'Science', 'within Technology': null }),
    )
    expect(results[0]).toMatchObject({ status: 'ok', categories: ['Science'] })
  })

  test('an answer that is not right is asked for again, then the item fails', async () => {
    const wrong = fail({ code: 'invalid_response', provider: 'fake', problem: 'schema', detail: 'x' })
    const { view, results } = await runRows(2, (request, call) =>
      request.input === 'text 1.' || call === 1 ? wrong : decide(request),
    )
    expect(view).toMatchObject({ state: 'completed', counts: { ok: 1, failed: 1 } })
    expect(harness.decided.map(({ request }) => request.input)).toEqual(['text 1.', 'text 1.', 'text 1.', 'text 2.'])
    expect(results[0]?.receipts).toMatchObject({ categorization: { attempts: 3 }, scoring: { attempts: 3 } })
  })

  test('of an answer that is not whole the questions that it answers count, and the others are asked first', async () => {
    const broken = fail({ code: 'invalid_response', provider: 'fake', problem: 'not_json', detail: 'x' })
    const { view, results } = await runRows(1, (request, call) => {
      const whole = decide(request, { category: call === 1 ? 'Science' : 'Technology', interest: call })
      if (!whole.ok) throw new Error('It is whole')
      const part = (...names: string[]) => ({
        ...whole.value,
        answers: whole.value.answers.filter(({ name }) => names.includes(name)),
      })
      if (call === 1) return { ...broken, partly: part('category', 'within Technology') }
      return call === 2 ? { ...broken, partly: part('interest', 'quality') } : whole
    })
    expect(harness.decided.map(namesIn)).toEqual([
      ['category', 'within Technology', 'interest', 'quality'],
      ['interest', 'quality', 'category', 'within Technology'],
    ])
    expect(view).toMatchObject({ counts: { ok: 1, failed: 0 } })
    expect(results[0]).toMatchObject({ categories: ['Science'], interest: 6, quality: 8 })
    expect(results[0]?.receipts.categorization).toMatchObject({ attempts: 2, usage: { input: 40 } })
  })

  test('what was answered before a failing second call is not asked again', async () => {
    const away = fail({ code: 'rate_limited', provider: 'fake', retryAfterMs: 10 })
    const { results } = await runRows(
      1,
      (request, call) => (call === 2 ? away : decide(request, { category: { A: 0.5, B: 0.4 }, 'also B': 0.9 })),
      flat('A', 'B'),
    )
    expect(harness.decided.map(namesIn)).toEqual([['category', 'interest', 'quality'], ['also B'], ['also B']])
    expect(results[0]).toMatchObject({ categories: ['A', 'B'], interest: 8 })
    expect(results[0]?.receipts.categorization).toMatchObject({ attempts: 3, usage: { input: 40 } })
  })

  test('the whole list of questions is the same object for every item', async () => {
    await runRows(3, (request) => decide(request))
    expect(new Set(harness.decided.map(({ request }) => request.questions)).size).toBe(1)
  })

  test('a version that answers under another name is in the receipt, and one that changes in the middle is told', async () => {
    const { view, results } = await runRows(3, (request, call) =>
      decide(request, {}, { answeredBy: { model: call === 3 ? 'fake-1.2' : 'fake-1', isFallback: false } }),
    )
    expect(results.map(({ receipts }) => receipts.categorization?.answeredBy)).toEqual([
      undefined,
      undefined,
      'fake-1.2',
    ])
    expect(view.spent.versions).toEqual({ 'fake-1': 2, 'fake-1.2': 1 })
  })
})

describe('a text', () => {
  const limited: [string, DecisionLimits, string, RegExp][] = [
    ['of so many tokens', { tokens: 1300 }, `${'a'.repeat(900)}\n\n${'b'.repeat(2000)}`, /^a{900}\n\n\[…\]$/],
    ['of so many bytes', { bytes: 3500 }, `${'ä'.repeat(600)}\n\n${'ö'.repeat(2000)}`, /^ä{600}\n\n\[…\]$/],
    ['that has room', { tokens: 4000, bytes: 40_000 }, 'a'.repeat(3000), /^a{3000}$/],
  ]
  test.each(limited)('%s is sent as far as there is room', async (_name, limits, text, sent) => {
    const { view } = await runRows(1, (request) => decide(request), {
      ...flat('A'),
      rows: [{ id: 1, text }],
      decisions: { limits },
    })
    expect(view.counts).toMatchObject({ ok: 1 })
    expect(harness.decided[0]?.request.input).toMatch(sent)
  })

  test('that the server counts and refuses is shortened until it fits, and so are all after it', async () => {
    const count = (input: string): number => 500 + Math.ceil(input.length / 2)
    const paragraphs = 'A paragraph of some length that is about nothing.\n\n'.repeat(70)
    const { view, results } = await runRows(
      3,
      (request) => {
        const neededTokens = count(request.input)
        const tooLong = { code: 'context_too_long', provider: 'fake', model: 'fake-1', limitTokens: 1500 } as const
        return neededTokens > 1500 ? fail({ ...tooLong, neededTokens }) : decide(request)
      },
      { rows: [1, 2, 3, 4].map((id) => ({ id, text: `${id} ${paragraphs}` })), request: { concurrency: 2 } },
    )
    expect(view.counts).toMatchObject({ ok: 4, failed: 0 })
    const attempts = results.map(({ receipts }) => receipts.categorization?.attempts ?? 0)
    expect(attempts[0]).toBeGreaterThan(1)
    expect(attempts.slice(2)).toEqual([1, 1])
    expect(harness.decided.at(-1)?.request.input).toMatch(/about nothing\.\n\n\[…\]$/)
    expect(harness.decided.at(-1)?.request.input.length).toBeGreaterThan(1000)
  })

  test('that the server refuses for its length fails alone', async () => {
    const tooLong = fail({ code: 'context_too_long', provider: 'fake', model: 'fake-1', limitTokens: 10 })
    const { view } = await runRows(2, (request) => (request.input.length > 1000 ? tooLong : decide(request)), {
      rows: [
        { id: 1, text: 'short' },
        { id: 2, text: 'long '.repeat(300) },
      ],
    })
    expect(view).toMatchObject({ state: 'completed', counts: { ok: 1, failed: 1 } })
  })
})

describe('how a task is asked', () => {
  const decides: DecisionScript = (request) => decide(request)

  const ways: [string, HarnessOptions & { request?: object }, 'decided' | 'calls'][] = [
    ['a model that is known to decide, decides', { decide: decides }, 'decided'],
    ['one that may decide answers in text', { decide: decides, decisions: { isKnown: false } }, 'calls'],
    [
      'unless that is asked for',
      { decide: decides, decisions: { isKnown: false }, request: { ask: 'decisions' } },
      'decided',
    ],
    ['the route says it', { decide: decides, routeOptions: { ask: 'text' } }, 'calls'],
    [
      'the run goes before the route',
      { decide: decides, routeOptions: { ask: 'text' }, request: { ask: 'auto' } },
      'decided',
    ],
    ['one that only talks answers in text', {}, 'calls'],
  ]
  test.each(ways)('%s', async (_name, { request, ...options }, way) => {
    harness = await createHarness((asked) => goodAnswer(asked), options)
    const path = await harness.file('a.jsonl', jsonLines(rows(1)))
    const view = await harness.run({ source: { kind: 'paths', paths: [path] }, ...request })
    expect(view.counts).toMatchObject({ ok: 1 })
    expect({ decided: harness.decided.length > 0, calls: harness.calls.length > 0 }).toEqual({
      decided: way === 'decided',
      calls: way === 'calls',
    })
  })

  const many = using({ categories: rows(30).map(({ id }) => ({ name: `Category ${id}` })) })
  const refused: [string, HarnessOptions & { request?: object }, object][] = [
    [
      'decisions of a model that only talks',
      { request: { ask: 'decisions' } },
      { code: 'ask_unsupported', ask: 'decisions' },
    ],
    [
      'a text of one that only decides',
      { decide: decides, decisions: { isOnly: true }, request: { ask: 'text' } },
      { code: 'ask_unsupported', ask: 'text' },
    ],
    [
      'more categories side by side than the model takes',
      { decide: decides, decisions: { limits: { options: 26 } }, ...many },
      { task: 'categorization', problem: 'options', wanted: 31, most: 26 },
    ],
    [
      'more bands than it takes levels',
      { decide: decides, decisions: { limits: { levels: 4 } }, request: { tasks: ['scoring'] } },
      { task: 'scoring', problem: 'levels', wanted: 5, most: 4 },
    ],
    [
      'questions that leave no room for a text',
      { decide: decides, decisions: { limits: { tokens: 500 } } },
      { task: 'categorization', problem: 'too_large' },
    ],
    [
      'a read-out that nobody has measured',
      { request: { ask: 'readout' } },
      { code: 'ask_unsupported', ask: 'readout' },
    ],
  ]
  test.each(refused)('%s is refused before anything is sent', async (_name, options, reason) => {
    expect(await refusalOf(options)).toMatchObject({
      code: 'questions_unfit',
      provider: 'fake',
      model: 'fake-1',
      ...reason,
    })
    expect(harness.decided.length + harness.calls.length).toBe(0)
  })

  test('a text for one task and decisions for the other share their items, and texts keep their batches', async () => {
    const { view } = await runRows(5, (request) => decide(request), {
      resolve: async (task) => ({
        ok: true,
        warnings: [],
        trace: [],
        value: { ...routeOf(task), options: task === 'scoring' ? { ask: 'text' } : {} },
      }),
    })
    expect(view.counts).toMatchObject({ ok: 5 })
    expect(harness.decided.map(({ tasks }) => tasks)).toEqual(Array.from({ length: 5 }, () => ['categorization']))
    expect(harness.calls.map(({ work }) => work.items.length)).toEqual([5])
  })
})

function routeOf(task: 'categorization' | 'scoring') {
  const endpoint = 'http://127.0.0.1:9'
  return {
    task,
    provider: 'fake',
    kind: 'openai-compatible',
    model: 'fake-1',
    endpoint,
    options: {},
    rule: 'route' as const,
  }
}

describe('a run that goes on', () => {
  test('asks only for the score of an item that was categorized before', async () => {
    let isOut = true
    const quota = fail({ code: 'quota_exceeded', provider: 'fake' })
    const { view } = await runRows(
      1,
      (request) => (namesOf(request.questions).includes('interest') && isOut ? quota : decide(request)),
      { decisions: { limits: { questions: 2 } } },
    )
    expect(view).toMatchObject({ state: 'stopped', reason: { code: 'quota_exceeded' } })
    isOut = false
    const before = harness.decided.length
    await harness.runs.resume(view.runId)
    await expect.poll(() => harness.views.at(-1)).toMatchObject({ state: 'completed', counts: { ok: 1 } })
    expect(harness.decided.slice(before).map(namesIn)).toEqual([['interest', 'quality']])
  })

  test('asks only for the score of such an item where one request would hold both', async () => {
    const limits: DecisionLimits = { questions: 2 }
    let isOut = true
    const quota = fail({ code: 'quota_exceeded', provider: 'fake' })
    const { view } = await runRows(
      2,
      (request) => (namesOf(request.questions).includes('interest') && isOut ? quota : decide(request)),
      { decisions: { limits } },
    )
    isOut = false
    limits.questions = 100
    const before = harness.decided.length
    await harness.runs.resume(view.runId)
    await expect.poll(() => harness.views.at(-1)).toMatchObject({ state: 'completed', counts: { ok: 2 } })
    expect(harness.decided.slice(before).map(namesIn)).toEqual([
      ['interest', 'quality'],
      ['category', 'within Technology', 'interest', 'quality'],
    ])
    const [first, second] = await harness.results(view.resultsPath ?? '')
    expect(first?.receipts.scoring).not.toHaveProperty('sharedCall')
    expect(second?.receipts.scoring).toMatchObject({ sharedCall: true })
  })

  test('keeps what was answered before a pause, and goes on with the rest', async () => {
    let pause = async (): Promise<unknown> => undefined
    harness = await createHarness((request) => goodAnswer(request), {
      decide: async (request, call) => {
        if (call === 2) void pause()
        return decide(request, { category: 'Science' })
      },
    })
    const path = await harness.file('a.jsonl', jsonLines(rows(5)))
    pause = () => harness.runs.pause(harness.views.at(-1)?.runId ?? '')
    const view = await harness.run({ source: { kind: 'paths', paths: [path] }, concurrency: 1 })
    expect(view).toMatchObject({ state: 'paused', counts: { ok: 2 } })
    await harness.runs.resume(view.runId)
    await expect.poll(() => harness.views.at(-1)).toMatchObject({ state: 'completed', counts: { ok: 5 } })
    expect(harness.decided).toHaveLength(5)
  })

  test('takes over what the same questions have answered, and asks again when one of them is another', async () => {
    const { view } = await runRows(2, (request) => decide(request))
    const mark = (name: 'categorization' | 'scoring', results: Awaited<ReturnType<Harness['results']>>) =>
      results[0]?.receipts[name]?.promptHash
    const first = await harness.results(view.resultsPath ?? '')
    const path = view.resultsPath?.replace('.results', '') ?? ''
    const other = await harness.run({ source: { kind: 'paths', paths: [path] }, tasks: ['scoring'], reuse: 'none' })
    const second = await harness.results(other.resultsPath ?? '')
    expect(mark('scoring', second)).toBe(mark('scoring', first))
    expect(mark('categorization', first)).not.toBe(mark('scoring', first))
  })
})

const namesOf = (questions: readonly { name: string }[]): string[] => questions.map(({ name }) => name)

describe('an estimate', () => {
  const estimates: [string, Options, object][] = [
    [
      'counts one call an item for both tasks, and a second one that it may need for further categories',
      {},
      { calls: 3, mostCalls: 6, characters: 21, outputTokens: 0 },
    ],
    [
      'counts no second call where each item gets one category',
      using({ category_choice: { max: 1, further_from: 0.1 } }),
      { calls: 3, mostCalls: 3 },
    ],
    [
      'counts two where children are asked about later',
      { decisions: { limits: { questions: 3 } } },
      { calls: 6, mostCalls: 6, characters: 21 },
    ],
    [
      'counts two where a request does not hold both tasks',
      { decisions: { limits: { questions: 2 } } },
      { calls: 6, mostCalls: 9, characters: 42 },
    ],
    ['counts one call for both where texts are wanted', { request: { ask: 'text' } }, { calls: 1, characters: 21 }],
    [
      'counts those of each task where they are to be separate',
      { request: { ask: 'text', separate: true } },
      { calls: 2, characters: 42, asked: 'separate' },
    ],
    [
      'counts decisions about each task where they are to be separate',
      { request: { separate: true } },
      { calls: 6, characters: 42, asked: 'separate' },
    ],
  ]
  test.each(estimates)('%s', async (_name, { request, ...options }, expected) => {
    harness = await createHarness((asked) => goodAnswer(asked), { ...options, decide: (asked) => decide(asked) })
    const path = await harness.file('a.jsonl', jsonLines(rows(3)))
    const asked = RunRequest.parse({
      tasks: ['categorization', 'scoring'],
      source: { kind: 'paths', paths: [path] },
      ...request,
    })
    const estimate = await harness.runs.estimate(asked)
    if (!estimate.ok) throw new Error(estimate.reason.message)
    const { calls, mostCalls = calls } = estimate.value
    expect({ ...estimate.value, mostCalls }).toMatchObject(expected)
    expect(harness.decided).toHaveLength(0)
  })
})

describe('a model that is read out', () => {
  /** The name of the question that a prompt ends with. */
  const askedIn = (prompt: string): string =>
    /^(within )?([\w ]+): answer with one letter/m.exec(prompt)?.slice(1).join('') ??
    `also ${/about the category "([^"]+)"/.exec(prompt.split('ends').at(-1) ?? '')?.[1]}`

  /** Answers each question with the probabilities of its labels; those that are not said about are sure of the first one. */
  const reading =
    (said: Readonly<Record<string, Readonly<Record<string, number>>>> = {}): Script =>
    ({ prompt }) => {
      const question = askedIn(prompt)
      const isBack = /\nA\. None of these\n/.test(prompt)
      const shares = said[isBack ? `${question}, back` : question] ?? { A: 0.9, No: 0.05, B: 0.01 }
      const logprobs = Object.entries(shares).map(([token, share]) => ({ token, logprob: Math.log(share) }))
      return succeed({ text: 'A', logprobs, usage: { input: 100, output: 1, cached: null }, latencyMs: 5 })
    }

  async function runReadout(script: Script, options: Options = {}) {
    harness = await createHarness(script, { readout: { labels: 20 }, ...options })
    const path = await harness.file('a.jsonl', jsonLines(options.rows ?? rows(1)))
    const view = await harness.run({
      ...{ source: { kind: 'paths', paths: [path] }, concurrency: 1, ask: 'readout' },
      ...options.request,
    })
    return { view, results: await harness.results(view.resultsPath ?? '') }
  }

  test('is asked one token a question, and both tasks share all that stands before', async () => {
    const { view, results } = await runReadout(
      reading({ category: { B: 0.5, A: 0.05 }, interest: { D: 0.2, C: 0.2 }, quality: { A: 0.02, E: 0.06, The: 0.9 } }),
    )
    expect(view).toMatchObject({ state: 'completed', counts: { ok: 1 }, spent: { calls: 3, input: 300, output: 3 } })
    expect(view.labelMass).toBe(0.08)
    expect(harness.calls.map(({ topLogprobs, work }) => [topLogprobs, work.task])).toEqual([
      [20, 'categorization'],
      [20, 'scoring'],
      [20, 'scoring'],
    ])
    expect(new Set(harness.calls.map(({ system }) => system)).size).toBe(1)
    expect(results[0]).toMatchObject({
      ...{ status: 'ok', categories: ['Science'], confidence: 0.9091, probabilities: { Science: 0.9091 } },
      // Half way between the middles 5.5 and 7.5; a quarter of the lowest band and three of the highest.
      ...{ interest: 7, quality: 8, reasoning: null },
      receipts: {
        categorization: {
          ...{ outputMode: 'readout', usage: { input: 300, output: 3 }, attempts: 3 },
          decision: { labelMass: 0.08, flips: 0 },
        },
        scoring: {
          outputMode: 'readout',
          sharedCall: true,
          decision: { distributions: { interest: [0, 0, 0.5, 0.5, 0] } },
        },
      },
    })
    expect(results[0]?.receipts.categorization?.decision).not.toHaveProperty('dialect')
  })

  test('is asked about the children of the chosen root only, and about further categories by yes or no', async () => {
    const { results } = await runReadout(
      reading({
        category: { A: 0.8, B: 0.15, C: 0.05 },
        'within Technology': { A: 0.75, C: 0.2, B: 0.05 },
        'also Science': { Yes: 0.6, No: 0.3 },
      }),
      { request: { tasks: ['categorization'] } },
    )
    expect(harness.calls.map(({ prompt }) => askedIn(prompt))).toEqual([
      'category',
      'within Technology',
      'also Science',
    ])
    expect(results[0]).toMatchObject({ categories: ['Software', 'Science'], confidence: 0.6 })
  })

  test('says in its receipt where the order of the options decided', async () => {
    const { results } = await runReadout(
      reading({ category: { A: 0.5, B: 0.4 }, 'category, back': { B: 0.6, C: 0.3 } }),
      {
        request: { tasks: ['categorization'] },
      },
    )
    expect(results[0]).toMatchObject({
      categories: ['Science'],
      receipts: { categorization: { attempts: 3, decision: { flips: 1 } } },
    })
  })

  test.each<[string, Partial<HarnessOptions> & { request?: object }, object]>([
    [
      'gives no log probabilities',
      { readout: { labels: 0, problem: 'no_logprobs' } },
      { code: 'ask_unsupported', ask: 'readout', why: 'server', readout: 'no_logprobs' },
    ],
    [
      'has labels of two tokens',
      { readout: { labels: 0, problem: 'label_tokens' } },
      { code: 'ask_unsupported', ask: 'readout', why: 'model', readout: 'label_tokens' },
    ],
    [
      'gives fewer than there are categories',
      { readout: { labels: 5 }, ...flat('A', 'B', 'C', 'D', 'E') },
      { code: 'questions_unfit', problem: 'options', wanted: 6, most: 5 },
    ],
    [
      'only decides',
      { readout: { labels: 20 }, decide: (request) => decide(request), decisions: { isOnly: true } },
      { code: 'ask_unsupported', ask: 'readout' },
    ],
  ])('is refused before anything is sent where it %s', async (_, options, reason) => {
    expect(await refusalOf({ ...options, request: { ask: 'readout' } })).toMatchObject(reason)
    expect(harness.calls).toHaveLength(0)
  })

  test('that gives none, although nobody said so, stops the run at once', async () => {
    const { view } = await runReadout(
      () => succeed({ text: 'A', usage: { input: 9, output: 1, cached: null }, latencyMs: 1 }),
      {
        rows: rows(3),
      },
    )
    expect(view).toMatchObject({ state: 'stopped', reason: { code: 'ask_unsupported', readout: 'no_logprobs' } })
    expect(harness.calls).toHaveLength(1)
  })

  test('is asked so by its route, too', async () => {
    const { results } = await runReadout(reading(), {
      routeOptions: { ask: 'readout' },
      request: { ask: undefined, tasks: ['categorization'] },
    })
    expect(results[0]?.receipts.categorization?.outputMode).toBe('readout')
  })

  test('is counted beforehand: a call of one token for each question', async () => {
    harness = await createHarness(reading(), { readout: { labels: 20 } })
    const path = await harness.file('a.jsonl', jsonLines(rows(10)))
    const request = harness.request({ source: { kind: 'paths', paths: [path] }, ask: 'readout' })
    const estimate = await harness.runs.estimate(request, new AbortController().signal)
    expect(estimate).toMatchObject({ ok: true, value: { toJudge: 10, calls: 40, outputTokens: 40 } })
  })
})
