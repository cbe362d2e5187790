import type { CriteriaValues, CriterionValue } from '../../protocol/criteria.ts'
import type { CandidateReport, CategoryMetrics, CriterionMetrics, ScoreMetrics } from '../../protocol/evaluation.ts'
import type { Label } from '../../protocol/labels.ts'
import type { Task } from '../../protocol/names.ts'
import type { Receipt, ReceiptMode, ResultRecord } from '../../protocol/results.ts'
import { measureConfidence } from './calibration.ts'
import { measureCategories, sureAnswers } from './categoryMetrics.ts'
import { foldName } from './categoryNames.ts'
import { labelScore } from './compositeScore.ts'
import { type CompiledCriterion, isValueOf } from './criteria.ts'
import { measureCriterion } from './criteriaMetrics.ts'
import { missesOf } from './gate.ts'
import { measureErrors } from './measureErrors.ts'
import type { CompiledProfile } from './work.ts'

/** A label and what the candidate said; null: no result, because it was stopped before. */
export interface LabelledResult {
  label: Label
  result: ResultRecord | null
}

type Figures = Pick<
  CandidateReport,
  | 'categorization'
  | 'scoring'
  | 'costUsd'
  | 'input'
  | 'output'
  | 'tokensPerItem'
  | 'secondsPerItem'
  | 'asked'
  | 'labelMass'
  | 'latencyMs'
  | 'reused'
  | 'gate'
>

/** Items that were not come to are left out of everything; those that failed count as wrong. */
export function measureCandidate(
  pairs: readonly LabelledResult[],
  tasks: readonly Task[],
  profile: CompiledProfile,
): Figures {
  const judged = pairs.filter((pair): pair is Judged => pair.result !== null)
  const categorization = tasks.includes('categorization') ? categoryMetrics(judged, profile) : null
  const scoring = tasks.includes('scoring') ? scoreMetrics(judged, tasks, profile) : null
  return {
    categorization,
    scoring,
    ...(profile.gate ? { gate: missesOf(profile.gate, tasks, { categorization, scoring }) } : {}),
    ...callFigures(judged.map(({ result }) => result)),
    ...wayOf(judged.map(({ result }) => result)),
    reused: judged.filter(({ result }) => result.reusedFrom !== undefined).length,
  }
}

interface Judged {
  label: Label
  result: ResultRecord
}

function categoryMetrics(judged: readonly Judged[], profile: CompiledProfile): CategoryMetrics | null {
  const pairs = judged.flatMap(({ label, result }) =>
    label.categories === null
      ? []
      : [
          {
            expected: spelled(label.categories, profile),
            given: result.status === 'failed' ? null : result.categories,
            confidence: result.confidence,
            receipt: result.receipts.categorization,
          },
        ],
  )
  if (pairs.length === 0) return null
  return { ...measureCategories(pairs), confidence: measureConfidence(sureAnswers(pairs)) }
}

function spelled(names: readonly string[], profile: CompiledProfile): string[] {
  return names.map((name) => profile.byName.get(foldName(name))?.name ?? name)
}

function scoreMetrics(
  judged: readonly Judged[],
  tasks: readonly Task[],
  profile: CompiledProfile,
): ScoreMetrics | null {
  const pairs = judged.filter(({ label }) => saysScore(label, profile))
  if (pairs.length === 0) return null
  // Without categories the candidate's composite has none: then the label's is computed without, too.
  const isCategorized = tasks.includes('categorization')
  const expected = (label: Label): number | null =>
    labelScore(isCategorized ? label : { ...label, categories: null }, null, profile).score
  return {
    items: pairs.length,
    failed: pairs.filter(({ result }) => result.status === 'failed').length,
    interest: measureErrors(pairs.map(({ label, result }) => ({ expected: label.interest, given: result.interest }))),
    quality: measureErrors(pairs.map(({ label, result }) => ({ expected: label.quality, given: result.quality }))),
    score: measureErrors(pairs.map(({ label, result }) => ({ expected: expected(label), given: result.score }))),
    ...(profile.rubric
      ? { criteria: profile.rubric.criteria.flatMap((each) => criterionMetrics(each, pairs) ?? []) }
      : {}),
  }
}

