import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { succeed } from '../../protocol/outcome.ts'
import { Action, Reason, ReasonFacts, readinessCodes, reasonCodes } from '../../protocol/reasons.ts'
import { explainReason } from '../../shared/describe/reason.ts'
import { fail } from '../../shared/fail.ts'
import { valuesOf } from './contractArbitrary.ts'

/** The codes that readiness, receipts and the terminal's exit code are told by: public, to the letter. */
const publicReadinessCodes = [
  'no_route',
  'provider_unconfigured',
  'provider_disabled',
  'provider_unknown',
  'config_invalid',
  'model_unconfigured',
  'secret_missing',
  'policy_denied',
  'provider_unreachable',
  'timeout',
  'auth_failed',
  'quota_exceeded',
  'rate_limited',
  'overloaded',
  'model_missing',
  'model_deprecated',
  'context_too_long',
  'invalid_response',
  'content_filtered',
  'ask_unsupported',
  'lane_unsupported',
  'editor_absent',
  'consent_missing',
  'cancelled',
]

/** A reason with the facts that its code asks for, and any of those that may be missing. */
function factsOf(code: string): fc.Arbitrary<ReasonFacts> {
  const option = ReasonFacts.options.find((candidate) => candidate.shape.code.value === code)
  if (!option) throw new Error(`No facts are defined for ${code}.`)
  return valuesOf(option) as fc.Arbitrary<ReasonFacts>
}

test('the readiness codes are the public ones', () => {
  expect([...readinessCodes]).toEqual(publicReadinessCodes)
})

test('no code is there twice', () => {
  expect(new Set(reasonCodes).size).toBe(reasonCodes.length)
  expect(reasonCodes.length).toBe(ReasonFacts.options.length)
})

describe.each(reasonCodes)('%s', (code) => {
  test('has one sentence for a person, whatever is known', () => {
    fc.assert(
      fc.property(factsOf(code), (facts) => {
        const { message } = explainReason(facts)
        expect(message).toMatch(/^\S.*\.$/s)
        // Something that was not known must not be told as if it were.
        const toldFacts = JSON.stringify(facts)
        for (const leak of ['undefined', 'null', '[object', 'NaN']) {
          if (!toldFacts.replaceAll(':null', '').includes(leak)) expect(message).not.toContain(leak)
        }
      }),
    )
  })

  test('has exactly one next action, with a label', () => {
    fc.assert(
      fc.property(factsOf(code), (facts) => {
        const { action } = explainReason(facts)
        expect(Action.parse(action)).toEqual(action)
        expect(action.label).toMatch(/^[A-Z]/)
      }),
    )
  })

  test('keeps its facts on the way', () => {
    fc.assert(
      fc.property(factsOf(code), (facts) => {
        const { reason } = fail(facts)
        expect(reason).toMatchObject(facts)
        expect(Reason.parse(JSON.parse(JSON.stringify(reason)))).toEqual(reason)
      }),
    )
  })
})

test('a success carries its value and nothing else', () => {
  expect(succeed(null)).toEqual({ ok: true, value: null })
})
