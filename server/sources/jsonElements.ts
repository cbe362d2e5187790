import { Buffer, isUtf8 } from 'node:buffer'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { OpenedFile } from './openedFile.ts'
import { brokenRow, type Row, type RowStream, undecodableRow } from './row.ts'

/** Where an array is: keys of objects from the outside in, and `*` for each array on the way. The document itself is `[]`. */
export type ArrayPath = readonly string[]

export interface ElementOptions {
  longestBytes: number
  /** Asked at each array that is not within a wanted one. */
  isWanted(path: ArrayPath): boolean
  /** Whether an array shows that the document is of the expected kind, though it may hold no items. Absent: only a wanted one. */
  isExpected?(path: ArrayPath): boolean
  /** Said of a document in which no expected array is. */
  missing?: LocalizableMessage | undefined
  /** A list that may be meant then, as a JSON pointer. */
  likely?: string | undefined
  /** One element as a row; null: it is none. */
  toRow(line: number, json: string, path: ArrayPath): Row | null
}

const noItems = localizable(
  'there is no list of items where one was expected; say where it is, such as /data/items, or read the file as one text',
)

/** An array deeper than this is never wanted, so the way there need not be remembered. */
const deepestArray = 8

/**
 * The elements of arrays within a JSON document, one row each. Only strings and brackets are followed to find where an element
 * ends and each is parsed alone, so one broken element is one broken row; a parser of the whole document would have to give up
 * there. Arrays that follow one another, as paged downloads leave them, count as one document.
 */
