import type { CategoryMetrics, Scores } from '../../protocol/evaluation.ts'

/** The categories that an item has, and those that it got; null: it failed. The first of each is the one that fits best. */
export interface CategoryPair {
  expected: readonly string[]
  given: readonly string[] | null
  /** 0 to 1; null or absent: the answer does not say how sure it is. */
  confidence?: number | null
}

/**
 * Averages as scikit-learn has them: micro counts all decisions together; macro is the mean over the categories that are expected or
 * were given, with 0 where nothing could be right (`zero_division=0`).
 */
export function measureCategories(pairs: readonly CategoryPair[]): CategoryMetrics {
  const labels = countLabels(pairs)
  const sum = labels.reduce(
    (all, each) => ({ hits: all.hits + each.hits, support: all.support + each.support, given: all.given + each.given }),
    { hits: 0, support: 0, given: 0 },
  )
  const expected = labels.filter(({ support }) => support > 0)
  return {
    items: pairs.length,
    failed: pairs.filter(({ given }) => given === null).length,
    accuracy: mean(pairs.map(({ expected: has, given }) => (given && isSameSet(has, given) ? 1 : 0))),
    ...measureCalibration(sureAnswers(pairs)),
    jaccard: mean(pairs.map(({ expected: has, given }) => (given ? jaccardIndex(has, given) : 0))),
    micro: scoresOf(sum),
    macro: {
      precision: mean(labels.map((each) => scoresOf(each).precision ?? 0)),
      recall: mean(labels.map((each) => scoresOf(each).recall ?? 0)),
      f1: mean(labels.map((each) => scoresOf(each).f1 ?? 0)),
    },
    kappa: cohenKappa(pairs.map(({ expected: has, given }) => [keyOf(has), keyOf(given)])),
    kappaByLabel: mean(expected.map((each) => each.kappa).filter((kappa) => kappa !== null)),
    labels: labels.map((each) => ({
      ...scoresOf(each),
      label: each.label,
      support: each.support,
      given: each.given,
      kappa: each.kappa,
    })),
    confusion: countConfusion(pairs),
  }
}

interface LabelCount {
  label: string
  /** Items that have it and got it. */
  hits: number
  support: number
  given: number
  kappa: number | null
}

function countLabels(pairs: readonly CategoryPair[]): LabelCount[] {
  const names = [...new Set(pairs.flatMap(({ expected, given }) => [...expected, ...(given ?? [])]))]
  return names
    .map((label) => {
      const decisions = pairs.map(
        ({ expected, given }) => [expected.includes(label), given?.includes(label) ?? false] as const,
      )
      const count = (fits: (decision: readonly [boolean, boolean]) => boolean): number => decisions.filter(fits).length
      return {
        label,
        hits: count(([has, got]) => has && got),
        support: count(([has]) => has),
        given: count(([, got]) => got),
        kappa: cohenKappa(decisions.map(([has, got]) => [String(has), String(got)])),
      }
    })
    .sort((one, other) => other.support - one.support || other.given - one.given || compare(one.label, other.label))
}

function scoresOf({ hits, support, given }: Pick<LabelCount, 'hits' | 'support' | 'given'>): Scores {
  return {
    precision: given === 0 ? null : hits / given,
    recall: support === 0 ? null : hits / support,
    f1: support + given === 0 ? null : (2 * hits) / (support + given),
  }
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return jaccardIndex(one, other) === 1
}

function jaccardIndex(one: readonly string[], other: readonly string[]): number {
  const all = new Set([...one, ...other])
  const common = [...all].filter((label) => one.includes(label) && other.includes(label)).length
  return all.size === 0 ? 1 : common / all.size
}

/** Of the first category. No name begins with a space, so that none is taken for what stands here for the other cases. */
function keyOf(labels: readonly string[] | null): string {
  if (labels === null) return ' failed'
  return labels[0] ?? ' nothing fits'
}

