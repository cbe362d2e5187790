import type { CompiledProfile, Work } from './work.ts'

export type AnswerSchema = { readonly [name: string]: unknown }

/**
 * The shape of the answer to a call. Only what OpenAI's strict mode, Anthropic's structured output and llama.cpp's grammars
 * all understand: every field required, no additional ones, no minimum, maximum, pattern or number of entries.
 * Numbers of entries are said in the prompt and checked on arrival; scores are enums, because a grammar holds a model to those.
 * It depends on the profile and the number of items alone, so that a provider compiles it for a run, and once more for its last call.
 */
export function answerSchema({ task, profile, items }: Work): AnswerSchema {
  const name = `${task} ${items.map(({ key }) => key).join(' ')}`
  const known = schemas.get(profile) ?? new Map<string, AnswerSchema>()
  schemas.set(profile, known)
  const schema = known.get(name) ?? makeSchema({ task, profile, items })
  known.set(name, schema)
  return schema
}

/** A run asks for the same few again and again. */
const schemas = new WeakMap<CompiledProfile, Map<string, AnswerSchema>>()

function makeSchema({ task, profile, items }: Pick<Work, 'task' | 'profile' | 'items'>): AnswerSchema {
  const verdict = task === 'categorization' ? categoryVerdict(profile) : scoreVerdict
  const key = items.length > 0 ? { type: 'string', enum: items.map((item) => item.key) } : { type: 'string' }
  return object({ verdicts: array(object({ key, ...verdict })) })
}

function categoryVerdict(profile: CompiledProfile): Record<string, AnswerSchema> {
  const names = profile.offered.map((category) => category.name)
  const roots = profile.offered.filter((category) => category.parent === null).map((category) => category.name)
  const fits = fitsEnum([...names, ...roots])
  const oneOf = (allowed: string[]): AnswerSchema =>
    fits && allowed.length > 0 ? { type: 'string', enum: allowed } : { type: 'string' }
  return {
    categories: array(oneOf(names), '1 to 4 names, or none when nothing fits'),
    confidence: { type: 'number', description: 'from 0 to 1' },
    suggested: object({
      names: array({ type: 'string' }, 'at most 2 new names, usually none'),
      parent: roots.length > 0 ? { anyOf: [oneOf(roots), { type: 'null' }] } : { type: 'null' },
    }),
  }
}

const upToTen = { type: 'integer', enum: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }

const scoreVerdict: Record<string, AnswerSchema> = {
  interest: upToTen,
  quality: upToTen,
  reasoning: { type: 'string', description: '1 or 2 sentences' },
}

/**
 * OpenAI's limits: 1,000 enum values in a schema, and 15,000 characters in an enum of more than 250.
 * A larger tree goes without the enum; labels are checked on arrival anyway.
 */
function fitsEnum(values: readonly string[]): boolean {
  if (values.length > 1000) return false
  return values.length <= 250 || values.reduce((sum, value) => sum + value.length, 0) <= 15_000
}

function object(properties: Record<string, AnswerSchema>): AnswerSchema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
}

function array(items: AnswerSchema, description?: string): AnswerSchema {
  return { type: 'array', items, ...(description ? { description } : {}) }
}
