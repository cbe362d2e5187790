import type { FileHandle } from 'node:fs/promises'
import { itemLineStart, type JournalHeader } from '../journal/journalLines.ts'
import { LineParser } from '../journal/lineParser.ts'
import { inputMark, type JournalLineBytes, parseHeader, wholeLines } from '../journal/readJournal.ts'
import { isWholeResult } from '../journal/wholeResult.ts'
import { createResultColumns, type JudgedColumns, type ResultColumns, type ResultFields } from './resultColumns.ts'

/** What was read of a journal so far; reading goes on where it ended. */
export interface JournalColumns {
  header: JournalHeader
  columns: JudgedColumns
  /** Up to here, in bytes. */
  end: number
  /** Raised by each reading that found something: what was made of the columns before is out of date. */
  version: number
}

/** Begins with the header. Null: the first line is not one of this run. */
export async function beginColumns(handle: FileHandle, runId: string): Promise<JournalColumns | null> {
  const lines = await wholeLines(handle).next()
  if (lines.done) return null
  const [{ bytes, start }] = lines.value as [JournalLineBytes]
  const header = parseHeader(bytes.toString())
  if (header?.runId !== runId) return null
  return { header, columns: createResultColumns(), end: start + bytes.length + 1, version: 0 }
}

/**
 * Takes over the lines that were added since. A damaged line counts for nothing; when it is the last one it is read again the
 * next time, since a resumed run writes over it.
 */
export async function growColumns(handle: FileHandle, journal: JournalColumns, signal?: AbortSignal): Promise<void> {
  const parser = new LineParser()
  let end = journal.end
  for await (const lines of wholeLines(handle, journal.end)) {
    if (signal?.aborted) break
    for (const { bytes, start } of lines) {
      const isWhole = takeLine(lineIn(parser.parse(bytes)), { bytes, start }, journal.columns)
      end = isWhole ? start + bytes.length + 1 : end
    }
  }
  if (end > journal.end) journal.version++
  journal.end = end
}

function takeLine(line: Line | null, { bytes, start }: JournalLineBytes, columns: ResultColumns): boolean {
  if (line === null) return false
  const { index } = columns
  if (line.kind !== 'item') {
    const item = line.key === undefined ? -1 : index.find(line.key)
    if (item === -1) return true
    if (line.kind === 'gone') index.setGone(item)
    else if (line.kind === 'moved' && line.at !== undefined) index.setPosition(item, line.at)
    return true
  }
  const { key, at, result } = line
  // A line that lost a field counts for nothing, as one that is no JSON: its item is judged again when the run is resumed.
  if (!isWholeItem(line) || key === undefined || at === undefined || !result) return false
  const found = index.find(key)
  const item = found === -1 ? index.add(key) : found
  const before = itemLineStart(key, at).length
  index.setPosition(item, at)
  index.setFinal(item, result.status, inputMark(result.inputHash), {
    offset: start + before,
    length: bytes.length - before - 1,
  })
  columns.take(item, result)
  return true
}

function isWholeItem({ key, at, result }: Line): boolean {
  if (typeof key !== 'string' || !Number.isSafeInteger(at) || typeof result !== 'object' || result === null)
    return false
  return /^[0-9a-f]{24}$/.test(key) && ['ok', 'failed', 'skipped'].includes(result.status) && isWholeResult(result)
}

interface Line {
  kind: string
  key?: string
  at?: number
  result?: ResultFields & { status: 'ok' | 'failed' | 'skipped' }
}

/** What our own writer wrote whole is JSON, or it is not: a million lines are not checked field by field. */
function lineIn(json: unknown): Line | null {
  const line = json as Line | null | undefined
  return typeof line?.kind === 'string' ? line : null
}
