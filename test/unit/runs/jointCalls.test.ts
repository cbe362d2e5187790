import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { succeed } from '../../../protocol/outcome.ts'
import type { Profile } from '../../../protocol/profile.ts'
import type { Usage } from '../../../protocol/results.ts'
import { RunRequest } from '../../../protocol/runs.ts'
import { asksBoth } from '../../../server/domain/work.ts'
import type { CompletionRequest } from '../../../server/providers/adapter.ts'
import { openReuse } from '../../../server/results/reuse.ts'
import { fail } from '../../../shared/fail.ts'
import {
  answerWith,
  createHarness,
  goodAnswer,
  type Harness,
  type HarnessOptions,
  jsonLines,
  profile,
  routeFor,
  type Script,
} from '../../support/runs/harness.ts'

let harness: Harness
afterEach(async () => await harness.dispose())

const rows = (count: number) => Array.from({ length: count }, (_, at) => ({ id: `i${at}`, text: `text ${at}` }))

async function judge(script: Script, options: HarnessOptions & { items?: number; separate?: boolean } = {}) {
  const { items = 4, separate = false, ...others } = options
  harness = await createHarness(script, others)
  const path = await harness.file('a.jsonl', jsonLines(rows(items)))
  const run = async (more: object = {}) => {
    const view = await harness.run({ source: { kind: 'paths', paths: [path] }, separate, ...more })
    return { view, results: await harness.results(view.resultsPath ?? '') }
  }
  return { run, path, ...(await run()) }
}

const using = (changed: Partial<Profile>): HarnessOptions => ({
  loadProfile: async () => succeed({ profile: { ...profile, ...changed }, from: { origin: 'stored', name: null } }),
})

const edited = using({ prompts: { scoring: { user: 'Rate.\n{fenceRule}\n{items}\n{keys}' } } })

const asked = (calls: readonly CompletionRequest[]): string[] =>
  calls.map(({ work }) => `${asksBoth(work) ? 'both' : work.task} ${work.items.length}`)

describe('one call for both tasks', () => {
  test('sends each item once, and its receipts name the one call, which counts once', async () => {
    const { view, results } = await judge((request) => goodAnswer(request))
    expect(asked(harness.calls)).toEqual(['both 4'])
    expect(view).toMatchObject({ state: 'completed', spent: { calls: 1, input: 10, output: 5 } })
    const [first] = results
    expect(first).toMatchObject({ categories: ['Software'], interest: 8, quality: 6, status: 'ok' })
    const { categorization, scoring } = first?.receipts ?? {}
    expect(categorization).not.toHaveProperty('sharedCall')
    expect(scoring).toEqual({ ...categorization, sharedCall: true, confidenceFrom: undefined })
  })

  test('a blocked category makes the score 0, whatever the call says of it', async () => {
    const { results } = await judge((request) => goodAnswer(request, () => ({ categories: ['Adverts'] })), { items: 1 })
    expect(results[0]).toMatchObject({ blockedBy: 'Adverts', score: 0, interest: 8 })
  })

  test('asks for both in calls of their own where that is wanted', async () => {
    const { results } = await judge((request) => goodAnswer(request), { separate: true })
    expect(asked(harness.calls)).toEqual(['categorization 4', 'scoring 4'])
    expect(results[0]?.receipts.scoring).not.toHaveProperty('sharedCall')
  })

  const apart: [string, HarnessOptions][] = [
    ['the models differ', { resolve: async (task) => resolved(task, { model: `model-of-${task}` }) }],
    [
      'the options differ',
      { resolve: async (task) => resolved(task, { options: task === 'scoring' ? { temperature: 1 } : {} }) },
    ],
    ['a prompt was edited', edited],
  ]
  test.each(apart)('asks for each alone where %s', async (_name, options) => {
    await judge((request) => goodAnswer(request), options)
    expect(asked(harness.calls)).toEqual(['categorization 4', 'scoring 4'])
  })

  test('who stands in for one task alone changes nothing of it', async () => {
    const fallback = { provider: 'other', model: 'm', when: ['failing' as const] }
    await judge((request) => goodAnswer(request), {
      resolve: async (task) => resolved(task, { options: task === 'scoring' ? { fallbacks: [fallback] } : {} }),
    })
    expect(asked(harness.calls)).toEqual(['both 4'])
  })

  test('asks by the criteria of a profile, too', async () => {
    const { results } = await judge(
      (request) => goodAnswer(request, () => ({ interest: undefined, quality: undefined, is_urgent: true })),
      using({ criteria: [{ name: 'Is urgent', type: 'boolean', question: 'Is it?' }] }),
    )
    expect(asked(harness.calls)).toEqual(['both 4'])
    expect(results[0]).toMatchObject({ categories: ['Software'], criteria: { 'Is urgent': true }, interest: null })
  })
})

const resolved = (task: 'categorization' | 'scoring', changed: object) => ({
  ...{ ok: true as const, value: { ...routeFor(task), ...changed } },
  ...{ warnings: [], trace: [] },
})

