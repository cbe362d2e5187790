import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { DecisionQuestion } from '../../protocol/decisions.ts'
import type { DecisionRequest } from '../../server/providers/adapter.ts'
import { readAnswers, wireKeys } from '../../server/providers/decisionWire.ts'
import { useHarness } from '../support/providers/harness.ts'
import { adapter, fakeKey, keyHeaders, networkKind, providerCall } from '../support/providers/networkKinds.ts'
import { type RecordedAnswer, recorded, replay } from '../support/providers/recordedBodies.ts'

const harness = useHarness()

const levels = ['clearly unwanted', 'hardly', 'somewhat', 'interesting', 'excellent']
const both: DecisionQuestion[] = [
  {
    type: 'choice',
    name: 'cat',
    instructions: 'Which label fits the item?',
    options: [
      { name: 'Bug Report', description: 'Something does not work' },
      { name: 'Feature Request', description: 'Asks for something new' },
      { name: 'Question' },
      { name: 'None of these', description: 'No label fits' },
    ],
  },
  { type: 'score', name: 'interest', instructions: 'How interesting is the item?', levels },
  { type: 'score', name: 'quality', instructions: 'How well is the item written?', levels },
]
const urgent: DecisionQuestion = {
  type: 'predicate',
  name: 'Is it urgent?',
  instructions: 'Is it urgent?',
  yes: 'within a day',
  no: 'can wait',
}
const asked = (
  questions: readonly DecisionQuestion[] = both,
  change: Partial<DecisionRequest> = {},
): DecisionRequest => ({
  model: 'decider',
  input: 'After the last update the window stays empty.',
  questions,
  ...change,
})

/** Answers every request alike. */
function play(answer: RecordedAnswer): void {
  harness.server.play((response) => replay(answer, response))
}
const ok = (body: unknown): RecordedAnswer => ({ status: 200, body })
const lastPath = () => harness.server.requests.at(-1)?.path

// Answers in the three wire forms, for a choice of two options and a predicate.
const two: DecisionQuestion[] = [
  { type: 'choice', name: 'kind', instructions: 'Which?', options: [{ name: 'Bug' }, { name: 'Praise' }] },
  { type: 'score', name: 'quality', instructions: 'How good?', levels: ['poor', 'fair', 'good'] },
  urgent,
]
const keyed = {
  model: 'decider-1.13',
  answers: {
    kind: { type: 'choice', choice: 'bug', confidence: 0.8, probabilities: { praise: 0.1, bug: 0.9 } },
    quality: { type: 'score', score: 1.1, confidence: 0.3, probabilities: { 0: 0.2, 1: 0.5, 2: 0.3 }, legend: null },
    is_it_urgent: { type: 'noul', noul: 0.25 },
  },
  usage: { input_tokens: 120, output_tokens: 0, cost: 0.000005 },
}
const listed = {
  model: 'decider-1.13',
  answers: [
    {
      type: 'choice',
      name: 'kind',
      choice: 'bug',
      confidence: 0.8,
      probabilities: [
        { value: 'bug', probability: 0.9 },
        { value: 'praise', probability: 0.1 },
      ],
    },
    {
      type: 'score',
      name: 'quality',
      score: 1.1,
      confidence: 0.3,
      probabilities: [
        { value: 0, label: '0', probability: 0.2 },
        { value: 1, label: '1', probability: 0.5 },
        { value: 2, label: '2', probability: 0.3 },
      ],
    },
    { type: 'predicate', name: 'is_it_urgent', probability: 0.25 },
  ],
  usage: { input_tokens: 120, input_tokens_details: { cached_tokens: 64 }, output_tokens: 0, total_tokens: 120 },
}
const answers = [
  { type: 'choice', name: 'kind', choice: 'Bug', probabilities: { Bug: 0.9, Praise: 0.1 }, serverConfidence: 0.8 },
  { type: 'score', name: 'quality', score: 1.1, probabilities: [0.2, 0.5, 0.3], serverConfidence: 0.3 },
  { type: 'predicate', name: 'Is it urgent?', probability: 0.25, serverConfidence: null },
]

