import { Buffer, isUtf8 } from 'node:buffer'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { parseJsonRow } from './jsonRow.ts'
import type { OpenedFile } from './openedFile.ts'
import { brokenRow, type Row, type RowStream, undecodableRow } from './row.ts'

/** documents: objects that follow one another. keyed: the objects that one object holds, each by its name, which is the field `key`. */
export type ObjectsForm = 'documents' | 'keyed'

/** Objects that no list is around, one row each. Only strings and brackets are followed, and each object is parsed alone. */
export async function* readJsonObjects(file: OpenedFile, form: ObjectsForm, longestBytes: number): RowStream {
  const cutter = new ObjectCutter(form, longestBytes)
  const chunks = file.chunks()
  for (;;) {
    const next = await chunks.next()
    if (!next.done) {
      const rows = cutter.cut(next.value)
      if (rows.length > 0) yield rows
      continue
    }
    if (!next.value.ok || cutter.isClosed) return next.value
    const detail = withMessage('detail', localizable('the document has no end; the object here is not closed'))
    return fail({ code: 'source_invalid', source: file.path, problem: 'malformed', ...detail, line: cutter.startLine })
  }
}

const lineFeed = 10
const quote = 0x22
const backslash = 0x5c
const longestKey = 1000

class ObjectCutter {
  readonly #form: ObjectsForm
  readonly #longestBytes: number
  #line = 1
  #depth = 0
  #inString = false
  #isEscaped = false
  #startLine = 1
  /** Where nothing may stand but objects, something else does: told once for each object. */
  #isStray = false
  #key: number[] = []
  #lastKey = ''
  #pending: Buffer[] = []
  #pendingBytes = 0

  constructor(form: ObjectsForm, longestBytes: number) {
    this.#form = form
    this.#longestBytes = longestBytes
  }

  get isClosed(): boolean {
    return this.#depth === 0 && !this.#inString
  }

  get startLine(): number {
    return this.#startLine
  }

  cut(chunk: Buffer): Row[] {
    const rows: Row[] = []
    const around = this.#form === 'keyed' ? 1 : 0
    let from = this.#depth > around ? 0 : -1
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number
      if (byte === lineFeed) this.#line++
      if (this.#isWithinString(byte)) {
        if (this.#depth === around) this.#noteKey(byte)
        continue
      }
      if (byte === 0x7b || byte === 0x5b) {
        if (this.#depth === around && byte === 0x7b) {
          from = at
          this.#startLine = this.#line
        }
        this.#depth++
      } else if (byte === 0x7d || byte === 0x5d) {
        this.#depth = Math.max(0, this.#depth - 1)
        if (this.#depth === around && from >= 0) {
          rows.push(this.#take(chunk.subarray(from, at + 1)))
          from = -1
        }
      } else if (around === 0 && this.#depth === 0) this.#noteStray(byte, rows)
    }
    if (from >= 0) this.#keep(chunk.subarray(from))
    return rows
  }

  /** White space and commas may stand between objects. */
  #noteStray(byte: number, rows: Row[]): void {
    if (byte <= 0x20 || byte === 0x2c) return
    if (!this.#isStray) rows.push(brokenRow(this.#line, 'row_invalid', localizable('text between two objects'), ''))
    this.#isStray = true
  }

  #noteKey(byte: number): void {
    if (!this.#inString) {
      this.#lastKey = Buffer.from(this.#key).toString()
      this.#key = []
    } else if (byte !== quote && this.#key.length < longestKey) this.#key.push(byte)
  }

  #take(rest: Buffer): Row {
    this.#isStray = false
    const isTooLong = this.#pendingBytes + rest.length > this.#longestBytes
    const bytes = Buffer.concat([...this.#pending, rest])
    this.#pending = []
    this.#pendingBytes = 0
    const line = this.#startLine
    if (isTooLong) return brokenRow(line, 'row_too_long', localizable('longer than a row may be'), '')
    if (!isUtf8(bytes)) return undecodableRow(line, bytes.toString('latin1'))
    const row = parseJsonRow(line, bytes.toString())
    return row.kind === 'row' && this.#form === 'keyed' ? withKey(row, this.#lastKey) : row
  }

  #keep(bytes: Buffer): void {
    this.#pendingBytes += bytes.length
    if (this.#pendingBytes > this.#longestBytes) this.#pending = []
    else if (bytes.length > 0) this.#pending.push(Buffer.from(bytes))
  }

  #isWithinString(byte: number): boolean {
    if (!this.#inString) {
      this.#inString = byte === quote
      return this.#inString
    }
    if (this.#isEscaped) this.#isEscaped = false
    else if (byte === backslash) this.#isEscaped = true
    else if (byte === quote) this.#inString = false
    return true
  }
}

function withKey(row: Extract<Row, { kind: 'row' }>, key: string): Row {
  const { names, read } = row.fields
  return {
    ...row,
    fields: {
      names: () => (names().includes('key') ? names() : [...names(), 'key']),
      read: (name) => read(name) ?? (name === 'key' ? key : undefined),
    },
  }
}

/** What the beginning of a document shows of objects without a list; null: it is something else. */
export function recogniseObjects(head: string, isWhole: boolean): ObjectsForm | 'object' | null {
  const first = firstObject(head, 0)
  if (first) {
    const rest = head.slice(first.end).replace(/^[\s,]+/, '')
    if (rest.startsWith('{')) return 'documents'
    if (rest !== '' || !isWhole) return null
  }
  const inner = /^\s*\{\s*"(?:[^"\\]|\\.){1,1000}"\s*:\s*/.exec(head)
  const one = inner ? firstObject(head, inner[0].length) : null
  if (!one) return first ? 'object' : null
  const isKeyed = /^\s*(?:,\s*"(?:[^"\\]|\\.){1,1000}"\s*:\s*\{|\}\s*$)/.test(head.slice(one.end))
  return isKeyed ? 'keyed' : first ? 'object' : null
}

/** The end of the object that begins at `from`; null: it does not end here. */
function firstObject(text: string, from: number): { end: number } | null {
  let depth = 0
  let inString = false
  for (let at = from; at < text.length; at++) {
    const mark = text[at]
    if (inString) {
      if (mark === '\\') at++
      else if (mark === '"') inString = false
    } else if (mark === '"') inString = true
    else if (mark === '{' || mark === '[') depth++
    else if (mark === '}' || mark === ']') {
      depth--
      if (depth === 0) return { end: at + 1 }
    }
    if (depth === 0 && !/\s/.test(mark ?? '')) return null
  }
  return null
}
