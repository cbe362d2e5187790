import * as z from 'zod'
import type { ConfigField, KindInfo } from '../../protocol/providers.ts'
import type { ProviderAdapter } from './adapter.ts'
import { generationParametersOf, nerParametersOf } from './supportedParameters.ts'

interface FieldSchema {
  type?: string | string[]
  /** How zod writes a field that may be null and has rules of its own. */
  anyOf?: FieldSchema[]
  /** Of a group of values, such as a price: each is a field of its own. */
  properties?: Record<string, FieldSchema>
  enum?: string[]
  default?: ConfigField['default']
  title?: string
  description?: string
  /** Set by the product, not by a person: in no form. */
  internal?: boolean
  minimum?: number
  exclusiveMinimum?: number
  maximum?: number
  maxLength?: number
  pattern?: string
  format?: ConfigField['format']
  group?: ConfigField['group']
  placeholder?: string
}

export function kindInfoOf(adapter: ProviderAdapter): KindInfo {
  const { kind, label, description, key, defaultEndpoint, capabilities, presets = [] } = adapter
  const fields = configFields(adapter.configSchema)
  const { beginsWith, ...keyNeeds } = key
  const { embeddings, embeddingParameters = [] } = capabilities
  return {
    kind,
    label,
    description,
    key: { ...keyNeeds, ...(beginsWith ? { beginsWith: [...beginsWith] } : {}) },
    defaultEndpoint,
    embeddings,
    decisions: adapter.decide !== undefined,
    modelParameters: {
      generation: [...generationParametersOf(adapter)],
      embedding: [...embeddingParameters],
      decision: adapter.decide === undefined ? [] : ['timeout_seconds'],
      ner: [...nerParametersOf(adapter)],
    },
    canPull: adapter.pull !== undefined,
    fields,
    presets: [...presets],
  }
}

/** The fields that a person fills in, in the order of the schema. */
function configFields(schema: z.ZodType): ConfigField[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' })
  return Object.entries(properties).flatMap(([name, property]) => {
    const field = property as FieldSchema
    if (field.internal) return []
    return field.properties ? groupFields(name, field) : [configField(name, field, required.includes(name))]
  })
}

/** `price.input`, said as one of `price`. */
function groupFields(
  group: string,
  { properties = {}, title = group, description, group: place }: FieldSchema,
): ConfigField[] {
  return Object.entries(properties).map(([name, field]) => ({
    ...configField(
      `${group}.${name}`,
      { ...field, description: description ?? '', title: `${title}: ${field.title ?? name}` },
      false,
    ),
    ...(place ? { group: place } : {}),
  }))
}

function configField(name: string, field: FieldSchema, required: boolean): ConfigField {
  const { title = name, description = '' } = field
  return {
    name,
    title,
    description,
    type: typeOf(name, field),
    ...(field.enum ? { values: field.enum } : {}),
    ...(field.default === undefined ? {} : { default: field.default }),
    required,
    ...limitsOf([field, ...(field.anyOf ?? [])]),
    ...(field.format && formats.has(field.format) ? { format: field.format } : {}),
    ...(field.group ? { group: field.group } : {}),
    ...(field.placeholder ? { placeholder: field.placeholder } : {}),
  }
}

const formats: ReadonlySet<string> = new Set<NonNullable<ConfigField['format']>>(['url', 'model', 'variable'])

/** What zod says of every whole number is no limit that a person has to know. */
const isLimit = (value: number | undefined): value is number =>
  value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER

function limitsOf(schemas: readonly FieldSchema[]): Partial<ConfigField> {
  const first = <Key extends keyof FieldSchema>(key: Key) => schemas.find((schema) => schema[key] !== undefined)?.[key]
  const [minimum, above, maximum] = [first('minimum'), first('exclusiveMinimum'), first('maximum')]
  const [maxLength, pattern] = [first('maxLength'), first('pattern')]
  return {
    ...(isLimit(minimum) ? { minimum } : {}),
    ...(isLimit(above) ? { minimum: above, isMinimumExcluded: true } : {}),
    ...(isLimit(maximum) ? { maximum } : {}),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(pattern === undefined ? {} : { pattern }),
  }
}

function typeOf(name: string, field: FieldSchema): ConfigField['type'] {
  if (field.enum) return 'enum'
  const types = [field, ...(field.anyOf ?? [])].flatMap(({ type }) => type ?? [])
  const type = types.find((each) => each !== 'null')
  if (type === 'string' || type === 'integer' || type === 'number' || type === 'boolean') return type
  throw new Error(`The field ${name} has a type that no form can show: ${types.join(', ')}`)
}