describe('where and how each kind asks', () => {
  const systemone = { model: 'decider', state: asked().input }
  const choices = { bug: 'Bug', praise: 'Praise' }
  const criteria = { true: 'within a day', false: 'can wait' }
  const asMap = {
    kind: { type: 'choice', instructions: 'Which?', criteria: choices },
    quality: { type: 'score', instructions: 'How good?', criteria: ['poor', 'fair', 'good'] },
    is_it_urgent: { type: 'noul', instructions: 'Is it urgent?', criteria },
  }
  const asList = [
    {
      type: 'choice',
      name: 'kind',
      instructions: 'Which?',
      choices: [
        { value: 'bug', description: 'Bug' },
        { value: 'praise', description: 'Praise' },
      ],
    },
    {
      type: 'score',
      name: 'quality',
      instructions: 'How good?',
      levels: ['poor', 'fair', 'good'].map((description, index) => ({ label: `${index}`, description })),
    },
    {
      type: 'predicate',
      name: 'is_it_urgent',
      instructions: 'Is it urgent?\nAnswer true when: within a day\nAnswer false when: can wait',
    },
  ]
  const gemini = {
    ...asMap,
    is_it_urgent: {
      type: 'noul',
      instructions: 'Is it urgent?',
      criteria: { true_description: 'within a day', false_description: 'can wait' },
    },
  }
  const input = { model: 'decider', input: asked().input }

  it.each([
    ['ollama', '/v1/systemone', keyed, { ...systemone, questions: asMap }, 'systemone'],
    ['openrouter', '/api/v1/systemone', keyed, { ...systemone, questions: asMap }, 'systemone'],
    ['openai-compatible', '/v1/systemone', keyed, { ...systemone, questions: asMap }, 'systemone'],
    ['typesafe', '/v1/systemone', keyed, { ...systemone, questions: asMap }, 'systemone'],
    ['openai', '/v1/decisions', listed, { ...input, questions: asList }, 'openai'],
    ['azure', '/openai/v1/decisions', listed, { ...input, questions: asList }, 'openai'],
    ['google', '/v1beta/decisions', keyed, { ...input, questions: gemini }, 'gemini'],
  ] as const)('%s asks at %s', async (kind, path, answer, body, dialect) => {
    play(ok(answer))
    const outcome = await harness.decide(kind, asked(two))
    expect(lastPath()).toBe(path)
    expect(harness.bodies()).toEqual([body])
    expect(outcome).toMatchObject({
      ok: true,
      value: { answers, dialect, answeredBy: { model: 'decider-1.13' }, usage: { input: 120, output: 0 } },
    })
    const key = kind === 'google' ? { 'x-goog-api-key': fakeKey } : keyHeaders(networkKind(kind), fakeKey)
    expect(harness.server.requests[0]?.headers).toMatchObject(JSON.parse(JSON.stringify(key)))
  })

  it.each([
    ['systemone', ['/v1/systemone']],
    ['openai', ['/v1/decisions']],
  ] as const)(
    'asks an openai-compatible server in the form %s when that is set or was found',
    async (dialect, paths) => {
      play(ok(dialect === 'openai' ? listed : keyed))
      await harness.decide('openai-compatible', asked(two), { config: { decisions: dialect } })
      await harness.decide('openai-compatible', asked(two, { dialect }))
      expect(harness.server.requests.map(({ path }) => path)).toEqual([...paths, ...paths])
    },
  )

  it('tries System One first, then the form of OpenAI, and remembers what was answered', async () => {
    harness.server.play((response, { path }) => {
      replay(path === '/v1/decisions' ? ok(listed) : { status: 404, body: { detail: 'Not Found' } }, response)
    })
    expect(await harness.decide('openai-compatible', asked(two))).toMatchObject({
      ok: true,
      value: { dialect: 'openai' },
    })
    await harness.decide('openai-compatible', asked(two))
    const paths = harness.server.requests.map(({ path }) => path)
    expect(paths).toEqual(['/v1/systemone', '/v1/decisions', '/v1/decisions'])
  })

  it.each([
    ['after both others', undefined, ['/v1/systemone', '/v1/decisions', '/v1/decisions', '/v1/decisions']],
    ['where that form is set', 'systemone', ['/v1/systemone', '/v1/decisions', '/v1/decisions']],
  ])('finds System One at the address of the form of OpenAI, %s', async (_, decisions, paths) => {
    harness.server.play((response, { path, body }) => {
      const isThere = path === '/v1/decisions'
      const missing = { detail: [{ loc: ['body', 'state'], msg: 'Field required', type: 'missing' }] }
      const answer = 'state' in JSON.parse(body) ? ok(keyed) : { status: 422, body: missing }
      replay(isThere ? answer : { status: 404, body: { detail: 'Not Found' } }, response)
    })
    const config = decisions === undefined ? {} : { decisions }
    const first = await harness.decide('openai-compatible', asked(two), { config })
    expect(first).toMatchObject({ ok: true, value: { dialect: 'systemone' } })
    await harness.decide('openai-compatible', asked(two), { config })
    expect(harness.server.requests.map(({ path }) => path)).toEqual(paths)
  })

  it('keeps the word of a server that refuses OpenAI’s form and has no other', async () => {
    harness.server.play((response, { path, body }) => {
      const refusal = { error: { message: 'choices: at most 208', type: 'invalid_request_error' } }
      replay(
        path === '/v1/decisions' && 'input' in JSON.parse(body)
          ? { status: 400, body: refusal }
          : { status: 404, body: { detail: 'Not Found' } },
        response,
      )
    })
    expect(await harness.decide('openai-compatible', asked(two))).toMatchObject({
      ok: false,
      reason: { code: 'invalid_response', problem: 'rejected_request', detail: expect.stringContaining('at most 208') },
    })
  })

  it('does not call a llama.cpp too old that has no other form than its own', async () => {
    play({
      ...recorded('systemone-llama-cpp', 'not-a-decision-model'),
      status: 404,
      body: { error: { code: 404, message: 'File Not Found' } },
    })
    const outcome = await harness.decide('openai-compatible', asked(), { config: { decisions: 'openai' } })
    expect(outcome).toMatchObject({ ok: false, reason: { code: 'ask_unsupported', why: 'server' } })
  })

  it('asks nobody where the settings say that there are no decisions', async () => {
    const outcome = await harness.decide('openai-compatible', asked(), { config: { decisions: 'none' } })
    expect(outcome).toMatchObject({ ok: false, reason: { code: 'ask_unsupported', why: 'server' } })
    expect(harness.server.requests).toEqual([])
  })
})

