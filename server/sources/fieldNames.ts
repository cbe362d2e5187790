import type { RowFields } from './row.ts'

export const bodyNames = ['text', 'content', 'body', 'message', 'description', 'summary']
export const titleName = 'title'
/** Any of them is text where nobody says which field is. */
export const usualTextNames = [...bodyNames, titleName]
export const usualIdNames = ['id', 'number', 'key', 'uuid', 'url', 'guid']

/** How many fields a message lists. */
const mostListed = 12
const longestListed = 40

export function listNames(all: readonly string[]): string {
  const names = all.map(shownName)
  if (names.length === 0) return 'none'
  return names.length > mostListed
    ? `${names.slice(0, mostListed).join(', ')} and ${names.length - mostListed} more`
    : names.join(', ')
}

function shownName(name: string): string {
  const line = oneLine(name)
  return line.length > longestListed ? `${line.slice(0, longestListed)}…` : line
}

function oneLine(name: string): string {
  return name.replaceAll(/\s+/g, ' ').trim()
}

type Rows = readonly { fields: RowFields }[]

/**
 * What a person wrote as the fields that it means: a name as it stands in the file or as it is shown, a path into nested fields, or
 * several of these between commas. A name that has a comma itself goes first.
 */
export function resolveFields(word: string, rows: Rows): string[] {
  const whole = resolveField(word, rows)
  if (whole !== null || !word.includes(',')) return [whole ?? word.trim()]
  const parts = word.split(',')
  const found: string[] = []
  for (let at = 0; at < parts.length; ) {
    let end = parts.length
    let name: string | null = null
    while (end > at && name === null) name = resolveField(parts.slice(at, end--).join(','), rows)
    if (name === null && parts[at]?.trim()) found.push(parts[at]?.trim() ?? '')
    if (name !== null) found.push(name)
    at = name === null ? at + 1 : end + 1
  }
  return found
}

/** Null: no row has such a field. */
export function resolveField(word: string, rows: Rows): string | null {
  if (word.trim() === '') return null
  if (rows.some(({ fields }) => fields.read(word) !== undefined)) return word
  const names = [...new Set(rows.flatMap(({ fields }) => fields.names()))]
  const wanted = oneLine(word)
  const lower = wanted.toLowerCase()
  const number = /^(?:#|column ?)?(\d+)$/.exec(lower)?.[1]
  return (
    names.find((name) => oneLine(name) === wanted) ??
    names.find((name) => oneLine(name).toLowerCase() === lower) ??
    names.find((name) => shownName(name) === wanted) ??
    (number === undefined ? undefined : names.find((name) => name === `column ${number}`)) ??
    (rows.some(({ fields }) => fields.read(wanted) !== undefined) ? wanted : null)
  )
}
