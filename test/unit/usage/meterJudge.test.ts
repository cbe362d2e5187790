import { describe, expect, it } from 'vitest'
import { type Outcome, succeed } from '../../../protocol/outcome.ts'
import type { ReasonFacts } from '../../../protocol/reasons.ts'
import type {
  Completion,
  CompletionRequest,
  Decision,
  DecisionOutcome,
  DecisionRequest,
} from '../../../server/providers/adapter.ts'
import { mayBeBilled } from '../../../server/usage/billing.ts'
import { type MeterParts, meterCalls } from '../../../server/usage/meterCalls.ts'
import { countRunCalls, meterModelClient } from '../../../server/usage/meterModelClient.ts'
import { decisionPrice, priceAsListed } from '../../../server/usage/modelPrice.ts'
import type { UsedCall } from '../../../server/usage/usageAccounts.ts'
import { fail } from '../../../shared/fail.ts'
import { settle } from '../../support/health/handClock.ts'

const provider = 'paid'
const endpoint = 'https://api.example'
const at = Date.parse('2026-11-21T23:59:59Z')

const request: CompletionRequest = {
  model: 'm',
  system: 'judge',
  prompt: 'this',
  output: { name: 'answer', schema: {} },
  mode: 'json',
  maxOutputTokens: 100,
  thinking: undefined,
  work: { task: 'scoring', items: [1, 2, 3].map((key) => ({ key: String(key), text: 'x' })), profile: {} as never },
}

const completion: Completion = {
  text: '{}',
  usage: { input: 1000, output: 100, cached: null, reasoning: 40 },
  latencyMs: 1,
}

function meter(complete: (signal: AbortSignal) => Promise<Outcome<Completion>>, parts: Partial<MeterParts> = {}) {
  const used: UsedCall[] = []
  const judge = meterModelClient(
    { outputModes: ['json'], mostOutputTokens: () => 100, complete: (_, signal) => complete(signal) },
    meterCalls({
      provider,
      model: 'm',
      price: priceAsListed({ input: 1, output: 10 }),
      caps: [],
      now: () => at,
      record: (call) => void used.push(call),
      pausedForMs: () => 0,
      onPaused: () => {},
      ...parts,
    }),
  )
  const aborting = new AbortController()
  return { used, aborting, call: () => judge.complete(request, aborting.signal) }
}

describe('a metered call', () => {
  it('is recorded with its tokens, items and cost, under the day on which it began', async () => {
    const { call, used } = meter(async () => succeed(completion))
    expect(await call()).toEqual(succeed({ ...completion, costUsd: 0.002 }))
    const { usage, latencyMs } = completion
    expect(used).toEqual([
      { day: '2026-11-21', provider, model: 'm', task: 'scoring', items: 3, usage, costUsd: 0.002, latencyMs },
    ])
  })

  it('costs what its provider says, where it says so', async () => {
    const { call, used } = meter(async () => succeed({ ...completion, costUsd: 0.5 }))
    expect(await call()).toMatchObject({ value: { costUsd: 0.5 } })
    expect(used).toMatchObject([{ costUsd: 0.5 }])
  })

  it('without a price, or without usage, has no cost', async () => {
    const unpriced = meter(async () => succeed(completion), { price: null })
    const outcome = await unpriced.call()
    expect(outcome.ok && 'costUsd' in outcome.value).toBe(false)
    expect(unpriced.used).toMatchObject([{ costUsd: null }])
    const usage = { input: null, output: null, cached: null }
    const untold = meter(async () => succeed({ ...completion, usage }))
    await untold.call()
    expect(untold.used).toMatchObject([{ costUsd: null, usage }])
  })

  it('that is given up is on the books at once, although its provider holds on to it', async () => {
    let answer: (outcome: Outcome<Completion>) => void = () => {}
    const { call, used, aborting } = meter(() => new Promise((resolve) => (answer = resolve)))
    const outcome = call()
    await settle()
    aborting.abort()
    expect(used).toMatchObject([{ usage: null, costUsd: null }])
    answer(succeed(completion))
    await outcome
    expect(used).toHaveLength(1)
  })

  it('that threw is on the books, too', async () => {
    const { call, used } = meter(() => Promise.reject(new Error('a bug')))
    await expect(call()).rejects.toThrow('a bug')
    expect(used).toHaveLength(1)
  })

  it('is not made while the provider wants to be left alone, and says for how long', async () => {
    const { call, used } = meter(() => Promise.reject(new Error('it was called')), { pausedForMs: () => 90_000 })
    expect(await call()).toMatchObject({ ok: false, reason: { code: 'rate_limited', provider, retryAfterMs: 90_000 } })
    expect(used).toEqual([])
  })

  it('that is told to come back later tells everybody else', async () => {
    const paused: number[] = []
    const { call, used } = meter(async () => fail({ code: 'rate_limited', provider, retryAfterMs: 120_000 }), {
      onPaused: (ms) => void paused.push(ms),
    })
    await call()
    expect(paused).toEqual([120_000])
    expect(used).toEqual([])
  })
})

