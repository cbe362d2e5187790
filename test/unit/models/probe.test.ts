import { describe, expect, test } from 'vitest'
import { type Outcome, succeed } from '../../../protocol/outcome.ts'
import type { ReasonFacts } from '../../../protocol/reasons.ts'
import type { OutputMode } from '../../../protocol/routing.ts'
import { mostProbeCalls, probeModel } from '../../../server/models/probe.ts'
import type { ProbePorts } from '../../../server/models/probeCalls.ts'
import { temptingPrompt } from '../../../server/models/probeItems.ts'
import { mostReadoutCalls } from '../../../server/models/probeReadout.ts'
import type { Completion, CompletionRequest } from '../../../server/providers/adapter.ts'
import { fail } from '../../../shared/fail.ts'

type Answer = string | ReasonFacts | (Partial<Completion> & { text: string })

interface Asked {
  mode: OutputMode
  thinking: CompletionRequest['thinking']
  isContradiction: boolean
}

/** Probes a model that answers as `answer` says, and remembers what it was asked. */
async function probe(answer: (asked: Asked) => Answer, changes: Partial<ProbePorts> = {}) {
  const asked: Asked[] = []
  const found = await probeModel({
    async complete({ mode, thinking, work }): Promise<Outcome<Completion>> {
      const question = { mode, thinking, isContradiction: work.items.length === 1 }
      asked.push(question)
      const said = answer(question)
      if (typeof said !== 'string' && 'code' in said) return fail(said)
      const completion = typeof said === 'string' ? { text: said } : said
      return succeed({ usage: { input: 10, output: 5, cached: 1 }, latencyMs: 1, ...completion })
    },
    model: 'm',
    parameters: {},
    offered: ['schema', 'json', 'text'],
    topLogprobs: 0,
    canThink: false,
    drawMark: () => 'markmarkmark',
    ...changes,
  })
  return { found, asked }
}

const verdict = (key: string, categories: unknown = [], more: object = {}) => ({
  key,
  categories,
  confidence: 1,
  suggested: { names: [], parent: null },
  ...more,
})
/** A list of one key twice is what only a list can say. */
const verdicts = (...list: ReturnType<typeof verdict>[]) => {
  const byKey = new Map(list.map(({ key, ...rest }) => [key, rest]))
  return JSON.stringify({ verdicts: byKey.size === list.length ? Object.fromEntries(byKey) : list })
}
const keys = temptingPrompt('markmarkmark').work.items.map(({ key }) => key)
/** To the single item of the contradiction. */
const held = verdicts(verdict(keys[0] ?? ''))
const whole = verdicts(...keys.map((key) => verdict(key)))
const invalid = (
  problem: 'empty' | 'not_json' | 'truncated' | 'rejected_request',
  hasThought?: boolean,
): ReasonFacts => ({
  code: 'invalid_response',
  provider: 'p',
  problem,
  detail: 'as the test says',
  hasThought,
})

