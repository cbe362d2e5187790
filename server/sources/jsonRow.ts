import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { isRecord } from '../../shared/isRecord.ts'
import { localizable, localizableText } from '../../shared/message.ts'
import { brokenRow, type OwnFields, type Row, type RowFields } from './row.ts'

/** One JSON value as a row: an object with fields, or a string that is itself the text. */
export function parseJsonRow(line: number, json: string, own?: OwnFields): Row {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    const strict = correctJson(json)
    if (strict === null) return brokenRow(line, 'row_invalid', localizable('not JSON ({0})', describe(error)), json)
    return parseJsonRow(line, strict, own)
  }
  if (typeof value === 'string') return { kind: 'row', line, fields: textOnly(value) }
  if (isRecord(value)) return { kind: 'row', line, fields: jsonFields(value, json), ...(own ? { own } : {}) }
  return brokenRow(line, 'row_invalid', localizable('{0} instead of an object with fields', nameOf(value)), json)
}

/** As a row would be read; null: it is no JSON. */
export function parsedLoosely(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    const strict = correctJson(json)
    return strict === null ? null : JSON.parse(strict)
  }
}

const stringOrFlaw = /"[^"\\]*(?:\\.[^"\\]*)*"|(?<![\w.])[-+]?(?:NaN|Infinity)(?![\w.])|,(?=\s*[}\]])/g

/** Numbers that JSON does not know, as Python writes them, and a comma after the last value. Null: nothing of the kind is in it. */
function correctJson(json: string): string | null {
  const strict = json.replace(stringOrFlaw, (part) => (part.startsWith('"') ? part : part === ',' ? '' : 'null'))
  if (strict === json) return null
  try {
    JSON.parse(strict)
    return strict
  } catch {
    return null
  }
}

function describe(error: unknown): string {
  // The parser quotes the row in its message; a long one is cut.
  return error instanceof Error ? error.message.replaceAll(/\s+/g, ' ').slice(0, 120) : String(error)
}

function nameOf(value: unknown): LocalizableMessage {
  if (value === null) return localizableText('null')
  return Array.isArray(value) ? localizable('a list') : localizable('a value of the type {0}', typeof value)
}

function textOnly(text: string): RowFields {
  return { names: () => ['text'], read: (name) => (name === 'text' ? text : undefined) }
}

function jsonFields(value: Record<string, unknown>, json: string): RowFields {
  let exact: unknown
  let names: string[] | null = null
  return {
    names: () => {
      names ??= Object.keys(value)
      return names
    },
    read: (name) => {
      const found = readName(value, name)
      if (typeof found !== 'number' || Number.isSafeInteger(found) || !Number.isInteger(found)) return found
      exact ??= parseKeepingLongIntegers(json)
      return readName(exact, name)
    },
  }
}

const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const longInteger = /^-?\d{16,}$/

/**
 * Parses valid JSON with integers beyond 2^53 as text instead of rounding them: an id must come out as it went in.
 * Slower than JSON.parse, so meant for the rows that need it.
 */
function parseKeepingLongIntegers(json: string): unknown {
  return JSON.parse(json.replace(stringOrNumber, (token) => (longInteger.test(token) ? `"${token}"` : token)))
}

/** A field by its name, a JSON pointer, or a path as `a.b`. */
export function readName(value: unknown, name: string): unknown {
  const direct = ownValue(value, name)
  if (direct !== undefined) return direct
  if (name.startsWith('/')) return readPointer(value, name)
  return name.includes('.') ? readPath(value, name) : undefined
}

/** A name on the way may have dots itself: the shortest that is there goes first. */
function readPath(value: unknown, path: string): unknown {
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const inner = ownValue(value, path.slice(0, dot))
    const found = inner === undefined ? undefined : readName(inner, path.slice(dot + 1))
    if (found !== undefined) return found
  }
  return undefined
}

/** RFC 6901. Only own properties count, so `/__proto__` is a field like any other. */
function readPointer(value: unknown, pointer: string): unknown {
  let current = value
  for (const part of pointer.slice(1).split('/')) {
    current = ownValue(current, part.replaceAll('~1', '/').replaceAll('~0', '~'))
  }
  return current
}

function ownValue(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return /^(0|[1-9]\d*)$/.test(name) ? value[Number(name)] : undefined
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined
}
