import { asFields, type Fields, parseJson } from './errorBody.ts'

/**
 * The answer that stands in the arguments of tool calls: as one JSON text where they say the same kind of thing, since some models make a
 * call for each item; else one call a line, for the reader of answers to judge. Empty: no call has arguments.
 */
export function textOfCalls(calls: readonly unknown[]): string {
  const given = calls.map(openArguments).filter((value) => !isEmpty(value))
  const merged = given.length > 1 ? mergeAll(given) : null
  return merged === null ? given.map(asJsonText).join('\n') : JSON.stringify(merged)
}

/** Arguments come as JSON, as JSON within a JSON text, or as what the JSON would say; a cut off one stays the text that it is. */
function openArguments(value: unknown): unknown {
  const opened = openText(value)
  const fields = asFields(opened)
  return fields === null
    ? opened
    : Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, openList(field)]))
}

/** How often JSON may stand within JSON. */
const mostLayers = 3

function openText(value: unknown): unknown {
  let opened = value
  for (let layer = 0; layer < mostLayers && typeof opened === 'string'; layer++) {
    const parsed = parseJson(opened)
    if (parsed === null || typeof parsed === 'number' || typeof parsed === 'boolean') break
    opened = parsed
  }
  return typeof opened === 'string' ? opened.trim() : opened
}

/** A list or an object that was written as a text, as some models do with what the schema nests. */
function openList(field: unknown): unknown {
  if (typeof field !== 'string' || !/^\s*[[{]/.test(field)) return field
  return parseJson(field) ?? field
}

function isEmpty(value: unknown): boolean {
  if (value == null || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function asJsonText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Null: they are not of one form, or say two things of the same. */
function mergeAll(values: readonly unknown[]): Fields | null {
  const all = values.map(asFields)
  if (all.includes(null)) return null
  return all.reduce((merged, next) => (merged === null || next === null ? null : merge(merged, next)))
}

function merge(one: Fields, other: Fields): Fields | null {
  const names = Object.keys(one)
  if (names.length !== Object.keys(other).length || !names.every((name) => Object.hasOwn(other, name))) return null
  const merged: [string, unknown][] = []
  for (const name of names) {
    const both = joinValues(one[name], other[name])
    if (both === null) return null
    merged.push([name, both])
  }
  return Object.fromEntries(merged)
}

function joinValues(one: unknown, other: unknown): unknown {
  if (Array.isArray(one) && Array.isArray(other)) return [...one, ...other]
  const [first, second] = [asFields(one), asFields(other)]
  if (first === null || second === null) return null
  const isDisjoint = Object.keys(second).every((name) => !Object.hasOwn(first, name))
  return isDisjoint ? { ...first, ...second } : null
}
