import { Buffer, isUtf8 } from 'node:buffer'
import { fail, type Outcome, succeed } from '../../../protocol/outcome.ts'
import { parseJsonRow } from './jsonRow.ts'
import type { OpenedFile } from './openedFile.ts'
import { brokenRow, type Row, type RowStream } from './row.ts'

/**
 * The elements of a JSON array, one row each. Only strings and brackets are followed to find where an element ends and each is
 * parsed alone, so one broken element is one broken row; a parser of the whole document would have to give up there.
 */
export async function* readJsonArray(file: OpenedFile, longestBytes: number): RowStream {
  const splitter = createElementSplitter(longestBytes)
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
const lineFeed = 10

function createElementSplitter(longestBytes: number) {
  let state: 'before' | 'inside' | 'after' | 'trailing' = 'before'
  let depth = 0
  let inString = false
  let escaped = false
  let line = 1
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
    if (tooLong) return brokenRow(startLine, 'row_too_long', 'longer than a row may be', '')
    if (wasEmpty) return isLast ? null : brokenRow(startLine, 'row_invalid', 'nothing between two commas', '')
    return isUtf8(bytes)
      ? parseJsonRow(startLine, bytes.toString().trim())
      : brokenRow(startLine, 'row_invalid', 'not valid UTF-8', bytes.toString('latin1'))
  }

  /** One byte within the array; true when the element ends before it. */
  function step(byte: number): boolean {
    if (inString) {
      if (escaped) escaped = false
      else if (byte === backslash) escaped = true
      else if (byte === quote) inString = false
      return false
    }
    if (byte === quote) inString = true
    else if (byte === 0x5b || byte === 0x7b) depth++
    else if (byte === 0x5d || byte === 0x7d) {
      if (depth === 0) return true
      depth--
    } else return byte === comma && depth === 0
    return false
  }

  function split(chunk: Buffer): Row[] {
    const rows: Row[] = []
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number
      if (byte === lineFeed) line++
      if (state === 'inside') {
        if (!hasContent && !isSpace(byte) && byte !== comma && (byte !== 0x5d || depth > 0)) {
          hasContent = true
          startLine = line
        }
        if (!step(byte)) continue
        const row = takeElement(chunk.subarray(from, at), byte !== comma)
        if (row) rows.push(row)
        startLine = line
        from = at + 1
        if (byte !== comma) state = 'after'
      } else if (!isSpace(byte)) {
        if (state === 'after') {
          state = 'trailing'
          return rows
        }
        state = 'inside'
        from = at + 1
        startLine = line
      }
    }
    if (state === 'inside') keep(chunk.subarray(from))
    return rows
  }

  return {
    split,
    trouble: (path: string) =>
      state === 'trailing' ? malformed(path, line, 'there is more text after the end of the array') : null,
    finish: (path: string): Outcome<null> =>
      state === 'inside'
        ? malformed(path, startLine, 'the array that starts the file is not closed; the element here has no end')
        : succeed(null),
  }
}

function malformed(path: string, line: number, detail: string) {
  return fail({ code: 'source_invalid', source: path, problem: 'malformed', detail, line })
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === lineFeed || byte === 13 || byte === 9
}
