import { isRecord } from '../../shared/isRecord.ts'
import { foldName, oneLine, readableName } from './categoryNames.ts'
import { cutText } from './cutText.ts'
import { type JsonRecord, readField } from './findVerdicts.ts'
import { Contradiction, parseJson } from './readJson.ts'
import { readLabel } from './readLabel.ts'
import { readConfidence, readScore } from './readScore.ts'
import { longestReasoning, longestSuggestion, mostSuggestions } from './scales.ts'
import type { CategoryVerdict, CompiledProfile, ScoreVerdict } from './work.ts'

/**
 * Null when the item has to be asked again: no labels, or none that is offered. (That is not "nothing fits": the model said that
 * something does.) Bad suggestions only fall away, and a confidence that cannot be read is not known.
 */
export function readCategoryVerdict(record: JsonRecord, profile: CompiledProfile, note: Note): CategoryVerdict | null {
  const categories = readLabels(readField(record, 'categories'), profile, note)
  if (categories === null) return null
  const confidence = readConfidenceField(readField(record, 'confidence'), note)
  return { categories, confidence, suggested: readSuggestion(readField(record, 'suggested'), profile, note) }
}

function readLabels(value: unknown, profile: CompiledProfile, note: Note): string[] | null {
  const list = asList(value)
  if (list === null) {
    note('labels_unusable', `"categories" is not a list but ${quote(value)}`)
    return null
  }
  const labels = new Set<string>()
  let isNoneSaid = false
  for (const label of list) {
    const reading = readLabel(label, profile)
    if (reading === 'none') isNoneSaid = true
    else if (reading === null) note('unknown_label', `the label ${quote(label)} is not offered`)
    else
      for (const category of reading) {
        if (profile.hidden.includes(category)) note('hidden_label', `the label ${quote(label)} is hidden`)
        else labels.add(category.name)
      }
  }
  const { most } = profile.choice
  if (labels.size > most) note('too_many_labels', `${labels.size} labels, only the first ${most} count`)
  const isNothing = list.length === 0 || (isNoneSaid && list.length === 1)
  if (labels.size === 0 && !isNothing) {
    note('labels_unusable', 'none of the labels is offered')
    return null
  }
  return [...labels].slice(0, most)
}

/** One label without a list around it is a list of one; a list in a string is a list, and so is the only one in a list. */
function asList(value: unknown): unknown[] | null {
  if (Array.isArray(value)) return value.length === 1 && Array.isArray(value[0]) ? value[0] : value
  if (typeof value === 'string') {
    const list = value.trimStart().startsWith('[') ? parseJson(value)?.value : null
    return Array.isArray(list) ? list : value.trim() === '' ? null : [value]
  }
  return isRecord(value) && !(value instanceof Contradiction) ? [value] : null
}

function readConfidenceField(value: unknown, note: Note): number | null {
  const confidence = readConfidence(value)
  if (confidence === null) note('confidence_unusable', `confidence is ${quote(value)}`)
  return confidence
}

export function readSuggestion(value: unknown, profile: CompiledProfile, note: Note): CategoryVerdict['suggested'] {
  if (!isRecord(value) || profile.suggests === false) return { names: [], parent: null }
  const names = readField(value, 'names')
  const suggested = new Map<string, string>()
  for (const name of Array.isArray(names) ? names : []) {
    const plain = typeof name === 'string' ? readableName(name.slice(0, longestSuggestion * 2)) : null
    const isNew = plain !== null && plain.length <= longestSuggestion && !profile.byName.has(foldName(plain))
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

/** Null when the item has to be asked again: a score that is missing or off the scale. Reasoning may be missing. */
export function readScoreVerdict(record: JsonRecord, note: Note): ScoreVerdict | null {
  const interest = readScoreField('interest', record, note)
  const quality = readScoreField('quality', record, note)
  if (interest === null || quality === null) return null
  return { interest, quality, reasoning: readReasoning(readField(record, 'reasoning'), note) }
}

function readScoreField(name: 'interest' | 'quality', record: JsonRecord, note: Note): number | null {
  const value = readField(record, name)
  const reading = readScore(value)
  if (reading.kind === 'score') return reading.score
  const shown = quote(typeof value === 'number' ? String(value) : value)
  if (reading.kind === 'none') note('score_unusable', `${name} is ${shown}`)
  else note('score_off_scale', `${name} is ${shown}, no whole number from 0 to 10`, reading.value)
  return null
}

export function readReasoning(value: unknown, note: Note): string | null {
  const reasoning =
    typeof value === 'string' ? cutText(oneLine(value.slice(0, 10 * longestReasoning)), longestReasoning) : ''
  if (reasoning !== '') return reasoning
  note('reasoning_unusable', 'there is no reasoning')
  return null
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
    | 'score_off_scale'
    | 'criterion_unusable'
    | 'reasoning_unusable'
    | 'suggestion_dropped'
  detail: string
  /** The number that is none of the scale, where it is about one. */
  value?: number
}

export type Note = (code: VerdictProblem['code'], detail: string, value?: number) => void

const longestQuote = 60

/** A piece of an answer for a log line: short and on one line. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value.slice(0, longestQuote + 1) : typeof value
  return JSON.stringify(text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text)
}
