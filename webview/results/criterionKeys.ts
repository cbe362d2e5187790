import type { Criterion, CriterionValue } from '../../protocol/criteria.ts'
import { assertNever } from '../../protocol/names.ts'

/** An answer is being typed. `number`: of the criterion, null while it is not chosen; `typed`: what of the answer's keys was pressed. */
export interface CriterionPending {
  part: 'criterion'
  number: number | null
  typed: string
}

export type CriterionAct =
  | { kind: 'begin'; part: 'criterion' }
  | { kind: 'answer'; name: string; value: CriterionValue }

/** What can be pressed for each answer: the number of a scale, the place of a choice from 1, Y or N. */
export function answerKeys(criterion: Criterion): { keys: string; value: CriterionValue }[] {
  switch (criterion.type) {
    case 'scale': {
      const { from, to } = criterion.scale
      return Array.from({ length: to - from + 1 }, (_, step) => ({ keys: String(from + step), value: from + step }))
    }
    case 'boolean':
      // Also as German keyboards are thought of, and by digits.
      return [...'yj1n0'].map((keys) => ({ keys, value: 'yj1'.includes(keys) }))
    case 'choice':
      return criterion.choices.map(({ name }, place) => ({ keys: String(place + 1), value: name }))
    default:
      return assertNever(criterion)
  }
}

/** Of several criteria the number is asked first. */
export function beginCriterion(criteria: readonly Criterion[]): CriterionPending {
  return { part: 'criterion', number: criteria.length === 1 ? 0 : null, typed: '' }
}

const waiting = { kind: 'begin', part: 'criterion' } as const

/**
 * What a key says while an answer is typed. An answer counts as soon as it stands there; one that begins another (1 and 10) may still
 * become that. Null: the key is not of the answer, and means what it means otherwise.
 */
export function readCriterionKey(
  key: string,
  pending: CriterionPending,
  criteria: readonly Criterion[],
): { act: CriterionAct; next: CriterionPending | null } | null {
  if (key.length !== 1) return null
  const { number, typed } = pending
  if (number === null) {
    const chosen = Number(key) - 1
    const isOne = /^[1-9]$/.test(key) && chosen < criteria.length
    return { act: waiting, next: isOne ? { ...pending, number: chosen } : pending }
  }
  const criterion = criteria[number]
  if (!criterion) return null
  const all = answerKeys(criterion)
  const wanted = `${typed}${key.toLowerCase()}`
  const found = all.filter(({ keys }) => keys.startsWith(wanted))
  const answer = found.find(({ keys }) => keys === wanted)
  if (answer) {
    const next = found.length > 1 ? { ...pending, typed: wanted } : null
    return { act: { kind: 'answer', name: criterion.name, value: answer.value }, next }
  }
  if (found.length > 0) return { act: waiting, next: { ...pending, typed: wanted } }
  // An answer was given already, so this key begins something else; else it is a slip, and goes on waiting.
  return all.some(({ keys }) => keys === typed) ? null : { act: waiting, next: pending }
}
