import { afterEach, describe, expect, test } from 'vitest'
import { succeed } from '../../../protocol/outcome.ts'
import type { Profile } from '../../../protocol/profile.ts'
import type { ResultRecord } from '../../../protocol/results.ts'
import type { ModelClient } from '../../../server/engine/modelClient.ts'
import { fail } from '../../../shared/fail.ts'
import { createHarness, decide, goodAnswer, type Harness, jsonLines, routeFor } from '../../support/runs/harness.ts'

let harness: Harness
afterEach(() => harness.dispose())

const names = ['Software', 'Science', 'Adverts']
const profile: Profile = {
  categories: names.map((name) => ({ name })),
  interests: '',
  anti_interests: '',
  limits: { categorize_chars: 2000, score_chars: 4000 },
}
const rows = Array.from({ length: 1400 }, (_, nth) => ({ id: `r${nth}`, text: `row ${nth} of ${names[nth % 3]}` }))
const numberOf = (text: string): number => Number(/row (\d+)/.exec(text)?.[1])
const rightOf = (text: string): string => names[numberOf(text) % 3] as string
/** One of ten is hard: the proxy is wrong there. */
const isHard = (text: string): boolean => numberOf(text) % 10 === 7
const saidOf = (text: string): string => (isHard(text) ? (names[(numberOf(text) + 1) % 3] as string) : rightOf(text))

interface Small {
  /** How sure it is of a text. */
  sure?: (text: string) => number
  asked?: string[]
  fails?: (text: string) => boolean
}

const sureOf = (text: string): number => (isHard(text) ? 0.5 : 0.95)

function deciding({ sure = sureOf, asked = [], fails = () => false }: Small = {}): Partial<ModelClient> {
  return {
    decisions: {
      ...{ limits: {}, isKnown: true, isOnly: true },
      async decide(request) {
        const { input } = request
        // Further categories are asked about in a second request, of those that may have one.
        if (request.questions[0]?.type === 'choice') asked.push(input)
        if (fails(input)) return fail({ code: 'content_filtered', provider: 'small', model: 's-1', detail: 'no' })
        return decide(request, { [request.questions[0]?.name ?? '']: { [saidOf(input)]: sure(input) } })
      },
    },
  }
}

function learned(categories = names): Partial<ModelClient> {
  return {
    learned: {
      version: 'v1',
      floor: 0.99,
      categories: categories.map((name) => ({ name, parent: null })),
      judge: (text) => ({ categories: [saidOf(text)], probability: sureOf(text), probabilities: {} }),
    },
  }
}

/** The big model talks; what it is asked about is in `harness.calls`, as ever. */
async function open(small: Partial<ModelClient>): Promise<string> {
  const talk = (client: Partial<ModelClient>): ModelClient => ({
    outputModes: ['schema'],
    mostOutputTokens: () => 10,
    complete: async () => fail({ code: 'ask_unsupported', provider: 'x', model: 'x', ask: 'text', why: 'model' }),
    ...client,
  })
  harness = await createHarness(undefined, {
    loadProfile: async () => succeed({ profile, from: { origin: 'stored', name: null } }),
    resolve: async (task, override) => ({
      ok: true,
      value: { ...routeFor(task), ...(override ? { provider: override.provider, model: override.model ?? 'm' } : {}) },
      warnings: [],
      trace: [],
    }),
    connect: async ({ provider }) =>
      succeed(
        provider === 'small'
          ? talk(small)
          : talk({
              complete: async (request) => {
                harness.calls.push(request)
                return goodAnswer(request, (text) => ({ categories: [rightOf(text)] }))
              },
            }),
      ),
  })
  return await harness.file('a.jsonl', jsonLines(rows))
}

const proxy = { provider: 'small', model: 's-1' }

function requestOf(path: string, more: object = {}) {
  return harness.request({
    source: { kind: 'paths', paths: [path] },
    tasks: ['categorization'],
    cascade: { promise: 0.95, proxy },
    batchSize: 10,
    ...more,
  })
}

async function finished(path: string, more: object = {}): Promise<ResultRecord[]> {
  const view = await harness.run(requestOf(path, more))
  expect(view).toMatchObject({ state: 'completed', counts: { ok: 1400 } })
  return await harness.results(view.resultsPath ?? '')
}

async function reasonOf(path: string, more: object = {}) {
  const started = await harness.runs.start(requestOf(path, more))
  return started.ok ? null : started.reason
}

const askedTexts = (): string[] => harness.calls.flatMap(({ work }) => work.items.map(({ text }) => text))

