import { afterEach, describe, expect, test } from 'vitest'
import { succeed } from '../../../protocol/outcome.ts'
import type { ResultRecord } from '../../../protocol/results.ts'
import type { RunView } from '../../../protocol/runs.ts'
import {
  answerWith,
  createHarness,
  goodAnswer,
  type Harness,
  type HarnessOptions,
  jsonLines,
  profile,
  type Script,
} from '../../support/runs/harness.ts'

let harness: Harness
afterEach(() => harness.dispose())

const kinds = [
  { category: 'Software', words: ['compiler', 'editor', 'debugger'] },
  { category: 'Science', words: ['quantum', 'genome', 'telescope'] },
  { category: 'Adverts', words: ['discount', 'sale', 'coupon'] },
]
const categoryOf = (text: string): string =>
  kinds.find(({ words }) => words.some((word) => text.includes(word)))?.category ?? 'Software'
const sorts: Script = (request) => goodAnswer(request, (text) => ({ categories: [categoryOf(text)] }))

const rows = Array.from({ length: 1400 }, (_, nth) => {
  const { words } = kinds[nth % 3] as (typeof kinds)[number]
  return { id: `r${nth}`, text: `number ${nth}: ${words[nth % 2]} and ${words[2]}, row ${nth * 7919}.` }
})

async function open(script: Script, options?: HarnessOptions): Promise<string> {
  harness = await createHarness(script, options)
  return await harness.file('a.jsonl', jsonLines(rows))
}

function cascadeOf(path: string, more: object = {}) {
  return { source: { kind: 'paths' as const, paths: [path] }, cascade: { promise: 0.95 }, batchSize: 10, ...more }
}

async function finished(path: string, more: object = {}): Promise<{ view: RunView; results: ResultRecord[] }> {
  const view = await harness.run(cascadeOf(path, more))
  return { view, results: await harness.results(view.resultsPath ?? '') }
}

const isByProxy = ({ receipts }: ResultRecord): boolean => receipts.categorization?.proxy !== undefined