export async function* readJsonElements(file: OpenedFile, options: ElementOptions): RowStream {
  const splitter = new ElementSplitter(options)
  const chunks = file.chunks()
  for (;;) {
    const next = await chunks.next()
    if (next.done) return next.value.ok ? splitter.finish(file.path) : next.value
    const rows = splitter.split(next.value)
    if (rows.length > 0) yield rows
    const trouble = splitter.trouble(file.path)
    if (trouble) {
      await chunks.return(succeed(null))
      return trouble
    }
  }
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d
const lineFeed = 10

/** before, after: between two documents. outside: within one, in no wanted array. trailing: there is something else after it. */
type SplitterState = 'before' | 'outside' | 'inside' | 'after' | 'trailing'

/** Follows a document byte by byte and cuts the elements of its wanted arrays out. */
export class ElementSplitter {
  readonly #options: ElementOptions
  readonly #way = new DocumentPath()
  #state: SplitterState = 'before'
  #isFound = false
  #line = 1
  #inString = false
  #isEscaped = false
  /** What the document begins with. */
  #root = 0

  // Of the element that is being read:
  #path: ArrayPath = []
  #depth = 0
  #startLine = 1
  #hasContent = false
  #pending: Buffer[] = []
  #pendingBytes = 0

  constructor(options: ElementOptions) {
    this.#options = options
  }

  split(chunk: Buffer): Row[] {
    const rows: Row[] = []
    for (let at = 0; at < chunk.length; ) {
      at = this.#state === 'inside' ? this.#readElement(chunk, at, rows) : this.#readOutside(chunk, at)
    }
    return rows
  }

  trouble(source: string): ReturnType<typeof malformed> | null {
    if (this.#state !== 'trailing') return null
    return malformed(source, this.#line, localizable('there is more text after the end of the document'))
  }

  finish(source: string): Outcome<null> {
    if (this.#state === 'inside')
      return malformed(source, this.#startLine, localizable('the array is not closed; the element here has no end'))
    if (this.#state === 'outside') return malformed(source, this.#line, localizable('the document has no end'))
    const { missing = noItems, likely } = this.#options
    return this.#isFound ? succeed(null) : malformed(source, 1, missing, likely === undefined ? {} : { items: likely })
  }

  /** From `from` to where the element ends, or the chunk. Answers where reading goes on. */
  #readElement(chunk: Buffer, from: number, rows: Row[]): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] as number
      if (byte === lineFeed) this.#line++
      if (!this.#hasContent && this.#isContent(byte)) {
        this.#hasContent = true
        this.#startLine = this.#line
      }
      if (!this.#endsElement(byte)) continue
      const row = this.#takeElement(chunk.subarray(from, at), byte !== comma)
      if (row) rows.push(row)
      this.#startLine = this.#line
      if (byte !== comma) this.#close()
      return at + 1
    }
    this.#keep(chunk.subarray(from))
    return chunk.length
  }

  #isContent(byte: number): boolean {
    return !isSpace(byte) && byte !== comma && (byte !== closeBracket || this.#depth > 0)
  }

  /** True when the element ends before this byte. */
  #endsElement(byte: number): boolean {
    if (this.#isWithinString(byte)) return false
    if (byte === openBracket || byte === openBrace) this.#depth++
    else if (byte === closeBracket || byte === closeBrace) {
      if (this.#depth === 0) return true
      this.#depth--
    } else return byte === comma && this.#depth === 0
    return false
  }

  #takeElement(rest: Buffer, isLast: boolean): Row | null {
    const { longestBytes, toRow } = this.#options
    const line = this.#startLine
    const isTooLong = this.#pendingBytes + rest.length > longestBytes
    const bytes = Buffer.concat([...this.#pending, rest])
    const wasEmpty = !this.#hasContent
    this.#pending = []
    this.#pendingBytes = 0
    this.#hasContent = false
    if (isTooLong) return brokenRow(line, 'row_too_long', localizable('longer than a row may be'), '')
    if (wasEmpty) return isLast ? null : brokenRow(line, 'row_invalid', localizable('nothing between two commas'), '')
    return isUtf8(bytes)
      ? toRow(line, bytes.toString().trim(), this.#path)
      : undecodableRow(line, bytes.toString('latin1'))
  }

  #keep(bytes: Buffer): void {
    this.#pendingBytes += bytes.length
    if (this.#pendingBytes > this.#options.longestBytes) this.#pending = []
    // Copied, because the chunk's memory is used again for the next one.
    else if (bytes.length > 0) this.#pending.push(Buffer.from(bytes))
  }

  /** From `from` to where a wanted array begins, or the end of the chunk. Answers where reading goes on. */
  #readOutside(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] as number
      if (byte === lineFeed) this.#line++
      if (this.#state !== 'outside') {
        if (isSpace(byte)) continue
        if (!this.#begin(byte)) return chunk.length
      }
      if (!this.#entersArray(byte)) continue
      this.#startLine = this.#line
      return at + 1
    }
    return chunk.length
  }

  /** False where no document may begin. */
  #begin(byte: number): boolean {
    const mayBegin = this.#state === 'before' || (byte === openBracket && this.#root === openBracket)
    this.#state = mayBegin ? 'outside' : 'trailing'
    if (mayBegin) this.#root = byte
    return mayBegin
  }

  /** One byte outside of every wanted array; true when one begins with it. */
  #entersArray(byte: number): boolean {
    const was = this.#inString
    if (this.#isWithinString(byte)) this.#way.string(byte, !was, !this.#inString)
    else if (byte === openBracket || byte === openBrace) return this.#open(byte)
    else if (byte === closeBracket || byte === closeBrace) this.#close()
    else this.#way.mark(byte)
    return false
  }

  #open(byte: number): boolean {
    const path = byte === openBracket ? this.#way.path() : null
    this.#way.open(byte)
    if (path === null) return false
    const isWanted = this.#options.isWanted(path)
    this.#isFound ||= isWanted || (this.#options.isExpected?.(path) ?? false)
    if (!isWanted) return false
    this.#path = path
    this.#state = 'inside'
    return true
  }

  #close(): void {
    this.#state = this.#way.close() === 0 ? 'after' : 'outside'
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

const longestKey = 1000

/** The way from the document to where the reading is. Below `deepestArray` it is only counted. */
class DocumentPath {
  readonly #keys: (string | null)[] = []
  readonly #isArray: boolean[] = []
  #depth = 0
  #expectsKey = false
  #key: number[] | null = null

  path(): string[] {
    if (this.#depth > deepestArray) return ['…']
    return this.#isArray.slice(0, this.#depth).map((array, at) => (array ? '*' : (this.#keys[at] ?? '')))
  }

  open(byte: number): void {
    if (this.#depth < deepestArray) {
      this.#isArray[this.#depth] = byte === openBracket
      this.#keys[this.#depth] = null
    }
    this.#depth++
    this.#expectsKey = byte === openBrace
  }

  /** How deep it is now; never less than 0. */
  close(): number {
    this.#depth = Math.max(0, this.#depth - 1)
    this.#expectsKey = false
    return this.#depth
  }

  mark(byte: number): void {
    if (byte === comma && this.#isTracked()) this.#expectsKey = this.#isArray[this.#depth - 1] === false
  }

  string(byte: number, isStart: boolean, isEnd: boolean): void {
    if (isStart) this.#key = this.#expectsKey && this.#isTracked() ? [] : null
    else if (this.#key && isEnd) {
      this.#keys[this.#depth - 1] = readKey(Buffer.from(this.#key))
      this.#expectsKey = false
      this.#key = null
    } else if (this.#key && this.#key.length < longestKey) this.#key.push(byte)
  }

  #isTracked(): boolean {
    return this.#depth > 0 && this.#depth <= deepestArray
  }
}

function readKey(bytes: Buffer): string {
  try {
    return String(JSON.parse(`"${bytes.toString()}"`))
  } catch {
    return bytes.toString()
  }
}

function malformed(source: string, line: number, detail: LocalizableMessage, more: { items?: string } = {}) {
  return fail({ code: 'source_invalid', source, problem: 'malformed', ...withMessage('detail', detail), line, ...more })
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === lineFeed || byte === 13 || byte === 9
}
