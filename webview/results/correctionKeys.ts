import type { Criterion } from '../../protocol/criteria.ts'
import { beginCriterion, type CriterionAct, type CriterionPending, readCriterionKey } from './criterionKeys.ts'

/** What a key says of the row that is worked on. */
export type CorrectionAct =
  /** `place`: from 0, among the categories that have a digit. `isMore`: beside those that it has; else alone. */
  | { kind: 'category'; place: number; isMore: boolean }
  | { kind: 'noCategory' }
  /** The next digit is points. */
  | { kind: 'begin'; part: ScoredPart }
  | { kind: 'points'; part: ScoredPart; points: number }
  | CriterionAct
  | { kind: 'leave' }
  | { kind: 'accept' }
  | { kind: 'undo' }

export type ScoredPart = 'interest' | 'quality'

/** Between keys: points are being typed (`typed`: '1', which a 0 makes 10; else nothing yet), or the answer to a criterion. */
export type Pending = { part: ScoredPart; typed: '' | '1' } | CriterionPending | null

export type PressedKey = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

/** Null: the key is none of a correction's. `criteria`: those of the profile; null: interest and quality are asked. */
export function readCorrectionKey(
  pressed: PressedKey,
  pending: Pending,
  criteria: readonly Criterion[] | null = null,
): { act: CorrectionAct; next: Pending } | null {
  const { key, ctrlKey, metaKey, altKey } = pressed
  if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === 'z') return { act: { kind: 'undo' }, next: null }
  if (ctrlKey || metaKey || altKey) return null
  if (pending?.part === 'criterion') {
    const read = readCriterionKey(key, pending, criteria ?? [])
    if (read) return read
  }
  const digit = digitOf(pressed)
  if (digit !== null && pending && pending.part !== 'criterion' && !digit.isMore) {
    const { part, typed } = pending
    if (typed === '') {
      return {
        act: { kind: 'points', part, points: digit.digit },
        next: digit.digit === 1 ? { part, typed: '1' } : null,
      }
    }
    if (digit.digit === 0) return { act: { kind: 'points', part, points: 10 }, next: null }
  }
  if (digit !== null) {
    const act: CorrectionAct =
      digit.digit === 0 ? { kind: 'noCategory' } : { kind: 'category', place: digit.digit - 1, isMore: digit.isMore }
    return { act, next: null }
  }
  if (key === 'Enter') return { act: { kind: 'accept' }, next: null }
  if (key === 'Escape') return pending ? { act: { kind: 'leave' }, next: null } : null
  const letter = letterOf(pressed)
  if (criteria && letter === 'c') return { act: { kind: 'begin', part: 'criterion' }, next: beginCriterion(criteria) }
  if (criteria && letter !== 'u') return null
  switch (letter) {
    case 'i':
      return { act: { kind: 'begin', part: 'interest' }, next: { part: 'interest', typed: '' } }
    case 'q':
      return { act: { kind: 'begin', part: 'quality' }, next: { part: 'quality', typed: '' } }
    case 'u':
      return { act: { kind: 'undo' }, next: null }
    default:
      return null
  }
}

/** With Shift the key of a digit has another sign, on French keyboards also without: then the place of the key says which it is. */
function digitOf({ key, code, shiftKey }: PressedKey): { digit: number; isMore: boolean } | null {
  if (/^\d$/.test(key)) return { digit: Number(key), isMore: false }
  const [, digit] = /^Digit(\d)$/.exec(code) ?? []
  return digit === undefined ? null : { digit: Number(digit), isMore: shiftKey }
}

/** Where letters are not Latin, the place of the key counts. */
function letterOf({ key, code }: PressedKey): string {
  return /^[a-z]$/i.test(key) ? key.toLowerCase() : (/^Key([A-Z])$/.exec(code)?.[1] ?? '').toLowerCase()
}
