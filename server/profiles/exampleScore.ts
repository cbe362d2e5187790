import type { ParsedParams, Result } from '../../protocol/contract.ts'
import { succeed } from '../../protocol/outcome.ts'
import { defaultLimits } from '../../protocol/profile.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import { categoryFactor, compositeScore } from '../domain/compositeScore.ts'
import { countedCriteria, isValueOf } from '../domain/criteria.ts'

/** What an item with these answers would score, by what a run would score it with: nothing is read from the store. */
export function exampleScore({
  criteria,
  score: range,
  values,
  weights,
  ...answers
}: ParsedParams<'profile/score'>): Result<'profile/score'> {
  const compiled = compileProfile({
    categories: weights.map((weight, index) => ({ name: `Category ${index + 1}`, weight })),
    ...{ interests: '', anti_interests: '', limits: defaultLimits },
    ...(criteria ? { criteria } : {}),
    ...(range && criteria ? { score: range } : {}),
  })
  if (!compiled.ok) return compiled
  const { rubric, offered } = compiled.value
  const unknown = rubric?.criteria.find(({ name, ...each }) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    return value !== undefined && !isValueOf({ name, ...each }, value)
  })
  if (unknown) {
    const sentence = localizable('it is not an answer to this criterion')
    const problem = { path: `values.${unknown.name}`, ...withMessage('message', sentence) }
    return fail({ code: 'profile_invalid', file: 'example', problems: [problem] })
  }
  const categories = offered.map(({ name }) => name)
  const { score, blockedBy } = compositeScore({ ...answers, criteria: values, categories }, compiled.value)
  const factor = categoryFactor(categories, compiled.value)
  if (!rubric || score === null || blockedBy !== null) return succeed({ score, factor, isBlocked: blockedBy !== null })
  const counted = countedCriteria(rubric.criteria, values)
  return succeed({ score, factor, isBlocked: false, scoreParts: { criteria: counted, factor, to: rubric.to } })
}
