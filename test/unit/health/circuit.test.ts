import { describe, expect, it } from 'vitest'
import type { ReasonFacts } from '../../../protocol/reasons.ts'
import { circuitState, nextCheckAfter, pauseAsked } from '../../../server/health/circuit.ts'
import { fail } from '../../../shared/fail.ts'

const facts = { failures: 0, pausedForMs: 0, hasUnlisted: false }

describe('the next check', () => {
  it('of a failing provider comes as soon as of a healthy one, until it failed often, and then ever later up to ten minutes', () => {
    const minutes = [0, 1, 2, 3, 4, 5, 6, 7, 1000].map((failures) => nextCheckAfter({ ...facts, failures }) / 60_000)
    expect(minutes).toEqual([1, 1, 1, 2, 4, 8, 10, 10, 10])
  })

  it('of a provider that wants to be left alone comes when that is over, whatever else is known', () => {
    expect(nextCheckAfter({ failures: 9, pausedForMs: 5, hasUnlisted: true })).toBe(5)
  })

  it('comes soon when a list lacked a model, unless that could not be told anyway', () => {
    expect(nextCheckAfter({ ...facts, hasUnlisted: true })).toBe(10_000)
    expect(nextCheckAfter({ ...facts, failures: 1, hasUnlisted: true })).toBe(60_000)
  })
})

describe('the circuit', () => {
  it.each([
    [0, 0, false, 'closed'],
    [2, 0, true, 'closed'],
    [3, 0, false, 'open'],
    [3, 0, true, 'half_open'],
    [0, 1, false, 'open'],
    [0, 1, true, 'half_open'],
  ] as const)(
    'after %i failures, to be left alone for %i ms, being asked: %s, is %s',
    (failures, paused, asked, state) => {
      expect(circuitState(failures, paused, asked)).toBe(state)
    },
  )
})

describe('the pause that is asked for', () => {
  const provider = 'p'
  it.each<[string, ReasonFacts, number]>([
    ['by a rate limit', { code: 'rate_limited', provider, retryAfterMs: 1000 }, 1000],
    ['by an overload', { code: 'overloaded', provider, retryAfterMs: 1000 }, 1000],
    ['by nonsense', { code: 'rate_limited', provider, retryAfterMs: 1e300 }, 3_600_000],
    ['without a time', { code: 'rate_limited', provider, retryAfterMs: null }, 0],
    ['by a refused key', { code: 'auth_failed', provider }, 0],
  ])('%s', (_, reason, ms) => {
    expect(pauseAsked(fail(reason).reason)).toBe(ms)
  })
})
