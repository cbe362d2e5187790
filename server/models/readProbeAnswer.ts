import { assertNever } from '../../protocol/names.ts'
import { isRecord } from '../../shared/isRecord.ts'
import type { AnswerSchema } from '../domain/answerSchema.ts'
import { findVerdicts, readField } from '../domain/findVerdicts.ts'
import { matchKey } from '../domain/itemKeys.ts'
import type { ProbeAnswer } from './probeCalls.ts'
import type { ProbePrompt } from './probeItems.ts'

/** What an answer to the tempting prompt showed. */
export interface Tempted {
  /** Every key once, and no other. */
  isWhole: boolean
  /** A category came that is not in the list. */
  hasForeignName: boolean
  /** There was an answer, and it is not of the shape that was asked for. */
  isShapeless: boolean
}

export function readTempted(answer: ProbeAnswer, { work, schema }: ProbePrompt): Tempted {
  if (answer.kind !== 'text') {
    const isShapeless = answer.kind === 'unusable' && (answer.problem === 'not_json' || answer.problem === 'schema')
    return { isWhole: false, hasForeignName: false, isShapeless }
  }
  const given = new Set(work.items.map(({ key }) => key))
  const found = findVerdicts(answer.text, given)
  const verdicts = found.ok ? found.found : []
  const names = new Set(work.profile.offered.map(({ name }) => name))
  const chosen = verdicts.flatMap(({ record }) => listOf(readField(record, 'categories')))
  return {
    isWhole: hasExactly(
      verdicts.map(({ key }) => matchKey(key, given)),
      [...given],
    ),
    hasForeignName: chosen.some((name) => typeof name !== 'string' || !names.has(name)),
    isShapeless: isOutside(answer.text, schema),
  }
}

/** Whether the server held a model to the schema that was asked for something else; null: the answer does not show it. */
export function followsSchema(answer: ProbeAnswer, schema: AnswerSchema): boolean | null {
  switch (answer.kind) {
    case 'text':
      return !isOutside(answer.text, schema)
    case 'unusable':
      return answer.problem === 'not_json' || answer.problem === 'schema' ? false : null
    case 'refused':
      return null
    default:
      return assertNever(answer)
  }
}

/** Not as code that reads verdicts would: a fence around JSON, or a word before it, is what no schema allows. */
function isOutside(text: string, schema: AnswerSchema): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return !isRecord(value) || findBreach(value, schema) === 'shape'
  } catch {
    return true
  }
}

function hasExactly(keys: readonly unknown[], wanted: readonly string[]): boolean {
  return keys.length === wanted.length && wanted.every((key) => keys.includes(key))
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** How a value breaks the schema of an answer: in its shape, or only by a value that no enum has. */
export type SchemaBreach = 'shape' | 'enumeration'

/**
 * The worst that is wrong with a value; null: it fits. Knows what answer schemas are made of and nothing else: types, `enum`,
 * `anyOf`, `items`, `$ref`, and objects whose fields are all required and no others allowed. Bounds count nothing: a server may leave
 * them out and still hold a model to the shape.
 */
export function findBreach(value: unknown, schema: AnswerSchema, root: AnswerSchema = schema): SchemaBreach | null {
  const named = definitionOf(schema, root)
  if (named) return findBreach(value, named, root)
  const options = schema.anyOf as AnswerSchema[] | undefined
  if (options) return mildest(options.map((option) => findBreach(value, option, root)))
  const { type } = schema
  if (!isOfType(value, type)) return 'shape'
  const allowed = schema.enum as unknown[] | undefined
  if (allowed && !allowed.includes(value)) return 'enumeration'
  if (Array.isArray(value)) return worst(value.map((entry) => findBreach(entry, schema.items as AnswerSchema, root)))
  if (type === 'object') return findBreachInObject(value as Record<string, unknown>, schema, root)
  return null
}

function definitionOf({ $ref }: AnswerSchema, { $defs }: AnswerSchema): AnswerSchema | undefined {
  const name = typeof $ref === 'string' ? $ref.replace('#/$defs/', '') : null
  return name === null ? undefined : ($defs as Record<string, AnswerSchema>)[name]
}

function findBreachInObject(
  value: Record<string, unknown>,
  schema: AnswerSchema,
  root: AnswerSchema,
): SchemaBreach | null {
  const properties = schema.properties as Record<string, AnswerSchema>
  if (Object.keys(value).some((name) => !Object.hasOwn(properties, name))) return 'shape'
  const breaches = Object.entries(properties).map(([name, property]) =>
    Object.hasOwn(value, name) ? findBreach(value[name], property, root) : 'shape',
  )
  return worst(breaches)
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'array':
      return Array.isArray(value)
    case 'null':
      return value === null
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}

function worst(breaches: readonly (SchemaBreach | null)[]): SchemaBreach | null {
  return breaches.includes('shape') ? 'shape' : breaches.includes('enumeration') ? 'enumeration' : null
}

function mildest(breaches: readonly (SchemaBreach | null)[]): SchemaBreach | null {
  return breaches.includes(null) ? null : breaches.includes('enumeration') ? 'enumeration' : 'shape'
}
