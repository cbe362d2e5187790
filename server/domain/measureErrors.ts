import type { ScoreErrors } from '../../protocol/evaluation.ts'

/** Mean absolute error, and bias: whether it is too high (above 0) or too low on average. Pairs without either number do not count. */
export function measureErrors(pairs: readonly { expected: number | null; given: number | null }[]): ScoreErrors {
  let [items, sum, absolute] = [0, 0, 0]
  for (const { expected, given } of pairs) {
    if (expected === null || given === null) continue
    items++
    sum += given - expected
    absolute += Math.abs(given - expected)
  }
  return items === 0 ? null : { items, meanAbsolute: absolute / items, bias: sum / items }
}