describe('a run with a cascade', () => {
  test('decides most of what can be learned, says so on each result, and counts it', async () => {
    const path = await open(sorts)
    const { view, results } = await finished(path, { tasks: ['categorization'] })
    const decided = results.filter(isByProxy)
    expect(view).toMatchObject({ state: 'completed', counts: { ok: 1400 } })
    expect(view.cascade).toMatchObject({ promise: 0.95, decided: decided.length, asked: 1400 - decided.length })
    expect(view.cascade?.interval?.low).toBeGreaterThan(0.8)
    expect(decided.length).toBeGreaterThan(400)
    const asked = harness.calls.flatMap(({ work }) => work.items)
    expect(asked).toHaveLength(1400 - decided.length)
    for (const result of decided) {
      const text = rows.find(({ id }) => id === result.id)?.text ?? ''
      expect(result.categories).toEqual([categoryOf(text)])
    }
    expect(decided[0]?.receipts.categorization).toMatchObject({
      ...{ provider: 'builtin', model: 'proxy', endpoint: null, outputMode: 'proxy', costUsd: 0 },
      proxy: { of: { provider: 'fake' }, promise: 0.95, learnedFrom: { labels: 0 } },
    })
  })

  test('asks for the scores of what it decided, but not where a category is blocked', async () => {
    const path = await open(sorts)
    const { results } = await finished(path)
    const decided = results.filter(isByProxy)
    expect(decided.length).toBeGreaterThan(400)
    for (const { categories, score, receipts } of decided) {
      const isBlocked = categories?.[0] === 'Adverts'
      expect(receipts.scoring === undefined).toBe(isBlocked)
      if (isBlocked) expect(score).toBe(0)
    }
  })

  test('asks about everything where the model does not say what the words say', async () => {
    let asked = 0
    const path = await open((request) =>
      goodAnswer(request, () => {
        asked++
        return { categories: [['Software', 'Science', 'Technology'][((asked * asked * 31) % 1009) % 3]] }
      }),
    )
    const { view, results } = await finished(path, { tasks: ['categorization'] })
    expect(view).toMatchObject({ state: 'completed', counts: { ok: 1400 }, cascade: { asked: 1400, decided: 0 } })
    expect(results.filter(isByProxy)).toHaveLength(0)
  })

  test.each([
    ['the sample', 20],
    ['the audit', 52],
  ])('goes on after it was cancelled in %s without asking anything twice', async (_, last) => {
    let reach = (): void => undefined
    const reached = new Promise<void>((resolve) => {
      reach = resolve
    })
    const path = await open((request, call) => {
      if (call === last) reach()
      return call === last ? new Promise(() => undefined) : sorts(request, call, new AbortController().signal)
    })
    const request = harness.request(cascadeOf(path, { tasks: ['categorization'], concurrency: 1 }))
    const started = await harness.runs.start(request)
    if (!started.ok) throw new Error(started.reason.message)
    const { runId } = started.value
    await reached
    await harness.runs.cancel(runId)
    const first = await harness.ended(runId)
    expect(first.state).toBe('cancelled')
    const resumed = await harness.runs.resume(runId, {})
    expect(resumed.ok).toBe(true)
    await expect.poll(() => harness.views.at(-1)?.state, { timeout: 60_000 }).toBe('completed')
    const view = await harness.ended(runId)
    expect(view).toMatchObject({ state: 'completed', counts: { ok: 1400 } })
    const { asked = 0, decided = 0 } = view.cascade ?? {}
    expect(asked + decided).toBe(1400)
    expect(decided).toBeGreaterThan(300)
    const texts = harness.calls.flatMap(({ work }) => work.items.map(({ text }) => text))
    // The call that was under way may be made again.
    expect(texts.length - new Set(texts).size).toBeLessThanOrEqual(10)
  })

  test('decides criteria that are chosen from, both tasks at once', async () => {
    const criteria = [
      { name: 'Urgent', question: 'Is it urgent?', type: 'boolean' as const },
      {
        ...{ name: 'Team', question: 'Whose is it?', type: 'choice' as const },
        choices: [
          { name: 'Sales', value: 0 },
          { name: 'Lab', value: 1 },
        ],
      },
    ]
    const said = (text: string) => ({
      urgent: text.includes('quantum'),
      team: categoryOf(text) === 'Adverts' ? 'Sales' : 'Lab',
    })
    const path = await open(
      (request) => {
        if (request.work.task === 'categorization') return sorts(request, 1, new AbortController().signal)
        const verdicts = request.work.items.map(({ key, text }) => ({ key, ...said(text), reasoning: 'So.' }))
        return answerWith(JSON.stringify({ verdicts }))
      },
      {
        loadProfile: async () => succeed({ profile: { ...profile, criteria }, from: { origin: 'stored', name: null } }),
      },
    )
    const { view, results } = await finished(path, { tasks: ['scoring'] })
    expect(view).toMatchObject({ state: 'completed', counts: { ok: 1400 } })
    const decided = results.filter(({ receipts }) => receipts.scoring?.proxy)
    expect(decided.length).toBeGreaterThan(400)
    for (const { id, criteria: answers } of decided) {
      const text = rows.find((row) => row.id === id)?.text ?? ''
      expect(answers).toEqual({ Urgent: said(text).urgent, Team: said(text).team })
    }
  })

  test('is refused where only numbers on a scale are asked', async () => {
    const path = await open(sorts)
    const started = await harness.runs.start(harness.request(cascadeOf(path, { tasks: ['scoring'] })))
    expect(started).toMatchObject({ ok: false, reason: { code: 'questions_invalid', problems: [{ path: 'cascade' }] } })
  })

  test('is estimated as a range', async () => {
    const path = await open(sorts)
    const { cascade, ...plain } = harness.request(cascadeOf(path, { tasks: ['categorization'] }))
    const [whole, less] = [await harness.runs.estimate(plain), await harness.runs.estimate({ ...plain, cascade })]
    if (!whole.ok || !less.ok) throw new Error('no estimate')
    expect(less.value).toMatchObject({ cascade: { leastAsked: 545 }, mostCalls: whole.value.calls })
    expect(less.value.calls).toBeLessThan(whole.value.calls / 2)
    expect(less.value.inputTokens).toBeLessThan(whole.value.inputTokens)
  })
})
