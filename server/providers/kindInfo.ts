import * as z from 'zod'
import type { ConfigField, KindInfo } from '../../protocol/providers.ts'
import type { ProviderAdapter } from './adapter.ts'

interface FieldSchema {
  type?: string | string[]
  /** How zod writes a field that may be null and has rules of its own. */
  anyOf?: FieldSchema[]
  enum?: string[]
  default?: ConfigField['default']
  title?: string
  description?: string
  /** Set by the product, not by a person: in no form. */
  internal?: boolean
}

export function kindInfoOf(adapter: ProviderAdapter): KindInfo {
  const { kind, label, description, key, defaultEndpoint, capabilities, presets = [] } = adapter
  const fields = configFields(adapter.configSchema)
  const { beginsWith, ...keyNeeds } = key
  const { embeddings, generationParameters = [], embeddingParameters = [] } = capabilities
  return {
    kind,
    label,
    description,
    key: { ...keyNeeds, ...(beginsWith ? { beginsWith: [...beginsWith] } : {}) },
    defaultEndpoint,
    embeddings,
    modelParameters: { generation: [...generationParameters], embedding: [...embeddingParameters] },
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
    return field.internal ? [] : [configField(name, field, required.includes(name))]
  })
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
  }
}

function typeOf(name: string, field: FieldSchema): ConfigField['type'] {
  if (field.enum) return 'enum'
  const types = [field, ...(field.anyOf ?? [])].flatMap(({ type }) => type ?? [])
  const type = types.find((each) => each !== 'null')
  if (type === 'string' || type === 'integer' || type === 'number' || type === 'boolean') return type
  throw new Error(`The field ${name} has a type that no form can show: ${types.join(', ')}`)
}
