import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { weights } from '../../../protocol/profile.ts'
import {
  blockingCategory,
  compositeScore,
  effectiveWeight,
  multipliers,
} from '../../../server/domain/compositeScore.ts'
import { compiled } from './fixtures.ts'

const profile = compiled()

test('the words of the weights', () => {
  expect(multipliers).toEqual({ block: 0, reduce: 0.5, normal: 1, boost: 1.5, max: 2 })
  expect(effectiveWeight(null, 'max')).toBe('max')
  expect(effectiveWeight('reduce', 'max')).toBe('reduce')
  expect(effectiveWeight(undefined, undefined)).toBe('normal')
})

/** interest × mean multiplier × (0.5 + quality / 20) */
describe('the composite score', () => {
  test.each([
    ['the best there is', 10, 10, ['Crash'], 20],
    ['no category counts 1', 8, 6, [], 6.4],
    ['not categorized counts 1', 8, 6, null, 6.4],
    ['an inherited weight: 1.5', 8, 6, ['Flaky test'], 9.6],
    ['the mean of 2 and 0.5', 8, 6, ['Crash', 'Question'], 8],
    ['the mean of three: 4.5 / 3', 7, 5, ['Crash', 'Bug', 'Docs'], 7.9],
    ['a half is rounded up: 1.05', 3, 4, ['Question'], 1.1],
    ['no interest', 0, 10, ['Crash'], 0],
    ['no quality halves it', 10, 0, ['Docs'], 5],
    ['any spelling of a name', 8, 6, ['  FLAKY  test'], 9.6],
    ['a name that is not there counts 1', 8, 6, ['Nothing'], 6.4],
    ['a child of a blocked one with a weight of its own', 8, 6, ['Not spam'], 6.4],
  ])('%s', (_, interest, quality, categories, score) => {
    expect(compositeScore({ interest, quality, categories }, profile)).toEqual({ score, blockedBy: null })
  })

  test('any blocked category makes it 0 and is named, also one that only inherits', () => {
    expect(compositeScore({ interest: 10, quality: 10, categories: ['Crash', 'Spam'] }, profile)).toEqual({
      score: 0,
      blockedBy: 'Spam',
    })
    expect(blockingCategory(['Docs', 'Giveaway', 'Spam'], profile)).toBe('Giveaway')
    expect(blockingCategory(['Docs'], profile)).toBeNull()
    expect(blockingCategory([], profile)).toBeNull()
  })
})

const names = ['Bug', 'Crash', 'Flaky test', 'Question', 'Docs', 'Not spam']
const someCategories = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 4 })
const upToTen = fc.integer({ min: 0, max: 10 })

/** With both numbers there is always one. */
function scoreOf(parts: { interest: number; quality: number; categories: string[] }): number {
  const { score } = compositeScore(parts, profile)
  if (score === null) throw new Error('no score')
  return score
}

test('it is 0 to 20 with one decimal, within a tenth of the formula, and no order of categories changes it', () => {
  fc.assert(
    fc.property(upToTen, upToTen, someCategories, (interest, quality, categories) => {
      const score = scoreOf({ interest, quality, categories })
      const factors = categories.map((name) => multipliers[profile.byName.get(name.toLowerCase())?.weight ?? 'normal'])
      const mean = factors.length === 0 ? 1 : factors.reduce((sum, factor) => sum + factor, 0) / factors.length
      expect(Math.abs(score - Math.min(20, interest * mean * (0.5 + quality / 20)))).toBeLessThanOrEqual(0.05 + 1e-9)
      expect(String(score)).toMatch(/^\d{1,2}(\.\d)?$/)
      expect(score).toBeLessThanOrEqual(20)
      expect(compositeScore({ interest, quality, categories: categories.toReversed() }, profile).score).toBe(score)
    }),
  )
})

test('more interest or quality never lowers it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 0, max: 9 }),
      someCategories,
      (interest, quality, categories) => {
        const score = scoreOf({ interest, quality, categories })
        expect(scoreOf({ interest: interest + 1, quality, categories })).toBeGreaterThanOrEqual(score)
        expect(scoreOf({ interest, quality: quality + 1, categories })).toBeGreaterThanOrEqual(score)
      },
    ),
  )
})

test('every weight has a multiplier, in rising order', () => {
  expect(weights.map((weight) => multipliers[weight])).toEqual([0, 0.5, 1, 1.5, 2])
})
