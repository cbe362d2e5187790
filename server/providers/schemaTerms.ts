import type { Outcome } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { CompletionRequest, JsonSchema } from './adapter.ts'

/** Which terms of JSON schema an endpoint takes. What it does not know it may refuse, or not hold a model to. */
export interface SchemaTerms {
  /** `$ref` to `$defs`. */
  references: boolean
  /** `maxItems`. */
  counts: boolean
  /** `maxLength`. */
  lengths: boolean
}

/** llama.cpp's grammars, and what is built on them, hold a model to all of it. */
export const allTerms: SchemaTerms = { references: true, counts: true, lengths: true }
/** OpenAI's strict mode: numbers of entries, but no lengths of texts. */
export const strictTerms: SchemaTerms = { references: true, counts: true, lengths: false }
/** Anthropic's structured output, and Azure's: references, but no bounds. */
export const unboundedTerms: SchemaTerms = { references: true, counts: false, lengths: false }
/** What everybody takes. */
export const plainTerms: SchemaTerms = { references: false, counts: false, lengths: false }

const restated = new WeakMap<JsonSchema, Map<string, JsonSchema>>()

/** The schema in the terms that an endpoint takes; the same object for the same schema, because a run sends it again and again. */
export function restateSchema(schema: JsonSchema, terms: SchemaTerms): JsonSchema {
  if (terms.references && terms.counts && terms.lengths) return schema
  const name = JSON.stringify(terms)
  const known = restated.get(schema) ?? new Map<string, JsonSchema>()
  restated.set(schema, known)
  const made = known.get(name) ?? restateRoot(schema, terms)
  known.set(name, made)
  return made
}

function restateRoot({ $defs, ...root }: JsonSchema, terms: SchemaTerms): JsonSchema {
  const definitions = ($defs ?? {}) as Record<string, JsonSchema>
  const stated = restate(root, terms, definitions) as JsonSchema
  if (!terms.references || $defs === undefined) return stated
  return { ...stated, $defs: mapValues(definitions, (each) => restate(each, terms, definitions)) }
}

/** `value` stands where a schema is expected, or a list of such. */
function restate(value: unknown, terms: SchemaTerms, definitions: Record<string, JsonSchema>): unknown {
  if (Array.isArray(value)) return value.map((each) => restate(each, terms, definitions))
  if (typeof value !== 'object' || value === null) return value
  const schema = value as JsonSchema
  const named = typeof schema.$ref === 'string' ? definitions[schema.$ref.replace('#/$defs/', '')] : undefined
  if (named && !terms.references) return restate(named, terms, definitions)
  const left = Object.entries(schema).filter(([name]) => isTaken(name, terms))
  return Object.fromEntries(left.map(([name, part]) => [name, restatePart(name, part, terms, definitions)]))
}

function restatePart(
  name: string,
  part: unknown,
  terms: SchemaTerms,
  definitions: Record<string, JsonSchema>,
): unknown {
  // The names in it are fields of an answer, and may be called as a term is.
  if (name === 'properties') return mapValues(part as JsonSchema, (each) => restate(each, terms, definitions))
  return name === 'items' || name === 'anyOf' ? restate(part, terms, definitions) : part
}

function isTaken(name: string, { counts, lengths }: SchemaTerms): boolean {
  if (name === 'maxItems' || name === 'minItems') return counts
  return name === 'maxLength' || name === 'minLength' ? lengths : true
}

function mapValues(fields: JsonSchema, change: (value: unknown) => unknown): JsonSchema {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value)]))
}

/** Which models took or refused a schema in plain terms after they had refused it with bounds. */
const inPlainTerms = new Map<string, 'taken' | 'refused'>()
const mostModels = 200

/**
 * Asks in the terms that the kind is said to take, and once in plain ones when the model refuses that: behind one address there may be
 * other servers than the kind knows. What came of it is remembered.
 */
export async function inAcceptedTerms<Answer>(
  endpoint: string,
  { model, mode }: Pick<CompletionRequest, 'model' | 'mode'>,
  terms: SchemaTerms,
  ask: (terms: SchemaTerms) => Promise<Outcome<Answer>>,
): Promise<Outcome<Answer>> {
  const key = `${endpoint} ${model} ${mode}`
  const known = inPlainTerms.get(key)
  const first = await ask(known === 'taken' ? plainTerms : terms)
  const hasSchema = mode === 'schema' || mode === 'tool'
  const hasBounds = terms.counts || terms.lengths
  if (first.ok || known !== undefined || !hasSchema || !hasBounds || !isRefusal(first.reason)) return first
  const again = await ask(plainTerms)
  if (!again.ok && !isRefusal(again.reason)) return again
  if (inPlainTerms.size >= mostModels) inPlainTerms.clear()
  inPlainTerms.set(key, again.ok ? 'taken' : 'refused')
  return again.ok ? again : first
}

function isRefusal(reason: Reason): boolean {
  return reason.code === 'invalid_response' && reason.problem === 'rejected_request'
}