function countConfusion(pairs: readonly CategoryPair[]): CategoryMetrics['confusion'] {
  const cells = new Map<string, CategoryMetrics['confusion'][number]>()
  for (const { expected, given } of pairs) {
    const key = JSON.stringify([keyOf(expected), keyOf(given)])
    const cell = cells.get(key)
    if (cell) cell.items++
    else cells.set(key, { expected: expected[0] ?? null, given: given?.[0] ?? null, failed: given === null, items: 1 })
  }
  return [...cells].sort(([one, a], [other, b]) => b.items - a.items || compare(one, other)).map(([, cell]) => cell)
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

/**
 * Agreement beyond chance: (po − pe) / (1 − pe), where po is the share of items that both judge alike and pe what their frequencies
 * alone would give. J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20, 1960.
 * Null without items, and where chance alone agrees always.
 */
export function cohenKappa(pairs: readonly (readonly [one: string, other: string])[]): number | null {
  if (pairs.length === 0) return null
  const [ones, others] = [new Map<string, number>(), new Map<string, number>()]
  let agreed = 0
  for (const [one, other] of pairs) {
    if (one === other) agreed++
    ones.set(one, (ones.get(one) ?? 0) + 1)
    others.set(other, (others.get(other) ?? 0) + 1)
  }
  let chance = 0
  for (const [label, count] of ones) chance += count * (others.get(label) ?? 0)
  const all = pairs.length * pairs.length
  // Whole numbers until the one division: perfect agreement is exactly 1.
  return chance === all ? null : (agreed * pairs.length - chance) / (all - chance)
}

/** How sure an answer was, 0 to 1, and whether it was right. */
export interface SureAnswer {
  confidence: number
  isRight: boolean
}

/** Of those that say how sure they are. */
export function sureAnswers<Pair extends CategoryPair>(pairs: readonly Pair[]): (Pair & SureAnswer)[] {
  return pairs.flatMap((pair) => {
    const { expected: has, given, confidence = null } = pair
    return given === null || confidence === null ? [] : [{ ...pair, confidence, isRight: isSameSet(has, given) }]
  })
}

/** Expected calibration error, Brier score and bins. */
export function measureCalibration(
  answers: readonly SureAnswer[],
): Pick<CategoryMetrics, 'calibrationError' | 'brier' | 'calibration'> {
  const calibrationError = expectedCalibrationError(answers)
  if (calibrationError === null) return { calibrationError, brier: null }
  const brier = mean(answers.map(({ confidence, isRight }) => (confidence - Number(isRight)) ** 2))
  const calibration = binsOf(answers).map(({ items, right, confidence }) => ({
    items,
    confidence: items === 0 ? null : confidence / items,
    accuracy: items === 0 ? null : right / items,
  }))
  return { calibrationError, brier, calibration }
}

const bins = 10

/**
 * Expected calibration error: Σ (items of a bin ÷ all items) · |share of right ones in the bin − mean confidence in the bin|, over ten bins
 * of equal width, each without its lower end and with its upper one, the first with both. M. P. Naeini, G. F. Cooper, M. Hauskrecht,
 * Obtaining well calibrated probabilities using Bayesian binning, AAAI 2015; bins as in C. Guo et al., On calibration of modern neural
 * networks, ICML 2017. Null without items.
 */
export function expectedCalibrationError(answers: readonly SureAnswer[]): number | null {
  if (answers.length === 0) return null
  const sums = binsOf(answers)
  // The items of a bin cancel out: its share times the difference of two means is the difference of two sums, divided by all items.
  return sums.reduce((all, { right, confidence }) => all + Math.abs(right - confidence), 0) / answers.length
}

function binsOf(answers: readonly SureAnswer[]) {
  const sums = Array.from({ length: bins }, () => ({ items: 0, right: 0, confidence: 0 }))
  for (const { confidence, isRight } of answers) {
    const sum = sums[Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))]
    if (!sum) continue
    sum.items++
    sum.right += isRight ? 1 : 0
    sum.confidence += confidence
  }
  return sums
}
