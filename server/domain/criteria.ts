import type { CriteriaValues, Criterion, CriterionValue, ScaleBand, ScaleCriterion } from '../../protocol/criteria.ts'
import { longestScale } from '../../protocol/criteria.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { assertNever } from '../../protocol/names.ts'
import type { Profile } from '../../protocol/profile.ts'
import type { Problem } from '../../protocol/reasons.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { foldName, oneLine } from './categoryNames.ts'

/** A criterion with everything decided that does not depend on an item. */
export type CompiledCriterion = {
  name: string
  /** What an answer calls it: lower-case letters, digits and "_", unique among the profile's. */
  field: string
  question: string
  weight: number
  /** A passage of the item is quoted for it. Absent: none is. */
  evidence?: true
} & CompiledAnswer

type CompiledAnswer =
  | { type: 'scale'; from: number; to: number; bands: readonly ScaleBand[] }
  | { type: 'boolean' }
  | { type: 'choice'; choices: readonly { name: string; description: string | null; value: number | null }[] }

/** Names of fields that an answer has besides, and one that objects cannot hold as their own. */
const taken = new Set([
  'key',
  'id',
  'item',
  'verdicts',
  'categories',
  'confidence',
  'suggested',
  'reasoning',
  'evidence',
  'proto',
])

export function compileCriteria(criteria: readonly Criterion[]): CompiledCriterion[] {
  return criteria.map((criterion, index) => ({
    name: oneLine(criterion.name),
    field: fieldOf(criterion.name) || `criterion_${index + 1}`,
    question: oneLine(criterion.question),
    weight: criterion.weight ?? 1,
    ...(criterion.evidence ? { evidence: true as const } : {}),
    ...compileAnswer(criterion),
  }))
}

function compileAnswer(criterion: Criterion): CompiledAnswer {
  switch (criterion.type) {
    case 'scale': {
      const { from, to } = criterion.scale
      return { type: 'scale', from, to, bands: bandsOf(criterion.scale) }
    }
    case 'boolean':
      return { type: 'boolean' }
    case 'choice':
      return {
        type: 'choice',
        choices: criterion.choices.map(({ name, description, value }) => ({
          name: oneLine(name),
          description: description ? oneLine(description) : null,
          value: value ?? null,
        })),
      }
    default:
      return assertNever(criterion)
  }
}

/** "True positive" is `true_positive`; empty where nothing of the name is a letter of the alphabet. */
function fieldOf(name: string): string {
  const plain = name.normalize('NFKD').toLowerCase()
  return plain
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 40)
}

/** Texts alone share the scale in equal parts, the first ones the larger. */
function bandsOf({ from, to, bands = [] }: ScaleCriterion['scale']): ScaleBand[] {
  const numbers = to - from + 1
  return bands.map((band, index) => {
    if (typeof band !== 'string') return { ...band, description: oneLine(band.description) }
    const start = from + Math.ceil((index * numbers) / bands.length)
    return { from: start, to: from + Math.ceil(((index + 1) * numbers) / bands.length) - 1, description: oneLine(band) }
  })
}

/** Everything about a profile's criteria that its schema cannot say, by path. */
export function findCriteriaProblems({ criteria, score, prompts }: Profile): Problem[] {
  if (!criteria) {
    const message = localizable('it is only for profiles with criteria: without them the score goes to 20')
    return score ? [problemAt('score', message)] : []
  }
  const inPlace = criteria.flatMap((criterion, index) =>
    problemsOf(criterion).map(({ path, message }) => problemAt(`criteria[${index}].${path}`, message)),
  )
  const message = localizable('it asks for interest and quality: leave it out where the profile has criteria')
  const text = prompts?.scoring?.system === undefined ? [] : [problemAt('prompts.scoring.system', message)]
  return [...findDoubled(criteria), ...inPlace, ...text]
}

function problemAt(path: string, message: LocalizableMessage): Problem {
  return { path, ...withMessage('message', message) }
}

interface PlacedMessage {
  path: string
  message: LocalizableMessage
}

function findDoubled(criteria: readonly Criterion[]): Problem[] {
  const first = new Map<string, number>()
  return criteria.flatMap(({ name }, index) => {
    const path = `criteria[${index}].name`
    const field = fieldOf(name)
    if (taken.has(field) || field.startsWith('criterion_') || field.startsWith('evidence_'))
      return [problemAt(path, localizable('"{0}" cannot be the name of a criterion', name))]
    const known = field || foldName(name)
    const before = first.get(known)
    if (before === undefined) first.set(known, index)
    return before === undefined
      ? []
      : [problemAt(path, localizable('the name "{0}" is already taken by {1}', name, `criteria[${before}].name`))]
  })
}