describe('keys on the wire', () => {
  it.each([
    [
      ['Bug Report', 'bug-report'],
      ['bug_report', 'bug_report_2'],
    ],
    [
      ['1', '2024', '10 km'],
      ['option_1', 'option_2024', 'option_10_km'],
    ],
    [
      ['true', 'False', 'None'],
      ['option_true', 'option_false', 'option_none'],
    ],
    [
      ['C', 'C++', 'C#'],
      ['c', 'c_2', 'c_3'],
    ],
    [
      ['Übergröße', 'Éclair'],
      ['ubergroße', 'eclair'],
    ],
    [
      ['技術', 'технология', 'हिन्दी'],
      ['技術', 'технология', 'हिन्दी'],
    ],
    [
      ['🎉', '!?'],
      ['option', 'option_2'],
    ],
    [
      ['__proto__', 'constructor'],
      ['proto', 'option_constructor'],
    ],
    [['x'.repeat(90)], ['x'.repeat(60)]],
  ])('%j are %j', (names, keys) => {
    expect(wireKeys(names, { fallback: 'option', isPlain: false })).toEqual(keys)
  })

  it('keeps ids of questions to ASCII', () => {
    expect(wireKeys(['Größe?', '質'], { fallback: 'question', isPlain: true })).toEqual(['gro_e', 'question'])
  })

  it('says an option by its name where its key does not', async () => {
    play(ok(keyed))
    const options = [
      { name: 'C' },
      { name: 'C++', description: 'the language' },
      { name: 'Other', description: 'rest' },
    ]
    await harness.decide('ollama', asked([{ type: 'choice', name: 'q', instructions: 'Which?', options }]))
    expect(harness.bodies()[0]).toMatchObject({
      questions: { q: { criteria: { c: 'C', c_2: 'C++: the language', other: 'rest' } } },
    })
  })
})

describe('what real servers answered', () => {
  it.each([
    ['systemone-llama-cpp', 'Feature Request', 1.7700704077811296, 253, 'smol-decider'],
    ['systemone-sparrow', 'None of these', 1.0318, 0, 'sparrow-nano-general-v1.1'],
  ])('%s: both tasks', async (server, choice, score, input, model) => {
    play(recorded(server, 'both-tasks'))
    const outcome = await harness.decide('openai-compatible', asked())
    expect(outcome).toMatchObject({
      ok: true,
      value: {
        answers: [{ choice }, { score }, { type: 'score' }],
        usage: { input, output: 0 },
        answeredBy: { model },
      },
    })
  })

  it('llama.cpp: yes or no', async () => {
    play(recorded('systemone-llama-cpp', 'yes-no'))
    const outcome = await harness.decide('openai-compatible', asked([{ ...urgent, name: 'u' }]))
    expect(outcome).toMatchObject({ ok: true, value: { answers: [{ name: 'u', probability: 0.2376104839461838 }] } })
  })
})

/** A body with something changed in it. */
function changed(change: (body: typeof keyed) => unknown): unknown {
  const body = structuredClone(keyed)
  change(body)
  return body
}

describe('is read tolerantly', () => {
  const withoutNames = structuredClone(listed)
  for (const answer of withoutNames.answers) Object.assign(answer, { name: null })
  it.each<[string, unknown, object]>([
    ['names null, in order', withoutNames, {}],
    ['no usage', changed((body) => Reflect.deleteProperty(body, 'usage')), { usage: { input: null, output: null } }],
    ['a cost of its own', keyed, { costUsd: 0.000005 }],
    ['the other form than its path promises', listed, { usage: { cached: 64 } }],
    ['an envelope', { success: true, errors: [], result: keyed }, {}],
    [
      'no confidence, or none that is a number',
      changed((body) => Object.assign(body.answers.kind, { confidence: 'high' })),
      {},
    ],
    ['yes or no called boolean', changed((body) => Object.assign(body.answers.is_it_urgent, { type: 'boolean' })), {}],
    [
      'a legend with nulls',
      changed((body) => Object.assign(body.answers.quality, { legend: { 0: null, 1: 'fair' } })),
      {},
    ],
    ['fields that nobody asked for', { ...keyed, id: 'x', latency_ms: 3 }, {}],
  ])('%s', async (_, body, value) => {
    play(ok(body))
    const outcome = await harness.decide('openai-compatible', asked(two))
    expect(outcome).toMatchObject({ ok: true, value })
    expect(outcome.ok && outcome.value.answers.map(({ name }) => name)).toEqual(['kind', 'quality', 'Is it urgent?'])
  })

  it('takes the cost that a gateway says in its headers', async () => {
    play({
      ...ok(changed((body) => Reflect.deleteProperty(body.usage, 'cost'))),
      headers: { 'x-litellm-response-cost': '0.0007' },
    })
    expect(await harness.decide('openai-compatible', asked(two))).toMatchObject({
      ok: true,
      value: { costUsd: 0.0007 },
    })
  })

  it('lets a sum pass that rounding to two decimals has made, however many options there are', async () => {
    const options = Array.from({ length: 150 }, (_, place) => ({ name: `Label ${place}` }))
    const probabilities = Object.fromEntries(options.map((_, place) => [`label_${place}`, place === 7 ? 0.61 : 0]))
    play(ok({ answers: { q: { type: 'choice', choice: 'label_7', probabilities } } }))
    const outcome = await harness.decide(
      'openai',
      asked([{ type: 'choice', name: 'q', instructions: 'Which?', options }]),
    )
    expect(outcome).toMatchObject({ ok: true, value: { answers: [{ choice: 'Label 7' }] } })
  })

  it('hands on a question that was declined, beside those that were answered', async () => {
    play(ok({ ...listed, answers: [{ type: 'refusal', name: 'kind' }, ...listed.answers.slice(1)] }))
    const outcome = await harness.decide('openai', asked(two))
    expect(outcome).toMatchObject({
      ok: true,
      value: { answers: [{ type: 'refusal', name: 'kind' }, answers[1], answers[2]] },
    })
  })
})

