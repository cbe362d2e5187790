import fc from 'fast-check'
import * as z from 'zod'

// Values that a schema of the contract accepts, made from the schema itself, so that a new message is covered without a new test.

type Schema = z.core.$ZodType
type Check = {
  check: string
  format?: string
  minimum?: number
  length?: number
  maximum?: number
  value?: number
  inclusive?: boolean
  pattern?: RegExp
}

export function valuesOf<Accepted extends z.ZodType>(schema: Accepted): fc.Arbitrary<z.input<Accepted>> {
  return arbitraryOf(schema) as fc.Arbitrary<z.input<Accepted>>
}

/** What no generator can know of a schema, a rule of our own, is left to the schema itself. */
function arbitraryOf(schema: Schema): fc.Arbitrary<unknown> {
  const values = valuesByType(schema)
  const isRuled = checksOf(schema).some(({ check }) => check === 'custom')
  const isByType = (schema as z.core.$ZodTypes)._zod.def.type === 'custom'
  return isRuled && !isByType ? values.filter((value) => z.safeParse(schema, value).success) : values
}

function valuesByType(schema: Schema): fc.Arbitrary<unknown> {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'string':
      return strings(checksOf(schema))
    case 'number':
      return numbers(def as { format?: string }, checksOf(schema))
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'literal':
      return fc.constantFrom(...def.values)
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries))
    case 'array':
      return arrays(def.element, checksOf(schema))
    case 'object':
      return objects(schema, def.shape)
    case 'record':
      return fc.dictionary(arbitraryOf(def.keyType) as fc.Arbitrary<string>, arbitraryOf(def.valueType), {
        maxKeys: 4,
        noNullPrototype: true,
      })
    // The only one of the contract is of probabilities by name.
    case 'custom':
      return fc.dictionary(
        fc.oneof(fc.string({ maxLength: 8 }), fc.constant('__proto__')),
        fc.double({ min: 0, max: 1, noNaN: true }).map((figure) => Math.abs(figure)),
        { maxKeys: 4, noNullPrototype: true },
      )
    case 'union':
      return fc.oneof(...def.options.filter((option) => !within.has(option)).map(arbitraryOf))
    case 'intersection':
      return fc
        .tuple(arbitraryOf(def.left), arbitraryOf(def.right))
        .map(([left, right]) => ({ ...(left as object), ...(right as object) }))
    case 'nullable':
      return fc.option(arbitraryOf(def.innerType), { nil: null })
    case 'optional':
    case 'default':
      return fc.option(arbitraryOf(def.innerType), { nil: undefined })
    // The only recursive schema of the contract is any JSON value.
    case 'lazy':
      return fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)))
    default:
      throw new Error(`The contract uses ${def.type}, which this generator does not know yet.`)
  }
}

/** Its own check (a format such as a date) and the checks that were added to it. */
function checksOf(schema: Schema): Check[] {
  const def = schema._zod.def as unknown as Check & { checks?: { _zod: { def: Check } }[] }
  return [...(def.check ? [def] : []), ...(def.checks ?? []).map((check) => check._zod.def)]
}

function strings(checks: readonly Check[]): fc.Arbitrary<string> {
  if (checks.some((check) => check.format === 'datetime')) return instants()
  const pattern = checks.find((check) => check.pattern)?.pattern
  if (pattern) return fc.stringMatching(pattern)
  const { minimum = 0, maximum = 40 } = boundsOf(checks)
  // Trimmed, because a schema may trim: what comes back is then what went in.
  return fc
    .string({ minLength: minimum, maxLength: Math.min(maximum, 40) })
    .map((text) => text.trim())
    .filter((text) => text.length >= minimum)
}

function instants(): fc.Arbitrary<string> {
  const range = { min: new Date('2000-01-01'), max: new Date('2100-01-01') }
  return fc.date({ ...range, noInvalidDate: true }).map((date) => date.toISOString())
}

function numbers({ format }: { format?: string }, checks: readonly Check[]): fc.Arbitrary<number> {
  const { minimum = -1000, maximum = 1_000_000 } = boundsOf(checks)
  if (format === 'safeint') return fc.integer({ min: minimum, max: maximum })
  return (
    fc
      .double({ min: minimum, max: maximum, noNaN: true, noDefaultInfinity: true })
      // JSON has no minus zero.
      .map((value) => (value === 0 ? 0 : value))
  )
}

function arrays(element: Schema, checks: readonly Check[]): fc.Arbitrary<unknown[]> {
  const { minimum = 0, maximum = 3 } = boundsOf(checks)
  return fc.array(arbitraryOf(element), { minLength: minimum, maxLength: Math.max(minimum, Math.min(maximum, 3)) })
}

/** Objects that are being made: a sentence may hold another one, but the ones that are made here do not. */
const within = new Set<Schema>()

function objects(schema: Schema, shape: Record<string, Schema>): fc.Arbitrary<object> {
  within.add(schema)
  const fields = Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, arbitraryOf(field)]))
  within.delete(schema)
  return fc.record(fields, { noNullPrototype: true }).map(dropUndefined)
}

/** An absent field, as it travels. */
function dropUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined))
}

function boundsOf(checks: readonly Check[]): { minimum?: number; maximum?: number } {
  const bounds: { minimum?: number; maximum?: number } = {}
  for (const { check, minimum, maximum, length, value, inclusive } of checks) {
    if (check === 'length_equals' && length !== undefined) Object.assign(bounds, { minimum: length, maximum: length })
    if (check === 'min_length' && minimum !== undefined) bounds.minimum = minimum
    if (check === 'max_length' && maximum !== undefined) bounds.maximum = maximum
    if (check === 'greater_than' && value !== undefined) bounds.minimum = inclusive ? value : value + 1
    if (check === 'less_than' && value !== undefined) bounds.maximum = inclusive ? value : value - 1
  }
  return bounds
}
