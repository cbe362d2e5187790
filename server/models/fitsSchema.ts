import type { AnswerSchema } from '../domain/answerSchema.ts'

/** How a value breaks the schema of an answer: in its shape, or only by a value that no enum has. */
export type SchemaBreach = 'shape' | 'enumeration'

/**
 * The worst that is wrong with a value; null: it fits. Knows what answer schemas are made of and nothing else: types, `enum`,
 * `anyOf`, `items`, and objects whose fields are all required and no others allowed.
 */
export function findBreach(value: unknown, schema: AnswerSchema): SchemaBreach | null {
  const options = schema.anyOf as AnswerSchema[] | undefined
  if (options) return mildest(options.map((option) => findBreach(value, option)))
  const { type } = schema
  if (!isOfType(value, type)) return 'shape'
  const allowed = schema.enum as unknown[] | undefined
  if (allowed && !allowed.includes(value)) return 'enumeration'
  if (Array.isArray(value)) return worst(value.map((entry) => findBreach(entry, schema.items as AnswerSchema)))
  if (type === 'object') return findBreachInObject(value as Record<string, unknown>, schema)
  return null
}

function findBreachInObject(value: Record<string, unknown>, schema: AnswerSchema): SchemaBreach | null {
  const properties = schema.properties as Record<string, AnswerSchema>
  if (Object.keys(value).some((name) => !Object.hasOwn(properties, name))) return 'shape'
  const breaches = Object.entries(properties).map(([name, property]) =>
    Object.hasOwn(value, name) ? findBreach(value[name], property) : 'shape',
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
