import type { CriterionValue } from '../../protocol/criteria.ts'
import { assertNever } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Problem } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { foldName } from '../domain/categoryNames.ts'
import { type CompiledCriterion, isValueOf } from '../domain/criteria.ts'
import type { CompiledProfile } from '../domain/work.ts'

type Said = Record<string, CriterionValue | null>

/**
 * What a person says of criteria, under the names as the profile spells them. Null takes an answer back, also of a criterion that is gone.
 * `label_invalid`: a name that no profile has, or a value that the criterion cannot have.
 */
export function readSaidCriteria(
  said: Said | undefined,
  profiles: readonly CompiledProfile[],
): Outcome<Said | undefined> {
  if (said === undefined) return succeed(undefined)
  const criteria = profiles.flatMap(({ rubric }) => rubric?.criteria ?? [])
  const problems: Problem[] = []
  const read = Object.entries(said).map(([name, value]): [string, CriterionValue | null] => {
    const criterion = criteria.find((each) => foldName(each.name) === foldName(name))
    const path = `criteria.${name}`
    if (value === null) return [criterion?.name ?? name, null]
    if (!criterion) {
      const names = criteria.map((each) => each.name).join(', ')
      const message =
        names === ''
          ? localizable('the profile has no criteria')
          : localizable('there is no criterion "{0}"; there are: {1}', name, names)
      problems.push({ path, ...withMessage('message', message) })
      return [name, value]
    }
    const spelled = spelledValue(criterion, value)
    if (!isValueOf(criterion, spelled)) problems.push({ path, ...withMessage('message', wanted(criterion)) })
    return [criterion.name, spelled]
  })
  return problems.length > 0 ? fail({ code: 'label_invalid', problems }) : succeed(Object.fromEntries(read))
}

function spelledValue(criterion: CompiledCriterion, value: CriterionValue): CriterionValue {
  if (criterion.type !== 'choice' || typeof value !== 'string') return value
  return criterion.choices.find(({ name }) => foldName(name) === foldName(value))?.name ?? value
}

function wanted(criterion: CompiledCriterion) {
  switch (criterion.type) {
    case 'scale':
      return localizable('a whole number from {0} to {1} is needed', criterion.from, criterion.to)
    case 'boolean':
      return localizable('true or false is needed')
    case 'choice': {
      const names = criterion.choices.map(({ name }) => JSON.stringify(name)).join(', ')
      return localizable('it must be one of: {0}', names)
    }
    default:
      return assertNever(criterion)
  }
}