describe('is checked strictly', () => {
  type Body = typeof keyed
  const kind = (change: object) => changed((body: Body) => Object.assign(body.answers.kind, change))
  const quality = (change: object) => changed((body: Body) => Object.assign(body.answers.quality, change))
  it.each<[string, unknown]>([
    ['nothing in it', {}],
    ['no answers', { model: 'x', answers: {}, usage: {} }],
    ['answers that are null', { answers: null }],
    ['a missing question', changed((body) => Reflect.deleteProperty(body.answers, 'quality'))],
    ['a question that nobody asked', changed((body) => Object.assign(body.answers, { more: body.answers.kind }))],
    ['another type', kind({ type: 'score', score: 0 })],
    ['a type that nobody knows', kind({ type: 'pick' })],
    ['no probabilities', kind({ probabilities: undefined })],
    ['an option too many', kind({ probabilities: { bug: 0.8, praise: 0.1, other: 0.1 } })],
    ['an option too few', kind({ probabilities: { bug: 1 } })],
    ['options under our own names', kind({ choice: 'Bug', probabilities: { Bug: 0.9, Praise: 0.1 } })],
    ['a choice that is no option', kind({ choice: 'other' })],
    ['a choice that is not the most probable', kind({ choice: 'praise' })],
    ['a sum of 0', kind({ probabilities: { bug: 0, praise: 0 } })],
    ['a sum of 1.2', kind({ probabilities: { bug: 0.9, praise: 0.3 } })],
    ['a negative probability', kind({ probabilities: { bug: 1.02, praise: -0.02 } })],
    ['a probability that is a text', kind({ probabilities: { bug: '0.9', praise: 0.1 } })],
    ['a probability that is null', kind({ probabilities: { bug: null, praise: 0.1 } })],
    ['levels counted from 1', quality({ probabilities: { 1: 0.2, 2: 0.5, 3: 0.3 } })],
    ['a score that is the most probable level', quality({ score: 1, probabilities: { 0: 0.1, 1: 0.5, 2: 0.4 } })],
    ['a legend in another order', quality({ legend: { 0: 'good', 1: 'fair', 2: 'poor' } })],
    ['a yes above 1', changed((body) => Object.assign(body.answers.is_it_urgent, { noul: 1.3 }))],
    [
      'one option twice',
      {
        ...listed,
        answers: [
          {
            ...listed.answers[0],
            probabilities: [
              { value: 'bug', probability: 0.9 },
              { value: 'bug', probability: 0.1 },
            ],
          },
          ...listed.answers.slice(1),
        ],
      },
    ],
    ['too few answers without names', { ...listed, answers: [{ type: 'predicate', name: null, probability: 1 }] }],
  ])('%s', async (_, body) => {
    play(ok(body))
    const outcome = await harness.decide('openai-compatible', asked(two))
    expect(outcome).toMatchObject({ ok: false, reason: { code: 'invalid_response', problem: 'schema' } })
  })

  it.each<[string, string, string]>([
    ['NaN', '{"answers":{"kind":NaN}}', 'not_json'],
    ['a page', '<!doctype html><title>Login</title>', 'not_the_api'],
    ['nothing', '', 'empty'],
    ['an error', '{"error":{"message":"no"}}', 'error_body'],
  ])('%s with a status of success', async (_, body, problem) => {
    play({ status: 200, body })
    const outcome = await harness.decide('openai-compatible', asked(two))
    expect(outcome).toMatchObject({ ok: false, reason: { code: 'invalid_response', problem } })
  })

  const cut = (body: object, part: RegExp): string => part.exec(JSON.stringify(body))?.[0] ?? ''
  it.each<[string, RecordedAnswer, string[]]>([
    ['that breaks off', { status: 200, body: cut(keyed, /^.*"score":1.1,"conf/) }, ['kind']],
    ['that breaks off within a list', { status: 200, body: cut(listed, /^.*"name":"quality","sc/) }, ['kind']],
    [
      'that breaks off behind all',
      { status: 200, body: cut(keyed, /^.*"input_to/) },
      ['kind', 'quality', 'Is it urgent?'],
    ],
    ['that breaks off in its first number', { status: 200, body: cut(keyed, /^.*"bug":0/) }, []],
    [
      'without a question',
      ok(changed((body) => Reflect.deleteProperty(body.answers, 'quality'))),
      ['kind', 'Is it urgent?'],
    ],
    ['with a wrong choice', ok(kind({ choice: 'praise' })), ['quality', 'Is it urgent?']],
    ['to what nobody asked', ok(changed((body) => Object.assign(body.answers, { more: body.answers.kind }))), []],
    ['that is no JSON although it ends', { status: 200, body: JSON.stringify(keyed).replace('120', 'NaN') }, []],
  ])('keeps of an answer %s what is right in it', async (_, body, names) => {
    play(body)
    const outcome = await harness.decide('openai-compatible', asked(two))
    expect(outcome).toMatchObject({ ok: false, reason: { code: 'invalid_response' } })
    expect(outcome.ok || (outcome.partly?.answers ?? []).map(({ name }) => name)).toEqual(names)
  })

  it('says what an answer took that cannot be used', async () => {
    play(ok({ ...keyed, answers: {} }))
    expect(await harness.decide('openai-compatible', asked(two))).toMatchObject({
      ok: false,
      spent: { usage: { input: 120, output: 0 }, costUsd: 0.000005 },
    })
  })

  it('takes a server that counts fewer tokens than the text can have for one that cut it', async () => {
    play(ok(keyed))
    const input = 'One two three four five six seven eight. '.repeat(200)
    expect(await harness.decide('ollama', asked(two, { input }))).toMatchObject({
      ok: false,
      reason: { code: 'context_too_long', readTokens: 120 },
    })
  })

  it('knows a request that Gemini’s filter stopped', async () => {
    play(ok({ prompt_feedback: { block_reason: 'SAFETY' }, usage: { total_input_tokens: 9 } }))
    expect(await harness.decide('google', asked(two))).toMatchObject({
      ok: false,
      reason: { code: 'content_filtered', detail: 'its filter stopped the request: SAFETY' },
    })
  })
})

describe('what is known not to fit is never sent', () => {
  const options = (count: number) => Array.from({ length: count }, (_, place) => ({ name: `Label ${place}` }))
  const choice = (count: number): DecisionQuestion => ({
    type: 'choice',
    name: 'q',
    instructions: 'Which?',
    options: options(count),
  })
  it.each<[string, string, DecisionRequest, object]>([
    [
      'options',
      'ollama',
      asked([choice(27)]),
      { code: 'questions_invalid', problems: [{ path: 'questions.0.options' }] },
    ],
    [
      'questions',
      'ollama',
      asked(Array.from({ length: 65 }, (_, place) => ({ ...urgent, name: `q${place}` }))),
      { code: 'questions_invalid' },
    ],
    ['bytes', 'ollama', asked(two, { input: 'word '.repeat(14_000) }), { code: 'context_too_long' }],
    [
      'tokens',
      'google',
      asked(two, { input: 'word '.repeat(400_000) }),
      { code: 'context_too_long', limitTokens: 262_144 },
    ],
  ])('%s at %s', async (_, kind, request, reason) => {
    expect(await harness.decide(kind, request)).toMatchObject({ ok: false, reason })
    expect(harness.server.requests).toEqual([])
  })
})

describe('errors', () => {
  const model = { code: 'ask_unsupported', ask: 'decisions', why: 'model' }
  const tooLong = { code: 'context_too_long' }
  const refused = { code: 'invalid_response', problem: 'rejected_request' }
  const said = (status: number, body: unknown, headers: Record<string, string> = {}): RecordedAnswer => ({
    status,
    body,
    headers,
  })
  const text = (status: number, body: string) => said(status, body, { 'content-type': 'text/plain; charset=utf-8' })
  const fault = [{ loc: ['body', 'questions', 'a', 'type'], msg: 'unexpected value', type: 'enum' }]

  it.each<[string, string, RecordedAnswer, object]>([
    [
      'llama.cpp: no decision model',
      'openai-compatible',
      recorded('systemone-llama-cpp', 'not-a-decision-model'),
      model,
    ],
    [
      'llama.cpp: too long',
      'openai-compatible',
      recorded('systemone-llama-cpp', 'state-too-long'),
      { ...tooLong, limitTokens: 4096, neededTokens: 10_268, remedy: 'restart_server' },
    ],
    [
      'llama.cpp: too many options',
      'openai-compatible',
      recorded('systemone-llama-cpp', 'options-53'),
      { ...refused, detail: expect.stringContaining('at most 52') },
    ],
    ['llama.cpp: bad type', 'openai-compatible', recorded('systemone-llama-cpp', 'type-unknown'), refused],
    [
      'llama.cpp: the batch is too small',
      'openai-compatible',
      said(500, {
        error: {
          code: 500,
          type: 'server_error',
          message:
            'input (900 tokens) is too large to process. increase the physical batch size (current batch size: 512)',
        },
      }),
      { ...tooLong, limitTokens: 512, neededTokens: 900 },
    ],
    [
      'llama.cpp: the options are too many tokens',
      'openai-compatible',
      said(400, {
        error: {
          code: 400,
          type: 'invalid_request_error',
          message: 'the question and its options (700 tokens) are too large to process',
        },
      }),
      { ...tooLong, neededTokens: 700 },
    ],
    [
      'llama.cpp: before b11361',
      'openai-compatible',
      said(404, { error: { code: 404, message: 'File Not Found', type: 'not_found_error' } }, { server: 'llama.cpp' }),
      { ...model, why: 'version', needs: 'llama.cpp b11361' },
    ],
    [
      'llama.cpp: loading',
      'openai-compatible',
      said(503, { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } }),
      { code: 'overloaded', isLoading: true },
    ],
    ['sparrow: bad type', 'openai-compatible', recorded('systemone-sparrow', 'type-unknown'), refused],
    [
      'sparrow: {} with 200',
      'openai-compatible',
      recorded('systemone-sparrow', 'questions-empty'),
      { code: 'invalid_response', problem: 'schema' },
    ],
    [
      'Ollama: before 0.35',
      'ollama',
      text(404, '404 page not found'),
      { ...model, why: 'version', needs: 'Ollama 0.35' },
    ],
    [
      'Ollama: model not there',
      'ollama',
      said(404, { error: 'model "decider" not found, try pulling it first' }),
      { code: 'model_missing', model: 'decider' },
    ],
    [
      'Ollama: another kind of model',
      'ollama',
      said(400, { error: 'model "decider" is not supported by System One; use a local Nimble or Tev GGUF model' }),
      model,
    ],
    ['Ollama: too long', 'ollama', said(413, { error: 'request body too large' }), tooLong],
    [
      'TypeSafe: 422 with a list',
      'openai-compatible',
      said(422, { detail: fault }),
      { ...refused, detail: expect.stringContaining('questions.a.type: unexpected value') },
    ],
    [
      'TypeSafe: 422 with an object',
      'openai-compatible',
      said(422, { detail: { error_type: 'invalid_question', message: 'no criteria' } }),
      { ...refused, detail: expect.stringContaining('no criteria') },
    ],
    [
      'TypeSafe: too long, without a word',
      'openai-compatible',
      said(400, { detail: { error_type: 'max_tokens_exceeded', message: '' } }),
      tooLong,
    ],
    [
      'TypeSafe: too long, with 422',
      'openai-compatible',
      said(422, { detail: { error_type: 'max_tokens_exceeded' } }),
      tooLong,
    ],
    [
      'TypeSafe: no key',
      'openai-compatible',
      said(403, { detail: { error_type: 'forbidden', message: 'Not authenticated' } }),
      { code: 'auth_failed' },
    ],
    [
      'TypeSafe: wrong key',
      'openai-compatible',
      said(401, { detail: { error_type: 'unauthorized', message: 'Invalid key' } }),
      { code: 'auth_failed' },
    ],
    [
      'TypeSafe: slow down, in milliseconds first',
      'openai-compatible',
      said(
        429,
        { detail: { error_type: 'rate_limited', message: 'slow' } },
        { 'retry-after': '60', 'retry-after-ms': '250' },
      ),
      { code: 'rate_limited', retryAfterMs: 250 },
    ],
    [
      'Bespoke: no credit',
      'openai-compatible',
      said(402, { error: { message: 'no credit' } }),
      { code: 'quota_exceeded' },
    ],
    [
      'OpenRouter: overloaded',
      'openrouter',
      said(529, { error: { code: 529, message: 'Provider overloaded' } }),
      { code: 'overloaded' },
    ],
    [
      'vLLM: no decision model',
      'openai-compatible',
      said(501, {
        error: { message: 'This model does not support structured decisions', type: 'NotImplementedError', code: 501 },
      }),
      model,
    ],
    [
      'LiteLLM: a chat model',
      'openai-compatible',
      said(400, {
        error: { message: 'Unknown Decisions provider for gpt-4o', type: 'invalid_request_error', code: '400' },
      }),
      model,
    ],
    ['Fireworks: too large', 'openai-compatible', said(413, { error: { message: 'too large' } }), tooLong],
    [
      'OpenAI: another model',
      'openai',
      said(400, {
        error: {
          message: 'The model decider does not support decisions.',
          type: 'invalid_request_error',
          param: 'model',
          code: null,
        },
      }),
      model,
    ],
    ['a server without the call', 'openai-compatible', said(404, { detail: 'Not Found' }), { ...model, why: 'server' }],
    ['a server in Go that is no Ollama', 'typesafe', text(404, '404 page not found\n'), { ...model, why: 'server' }],
    [
      'llama.cpp with several models: none of that name',
      'openai-compatible',
      said(404, { error: { code: 404, message: 'model not found', type: 'not_found_error' } }, { server: 'llama.cpp' }),
      { code: 'model_missing' },
    ],
    [
      'llama.cpp with several models: none of that name, with 400',
      'openai-compatible',
      said(400, { error: { code: 400, message: "model 'decider' not found", type: 'invalid_request_error' } }),
      { code: 'model_missing' },
    ],
    [
      'Perplexity: no answer within a minute',
      'openai-compatible',
      said(504, { error: 'Gateway Timeout' }),
      { code: 'timeout' },
    ],
    [
      'OpenRouter: no answer in time',
      'openrouter',
      said(524, { error: { code: 524, message: 'Provider timed out' } }),
      { code: 'timeout' },
    ],
    [
      'LiteLLM: a field too many',
      'openai-compatible',
      said(400, { error: { message: 'Invalid Decisions request', type: 'invalid_request_error', code: '400' } }),
      refused,
    ],
    [
      'vLLM: labels that are no single tokens',
      'openai-compatible',
      said(400, {
        error: { message: 'labels are not single tokens after the chat prompt', type: 'BadRequestError', code: 400 },
      }),
      refused,
    ],
    [
      'SGLang: too many levels, with 422',
      'openai-compatible',
      said(422, { error: { message: 'at most 10 levels', type: 'invalid_request_error' } }),
      refused,
    ],
    [
      'Fireworks: suspended',
      'openai-compatible',
      said(412, { error: { message: 'Account is suspended' } }),
      { code: 'quota_exceeded' },
    ],
    [
      'Ollama: nothing that runs decisions',
      'ollama',
      said(400, { error: 'model "decider" does not support System One' }),
      model,
    ],
    [
      'LocalAI: another use',
      'openai-compatible',
      said(400, {
        error: { message: 'model decider does not support the usecase decisions', type: 'invalid_request_error' },
      }),
      model,
    ],
    [
      'a server that takes no POST there',
      'openai-compatible',
      said(405, { detail: 'Method Not Allowed' }),
      { ...model, why: 'server' },
    ],
    [
      'a file server',
      'openai-compatible',
      said(501, '<html>Unsupported method</html>', { 'content-type': 'text/html' }),
      { ...model, why: 'server' },
    ],
  ])('%s', async (_, kind, answer, reason) => {
    play(answer)
    const outcome = await harness.decide(kind, asked(two))
    expect(outcome).toMatchObject({ ok: false, reason })
    expect(!outcome.ok && outcome.reason.message).not.toMatch(/undefined|\{\d\}/)
  })
})

describe('models that decide are recognised', () => {
  interface Listed {
    kind: string
    /** By path; anything else is 404. */
    answers: Record<string, RecordedAnswer>
    expected: object[]
  }
  const limits = { levels: 10 }
  const openrouter = (id: string, output_modalities: string[]) => ({
    id,
    context_length: 65_536,
    architecture: { output_modalities },
    pricing: { prompt: '0.000000042', completion: '0' },
  })
  const tags = (capabilities?: string[]) =>
    ok({ models: [{ name: 'nimble', model: 'nimble', digest: `d${capabilities?.join()}`, capabilities }] })
  const gateway = { created: 1_677_610_602 }

  it.each<[string, Listed]>([
    [
      'llama.cpp, by what comes out',
      {
        kind: 'openai-compatible',
        answers: { '/v1/models': recorded('systemone-llama-cpp', 'models') },
        expected: [{ model: 'smol-decider', type: 'decision', decisions: { ...limits, tokens: 4096 } }],
      },
    ],
    [
      'llama.cpp with several models, also before they are loaded',
      {
        kind: 'openai-compatible',
        answers: {
          '/v1/models': ok({
            data: [
              {
                id: 'a',
                owned_by: 'llamacpp',
                status: { value: 'unloaded' },
                architecture: { output_modalities: ['decisions'] },
              },
              {
                id: 'b',
                owned_by: 'llamacpp',
                status: { value: 'unloaded' },
                architecture: { output_modalities: ['text', 'decisions'] },
              },
              {
                id: 'c',
                owned_by: 'llamacpp',
                status: { value: 'loaded' },
                architecture: { output_modalities: ['text'] },
              },
            ],
          }),
        },
        expected: [
          { model: 'a', type: 'decision', loaded: false, decisions: limits },
          { model: 'b', type: 'generation', loaded: false, decisions: limits },
          { model: 'c', loaded: true },
        ],
      },
    ],
    [
      'LiteLLM, by its mode',
      {
        kind: 'openai-compatible',
        answers: {
          '/v1/models': ok({
            data: [
              { id: 'jev', ...gateway },
              { id: 'gpt', ...gateway },
            ],
          }),
          '/model_group/info': ok({
            data: [
              { model_group: 'jev', mode: 'evaluation', max_input_tokens: 64_000 },
              { model_group: 'gpt', mode: 'chat' },
            ],
          }),
          '/v1/models?return_wildcard_routes=true': ok({ data: [] }),
        },
        expected: [
          { model: 'jev', type: 'decision', decisions: { questions: 128, options: 255, tokens: 64_000 } },
          { model: 'gpt' },
        ],
      },
    ],
    [
      'Ollama, by the capabilities of its list',
      {
        kind: 'ollama',
        answers: {
          '/api/tags': tags(['decision']),
          '/api/version': ok({ version: '0.35.1' }),
          '/api/ps': ok({ models: [] }),
        },
        expected: [{ model: 'nimble', type: 'decision', decisions: { options: 26, questions: 64 } }],
      },
    ],
    [
      'Ollama, by what it shows of a model that chats, too',
      {
        kind: 'ollama',
        answers: {
          '/api/tags': tags(),
          '/api/version': ok({ version: '0.35.1' }),
          '/api/ps': ok({ models: [] }),
          '/api/show': ok({ capabilities: ['decision', 'tools', 'thinking', 'completion'], model_info: {} }),
        },
        expected: [{ model: 'nimble', type: 'generation', decisions: { options: 26, questions: 64 } }],
      },
    ],
    [
      'OpenRouter, by a list of their own',
      {
        kind: 'openrouter',
        answers: {
          '/api/v1/key': ok({ data: {} }),
          '/api/v1/models': ok({ data: [openrouter('openai/gpt-9', ['text'])] }),
          '/api/v1/embeddings/models': ok({ data: [] }),
          '/api/v1/models?output_modalities=decisions': ok({ data: [openrouter('typesafe/jev-1.14', ['decisions'])] }),
        },
        expected: [
          { model: 'openai/gpt-9', type: 'generation' },
          {
            model: 'typesafe/jev-1.14',
            type: 'decision',
            decisions: { options: 255, tokens: 65_536 },
            pricing: { input: 0.042 },
          },
        ],
      },
    ],
    [
      'OpenAI and Google, by what they document',
      {
        kind: 'openai',
        answers: { '/v1/models': ok({ data: [{ id: 'gpt-6-luna' }, { id: 'gpt-6' }] }) },
        expected: [{ model: 'gpt-6-luna', type: 'generation', decisions: { questions: 400 } }, { model: 'gpt-6' }],
      },
    ],
    [
      'TypeSafe: all of them',
      {
        kind: 'typesafe',
        answers: {
          '/v1/models': ok({ models: [{ name: 'jev-latest', description: 'Jev', release_date: '2026-09-15' }] }),
        },
        expected: [{ model: 'jev-latest', label: 'Jev', type: 'decision', decisions: {} }],
      },
    ],
    [
      'a server with one model',
      {
        kind: 'typesafe',
        answers: { '/v1/models': recorded('systemone-sparrow', 'models') },
        expected: [{ model: 'sparrow-nano-general-v1.1', type: 'decision', decisions: {} }],
      },
    ],
  ])('%s', async (_, { kind, answers: byPath, expected }) => {
    harness.server.play((response, { path }) => replay(byPath[path] ?? { status: 404, body: {} }, response))
    const outcome = await adapter(networkKind(kind)).check(
      providerCall(networkKind(kind), { transport: harness.transport, port: harness.server.port }),
    )
    expect(outcome).toMatchObject({ ok: true, value: { models: expected } })
    const models = outcome.ok ? outcome.value.models : []
    const deciding = (list: readonly object[]) => list.map((model) => 'decisions' in model)
    expect(deciding(models)).toEqual(deciding(expected))
  })

  it.each([
    ['0.34.2', [], false],
    ['0.35.0', [], true],
    ['1.2.0', [], true],
    ['0.0.0', [], true],
    [null, [], false],
    ['0.35.0', ['decision'], false],
  ])('an Ollama %s with a model of %j is offered a small one: %s', async (version, capabilities, isOffered) => {
    const models = [
      { name: 'm', model: 'm', digest: `${version}${capabilities}`, capabilities: ['completion', ...capabilities] },
    ]
    const answers: Record<string, RecordedAnswer> = {
      '/api/tags': ok({ models }),
      '/api/version': ok({ version }),
      '/api/ps': ok({ models: [] }),
    }
    harness.server.play((response, { path }) => replay(answers[path] ?? { status: 404, body: {} }, response))
    const ollama = adapter(networkKind('ollama'))
    const found = await ollama.check(
      providerCall(networkKind('ollama'), { transport: harness.transport, port: harness.server.port }),
    )
    const offered = found.ok ? ollama.offerPull?.(found.value) : 'no list'
    expect(offered).toEqual(
      isOffered ? { model: 'd1-omni:600m', parameterSize: '587M', licence: 'LFM Open License' } : undefined,
    )
  })

  it('writes no text', async () => {
    const outcome = await harness.complete('typesafe')
    expect(outcome).toMatchObject({ ok: false, reason: { code: 'ask_unsupported', ask: 'text' } })
    expect(harness.server.requests).toEqual([])
  })

  it('checks a server without a list by an empty request', async () => {
    harness.server.play((response, { method }) => {
      replay(
        method === 'GET'
          ? { status: 404, body: { error: 'not found' } }
          : { status: 422, body: { detail: [{ loc: ['body', 'state'], msg: 'Field required', type: 'missing' }] } },
        response,
      )
    })
    const kind = networkKind('typesafe')
    const outcome = await adapter(kind).check(
      providerCall(kind, { transport: harness.transport, port: harness.server.port }),
    )
    expect(outcome).toMatchObject({ ok: true, value: { models: [], isListPartial: true } })
  })
})

describe('the reading of an answer by hand', () => {
  const value = z.union([z.string(), z.boolean(), z.number()])
  const schema = z.looseObject({
    type: z.string(),
    name: z.string().nullish(),
    choice: value.optional(),
    score: z.number().optional(),
    noul: z.number().optional(),
    probability: z.number().optional(),
    probabilities: z
      .union([z.record(z.string(), z.number()), z.array(z.looseObject({ value, probability: z.number() }))])
      .optional(),
  })
  const anything = fc.oneof(
    fc.constantFrom(undefined, null, true, '', 'bug', 0, 0.5, -1, Number.POSITIVE_INFINITY, [], {}),
    fc.dictionary(fc.string(), fc.oneof({ weight: 4, arbitrary: fc.double() }, fc.string())),
    fc.array(fc.record({ value: fc.oneof(fc.string(), fc.integer()), probability: fc.double() })),
    fc.array(fc.record({ value: fc.jsonValue(), probability: fc.jsonValue() }, { requiredKeys: [] })),
  )
  const names = ['name', 'choice', 'score', 'noul', 'probability', 'probabilities', 'confidence', 'legend']
  // Of more fields hardly ever all are well formed, and one that is wrongly taken would not show.
  const fields = fc.dictionary(fc.constantFrom(...names), anything, { maxKeys: 2 })
  const isRead = (answer: unknown): boolean =>
    readAnswers({ answers: { is_it_urgent: answer } }, asked([urgent]), 'systemone').ok

  it('takes what a schema of all forms takes, and nothing else', () => {
    // What is refused needs no field but its type: it is read wherever all that is there is well formed.
    const check = fc.property(fields, (said) => {
      const answer = { ...said, type: 'refusal' }
      expect(isRead(answer)).toBe(schema.safeParse(answer).success)
    })
    fc.assert(check, { numRuns: 2000 })
  })

  it.each([null, 'refusal', [], {}, { type: 1 }, { type: null }])('takes no %j for an answer', (said) => {
    expect(isRead(said)).toBe(false)
  })
})
