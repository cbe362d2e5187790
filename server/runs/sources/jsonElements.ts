import { Buffer, isUtf8 } from 'node:buffer'
import type { Told } from '../../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../../protocol/outcome.ts'
import { fail } from '../../../shared/fail.ts'
import { say, worded } from '../../../shared/message.ts'
import type { OpenedFile } from './openedFile.ts'
import { brokenRow, type Row, type RowStream, undecodableRow } from './row.ts'

/** Where an array is: keys of objects from the outside in, and `*` for each array on the way. The document itself is `[]`. */
export type ArrayPath = readonly string[]

export interface ElementOptions {
  longestBytes: number
  /** Asked at each array that is not within a wanted one. */
  isWanted(path: ArrayPath): boolean
  /** One element as a row; null: it is none. */
  toRow(line: number, json: string, path: ArrayPath): Row | null
}

/** An array deeper than this is never wanted, so the way there need not be kept. */
const deepestArray = 8

/**
 * The elements of arrays within a JSON document, one row each. Only strings and brackets are followed to find where an element
 * ends and each is parsed alone, so one broken element is one broken row; a parser of the whole document would have to give up
 * there. Arrays that follow one another, as paged downloads leave them, count as one document.
 */
export async function* readJsonElements(file: OpenedFile, options: ElementOptions): RowStream {
  const splitter = createElementSplitter(options)
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

export function createElementSplitter({ longestBytes, isWanted, toRow }: ElementOptions) {
  let state: 'before' | 'outside' | 'inside' | 'after' | 'trailing' = 'before'
  let line = 1
  let inString = false
  let escaped = false
  /** Within an element, counted from it; outside, from the document. */
  let depth = 0

  const way = createWay()
  let root = 0

  let path: ArrayPath = []
  let startLine = 1
  let kept: Buffer[] = []
  let keptBytes = 0
  let hasContent = false

  function keep(bytes: Buffer): void {
    keptBytes += bytes.length
    if (keptBytes > longestBytes) kept = []
    else if (bytes.length > 0) kept.push(Buffer.from(bytes))
  }

  function takeElement(rest: Buffer, isLast: boolean): Row | null {
    const tooLong = keptBytes + rest.length > longestBytes
    const bytes = Buffer.concat([...kept, rest])
    const wasEmpty = !hasContent
    kept = []
    keptBytes = 0
    hasContent = false
    if (tooLong) return brokenRow(startLine, 'row_too_long', say('longer than a row may be'), '')
    if (wasEmpty) return isLast ? null : brokenRow(startLine, 'row_invalid', say('nothing between two commas'), '')
    return isUtf8(bytes)
      ? toRow(startLine, bytes.toString().trim(), path)
      : undecodableRow(startLine, bytes.toString('latin1'))
  }

  function isWithinString(byte: number): boolean {
    if (!inString) {
      inString = byte === quote
      return inString
    }
    if (escaped) escaped = false
    else if (byte === backslash) escaped = true
    else if (byte === quote) inString = false
    return true
  }

  /** One byte within a wanted array; true when the element ends before it. */
  function stepInside(byte: number): boolean {
    if (isWithinString(byte)) return false
    if (byte === openBracket || byte === openBrace) depth++
    else if (byte === closeBracket || byte === closeBrace) {
      if (depth === 0) return true
      depth--
    } else return byte === comma && depth === 0
    return false
  }

  /** One byte outside of every wanted array. */
  function stepOutside(byte: number): void {
    const was = inString
    if (isWithinString(byte)) {
      way.string(byte, !was, !inString)
      return
    }
    if (byte === openBracket && isWanted(way.path())) {
      path = way.path()
      state = 'inside'
      way.open(byte)
    } else if (byte === openBracket || byte === openBrace) way.open(byte)
    else if (byte === closeBracket || byte === closeBrace) close()
    else way.mark(byte)
  }

  function close(): void {
    state = way.close() === 0 ? 'after' : 'outside'
  }

  function split(chunk: Buffer): Row[] {
    const rows: Row[] = []
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number
      if (byte === lineFeed) line++
      if (state === 'inside') {
        if (!hasContent && !isSpace(byte) && byte !== comma && (byte !== closeBracket || depth > 0)) {
          hasContent = true
          startLine = line
        }
        if (!stepInside(byte)) continue
        const row = takeElement(chunk.subarray(from, at), byte !== comma)
        if (row) rows.push(row)
        startLine = line
        from = at + 1
        if (byte !== comma) close()
      } else if (state === 'outside') {
        stepOutside(byte)
        from = at + 1
        startLine = line
      } else if (!isSpace(byte)) {
        const isNext = state === 'before' || (byte === openBracket && root === openBracket)
        if (!isNext) {
          state = 'trailing'
          return rows
        }
        root = byte
        state = 'outside'
        stepOutside(byte)
        from = at + 1
        startLine = line
      }
    }
    if (state === 'inside') keep(chunk.subarray(from))
    return rows
  }

  return {
    split,
    trouble: (source: string) =>
      state === 'trailing' ? malformed(source, line, say('there is more text after the end of the document')) : null,
    finish(source: string): Outcome<null> {
      if (state === 'inside')
        return malformed(source, startLine, say('the array is not closed; the element here has no end'))
      return state === 'outside' ? malformed(source, line, say('the document has no end')) : succeed(null)
    },
  }
}

const longestKey = 1000

/** The way from the document to where the reading is. Below `deepestArray` it is only counted. */
function createWay() {
  const keys: (string | null)[] = []
  const isArray: boolean[] = []
  let depth = 0
  let expectsKey = false
  let key: number[] | null = null

  return {
    path: (): string[] =>
      depth > deepestArray ? ['…'] : isArray.slice(0, depth).map((array, at) => (array ? '*' : (keys[at] ?? ''))),
    open(byte: number) {
      if (depth < deepestArray) {
        isArray[depth] = byte === openBracket
        keys[depth] = null
      }
      depth++
      expectsKey = byte === openBrace
    },
    /** How deep it is now; never less than 0. */
    close(): number {
      depth = Math.max(0, depth - 1)
      expectsKey = false
      return depth
    },
    mark(byte: number) {
      if (byte === comma && depth > 0 && depth <= deepestArray) expectsKey = isArray[depth - 1] === false
    },
    string(byte: number, isStart: boolean, isEnd: boolean) {
      if (isStart) key = expectsKey && depth > 0 && depth <= deepestArray ? [] : null
      else if (key && isEnd) {
        keys[depth - 1] = readKey(Buffer.from(key))
        expectsKey = false
        key = null
      } else if (key && key.length < longestKey) key.push(byte)
    },
  }
}

function readKey(bytes: Buffer): string {
  try {
    return String(JSON.parse(`"${bytes.toString()}"`))
  } catch {
    return bytes.toString()
  }
}

function malformed(source: string, line: number, detail: Told) {
  return fail({ code: 'source_invalid', source, problem: 'malformed', ...worded('detail', detail), line })
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === lineFeed || byte === 13 || byte === 9
}