describe('an endpoint', () => {
  test.each<[string, (asked: Asked) => Answer, object]>([
    [
      'that keeps to the schema',
      ({ isContradiction }) => (isContradiction ? held : whole),
      { schema: true, enumeration: true, batchOfFive: true, outputModes: ['schema', 'json', 'text'], calls: 2 },
    ],
    [
      'that ignores the schema',
      ({ isContradiction }) => (isContradiction ? 'Blue' : whole),
      { schema: false, enumeration: null, batchOfFive: true, outputModes: ['json', 'schema', 'text'], calls: 3 },
    ],
    [
      'that fences its JSON although a schema was asked for',
      ({ isContradiction, mode }) =>
        isContradiction ? held : mode === 'schema' ? `\`\`\`json\n${whole}\n\`\`\`` : whole,
      { schema: false, batchOfFive: true, outputModes: ['json', 'schema', 'text'] },
    ],
    [
      'that adds a field',
      ({ isContradiction, mode }) =>
        isContradiction || mode !== 'schema' ? whole : verdicts(...keys.map((key) => verdict(key, [], { note: 1 }))),
      { schema: false },
    ],
    [
      'that uses a name outside the list',
      ({ isContradiction }) => (isContradiction ? held : verdicts(...keys.map((key) => verdict(key, ['Weather'])))),
      { schema: true, enumeration: false, batchOfFive: true },
    ],
    [
      'that loses an item',
      ({ isContradiction }) =>
        isContradiction ? held : verdicts(...keys.filter((_, place) => place !== 2).map((key) => verdict(key))),
      { schema: false, enumeration: null, batchOfFive: false, outputModes: ['schema', 'json', 'text'] },
    ],
    [
      'that gives an item twice',
      ({ isContradiction }) =>
        isContradiction ? held : verdicts(...[...keys, ...keys.slice(0, 1)].map((key) => verdict(key))),
      { batchOfFive: false },
    ],
    [
      'whose answer to the contradiction is cut off',
      ({ isContradiction }) => (isContradiction ? invalid('truncated') : whole),
      { schema: null, enumeration: null, batchOfFive: true, outputModes: ['schema', 'json', 'text'] },
    ],
    [
      'that refuses a schema',
      ({ mode }) => (mode === 'schema' ? invalid('rejected_request') : whole),
      { schema: null, batchOfFive: true, outputModes: ['json', 'text'], calls: 2 },
    ],
    [
      'that answers with anything in every mode',
      () => 'Blue',
      { schema: false, batchOfFive: false, enumeration: null, outputModes: ['schema', 'json', 'text'], calls: 4 },
    ],
    [
      'that tells no tokens',
      ({ isContradiction }) => ({
        text: isContradiction ? held : whole,
        usage: { input: null, output: null, cached: null },
      }),
      { usageReported: false, usage: { input: null, output: null, cached: null, reasoning: null } },
    ],
  ])('%s', async (_, answer, expected) => {
    const { found, asked } = await probe(answer)
    expect(found).toMatchObject({ ok: true, value: expected })
    expect(asked.length).toBeLessThanOrEqual(mostProbeCalls(['schema', 'json', 'text'], 0))
  })

  test('that refuses every way is not measured', async () => {
    expect((await probe(() => invalid('rejected_request'))).found).toMatchObject({
      ok: false,
      reason: { code: 'invalid_response', problem: 'rejected_request' },
    })
  })

  test.each<ReasonFacts>([
    { code: 'auth_failed', provider: 'p' },
    { code: 'rate_limited', provider: 'p', retryAfterMs: 1000 },
    { code: 'cancelled' },
    { code: 'invalid_response', provider: 'p', problem: 'not_the_api', detail: 'HTML' },
  ])('in trouble ($code) is not measured, and not asked again', async (reason) => {
    const { found, asked } = await probe(() => reason)
    expect(found).toMatchObject({ ok: false, reason })
    expect(asked).toHaveLength(1)
  })

  test('without a strict mode is asked nothing that contradicts', async () => {
    const { found, asked } = await probe(() => whole, { offered: ['json'] })
    expect(found).toMatchObject({
      ok: true,
      value: { schema: null, batchOfFive: true, outputModes: ['json'], calls: 1 },
    })
    expect(asked).toEqual([{ mode: 'json', thinking: undefined, isContradiction: false }])
    expect(mostProbeCalls(['json'], 0)).toBe(1)
  })
})

describe('thinking', () => {
  const kept = ({ isContradiction }: Asked) => (isContradiction ? held : whole)

  test('of a model that thinks by itself is switched off once', async () => {
    const { found, asked } = await probe((question) => ({
      text: kept(question),
      hasThought: question.thinking !== false,
    }))
    expect(found).toMatchObject({
      ok: true,
      value: {
        schema: true,
        schemaWithThinking: true,
        schemaWithoutThinking: true,
        emptyWhileThinking: false,
        calls: 3,
      },
    })
    expect(asked.map(({ thinking }) => thinking)).toEqual([undefined, undefined, false])
  })

  test('of a model that could is switched on once', async () => {
    const answer = (question: Asked): Answer =>
      question.thinking === true ? { text: 'Blue', hasThought: true } : kept(question)
    const { found } = await probe(answer, { canThink: true })
    expect(found).toMatchObject({
      ok: true,
      value: { schema: true, schemaWithThinking: false, schemaWithoutThinking: true, emptyWhileThinking: false },
    })
  })

  test('that leaves no answer is told, and that there is one without', async () => {
    const answer = (question: Asked) => (question.thinking === false ? kept(question) : invalid('empty', true))
    const { found } = await probe(answer)
    expect(found).toMatchObject({
      ok: true,
      value: { schema: null, schemaWithoutThinking: true, batchOfFive: false, emptyWhileThinking: true },
    })
  })

  test('that is refused is not known', async () => {
    const answer = (question: Asked): Answer =>
      question.thinking === true ? invalid('rejected_request') : kept(question)
    const { found } = await probe(answer, { canThink: true })
    expect(found).toMatchObject({ ok: true, value: { schemaWithThinking: null, schemaWithoutThinking: true } })
  })
})

test('tokens are summed over the calls', async () => {
  const { found } = await probe(({ isContradiction }) => (isContradiction ? held : whole))
  expect(found).toMatchObject({ ok: true, value: { usage: { input: 20, output: 10, cached: 2, reasoning: null } } })
})

