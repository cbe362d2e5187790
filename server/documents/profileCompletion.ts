import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver'
import { fileSchemas } from '../profiles/fileSchemas.ts'

/** As much of a JSON schema as our own say. */
interface Schema {
  type?: string
  description?: string
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  enum?: unknown[]
  const?: unknown
}

let profileSchema: Schema | null = null

/**
 * What can stand at the end of `before`, the text up to the cursor: fields that are not there yet, or the values of a field. By indentation
 * alone, since what is being typed is rarely valid.
 */
export function completeProfile(before: string): CompletionItem[] {
  profileSchema ??= JSON.parse(fileSchemas()['profile.schema.json'] ?? '{}') as Schema
  const lines = before.split(/\r?\n/)
  const current = lines.pop() ?? ''
  const value = /^([\s-]*)(\w[\w-]*):[ \t]+[\w-]*$/.exec(current)
  if (value) {
    const [, lead = '', name = ''] = value
    const { path, siblings } = placeOf(lines, lead)
    return valuesOf(at(profileSchema, [...path, name], siblings))
  }
  const key = /^((?:\s|- )*)\w*$/.exec(current)
  if (!key) return []
  const [, lead = ''] = key
  const { path, siblings } = placeOf(lines, lead)
  // A profile is no list.
  if (path.length === 0 && lead.includes('-')) return []
  return fieldsOf(at(profileSchema, path, siblings), new Set(siblings.keys()))
}

/** The fields around a line, from the outermost, and those beside it above with their values. */
function placeOf(lines: readonly string[], lead: string): { path: string[]; siblings: Map<string, string> } {
  const path: string[] = []
  const siblings = new Map<string, string>()
  let column = lead.length
  // A new entry of a list has none of its fields.
  let isBeside = !lead.includes('-')
  let dash = lead.includes('-') ? lead.indexOf('-') : null
  for (const line of lines.toReversed()) {
    const found = /^(\s*(?:- +)*)(\w[\w-]*):[ \t]*(.*)$/.exec(line)
    if (!found) continue
    const [, before = '', name = '', value = ''] = found
    const entry = before.indexOf('-')
    if (before.length === column && isBeside) {
      if (path.length === 0) siblings.set(name, value.trim())
      if (entry >= 0) {
        isBeside = false
        dash = entry
      }
    } else if (before.length < column && (dash === null || before.length <= dash)) {
      path.unshift(name)
      column = before.length
      isBeside = entry < 0
      dash = entry >= 0 ? entry : null
    }
  }
  return { path, siblings }
}

/** Each form that the value at a path may have; of several that a `type` tells apart, the one that is meant. */
function at(schema: Schema, path: readonly string[], siblings: ReadonlyMap<string, string>): Schema[] {
  let forms = formsOf(schema)
  for (const name of path) forms = forms.flatMap(({ properties }) => formsOf(properties?.[name]))
  const type = siblings.get('type')
  const meant = forms.filter(({ properties }) => type !== undefined && properties?.type?.const === type)
  return meant.length > 0 ? meant : forms
}

function formsOf(schema: Schema | undefined): Schema[] {
  if (schema === undefined) return []
  const { anyOf, oneOf, items } = schema
  return [schema, ...[...(anyOf ?? []), ...(oneOf ?? []), ...(items ? [items] : [])].flatMap(formsOf)]
}

function fieldsOf(forms: readonly Schema[], there: ReadonlySet<string>): CompletionItem[] {
  const found = new Map<string, CompletionItem>()
  for (const { properties = {} } of forms)
    for (const [name, { description }] of Object.entries(properties)) {
      if (there.has(name) || found.has(name)) continue
      const explained = description === undefined ? {} : { documentation: description }
      found.set(name, { label: name, kind: CompletionItemKind.Property, insertText: `${name}: `, ...explained })
    }
  return [...found.values()]
}

function valuesOf(forms: readonly Schema[]): CompletionItem[] {
  const values = forms.flatMap(({ enum: named = [], const: only, type }) => [
    ...named,
    ...(only === undefined ? [] : [only]),
    ...(type === 'boolean' ? [true, false] : []),
  ])
  return [...new Set(values.map(String))].map((label) => ({ label, kind: CompletionItemKind.Value }))
}
