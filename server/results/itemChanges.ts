import { ResultChange } from '../../protocol/revisions.ts'
import { isFinal } from '../engine/runTally.ts'
import { answersOf, type ResultColumns } from './resultColumns.ts'

/** In falling weight, which is also the order of their bits. */
export const changes = ResultChange.options

export function bitOf(change: ResultChange): number {
  return 1 << changes.indexOf(change)
}

export function changesOf(bits: number): ResultChange[] {
  return changes.filter((change) => (bits & bitOf(change)) !== 0)
}

/** What has changed about an item that is in both; 0: nothing. A result that one of them lacks is told by its status alone. */
export function compareItem(before: ResultColumns, earlier: number, after: ResultColumns, later: number): number {
  const text = isSameText(before, earlier, after, later) ? 0 : bitOf('text')
  const was = before.index.state(earlier)
  const is = after.index.state(later)
  if (was !== is) return text | bitOf('status')
  if (!isFinal(is) || is !== 'ok') return text
  const hasSameLabels = sameNames(before.sets.names(before.set(earlier)), after.sets.names(after.set(later)))
  const hasSameScore =
    before.score(earlier) === after.score(later) &&
    before.interest(earlier) === after.interest(later) &&
    before.quality(earlier) === after.quality(later) &&
    hasSameAnswers(before, earlier, after, later)
  return text | (hasSameLabels ? 0 : bitOf('labels')) | (hasSameScore ? 0 : bitOf('score'))
}

/** To the same criteria, in whatever order. */
function hasSameAnswers(before: ResultColumns, earlier: number, after: ResultColumns, later: number): boolean {
  if (before.criteria.length === 0 && after.criteria.length === 0) return true
  const [was, is] = [answersOf(before, earlier) ?? {}, answersOf(after, later) ?? {}]
  const names = Object.keys(was)
  return names.length === Object.keys(is).length && names.every((name) => was[name] === is[name])
}

function isSameText(before: ResultColumns, earlier: number, after: ResultColumns, later: number): boolean {
  return (
    before.index.input(earlier) === after.index.input(later) && before.inputRest(earlier) === after.inputRest(later)
  )
}

/** In whatever order. */
export function sameNames(some: readonly string[] | null, others: readonly string[] | null): boolean {
  if (some === null || others === null) return some === others
  return some.length === others.length && some.every((name) => others.includes(name))
}