describe('an answer that lacks something', () => {
  test('keeps the categories of an item whose scores cannot be used, and asks for those alone', async () => {
    const { results } = await judge((request) =>
      goodAnswer(request, (text) => (asksBoth(request.work) && text === 'text 1' ? { interest: 'high' } : undefined)),
    )
    expect(asked(harness.calls)).toEqual(['both 4', 'scoring 1'])
    const again = results.find(({ id }) => id === 'i1')
    expect(again).toMatchObject({ status: 'ok', categories: ['Software'], interest: 8 })
    expect(again?.receipts.scoring).not.toHaveProperty('sharedCall')
    expect(again?.receipts.scoring?.promptHash).toBe(again?.receipts.categorization?.promptHash)
  })

  test('asks again for an item without categories, although its scores came', async () => {
    let isFirst = true
    const { results } = await judge((request) => {
      const first = isFirst
      isFirst = false
      return goodAnswer(request, (text) => (first && text === 'text 2' ? { categories: ['Nonsense'] } : undefined))
    })
    expect(asked(harness.calls)).toEqual(['both 4', 'both 1'])
    expect(results.every(({ categories, interest }) => categories?.[0] === 'Software' && interest === 8)).toBe(true)
  })

  test('repeats the scale once a number is none of it, and then asks for the scores alone', async () => {
    const { results } = await judge((request) =>
      goodAnswer(request, (text) => (asksBoth(request.work) && text === 'text 0' ? { interest: 80 } : undefined)),
    )
    expect(asked(harness.calls)).toEqual(['both 4', 'both 4', 'scoring 1'])
    expect(harness.calls[1]?.prompt).toContain('no other scale')
    expect(results).toHaveLength(4)
    expect(results.every(({ interest }) => interest === 8)).toBe(true)
  })

  test('of a model that cannot answer both at once, each task is asked for alone from then on', async () => {
    const { view, results } = await judge(
      (request) => (asksBoth(request.work) ? answerWith('I would rather not.') : goodAnswer(request)),
      { items: 8, modes: ['text'] },
    )
    expect(view.counts).toMatchObject({ ok: 8, failed: 0 })
    const forms = asked(harness.calls)
    expect(forms.filter((form) => form.startsWith('both'))).toHaveLength(2)
    expect(results[0]?.receipts.scoring).not.toHaveProperty('sharedCall')
  })
})

describe('new names for items that fit nowhere', () => {
  const nowhere = (text: string) => (text === 'text 1' || text === 'text 3' ? { categories: [] } : undefined)
  const suggesting =
    (said: (request: CompletionRequest) => ReturnType<Script>): Script =>
    (request) =>
      request.output.name === 'suggested_names' ? said(request) : goodAnswer(request, nowhere)
  const names = (request: CompletionRequest) =>
    answerWith(
      JSON.stringify({
        verdicts: Object.fromEntries(
          request.work.items.map(({ key }) => [key, { names: ['Cooking'], parent: 'Science' }]),
        ),
      }),
    )

  test('are asked for in one small call, which is on the receipts of all', async () => {
    const { view, results } = await judge(suggesting(names))
    expect(harness.calls.map(({ output, work }) => [output.name, work.items.length])).toEqual([
      ['item_verdicts', 4],
      ['suggested_names', 2],
    ])
    expect(JSON.stringify(harness.calls[0]?.output.schema)).not.toContain('suggested')
    expect(results.map(({ suggested }) => suggested?.names)).toEqual([[], ['Cooking'], [], ['Cooking']])
    expect(results[1]?.suggested?.parent).toBe('Science')
    const { categorization, scoring } = results[0]?.receipts ?? {}
    expect(categorization).toMatchObject({ attempts: 2, usage: { input: 20, output: 10 } })
    expect(scoring).toMatchObject({ attempts: 2, usage: { input: 20, output: 10 }, sharedCall: true })
    expect(view.spent).toMatchObject({ calls: 2, input: 20 })
  })

  test('are not asked for where the profile wants none', async () => {
    const { results } = await judge(suggesting(names), using({ suggestions: false }))
    expect(harness.calls).toHaveLength(1)
    expect(results[1]).toMatchObject({ categories: [], suggested: { names: [] }, interest: 8 })
  })

  test.each<[string, (request: CompletionRequest) => ReturnType<Script>]>([
    ['that does not come', () => fail({ code: 'quota_exceeded', provider: 'fake' })],
    ['in prose', () => answerWith('Cooking, I would say.')],
    [
      'of hidden names and for keys of others',
      () => answerWith(JSON.stringify({ verdicts: { zz9: { names: ['Cooking'] }, k1: { names: ['Software'] } } })),
    ],
  ])('leave the verdicts as they are in an answer %s', async (_name, said) => {
    const { view, results } = await judge(suggesting(said))
    expect(view).toMatchObject({ state: 'completed', counts: { ok: 4 } })
    expect(results.every(({ suggested }) => suggested?.names.length === 0)).toBe(true)
  })
})

