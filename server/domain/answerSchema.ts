import { assertNever } from '../../protocol/names.ts'
import { longestQuote } from '../../protocol/results.ts'
import type { CompiledCriterion } from './criteria.ts'
import { quoteFields } from './evidence.ts'
import { confidences, longestReasoningAsked, longestSuggestion, mostSuggestions, scores } from './scales.ts'
import { asksBoth, type CompiledProfile, type Work } from './work.ts'

export type AnswerSchema = { readonly [name: string]: unknown }

/**
 * The shape of the answer to a call: one required property an item, so that a grammar gives every key exactly once, and the verdict's
 * own schema once, by reference. Everything has bounds in terms that grammars know; what an endpoint does not know of them, its
 * adapter leaves out (`schemaTerms.ts`), and all of them are checked on arrival. Every field is required, as OpenAI's strict mode
 * wants it; what is mostly empty may be null, which costs least.
 * It depends on the profile and the keys alone, so that a provider compiles it once for a run, and once more for its last call.
 */
export function answerSchema(work: Work): AnswerSchema {
  const { task, profile, items } = work
  // The order of the properties is the order in which a grammar asks for them: that of the items.
  const keys = items.map(({ key }) => key)
  const name = `${asksBoth(work) ? 'both' : task} ${keys.join(' ')}`
  const known = schemas.get(profile) ?? new Map<string, AnswerSchema>()
  schemas.set(profile, known)
  const schema = known.get(name) ?? makeSchema(object(verdictFields(work)), keys)
  known.set(name, schema)
  return schema
}

/** A run asks for the same few again and again. */
const schemas = new WeakMap<CompiledProfile, Map<string, AnswerSchema>>()

/** New names for items that fit nowhere: the same map, of names and the root that they belong under. */
export function suggestionSchema(profile: CompiledProfile, keys: readonly string[]): AnswerSchema {
  return makeSchema(suggestion(profile), keys)
}

function makeSchema(verdict: AnswerSchema, keys: readonly string[]): AnswerSchema {
  const reference = { $ref: '#/$defs/v' }
  const verdicts = object(Object.fromEntries(keys.map((key) => [key, reference])))
  return { ...object({ verdicts }), $defs: { v: verdict } }
}

function verdictFields(work: Work): Record<string, AnswerSchema> {
  const { profile } = work
  const quotes = Object.fromEntries(quoteFields(work).map(({ field }) => [field, orNull(text(longestQuote))]))
  if (asksBoth(work)) {
    const { categories } = categoryFields(profile)
    return { ...{ categories: categories as AnswerSchema, confidence: percents }, ...scoreFields(profile), ...quotes }
  }
  return { ...(work.task === 'categorization' ? categoryFields(profile) : scoreFields(profile)), ...quotes }
}

function categoryFields(profile: CompiledProfile): Record<string, AnswerSchema> {
  return {
    categories: array(oneOf(profile, namesOf(profile)), profile.choice.most),
    confidence: { type: 'number', enum: confidences },
    suggested: orNull(suggestion(profile)),
  }
}

function suggestion(profile: CompiledProfile): AnswerSchema {
  const roots = rootsOf(profile)
  return object({
    names: array(text(longestSuggestion), mostSuggestions),
    parent: roots.length > 0 ? orNull(oneOf(profile, roots)) : { type: 'null' },
  })
}

function oneOf(profile: CompiledProfile, allowed: string[]): AnswerSchema {
  const fits = fitsEnum([...namesOf(profile), ...rootsOf(profile)])
  return fits && allowed.length > 0 ? { type: 'string', enum: allowed } : text(longestSuggestion)
}

const namesOf = ({ offered }: CompiledProfile): string[] => offered.map(({ name }) => name)

const rootsOf = ({ offered }: CompiledProfile): string[] =>
  offered.filter(({ parent }) => parent === null).map(({ name }) => name)

const percents = { type: 'integer', enum: confidences.map((share) => Math.round(share * 100)) }

const upToTen = { type: 'integer', enum: scores }

const usualScores = { interest: upToTen, quality: upToTen }

function scoreFields({ rubric }: CompiledProfile): Record<string, AnswerSchema> {
  const asked = rubric
    ? Object.fromEntries(rubric.criteria.map((criterion) => [criterion.field, criterionSchema(criterion)]))
    : usualScores
  return { ...asked, reasoning: text(longestReasoningAsked) }
}

function criterionSchema(criterion: CompiledCriterion): AnswerSchema {
  switch (criterion.type) {
    case 'scale': {
      const { from, to } = criterion
      return { type: 'integer', enum: Array.from({ length: to - from + 1 }, (_, step) => from + step) }
    }
    case 'boolean':
      return { type: 'boolean' }
    case 'choice':
      return { type: 'string', enum: criterion.choices.map(({ name }) => name) }
    default:
      return assertNever(criterion)
  }
}

/**
 * OpenAI's limits: 1,000 enum values in a schema, and 15,000 characters in an enum of more than 250.
 * A larger tree goes without the enum; labels are checked on arrival anyway.
 */
function fitsEnum(values: readonly string[]): boolean {
  if (values.length > 1000 - confidences.length) return false
  return values.length <= 250 || values.reduce((sum, value) => sum + value.length, 0) <= 15_000
}

function object(properties: Record<string, AnswerSchema>): AnswerSchema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
}

function array(items: AnswerSchema, maxItems: number): AnswerSchema {
  return { type: 'array', items, maxItems }
}

function text(maxLength: number): AnswerSchema {
  return { type: 'string', maxLength }
}

/** Null first: a grammar that tries in order finds the usual answer at once. */
function orNull(schema: AnswerSchema): AnswerSchema {
  return { anyOf: [{ type: 'null' }, schema] }
}