function problemsOf(criterion: Criterion): PlacedMessage[] {
  switch (criterion.type) {
    case 'scale':
      return problemsOfScale(criterion.scale)
    case 'boolean':
      return []
    case 'choice':
      return problemsOfChoices(criterion.choices)
    default:
      return assertNever(criterion)
  }
}

function problemsOfScale(scale: ScaleCriterion['scale']): PlacedMessage[] {
  const { from, to, bands } = scale
  if (from >= to)
    return [{ path: 'scale.to', message: localizable('it must be more than {0}, where the scale begins', from) }]
  if (to - from > longestScale)
    return [{ path: 'scale.to', message: localizable('a scale has at most {0} steps', longestScale) }]
  if (!bands) return []
  if (bands.length > to - from + 1)
    return [{ path: 'scale.bands', message: localizable('there are more bands than numbers') }]
  const compiled = bandsOf(scale)
  const wrong = compiled.findIndex((band, index) => {
    const begins = index === 0 ? from : (compiled[index - 1]?.to ?? from) + 1
    return band.from !== begins || band.to < band.from
  })
  const message = localizable('the bands must cover {0} to {1} in order, each number once', from, to)
  if (wrong >= 0) return [{ path: `scale.bands[${wrong}]`, message }]
  return compiled.at(-1)?.to === to ? [] : [{ path: `scale.bands[${bands.length - 1}]`, message }]
}

function problemsOfChoices(choices: Extract<Criterion, { type: 'choice' }>['choices']): PlacedMessage[] {
  const first = new Map<string, number>()
  const doubled = choices.flatMap(({ name }, index) => {
    const before = first.get(foldName(name))
    if (before === undefined) first.set(foldName(name), index)
    const message = localizable('the name "{0}" is already taken by {1}', name, `choices[${before}].name`)
    return before === undefined ? [] : [{ path: `choices[${index}].name`, message }]
  })
  const valued = choices.filter(({ value }) => value !== undefined).length
  const without = choices.findIndex(({ value }) => value === undefined)
  if (valued === 0 || without < 0) return doubled
  const message = localizable('its value is missing: either all choices have one, or none')
  return [...doubled, { path: `choices[${without}]`, message }]
}

/** Where a value stands between the least and the most that the criterion can say, 0 to 1. Null: it does not count in a score. */
export function shareOf(criterion: CompiledCriterion, value: CriterionValue): number | null {
  switch (criterion.type) {
    case 'scale':
      return typeof value === 'number' ? (value - criterion.from) / (criterion.to - criterion.from) : null
    case 'boolean':
      return typeof value === 'boolean' ? Number(value) : null
    case 'choice':
      return criterion.choices.find(({ name }) => name === value)?.value ?? null
    default:
      return assertNever(criterion)
  }
}

/** One part of a score: how much the answer is of the most that there is, and how much that counts. */
export interface CountedCriterion {
  name: string
  share: number
  weight: number
}

/** Those that count, in the order of the profile: answered, with a value, and of a weight that is not 0. */
export function countedCriteria(criteria: readonly CompiledCriterion[], values: CriteriaValues): CountedCriterion[] {
  return criteria.flatMap((criterion) => {
    const value = Object.hasOwn(values, criterion.name) ? values[criterion.name] : undefined
    const share = value === undefined ? null : shareOf(criterion, value)
    return share === null || criterion.weight === 0 ? [] : [{ name: criterion.name, share, weight: criterion.weight }]
  })
}

/** All that can be answered, of a scale the highest first. */
export function valuesOf(criterion: CompiledCriterion): CriterionValue[] {
  switch (criterion.type) {
    case 'scale': {
      const { from, to } = criterion
      return Array.from({ length: to - from + 1 }, (_, step) => to - step)
    }
    case 'boolean':
      return [true, false]
    case 'choice':
      return criterion.choices.map(({ name }) => name)
    default:
      return assertNever(criterion)
  }
}

/** Where a value stands among all that can be answered, from 0, the lowest of a scale first, no before yes. Null: it is none of them. */
export function placeOf(criterion: CompiledCriterion, value: unknown): number | null {
  switch (criterion.type) {
    case 'scale': {
      const { from, to } = criterion
      return Number.isInteger(value) && Number(value) >= from && Number(value) <= to ? Number(value) - from : null
    }
    case 'boolean':
      return typeof value === 'boolean' ? Number(value) : null
    case 'choice': {
      const place = criterion.choices.findIndex(({ name }) => name === value)
      return place === -1 ? null : place
    }
    default:
      return assertNever(criterion)
  }
}

/** The answers in the order of their places. */
export function valuesInOrder(criterion: CompiledCriterion): CriterionValue[] {
  const values = valuesOf(criterion)
  return criterion.type === 'choice' ? values : values.toReversed()
}

/** Whether a value is one that the criterion can have. */
export function isValueOf(criterion: CompiledCriterion, value: unknown): value is CriterionValue {
  return placeOf(criterion, value) !== null
}