describe('a cascade with a model of the registry as its proxy', () => {
  test.each([
    ['a model that decides', 'decisions' as const, () => deciding()],
    ['a learned one, which abstains nowhere here', 'decisions' as const, () => learned()],
  ])('%s decides what it is sure of, and says so', async (_, outputMode, small) => {
    const path = await open(small())
    const results = await finished(path)
    const decided = results.filter(({ receipts }) => receipts.categorization?.proxy)
    expect(decided.length).toBeGreaterThan(500)
    expect(askedTexts()).toHaveLength(1400 - decided.length)
    const textOf = (id: string): string => rows.find((row) => row.id === id)?.text ?? ''
    const isRight = ({ id, categories }: ResultRecord): boolean => categories?.[0] === rightOf(textOf(id))
    expect(decided.filter(isRight).length / decided.length).toBeGreaterThanOrEqual(0.95)
    expect(results.filter(({ receipts }) => !receipts.categorization?.proxy).every(isRight)).toBe(true)
    const sure = decided.find(({ id }) => !isHard(textOf(id)))
    expect(sure).toMatchObject({ confidence: 0.95 })
    expect(sure?.receipts.categorization).toMatchObject({
      ...{ provider: 'small', model: 's-1', outputMode },
      proxy: { of: { provider: 'fake', model: 'fake-1' }, by: proxy, probability: 0.95, promise: 0.95 },
    })
    const view = harness.views.at(-1)
    expect(view?.cascade).toMatchObject({ proxy, decided: decided.length, asked: 1400 - decided.length })
    expect(view?.cascade?.audited).toBeGreaterThan(10)
  })

  test('is asked about each item once, and not about what needs no decision', async () => {
    const asked: string[] = []
    const path = await open(deciding({ asked }))
    await finished(path)
    expect(new Set(asked).size).toBe(asked.length)
    expect(asked.length).toBeLessThanOrEqual(1400)
  })

  test('decides nothing where it is as sure of what is wrong as of what is right', async () => {
    const path = await open(deciding({ sure: () => 0.9 }))
    const results = await finished(path)
    expect(results.filter(({ receipts }) => receipts.categorization?.proxy)).toHaveLength(0)
    expect(askedTexts()).toHaveLength(1400)
  })

  test('never decides an item that it fails at', async () => {
    const path = await open(deciding({ fails: (text) => numberOf(text) % 5 === 2 }))
    const results = await finished(path)
    const decided = results.filter(({ receipts }) => receipts.categorization?.proxy)
    expect(decided.length).toBeGreaterThan(200)
    expect(decided.every(({ id }) => Number(id.slice(1)) % 5 !== 2)).toBe(true)
  })

  test('decides categories only: scores are asked for', async () => {
    const path = await open(deciding())
    const results = await finished(path, { tasks: ['categorization', 'scoring'] })
    const decided = results.filter(({ receipts }) => receipts.categorization?.proxy)
    expect(decided.length).toBeGreaterThan(500)
    for (const { receipts, interest } of decided) {
      expect(receipts.scoring).toMatchObject({ provider: 'fake', model: 'fake-1' })
      expect(interest).toBe(8)
    }
  })

  test('is estimated with its own calls', async () => {
    const path = await open(deciding())
    const estimate = await harness.runs.estimate(requestOf(path))
    if (!estimate.ok) throw new Error(estimate.reason.message)
    expect(estimate.value.cascade).toEqual({ leastAsked: 545, proxy: { ...proxy, calls: 1400 } })
    expect(estimate.value.calls).toBe(1400 + Math.ceil(545 / 10))
    expect(askedTexts()).toHaveLength(0)
  })

  test('goes on after a kill with the proxy that it began with', async () => {
    const path = await open(deciding())
    const started = await harness.runs.start(requestOf(path))
    if (!started.ok) throw new Error(started.reason.message)
    const { runId } = started.value
    await expect.poll(() => harness.calls.length).toBeGreaterThan(5)
    await harness.runs.cancel(runId)
    expect((await harness.ended(runId)).state).not.toBe('failed')
    await harness.runs.resume(runId, {})
    await expect.poll(() => harness.views.at(-1)?.state, { timeout: 60_000 }).toBe('completed')
    const view = harness.views.at(-1)
    expect(view).toMatchObject({ counts: { ok: 1400 }, cascade: { proxy } })
    expect((view?.cascade?.asked ?? 0) + (view?.cascade?.decided ?? 0)).toBe(1400)
    expect(view?.cascade?.decided).toBeGreaterThan(300)
  })
})

describe('what cannot decide for another one', () => {
  test('a model that tells no probabilities', async () => {
    expect(await reasonOf(await open({}))).toMatchObject({ code: 'proxy_unfit', why: 'no_probabilities', ...proxy })
  })

  test('the model itself', async () => {
    const override = { provider: 'small', model: 's-1' }
    expect(await reasonOf(await open(deciding()), { override })).toMatchObject({
      ...{ code: 'proxy_unfit', why: 'same_model' },
    })
  })

  test('a learned one of other categories', async () => {
    expect(await reasonOf(await open(learned(['Software', 'Dragons'])))).toMatchObject({
      ...{ code: 'learned_unfit', why: 'categories' },
    })
  })

  test('any model, where no categories are asked for', async () => {
    const path = await open(deciding())
    expect(await reasonOf(path, { tasks: ['scoring'] })).toMatchObject({ code: 'questions_invalid' })
  })
})
