import { describe, expect, test } from 'vitest'
import {
  chooseThreshold,
  type Evidence,
  lowerBound,
  regularizedBeta,
  upperBound,
} from '../../../server/domain/cascade/agreementBound.ts'

describe('the bounds of an agreement', () => {
  // scipy.stats.beta.ppf(0.05, k, n - k + 1) and beta.ppf(0.95, k + 1, n - k), SciPy 1.16.
  test.each([
    [59, 59, 0.950492390111773, 1],
    [95, 100, 0.8977466223567255, 0.9800944363378281],
    [190, 200, 0.916664848933628, 0.9726257464748855],
    [480, 500, 0.9424044378844489, 0.9733361469448867],
    [970, 1000, 0.9595277627191338, 0.9783252157068546],
    [1, 2, 0.02532056551910361, 0.9746794344808963],
    [19500, 20000, 0.9731071454150416, 0.9767895887250307],
  ])('of %d of %d are those of SciPy', (agreeing, of, low, high) => {
    expect(lowerBound(agreeing, of)).toBeCloseTo(low, 10)
    expect(upperBound(agreeing, of)).toBeCloseTo(high, 10)
  })

  test('say nothing where nothing is known, and nothing below 0 or above 1', () => {
    expect([lowerBound(0, 0), upperBound(0, 0), lowerBound(0, 50), upperBound(50, 50)]).toEqual([0, 1, 0, 1])
    expect(regularizedBeta(-1, 2, 3)).toBe(0)
    expect(regularizedBeta(2, 2, 3)).toBe(1)
  })
})

describe('the threshold', () => {
  const evidence = (sure: number, doubtful: number, wrong: number): Evidence[] => [
    ...Array.from({ length: sure }, () => ({ probability: 0.99, agrees: true })),
    ...Array.from({ length: doubtful }, (_, nth) => ({ probability: 0.5, agrees: nth >= wrong })),
  ]

  test('is 0 where everything may be decided', () => {
    expect(chooseThreshold(evidence(500, 100, 2), 0.95)).toMatchObject({ above: 0, agreeing: 598, of: 600 })
  })

  test('leaves out what would break the promise', () => {
    const chosen = chooseThreshold(evidence(500, 100, 60), 0.95)
    expect(chosen?.above).toBeGreaterThanOrEqual(0.5)
    expect(chosen?.bound).toBeGreaterThanOrEqual(0.95)
  })

  test('is none where too little is known, whoever agrees', () => {
    expect(chooseThreshold(evidence(58, 0, 0), 0.95)).toBeNull()
    expect(chooseThreshold([], 0.95)).toBeNull()
  })

  test('is never below what was audited', () => {
    expect(chooseThreshold(evidence(500, 100, 0), 0.95, { lowest: 0.7 })?.above).toBe(0.7)
  })
})
