import { expect, test } from 'vitest'
import type { RunProgress } from '../../protocol/runs.ts'
import { describeProgress, percentOf, sumProgress } from '../../shared/describe/progress.ts'
import { english } from '../../shared/language.ts'

const half: RunProgress = {
  ...{
    total: 3000,
    isTotalExact: true,
    done: 575,
    reused: 48,
    rate: 12,
    secondsLeft: 202,
    costUsd: 0.04,
    tokens: 9000,
  },
}

test.each<[Partial<RunProgress>, string]>([
  [{}, '575 of 3,000 · 19 % · 48 reused · 12/s · 3 min left · $0.04'],
  [{ reused: 0, rate: null, secondsLeft: null }, '575 of 3,000 · 19 % · $0.04'],
  // A price that is not known is none of 0, and neither is one that is.
  [{ reused: 0, costUsd: null }, '575 of 3,000 · 19 % · 12/s · 3 min left · 9,000 tokens'],
  [{ reused: 0, costUsd: null, tokens: 0 }, '575 of 3,000 · 19 % · 12/s · 3 min left'],
  [{ reused: 0, costUsd: 0 }, '575 of 3,000 · 19 % · 12/s · 3 min left'],
  [{ isTotalExact: false }, '575 of about 3,000 · 19 % · 48 reused · 12/s · 3 min left · $0.04'],
  [{ isTotalExact: false, total: null, secondsLeft: null }, '575 done · 48 reused · 12/s · $0.04'],
  [{ rate: 0.25, secondsLeft: 9700 }, '575 of 3,000 · 19 % · 48 reused · 15/min · 2.7 h left · $0.04'],
  [{ rate: 0.001, secondsLeft: 45 }, '575 of 3,000 · 19 % · 48 reused · 4/h · 45 s left · $0.04'],
])('with %j', (more, words) => {
  expect(describeProgress(english, { ...half, ...more })).toBe(words)
})

test('a run is never at 100 % while an item is missing, or while its total is a guess', () => {
  expect(percentOf({ ...half, done: 2999 })).toBe(99)
  expect(percentOf({ ...half, done: 3000 })).toBe(100)
  expect(percentOf({ ...half, done: 3000, isTotalExact: false })).toBe(99)
  expect(percentOf({ ...half, done: 0, total: 0 })).toBe(100)
})

test('of several runs the slowest says how long it takes, and what one does not know nobody knows', () => {
  const other = { ...half, secondsLeft: 600, costUsd: null }
  expect(sumProgress([half, other])).toMatchObject({
    total: 6000,
    done: 1150,
    secondsLeft: 600,
    rate: 24,
    costUsd: null,
  })
})
