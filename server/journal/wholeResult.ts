import type { Task } from '../../protocol/names.ts'
import { confidenceSources, type Receipt, ResultRecord } from '../../protocol/results.ts'
import { decisionDialects } from '../../protocol/routing.ts'
import { isRecord } from '../../shared/isRecord.ts'

const Receipts = ResultRecord.shape.receipts
const RareParts = ResultRecord.pick({ error: true, reusedFrom: true, human: true, evidence: true })

/** Receipts that were found whole: the items of a call share theirs, so that they are looked at once. */
const wholeReceipts = new WeakSet<object>()

/**
 * Whether a line's result has all that a result has. One flipped bit can leave a line that is JSON and lacks a field, or holds a text for
 * a number: such a line is damaged, and everything behind it relies on its fields. A million lines pass here, so the schema looks only at
 * what is rare or shared.
 */
export function isWholeResult(result: Partial<Record<keyof ResultRecord, unknown>>): boolean {
  return (
    typeof result.runId === 'string' &&
    typeof result.id === 'string' &&
    typeof result.inputHash === 'string' &&
    isNullOr(result.categories, isTexts) &&
    isNullOr(result.confidence, (value) => isWithin(value, 1)) &&
    isNullOr(result.probabilities ?? null, (value) => haveAll(value, (share) => isWithin(share, 1))) &&
    isNullOr(result.interest, (value) => Number.isInteger(value) && isWithin(value, 10)) &&
    isNullOr(result.quality, (value) => Number.isInteger(value) && isWithin(value, 10)) &&
    isNullOr(result.criteria ?? null, areCriteria) &&
    isNullOr(result.score, (value) => isWithin(value, 20)) &&
    isNullOr(result.reasoning, isText) &&
    isNullOr(result.blockedBy, isText) &&
    isNullOr(result.suggested, isSuggested) &&
    (result.preview === undefined || isText(result.preview)) &&
    (result.addressesJudge === undefined || result.addressesJudge === true) &&
    areReceipts(result.receipts) &&
    hasRareParts(result)
  )
}

function areCriteria(value: unknown): boolean {
  return haveAll(value, (each) => isText(each) || typeof each === 'boolean' || Number.isFinite(each))
}

function isSuggested(value: unknown): boolean {
  return isRecord(value) && isTexts(value.names) && isNullOr(value.parent, isText)
}

function hasRareParts(result: Partial<Record<keyof ResultRecord, unknown>>): boolean {
  const isUsual = result.reusedFrom === undefined && result.human == null && result.evidence === undefined
  if (result.error === null && isUsual) return true
  return RareParts.safeParse(result).success
}

function areReceipts(receipts: unknown): boolean {
  if (typeof receipts !== 'object' || receipts === null) return false
  if (wholeReceipts.has(receipts)) return true
  // Their items have none in common: they are not met again.
  if (areUsualReceipts(receipts as Partial<Record<Task, unknown>>)) return true
  if (!Receipts.safeParse(receipts).success) return false
  wholeReceipts.add(receipts)
  return true
}

/**
 * What our own writer writes of a call of its own, by sight: a model that decides is asked about each item alone, so that its receipts are
 * shared with no other. Whatever else there is, the schema says.
 */
function areUsualReceipts({ categorization, scoring }: Partial<Record<Task, unknown>>): boolean {
  return (
    (categorization === undefined || isUsualReceipt(categorization as Partial<Receipt> | null)) &&
    (scoring === undefined || isUsualReceipt(scoring as Partial<Receipt> | null))
  )
}

const texts = ['provider', 'kind', 'model', 'promptHash', 'profileHash', 'optionsHash'] as const
const rare = ['byFallback', 'reused', 'sharedWith', 'likeness'] as const
const sources: readonly unknown[] = confidenceSources
const rules: readonly unknown[] = ['route', 'override', 'fallback']
const instantForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

function isUsualReceipt(receipt: Partial<Receipt> | null): boolean {
  if (typeof receipt !== 'object' || receipt === null || receipt.outputMode !== 'decisions') return false
  const {
    endpoint,
    rule,
    confidenceFrom = 'probabilities',
    batch,
    attempts,
    latencyMs,
    usage,
    costUsd,
    at,
    decision,
    sharedCall,
  } = receipt
  return (
    texts.every((name) => isText(receipt[name])) &&
    rare.every((name) => receipt[name] === undefined) &&
    isNullOr(receipt.answeredBy ?? null, isText) &&
    isNullOr(endpoint, isText) &&
    rules.includes(rule) &&
    sources.includes(confidenceFrom) &&
    batch === 1 &&
    isCount(attempts) &&
    isWithin(latencyMs, Number.MAX_VALUE) &&
    isUsualUsage(usage) &&
    isNullOr(costUsd, (value) => isWithin(value, Number.MAX_VALUE)) &&
    isText(at) &&
    instantForm.test(at as string) &&
    isUsualDecision(decision) &&
    (sharedCall === undefined || sharedCall === true)
  )
}

function isUsualUsage(usage: Partial<Receipt['usage']> | undefined): boolean {
  if (typeof usage !== 'object' || usage === null) return false
  const isTokens = (value: unknown): boolean => isNullOr(value, (count) => count === 0 || isCount(count))
  return isTokens(usage.input) && isTokens(usage.output) && isTokens(usage.cached) && isTokens(usage.reasoning ?? null)
}

function isUsualDecision(decision: Receipt['decision']): boolean {
  if (typeof decision !== 'object' || decision === null) return false
  const { dialect, serverConfidence, distributions, labelMass, flips } = decision
  return (
    dialects.includes(dialect) &&
    labelMass === undefined &&
    flips === undefined &&
    haveAll(serverConfidence, (value) => typeof value === 'number') &&
    haveAll(distributions, (levels) => Array.isArray(levels) && levels.every((share) => isWithin(share, 1)))
  )
}

const dialects: readonly unknown[] = decisionDialects

function haveAll(values: unknown, isRight: (value: unknown) => boolean): boolean {
  if (values === undefined) return true
  return isRecord(values) && Object.values(values).every(isRight)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function isNullOr(value: unknown, isRight: (value: unknown) => boolean): boolean {
  return value === null || isRight(value)
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText)
}

function isWithin(value: unknown, most: number): boolean {
  return typeof value === 'number' && value >= 0 && value <= most
}
