import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ReadinessCode, ReadinessFacts, type ReasonFacts, readinessCodes } from '../../../protocol/reasons.ts'
import { outageTriesBeforeStop, planWait, type RetryRule, retryRule } from '../../../server/domain/retryRules.ts'

const p = { provider: 'p' }
const at = { endpoint: 'https://a.example' }
const stop: RetryRule = { kind: 'stop_run' }
const split = (alone: 'ask_again' | 'fail_item'): RetryRule => ({ kind: 'split_batch', alone })

const rows: Record<Exclude<ReadinessCode, 'invalid_response'>, [ReasonFacts, RetryRule]> = {
  no_route: [{ code: 'no_route', task: 'scoring' }, stop],
  provider_unconfigured: [{ code: 'provider_unconfigured', ...p }, stop],
  provider_disabled: [{ code: 'provider_disabled', ...p }, stop],
  provider_unknown: [{ code: 'provider_unknown', ...p, kind: 'k' }, stop],
  config_invalid: [{ code: 'config_invalid', ...p, problems: [] }, stop],
  model_unconfigured: [{ code: 'model_unconfigured', ...p }, stop],
  secret_missing: [{ code: 'secret_missing', ...p, source: 'secret_store' }, stop],
  policy_denied: [{ code: 'policy_denied', ...p, rule: 'redirect', detail: 'd' }, stop],
  provider_unreachable: [
    { code: 'provider_unreachable', ...p, ...at },
    { kind: 'wait', retryAfterMs: null },
  ],
  timeout: [
    { code: 'timeout', ...p, ...at, phase: 'idle', afterMs: 1 },
    { kind: 'wait', retryAfterMs: null },
  ],
  auth_failed: [{ code: 'auth_failed', ...p }, stop],
  quota_exceeded: [{ code: 'quota_exceeded', ...p, raw: { status: 429 } }, stop],
  rate_limited: [
    { code: 'rate_limited', ...p, retryAfterMs: 7000 },
    { kind: 'wait', retryAfterMs: 7000 },
  ],
  overloaded: [
    { code: 'overloaded', ...p, retryAfterMs: null },
    { kind: 'wait', retryAfterMs: null },
  ],
  model_missing: [{ code: 'model_missing', ...p, model: 'm', alternatives: [] }, stop],
  model_deprecated: [{ code: 'model_deprecated', ...p, model: 'm', shutdownAt: null, replacement: null }, stop],
  context_too_long: [{ code: 'context_too_long', ...p, model: 'm', limitTokens: null }, split('fail_item')],
  content_filtered: [{ code: 'content_filtered', ...p, model: 'm', detail: 'd' }, split('fail_item')],
  lane_unsupported: [{ code: 'lane_unsupported', ...p, model: 'm', why: 'kind' }, stop],
  editor_absent: [{ code: 'editor_absent', ...p, why: 'no_editor' }, stop],
  consent_missing: [{ code: 'consent_missing', ...p, model: 'm' }, stop],
  ask_unsupported: [{ code: 'ask_unsupported', ...p, model: 'm', ask: 'decisions', why: 'server' }, stop],
  cancelled: [{ code: 'cancelled' }, { kind: 'cancelled' }],
}

test('there is a row for every reason code', () => {
  expect([...Object.keys(rows), 'invalid_response'].sort()).toEqual([...readinessCodes].sort())
})

test.each(Object.values(rows))('$code', (facts, rule) => {
  expect(ReadinessFacts.safeParse(facts).success).toBe(true)
  expect(retryRule(facts)).toEqual(rule)
})

test.each([
  ['not_json', split('ask_again')],
  ['error_body', split('ask_again')],
  ['empty', split('ask_again')],
  ['truncated', split('ask_again')],
  ['too_large', split('ask_again')],
  ['schema', split('ask_again')],
  ['rejected_request', split('fail_item')],
  ['not_the_api', stop],
  ['unexpected_status', stop],
] as const)('an answer that is %s', (problem, rule) => {
  expect(retryRule({ code: 'invalid_response', ...p, problem, detail: '429 503' })).toEqual(rule)
})

describe('waiting', () => {
  test.each([
    ['exactly as long as asked', 7000, { kind: 'wait', ms: 7000 }],
    ['up to a minute', 60_000, { kind: 'wait', ms: 60_000 }],
    ['the whole run, if it is longer', 61_000, { kind: 'park', ms: 61_000 }],
    ['a day, if asked: the run decides whether that is too long', 86_400_000, { kind: 'park', ms: 86_400_000 }],
    ['with backoff, if asked for nothing', 0, { kind: 'wait', ms: 500 }],
    ['with backoff, if asked for the past', -5000, { kind: 'wait', ms: 500 }],
    ['with backoff, if asked for nonsense', Number.NaN, { kind: 'wait', ms: 500 }],
    ['with backoff, if not asked', null, { kind: 'wait', ms: 500 }],
  ])('%s', (_, retryAfterMs, plan) => {
    expect(planWait({ retryAfterMs, tries: 1, random: 0.5 })).toEqual(plan)
  })

  test('the ceiling doubles with each try, up to a minute', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7].map((tries) => planWait({ retryAfterMs: null, tries, random: 1 }))
    expect(ceilings.map((plan) => 'ms' in plan && plan.ms)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000])
  })

  test('ends, so that the run can be resumed later', () => {
    expect(planWait({ retryAfterMs: null, tries: outageTriesBeforeStop, random: 0 })).toEqual({ kind: 'stop_run' })
    expect(planWait({ retryAfterMs: 1000, tries: outageTriesBeforeStop + 5, random: 0 })).toEqual({ kind: 'stop_run' })
  })

  test('is never negative or shorter than what was asked for, and a minute at most where nothing was', () => {
    fc.assert(
      fc.property(
        fc.option(fc.double()),
        fc.integer({ min: 1, max: 7 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (retryAfterMs, tries, random) => {
          const plan = planWait({ retryAfterMs, tries, random })
          if (plan.kind === 'stop_run') expect.unreachable('stopped early')
          expect(plan.ms).toBeGreaterThanOrEqual(0)
          if (retryAfterMs !== null && retryAfterMs > 0) expect(plan.ms).toBe(retryAfterMs)
          else expect(plan.ms).toBeLessThanOrEqual(60_000)
        },
      ),
    )
  })
})
