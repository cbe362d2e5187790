import { ResultRecord } from '../../protocol/results.ts'

const Receipts = ResultRecord.shape.receipts
const Suggested = ResultRecord.shape.suggested
const Probabilities = ResultRecord.shape.probabilities
const Preview = ResultRecord.shape.preview
const RareParts = ResultRecord.pick({ error: true, reusedFrom: true, human: true })

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
    (result.probabilities === undefined || Probabilities.safeParse(result.probabilities).success) &&
    isNullOr(result.interest, (value) => Number.isInteger(value) && isWithin(value, 10)) &&
    isNullOr(result.quality, (value) => Number.isInteger(value) && isWithin(value, 10)) &&
    isNullOr(result.score, (value) => isWithin(value, 20)) &&
    isNullOr(result.reasoning, isText) &&
    isNullOr(result.blockedBy, isText) &&
    isNullOr(result.suggested, (value) => Suggested.safeParse(value).success) &&
    Preview.safeParse(result.preview).success &&
    areReceipts(result.receipts) &&
    hasRareParts(result)
  )
}

function hasRareParts(result: Partial<Record<keyof ResultRecord, unknown>>): boolean {
  if (result.error === null && result.reusedFrom === undefined && result.human == null) return true
  return RareParts.safeParse(result).success
}

function areReceipts(receipts: unknown): boolean {
  if (typeof receipts !== 'object' || receipts === null) return false
  if (wholeReceipts.has(receipts)) return true
  if (!Receipts.safeParse(receipts).success) return false
  wholeReceipts.add(receipts)
  return true
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
