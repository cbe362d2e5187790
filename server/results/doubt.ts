import type { ReviewDoubt } from '../../protocol/results.ts'
import { noSet } from './categorySets.ts'
import type { ResultColumns } from './resultColumns.ts'
import { isBelowFloor } from './trust.ts'

/** Less is as likely wrong as right. */
const unsureBelow = 0.5

/** Hardly above its floor: as a person would say 0.8 of 0.83. */
const nearFloor = 0.05

/** A second model says otherwise. */
export function differs(columns: ResultColumns, item: number): boolean {
  const opinion = columns.opinion(item)
  return opinion === 'differs' || opinion === 'disputed'
}

interface Cause {
  doubt: ReviewDoubt
  /** How much it weighs, in steps that no confidence makes up for; 0: it only says how unsure the verdict is. */
  step: number
  holds(columns: ResultColumns, item: number): boolean
}

/** In the order in which a person should look. */
const causes: readonly Cause[] = [
  { doubt: 'models_differ', step: 4, holds: differs },
  {
    doubt: 'no_category',
    step: 3,
    holds: (columns, item) => columns.sets.names(columns.set(item))?.length === 0,
  },
  { doubt: 'canary_followed', step: 2, holds: (columns, item) => columns.isCanaryFollowed(item) },
  { doubt: 'addresses_judge', step: 2, holds: (columns, item) => columns.addressesJudge(item) },
  { doubt: 'below_floor', step: 2, holds: isBelowFloor },
  { doubt: 'near_floor', step: 1, holds: isNearFloor },
  { doubt: 'near_further', step: 1, holds: (columns, item) => columns.isNearFurther(item) },
  {
    doubt: 'unsure',
    step: 0,
    holds: (columns, item) => columns.set(item) !== noSet && (columns.sureness(item) ?? 0) < unsureBelow,
  },
  { doubt: 'score_unsure', step: 0, holds: (columns, item) => columns.isScoreUnsure(item) },
]

/** Greater than every doubt. */
export const mostDoubt = 10_000_000

/** All that makes a result doubtful, the weightiest first; empty: nothing but that it may be less sure than others. */
export function doubtsOf(columns: ResultColumns, item: number): ReviewDoubt[] {
  return causes.filter(({ holds }) => holds(columns, item)).map(({ doubt }) => doubt)
}

/**
 * In millionths: the weightiest of what makes it doubtful, and in the same step how unsure it is. A score that a model is unsure of counts as
 * an unsure verdict. Null: nothing is known of it that could be doubted.
 */
export function doubtOf(columns: ResultColumns, item: number): number | null {
  const step = causes.find(({ holds }) => holds(columns, item))?.step ?? 0
  const scored = columns.isScoreUnsure(item) ? unsureBelow : null
  const categorized = columns.set(item) === noSet ? null : columns.sureness(item)
  const sureness = scored === null ? categorized : Math.min(scored, categorized ?? 1)
  if (sureness === null) return step === 0 ? null : (step + 1) * 1_000_000
  return step * 1_000_000 + Math.round((1 - sureness) * 1_000_000)
}

/** It reaches the floor of its category, and hardly more than that. */
function isNearFloor(columns: ResultColumns, item: number): boolean {
  const floor = columns.floor(item)
  const sureness = columns.sureness(item)
  return floor !== null && sureness !== null && sureness >= floor && sureness < floor + nearFloor
}