describe('a read-out', () => {
  const shares = (told: Record<string, number>) =>
    Object.entries(told).map(([token, share]) => ({ token, logprob: Math.log(share) }))
  const easy = { text: 'A', logprobs: shares({ A: 0.9, B: 0.05, ' A': 0.03, The: 0.01, C: 0.005 }) }

  /** The questions of text answer as they should; the read-out as the test says. */
  async function probeReadout(answer: (wished: number) => Answer, topLogprobs = 20) {
    const wishes: (number | undefined)[] = []
    const { found } = await probe(({ isContradiction }) => (isContradiction ? held : whole), {
      topLogprobs,
      async complete(request) {
        const { topLogprobs: wished, work } = request
        wishes.push(wished)
        const text = work.items.length === 1 ? held : whole
        const said = wished === undefined ? { text } : answer(wished)
        if (typeof said === 'string' || 'code' in said) return fail(said as ReasonFacts)
        return succeed({ usage: { input: 10, output: 1, cached: null }, latencyMs: 1, ...said })
      },
    })
    return { found, wishes: wishes.filter((wished) => wished !== undefined) }
  }

  test.each<[string, Answer, object]>([
    ['is possible where the labels come back', easy, { readout: { labels: 5, labelMass: 0.985 } }],
    [
      'is possible, and of no use, where the model would say something else',
      { text: 'The', logprobs: shares({ The: 0.7, A: 0.1, B: 0.05, You: 0.05, C: 0.04 }) },
      { readout: { labels: 5, labelMass: 0.19 } },
    ],
    ['is not without log probabilities', { text: 'A' }, { readout: null, readoutProblem: 'no_logprobs' }],
    [
      'is not of a model that thinks, although it was told not to',
      { text: '', hasThought: true, logprobs: easy.logprobs },
      { readout: null, readoutProblem: 'thinks' },
    ],
    [
      'is not of a model that opens a thought',
      { text: '<think>', logprobs: shares({ '<think>': 0.99, A: 0.001, B: 0.001, C: 0.001, D: 0.001 }) },
      { readout: null, readoutProblem: 'thinks' },
    ],
    [
      'is not where a label takes two tokens, the first of them a blank',
      { text: ' ', logprobs: shares({ ' ': 0.5, '▁': 0.45, A: 0.01, B: 0.01, C: 0.01 }) },
      { readout: null, readoutProblem: 'label_tokens' },
    ],
    [
      'is not where no label comes at all',
      { text: 'Fruit', logprobs: shares({ Fruit: 0.9, Fr: 0.01, The: 0.01, An: 0.01, fruit: 0.01 }) },
      { readout: null, readoutProblem: 'label_tokens' },
    ],
    [
      'is not where fewer come back than scoring has levels',
      { text: 'A', logprobs: shares({ A: 0.9, B: 0.1 }) },
      { readout: null, readoutProblem: 'too_few' },
    ],
    ['stays unmeasured where the one token is half a character', { text: '\uFFFD' }, { calls: 3 }],
    ['stays unmeasured where the answer is of no use', invalid('empty'), { calls: 3 }],
  ])('%s', async (_, answer, expected) => {
    const { found, wishes } = await probeReadout(() => answer)
    expect(found).toMatchObject({ ok: true, value: expected })
    expect(found.ok && 'readout' in found.value).toBe('readout' in expected)
    expect(wishes).toEqual([20])
  })

  test('is asked for with less where much is refused', async () => {
    const { found, wishes } = await probeReadout((wished) => (wished > 5 ? invalid('rejected_request') : easy))
    expect(found).toMatchObject({
      ok: true,
      value: { readout: { labels: 5 }, calls: 4, usage: { input: 30, output: 3 } },
    })
    expect(wishes).toEqual([20, 5])
  })

  test('that is refused in any form is not possible', async () => {
    const { found, wishes } = await probeReadout(() => invalid('rejected_request'))
    expect(found).toMatchObject({ ok: true, value: { readout: null, readoutProblem: 'no_logprobs', schema: true } })
    expect(wishes).toHaveLength(mostReadoutCalls)
  })

  test('of a kind without log probabilities takes no call', async () => {
    const { found, wishes } = await probeReadout(() => easy, 0)
    expect(found).toMatchObject({ ok: true, value: { readout: null, readoutProblem: 'no_logprobs', calls: 2 } })
    expect(wishes).toEqual([])
  })

  test('that the provider is in the way of ends the probe with the reason', async () => {
    const { found } = await probeReadout(() => ({ code: 'quota_exceeded', provider: 'p' }))
    expect(found).toMatchObject({ ok: false, reason: { code: 'quota_exceeded' } })
  })
})