/** Whether a person said anything that a scoring by this profile answers. */
export function saysScore({ interest, quality, criteria }: Label, { rubric }: CompiledProfile): boolean {
  if (!rubric) return interest !== null || quality !== null
  return rubric.criteria.some(({ name }) => criteria !== undefined && Object.hasOwn(criteria, name))
}

function criterionMetrics(criterion: CompiledCriterion, judged: readonly Judged[]): CriterionMetrics | null {
  const pairs = judged.flatMap(({ label, result }) => {
    const expected = ownValue(label.criteria, criterion)
    return expected === null ? [] : [{ expected, given: ownValue(result.criteria, criterion) }]
  })
  return measureCriterion(criterion, pairs)
}

/** Null: nothing was said, or what the criterion cannot have any more. */
function ownValue(values: CriteriaValues | null | undefined, criterion: CompiledCriterion): CriterionValue | null {
  const value = values && Object.hasOwn(values, criterion.name) ? values[criterion.name] : undefined
  return isValueOf(criterion, value) ? value : null
}

/** `usage` and `costUsd` of a receipt are those of the whole call; an item with the text of another one took none. */
function callFigures(
  results: readonly ResultRecord[],
): Pick<Figures, 'costUsd' | 'input' | 'output' | 'tokensPerItem' | 'secondsPerItem' | 'latencyMs'> {
  const receipts = results.map(receiptsOf).filter((each) => each.length > 0)
  const all = receipts.flat()
  const sum = (read: (receipt: Receipt) => number | null): number =>
    all.reduce((total, receipt) => total + (read(receipt) ?? 0) / receipt.batch, 0)
  const [input, output] = [sum(({ usage }) => usage.input), sum(({ usage }) => usage.output)]
  const isTold = all.some(({ usage }) => usage.input !== null || usage.output !== null)
  const latencies = receipts.map((each) => each.reduce((ms, { latencyMs }) => ms + latencyMs, 0))
  return {
    costUsd: all.some(({ costUsd }) => costUsd === null) ? null : sum(({ costUsd }) => costUsd),
    input: Math.round(input),
    output: Math.round(output),
    tokensPerItem: isTold ? (input + output) / receipts.length : null,
    secondsPerItem: receipts.length === 0 ? null : sum(({ latencyMs }) => latencyMs) / 1000 / receipts.length,
    latencyMs: percentiles(latencies),
  }
}

/** One call may have been about both tasks: it stands on both receipts, and counts once. */
function receiptsOf({ receipts: { categorization, scoring } }: ResultRecord): Receipt[] {
  const isShared = scoring?.sharedCall === true && categorization !== undefined
  const all = isShared ? [categorization] : [categorization, scoring]
  return all.filter((each): each is Receipt => each !== undefined && each.sharedWith === undefined)
}

function wayOf(results: readonly ResultRecord[]): Pick<Figures, 'asked' | 'labelMass'> {
  const receipts = results.flatMap(receiptsOf)
  const masses = receipts.flatMap(({ decision }) => decision?.labelMass ?? [])
  return {
    asked: [...new Set(receipts.map(({ outputMode }) => wayOfMode(outputMode)))].sort(),
    labelMass: masses.length === 0 ? null : masses.reduce((sum, mass) => sum + mass, 0) / masses.length,
  }
}

function wayOfMode(mode: ReceiptMode): NonNullable<CandidateReport['asked']>[number] {
  return mode === 'decisions' || mode === 'readout' ? mode : 'text'
}

/** By nearest rank: a value that really occurred. */
function percentiles(values: number[]): Figures['latencyMs'] {
  if (values.length === 0) return null
  const sorted = values.toSorted((one, other) => one - other)
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] as number
  return { p50: at(0.5), p95: at(0.95) }
}
