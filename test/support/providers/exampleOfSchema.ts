type Schema = Readonly<Record<string, unknown>>

/** What an answer is made up from: the ids that it must hold, and the text of the prompt to choose fitting values by. */
export interface ExampleSource {
  ids: readonly string[]
  prompt: string
}

const namesOfIds = ['id', 'key', 'item']

/** A value that the schema allows. Lists of things with ids get one entry for every id; enums prefer what the prompt names. */
export function exampleOfSchema(schema: Schema, source: ExampleSource, root: Schema = schema): unknown {
  const resolved = resolve(schema, root)
  if ('const' in resolved) return resolved.const
  if (Array.isArray(resolved.enum)) return chooseFromEnum(resolved.enum, source.prompt)
  const type = Array.isArray(resolved.type) ? resolved.type.find((each) => each !== 'null') : resolved.type
  switch (type) {
    case 'object':
      return objectOf(resolved, source, root)
    case 'array':
      return arrayOf(resolved, source, root)
    case 'integer':
      return Math.floor(middle(resolved, 5))
    case 'number':
      return middle(resolved, 0.5)
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return 'Chosen by a fake model.'
  }
}

/**
 * For requests that carry no schema: the example of an answer that our prompts end with (`{"verdicts":{"<key>":{…}}}`),
 * with one entry for every id. Lists of names stay empty.
 */
export function exampleInPrompt(system: string, ids: readonly string[]): unknown {
  for (const [line] of system.matchAll(/^\{.*\}$/gm)) {
    try {
      const example = JSON.parse(line) as Record<string, unknown>
      return Object.fromEntries(Object.entries(example).map(([name, value]) => [name, repeatFor(value, ids)]))
    } catch {
      // Not the example but something that looks like it.
    }
  }
  return { note: 'the fake found no schema and no example' }
}

function repeatFor(value: unknown, ids: readonly string[]): unknown {
  const [entry] = typeof value === 'object' && value !== null ? (Object.values(value) as Record<string, unknown>[]) : []
  if (entry === undefined) return value
  const filled = Object.entries(entry).map(([name, inner]) => [name, Array.isArray(inner) ? [] : inner])
  return Object.fromEntries(ids.map((id) => [id, Object.fromEntries(filled)]))
}

/** The ids that the schema lists for the entries of its answer; none when it leaves them open. */
export function idsInSchema(schema: Schema): string[] {
  const found = new Set<string>()
  const visit = (value: unknown, name: string): void => {
    if (typeof value !== 'object' || value === null) return
    const values = 'enum' in value && Array.isArray(value.enum) ? value.enum : []
    if (namesOfIds.includes(name)) for (const id of values) found.add(String(id))
    // One property an item: its names are the ids.
    if (name === 'verdicts' && 'properties' in value)
      for (const id of Object.keys(value.properties ?? {})) found.add(id)
    for (const [key, inner] of Object.entries(value)) visit(inner, key)
  }
  visit(schema, '')
  return [...found]
}

function resolve(schema: Schema, root: Schema): Schema {
  if (typeof schema.$ref === 'string') {
    const parts = schema.$ref.replace(/^#\/?/, '').split('/').filter(Boolean)
    const target = parts.reduce<unknown>((value, part) => (value as Schema | undefined)?.[part], root)
    return resolve(target as Schema, root)
  }
  const options = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined
  const useful = options?.find((option) => option.type !== 'null')
  return useful ? resolve(useful, root) : schema
}

function objectOf(schema: Schema, source: ExampleSource, root: Schema): Record<string, unknown> {
  const properties = (schema.properties ?? {}) as Record<string, Schema>
  return Object.fromEntries(
    Object.entries(properties).map(([name, inner]) => [name, exampleOfSchema(inner, source, root)]),
  )
}

function arrayOf(schema: Schema, source: ExampleSource, root: Schema): unknown[] {
  const items = resolve((schema.items ?? {}) as Schema, root)
  const properties = (items.properties ?? {}) as Record<string, Schema>
  const idName = namesOfIds.find((name) => name in properties)
  if (idName) {
    return source.ids.map((id) => ({
      ...objectOf(items, { ...source, prompt: textOfId(source, id) }, root),
      [idName]: id,
    }))
  }
  const least = typeof schema.minItems === 'number' ? schema.minItems : 0
  const count = Array.isArray(items.enum) ? Math.max(1, least) : least
  return Array.from({ length: count }, () => exampleOfSchema(items, source, root))
}

/** The part of the prompt from the last place that names the id on, so that the values fit the item. */
function textOfId({ ids, prompt }: ExampleSource, id: string): string {
  const start = prompt.search(new RegExp(`["'=:\\[ ]${escapePattern(id)}["'\\] >:\\n]`))
  if (start === -1) return prompt
  const others = ids
    .filter((other) => other !== id)
    .map((other) => new RegExp(`["'=:\\[ ]${escapePattern(other)}["'\\] >:\\n]`))
  const rest = prompt.slice(start + id.length + 1)
  const ends = others.map((other) => rest.search(other)).filter((end) => end !== -1)
  return ends.length > 0 ? rest.slice(0, Math.min(...ends)) : rest
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function chooseFromEnum(values: readonly unknown[], text: string): unknown {
  const lower = text.toLowerCase()
  return values.find((value) => typeof value === 'string' && lower.includes(value.toLowerCase())) ?? values[0]
}

function middle(schema: Schema, otherwise: number): number {
  const low = schema.minimum
  const high = schema.maximum
  return typeof low === 'number' && typeof high === 'number' ? (low + high) / 2 : otherwise
}