describe('a failed call', () => {
  const raw = (status: number) => ({ raw: { status } })
  const invalid = { code: 'invalid_response', provider, detail: 'x' } as const
  const unreachable = { code: 'provider_unreachable', provider, endpoint } as const
  const timeout = { code: 'timeout', provider, endpoint, afterMs: 1 } as const
  it.each<[boolean, string, ReasonFacts]>([
    [false, 'was refused: rate limit', { code: 'rate_limited', provider, retryAfterMs: 1 }],
    [false, 'was refused: overload', { code: 'overloaded', provider, retryAfterMs: null, ...raw(529) }],
    [false, 'was refused: key', { code: 'auth_failed', provider, ...raw(401) }],
    [false, 'was refused: no such model', { code: 'model_missing', provider, model: 'm', alternatives: [] }],
    [false, 'was refused: bad request', { ...invalid, problem: 'rejected_request', ...raw(400) }],
    [false, 'was refused: too long', { code: 'context_too_long', provider, model: 'm', limitTokens: 1, ...raw(413) }],
    [
      false,
      'never left: too long',
      { code: 'context_too_long', provider, model: 'm', limitTokens: 9, neededTokens: 10 },
    ],
    [false, 'never left: no such questions', { code: 'questions_invalid', problems: [] }],
    [
      false,
      'was refused: no such way to ask',
      { code: 'ask_unsupported', provider, model: 'm', ask: 'decisions', why: 'model' },
    ],
    [false, 'never left: no connection', { ...unreachable, cause: 'ECONNREFUSED' }],
    [false, 'never left: no such name', { ...unreachable, cause: 'ENOTFOUND' }],
    [false, 'never left: no trust', { ...unreachable, cause: 'CERT_HAS_EXPIRED' }],
    [false, 'never left: slow to connect', { ...timeout, phase: 'connect' }],
    [false, 'never left: no key', { code: 'secret_missing', provider, source: 'environment' }],
    [true, 'was cut off', { ...unreachable, cause: 'ECONNRESET' }],
    [true, 'was cut off by whom nobody knows', unreachable],
    [true, 'fell silent', { ...timeout, phase: 'idle' }],
    [true, 'took too long for a gateway', { ...timeout, phase: 'server', ...raw(504) }],
    [true, 'was answered in half', { ...invalid, problem: 'truncated' }],
    [true, 'was answered in another shape', { ...invalid, problem: 'not_json', ...raw(200) }],
    [true, 'was filtered while it was answered', { code: 'content_filtered', provider, model: 'm', detail: 'x' }],
    [
      true,
      'was cut unseen',
      { code: 'context_too_long', provider, model: 'm', limitTokens: null, readTokens: 9, sentTokens: 10 },
    ],
    [true, 'was given up', { code: 'cancelled' }],
  ])('may be billed: %s, when it %s', async (isBilled, _, facts) => {
    const { reason } = fail(facts)
    expect(mayBeBilled(reason)).toBe(isBilled)
    const { call, used } = meter(async () => ({ ok: false, reason }))
    await call()
    expect(used).toHaveLength(isBilled ? 1 : 0)
  })
})

