import type { CalibrationPoint, ConfidenceMetrics } from '../../protocol/evaluation.ts'
import { type CalibratedModel, ConfidenceSource, confidenceSourceOf, type Receipt } from '../../protocol/results.ts'
import { measureCalibration, type SureAnswer } from './categoryMetrics.ts'

/** Fewer say nothing that could be relied on. */
export const leastAnswers = 30

/**
 * The isotonic regression of being right on confidence, by pooling adjacent violators: M. Ayer et al., An empirical distribution function
 * for sampling with incomplete information, Annals of Mathematical Statistics 26, 1955. Equal confidences are pooled first. Of each pool
 * its ends are kept. No point says 0 or 1: n answers cannot show that, and Laplace's rule of succession says how near they come.
 */
export function fitIsotonic(answers: readonly SureAnswer[]): CalibrationPoint[] {
  const pools: Pool[] = []
  for (const next of poolEqual(answers)) {
    let pool = next
    for (let last = pools.at(-1); last && last.right / last.items >= pool.right / pool.items; last = pools.at(-1)) {
      pools.pop()
      pool = { from: last.from, to: pool.to, right: last.right + pool.right, items: last.items + pool.items }
    }
    pools.push(pool)
  }
  const bound = 1 / (answers.length + 2)
  return pools.flatMap(({ from, to, right: hits, items }): CalibrationPoint[] => {
    const right = Math.min(1 - bound, Math.max(bound, hits / items))
    return from === to ? [{ confidence: from, right }] : [from, to].map((confidence) => ({ confidence, right }))
  })
}

interface Pool {
  from: number
  to: number
  right: number
  items: number
}

function poolEqual(answers: readonly SureAnswer[]): Pool[] {
  const pools: Pool[] = []
  for (const { confidence, isRight } of answers.toSorted((one, other) => one.confidence - other.confidence)) {
    const last = pools.at(-1)
    if (last?.to === confidence) {
      last.items++
      last.right += Number(isRight)
    } else pools.push({ from: confidence, to: confidence, right: Number(isRight), items: 1 })
  }
  return pools
}

/** Straight between two points, and as the outermost one beyond it. `points` has at least one. */
export function calibrate(points: readonly CalibrationPoint[], confidence: number): number {
  let [low, high] = [0, points.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[middle] as CalibrationPoint).confidence < confidence) low = middle + 1
    else high = middle
  }
  const to = points[low] as CalibrationPoint
  const from = points[low - 1]
  if (from === undefined || confidence >= to.confidence) return to.right
  const part = (confidence - from.confidence) / (to.confidence - from.confidence)
  return from.right + (to.right - from.right) * part
}

const folds = 5

/** Each answer as a fit has it that has not seen it: what a correction is worth is not measured on what it was made of. */
export function crossFitted(answers: readonly SureAnswer[]): SureAnswer[] {
  const corrections = Array.from({ length: folds }, (_, fold) =>
    fitIsotonic(answers.filter((_, place) => place % folds !== fold)),
  )
  return answers.map(({ confidence, isRight }, place) => ({
    confidence: calibrate(corrections[place % folds] as CalibrationPoint[], confidence),
    isRight,
  }))
}

/** Null: nobody was asked. */
export function calibratedModelOf(receipt: JudgedBy | undefined): CalibratedModel | null {
  if (!receipt) return null
  const { kind, provider, endpoint, model, answeredBy = null, optionsHash = null } = receipt
  const source = confidenceSourceOf(receipt)
  const { promptHash: questions, profileHash: profile } = receipt
  return { kind, provider, endpoint, model, version: answeredBy, options: optionsHash, questions, profile, source }
}

/** What a receipt says of who was asked what. */
export type JudgedBy = Pick<
  Receipt,
  | 'kind'
  | 'provider'
  | 'endpoint'
  | 'model'
  | 'answeredBy'
  | 'optionsHash'
  | 'promptHash'
  | 'profileHash'
  | 'outputMode'
  | 'confidenceFrom'
>

/** One text for each model, version, options, set of questions and way of confidence. */
export function calibratedModelKey(model: CalibratedModel): string {
  const { kind, provider, endpoint, model: name, version, options, questions, profile, source } = model
  return JSON.stringify([kind, provider, endpoint, name, version, options, questions, profile, source])
}

/** The way of confidence that such a text ends with. */
export function sourceInKey(key: string): ConfidenceSource {
  return ConfidenceSource.parse((JSON.parse(key) as unknown[]).at(-1))
}

/** By model, version, questions and way, the most answers first: how well they know how sure they are, and what corrects it. */
export function measureConfidence(
  answers: readonly (SureAnswer & { receipt: JudgedBy | undefined })[],
): ConfidenceMetrics[] {
  const groups = new Map<string, { asked: CalibratedModel; answers: SureAnswer[] }>()
  for (const { receipt, confidence, isRight } of answers) {
    const asked = calibratedModelOf(receipt)
    if (asked === null) continue
    const key = calibratedModelKey(asked)
    const group = groups.get(key) ?? { asked, answers: [] }
    group.answers.push({ confidence, isRight })
    groups.set(key, group)
  }
  return [...groups.values()]
    .sort((one, other) => other.answers.length - one.answers.length)
    .map(({ asked, answers: own }) => ({
      asked,
      items: own.length,
      ...measureCalibration(own),
      correction: own.length < leastAnswers ? null : correctionOf(own),
    }))
}

function correctionOf(answers: readonly SureAnswer[]): ConfidenceMetrics['correction'] {
  const { calibrationError = null, brier = null } = measureCalibration(crossFitted(answers))
  return { points: fitIsotonic(answers), calibrationError: calibrationError ?? 0, brier: brier ?? 0 }
}
