import type { CriterionValue } from '../../protocol/criteria.ts'
import type { CriterionMetrics } from '../../protocol/evaluation.ts'
import { cohenKappa, measureCategories } from './categoryMetrics.ts'
import type { CompiledCriterion } from './criteria.ts'
import { measureErrors } from './measureErrors.ts'

/** What a person said of a criterion, and what the model did; null: the item failed. */
export interface CriterionPair {
  expected: CriterionValue
  given: CriterionValue | null
}

/** Null: no label says anything of it. A failed item is a wrong answer; of a scale, it has no error that could be measured. */
export function measureCriterion(
  criterion: CompiledCriterion,
  pairs: readonly CriterionPair[],
): CriterionMetrics | null {
  if (pairs.length === 0) return null
  const { name, type } = criterion
  const words = pairs.map(({ expected, given }) => [String(expected), given === null ? '' : String(given)] as const)
  const shared = {
    name,
    type,
    items: pairs.length,
    failed: pairs.filter(({ given }) => given === null).length,
    accuracy: words.filter(([expected, given]) => expected === given).length / pairs.length,
    kappa: cohenKappa(words),
  }
  if (type === 'scale') {
    const numbers = pairs.map(({ expected, given }) => ({ expected: numberOf(expected), given: numberOf(given) }))
    return { ...shared, scores: null, errors: measureErrors(numbers), weightedKappa: weightedKappa(numbers) }
  }
  const measured = measureCategories(
    words.map(([expected, given]) => ({ expected: [expected], given: given === '' ? null : [given] })),
  )
  const yes = measured.labels.find(({ label }) => label === 'true')
  const ofYes = { precision: yes?.precision ?? null, recall: yes?.recall ?? null, f1: yes?.f1 ?? null }
  return { ...shared, scores: type === 'boolean' ? ofYes : measured.macro, errors: null, weightedKappa: null }
}

function numberOf(value: CriterionValue | null): number | null {
  return typeof value === 'number' ? value : null
}

/**
 * Quadratically weighted kappa: 1 - mean of (x - y)² over the pairs ÷ its mean if both were independent, which is
 * var(x) + var(y) + (mean(x) - mean(y))². J. Cohen, Weighted kappa, Psychological Bulletin 70 (1968). Null: no pairs, or both say one
 * and the same number always.
 */
export function weightedKappa(pairs: readonly { expected: number | null; given: number | null }[]): number | null {
  const known = pairs.flatMap(({ expected, given }) =>
    expected === null || given === null ? [] : [[expected, given] as const],
  )
  if (known.length === 0) return null
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [ones, others] = [known.map(([one]) => one), known.map(([, other]) => other)]
  const [middle, otherMiddle] = [mean(ones), mean(others)]
  const spread = (values: readonly number[], from: number): number => mean(values.map((value) => (value - from) ** 2))
  const byChance = spread(ones, middle) + spread(others, otherMiddle) + (middle - otherMiddle) ** 2
  return byChance === 0 ? null : 1 - mean(known.map(([one, other]) => (one - other) ** 2)) / byChance
}