describe('a decision', () => {
  const questions: DecisionRequest['questions'] = [{ type: 'predicate', name: 'q', instructions: 'Is it so?' }]
  const asked: DecisionRequest = { model: 'jev-latest', input: 'x', questions }
  const decision: Decision = {
    answers: [{ type: 'predicate', name: 'q', probability: 1, serverConfidence: null }],
    dialect: 'systemone',
    usage: { input: 1_000_000, output: 7, cached: null },
    latencyMs: 1,
  }

  function decider(decide: () => Promise<DecisionOutcome>, parts: Partial<MeterParts> = {}) {
    const used: UsedCall[] = []
    const judge = {
      outputModes: [],
      mostOutputTokens: () => 0,
      complete: () => Promise.reject(new Error('it was asked for text')),
      decisions: { limits: {}, isKnown: true, isOnly: true, decide },
    }
    const meter = meterCalls({
      ...{ provider, model: 'jev-latest', caps: [], now: () => at, pausedForMs: () => 0, onPaused: () => {} },
      price: decisionPrice('https://api.typesafe.ai', 'jev-latest', undefined),
      record: (call) => void used.push(call),
      ...parts,
    })
    return { used, judge: meterModelClient(judge, meter) }
  }
  const signal = new AbortController().signal

  it('is one call for one item, of the first of its tasks, and its answer is free', async () => {
    const { judge, used } = decider(async () => succeed(decision))
    const outcome = await judge.decisions?.decide(asked, ['categorization', 'scoring'], signal)
    expect(outcome).toMatchObject({ ok: true, value: { costUsd: 0.042 } })
    expect(used).toMatchObject([{ task: 'categorization', items: 1, usage: { input: 1_000_000 }, costUsd: 0.042 }])
  })

  it('is not sent while its provider wants to be left alone', async () => {
    const { judge, used } = decider(() => Promise.reject(new Error('it was called')), { pausedForMs: () => 90_000 })
    const outcome = await judge.decisions?.decide(asked, ['scoring'], signal)
    expect(outcome).toMatchObject({ ok: false, reason: { code: 'rate_limited', retryAfterMs: 90_000 } })
    expect(used).toEqual([])
  })

  it('goes out only when its worst cost fits', async () => {
    const entered: number[] = []
    const refuse = { spentUsd: 1 }
    const allowance = () => ({
      async enter(neededUsd: number) {
        entered.push(neededUsd)
        return succeed({ refused: refuse })
      },
    })
    const { judge, used } = decider(() => Promise.reject(new Error('it was called')), {
      caps: [{ scope: 'run', capUsd: 1, allowance: allowance as never }],
    })
    const outcome = await judge.decisions?.decide(asked, ['scoring'], signal)
    expect(outcome).toMatchObject({ ok: false, reason: { code: 'spend_cap', scope: 'run' } })
    // A server may count the text once a question, in as many tokens as it has bytes.
    expect(entered[0]).toBeGreaterThan(0.042e-6 * 1000)
    expect(used).toEqual([])
  })

  it.each<[string, DecisionOutcome, object[]]>([
    ['answered', succeed(decision), [{ costUsd: 0.042, usage: decision.usage }]],
    ['refused', fail({ code: 'ask_unsupported', provider, model: 'm', ask: 'decisions', why: 'model' }), []],
    [
      'answered in another shape',
      { ...fail({ code: 'invalid_response', provider, problem: 'schema', detail: 'x' }), spent: decision },
      [{ usage: decision.usage, costUsd: 0.042 }],
    ],
  ])('that was %s counts for its run', async (_, outcome, expected) => {
    const counted: object[] = []
    const spending = { usd: 0, count: (call: object) => void counted.push(call), keep: async () => {} }
    const { judge } = decider(async () => outcome)
    const run = await countRunCalls(judge, spending, async (inner) => succeed(inner))
    expect(run.ok).toBe(true)
    if (run.ok) await run.value.decisions?.decide(asked, ['scoring'], signal)
    expect(counted).toMatchObject(expected)
  })
})
