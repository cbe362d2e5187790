import { isRecord } from '../../shared/isRecord.ts'
import { foldName, oneLine, readableName } from './categoryNames.ts'
import { cutText } from './cutText.ts'
import { type JsonRecord, readField } from './findVerdicts.ts'
import type { CategoryVerdict, CompiledProfile, ScoreVerdict } from './work.ts'

const mostCategories = 4
const mostSuggestions = 2
const longestName = 80
const longestReasoning = 600

/**
 * Null when the item has to be asked again: no list of labels, or a list of which nothing is offered.
 * (That is not "nothing fits": the model said that something does.) Bad suggestions only fall away.
 */
export function readCategoryVerdict(record: JsonRecord, profile: CompiledProfile, note: Note): CategoryVerdict | null {
  const categories = readLabels(readField(record, 'categories'), profile, note)
  const confidence = readConfidence(readField(record, 'confidence'), note)
  if (categories === null || confidence === null) return null
  return { categories, confidence, suggested: readSuggestion(readField(record, 'suggested'), profile, note) }
}

function readLabels(value: unknown, profile: CompiledProfile, note: Note): string[] | null {
  if (!Array.isArray(value)) {
    note('labels_unusable', `"categories" is not a list but ${quote(value)}`)
    return null
  }
  const labels = new Set<string>()
  for (const label of value) {
    const category = typeof label === 'string' ? profile.byName.get(foldName(label.slice(0, 200))) : undefined
    if (!category) note('unknown_label', `the label ${quote(label)} is not offered`)
    else if (profile.hidden.includes(category)) note('hidden_label', `the label ${quote(label)} is hidden`)
    else labels.add(category.name)
  }
  if (labels.size > mostCategories) note('too_many_labels', `${labels.size} labels, only the first 4 count`)
  if (labels.size === 0 && value.length > 0) {
    note('labels_unusable', 'none of the labels is offered')
    return null
  }
  return [...labels].slice(0, mostCategories)
}

/** 0 to 1. A whole number from 2 to 100 can only be a percentage and is read so; all else is not guessed at. */
function readConfidence(value: unknown, note: Note): number | null {
  const confidence = readNumber(value)
  if (confidence !== null && confidence >= 0 && confidence <= 1) return confidence
  if (confidence !== null && Number.isInteger(confidence) && confidence >= 2 && confidence <= 100) {
    note('score_rounded', `confidence ${confidence} read as per cent`)
    return confidence / 100
  }
  note('confidence_unusable', `confidence is ${quote(confidence === null ? value : String(confidence))}`)
  return null
}

function readSuggestion(value: unknown, profile: CompiledProfile, note: Note): CategoryVerdict['suggested'] {
  if (!isRecord(value)) return { names: [], parent: null }
  const names = readField(value, 'names')
  const suggested = new Map<string, string>()
  for (const name of Array.isArray(names) ? names : []) {
    const plain = typeof name === 'string' ? readableName(name.slice(0, longestName * 2)) : null
    const isNew = plain !== null && plain.length <= longestName && !profile.byName.has(foldName(plain))
    if (isNew && !suggested.has(foldName(plain)) && suggested.size < mostSuggestions)
      suggested.set(foldName(plain), plain)
    else note('suggestion_dropped', `the suggestion ${quote(name)} is empty, too long, known already, or one too many`)
  }
  return {
    names: [...suggested.values()],
    parent: suggested.size > 0 ? readParent(readField(value, 'parent'), profile) : null,
  }
}

/** A parent is an offered root; anything else is no parent. */
function readParent(value: unknown, profile: CompiledProfile): string | null {
  const parent = typeof value === 'string' ? profile.byName.get(foldName(value.slice(0, 200))) : undefined
  return parent && parent.parent === null && !profile.hidden.includes(parent) ? parent.name : null
}

/** Null when the item has to be asked again: a score that is missing or off the scale, or no reasoning. */
export function readScoreVerdict(record: JsonRecord, note: Note): ScoreVerdict | null {
  const interest = readScore('interest', record, note)
  const quality = readScore('quality', record, note)
  const reasoning = readReasoning(readField(record, 'reasoning'), note)
  return interest === null || quality === null || reasoning === null ? null : { interest, quality, reasoning }
}

/**
 * A whole number from 0 to 10. A fraction on that scale is rounded. Anything off the scale is refused and not clamped:
 * a model that answers 85 uses another scale, on which its 10 means something else too.
 */
function readScore(name: 'interest' | 'quality', record: JsonRecord, note: Note): number | null {
  const value = readField(record, name)
  const score = readNumber(value)
  if (score === null || score < 0 || score > 10) {
    note('score_unusable', `${name} is ${quote(score === null ? value : String(score))}`)
    return null
  }
  if (!Number.isInteger(score)) note('score_rounded', `${name} ${score} rounded`)
  return Math.round(score)
}

function readReasoning(value: unknown, note: Note): string | null {
  const reasoning =
    typeof value === 'string' ? cutText(oneLine(value.slice(0, 10 * longestReasoning)), longestReasoning) : ''
  if (reasoning !== '') return reasoning
  note('reasoning_unusable', 'there is no reasoning')
  return null
}

/** A finite number, also one that a weak model put in quotes. */
function readNumber(value: unknown): number | null {
  if (typeof value === 'string' && /^\s*\d{1,6}(?:\.\d{1,6})?\s*$/.test(value)) return Number(value)
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** Something in an answer that was not as asked. What it concerned was dropped, mended (then it says how) or is missing. */
export interface VerdictProblem {
  /** The item it concerned; null when that is not known. */
  key: string | null
  code:
    | 'no_key'
    | 'unknown_key'
    | 'duplicate_key'
    | 'unknown_label'
    | 'hidden_label'
    | 'too_many_labels'
    | 'labels_unusable'
    | 'confidence_unusable'
    | 'score_unusable'
    | 'score_rounded'
    | 'reasoning_unusable'
    | 'suggestion_dropped'
  detail: string
}

export type Note = (code: VerdictProblem['code'], detail: string) => void

const longestQuote = 60

/** A piece of an answer for a log line: short and on one line. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value.slice(0, longestQuote + 1) : typeof value
  return JSON.stringify(text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text)
}