describe('a prefix that its provider keeps', () => {
  const long = using({ interests: 'compilers and what is made with them, '.repeat(120) })
  const hosted: HarnessOptions = {
    resolve: async (task) => resolved(task, { endpoint: 'https://api.example.com', options: { concurrency: 4 } }),
  }

  async function callsUnderWay(options: HarnessOptions): Promise<number[]> {
    let underWay = 0
    const seen: number[] = []
    await judge(
      async (request) => {
        seen.push(++underWay)
        // Every worker has had its turn by then.
        await new Promise((resolve) => setImmediate(resolve))
        underWay--
        return goodAnswer(request)
      },
      { items: 40, ...options },
    )
    return seen
  }

  test('is sent by the first call alone, under one key for all', async () => {
    const [first, second] = await callsUnderWay({ ...long, ...hosted })
    expect([first, second]).toEqual([1, 1])
    const keys = new Set(harness.calls.map(({ cacheKey }) => cacheKey))
    expect(keys.size).toBe(1)
    expect([...keys][0]).toMatch(/^[0-9a-f]{32}$/)
    expect(new Set(harness.calls.map(({ system }) => system)).size).toBe(1)
  })

  test('counts as read from the cache in the lower cost of an estimate, and not in the higher one', async () => {
    const price = {
      costOf: ({ input, output, cached }: Usage) => (input ?? 0) - 0.9 * (cached ?? 0) + (output ?? 0),
    }
    const estimated = async (options: HarnessOptions) => {
      const { path } = await judge((call) => goodAnswer(call), { items: 40, ...options, priceOf: async () => price })
      const request = harness.request({ source: { kind: 'paths', paths: [path] }, reuse: 'none', separate: false })
      const outcome = await harness.runs.estimate(request)
      await harness.dispose()
      if (!outcome.ok) throw new Error(outcome.reason.message)
      return outcome.value
    }
    const { inputTokens, cachedTokens = 0, outputTokens, calls, costUsd } = await estimated({ ...long, ...hosted })
    expect(cachedTokens).toBeGreaterThan(1000 * (calls - 1))
    expect(cachedTokens).toBeLessThan(inputTokens)
    expect(costUsd?.low).toBeCloseTo(0.6 * (inputTokens - 0.9 * cachedTokens + outputTokens), 3)
    expect(costUsd?.high).toBeCloseTo(2 * (inputTokens + outputTokens), 3)
    expect(await estimated(long)).not.toHaveProperty('cachedTokens')
    harness = await createHarness((call) => goodAnswer(call))
  })

  test('is waited for by nobody where the first call fails', async () => {
    const { view } = await judge((request) => (harness.calls.length === 1 ? answerWith('') : goodAnswer(request)), {
      items: 40,
      ...long,
      ...hosted,
    })
    expect(view.counts.ok).toBe(40)
  })

  test.each<[string, HarnessOptions]>([
    ['is too short to be kept', hosted],
    ['goes to a server next door', long],
  ])('is told nothing of where it %s', async (_name, options) => {
    await callsUnderWay(options)
    expect(harness.calls.every(({ cacheKey }) => cacheKey === undefined)).toBe(true)
  })
})

describe('what an earlier run has found', () => {
  test('is taken over where the same was asked, and not where the calls were others', async () => {
    const earlier: string[] = []
    const { run } = await judge((request) => goodAnswer(request), {
      openReuse: async (question) =>
        openReuse(join(harness.folder, 'data'), { earlier, elsewhere: { runIds: [], mostBytes: 0 } }, question),
    })
    earlier.push(harness.views.at(-1)?.runId ?? '')
    const same = await run()
    expect(same.view.counts).toMatchObject({ ok: 4, reused: 4 })
    const other = await run({ separate: true })
    expect(other.view.counts.reused ?? 0).toBe(0)
    expect(asked(harness.calls)).toEqual(['both 4', 'categorization 4', 'scoring 4'])
  })
})

describe('an estimate', () => {
  const estimates: [string, Partial<RunRequest>, HarnessOptions, object][] = [
    ['that one call asks for both', {}, {}, { asked: 'together', calls: 2 }],
    ['that a prompt was edited', {}, edited, { asked: 'edited_prompts', calls: 4 }],
    ['that they are separate', { separate: true }, {}, { asked: 'separate', calls: 4 }],
    ['nothing of the kind about one task', { tasks: ['scoring'] }, {}, { asked: undefined, calls: 2 }],
  ]
  test.each(estimates)('tells %s', async (_name, request, options, expected) => {
    harness = await createHarness((asked) => goodAnswer(asked), options)
    const path = await harness.file('a.jsonl', jsonLines(rows(10)))
    const wanted = { tasks: ['categorization', 'scoring'], source: { kind: 'paths', paths: [path] }, ...request }
    const estimate = await harness.runs.estimate(RunRequest.parse(wanted))
    expect(estimate.ok && { asked: undefined, ...estimate.value }).toMatchObject(expected)
  })
})
