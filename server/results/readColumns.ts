import type { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import { type JournalHeader, resultPlace } from '../journal/journalLines.ts'
import { LineParser } from '../journal/lineParser.ts'
import { inputMark, readHeader, wholeLines } from '../journal/readJournal.ts'
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
  /** Lines up to `end` that are damaged, and that nobody knew of when the run went on last. */
  damagedLines: number
  /** Such lines behind `end`. */
  damagedAtEnd: number
}

/** Nothing is read but the header. Null: there is none of this run. */
export async function beginColumns(handle: FileHandle, runId: string): Promise<JournalColumns | null> {
  const header = await readHeader(handle)
  if (header?.runId !== runId) return null
  return {
    header,
    columns: createResultColumns(header.profile.criteria, header.profile.category_choice?.further_from),
    end: 0,
    version: 0,
    damagedLines: 0,
    damagedAtEnd: 0,
  }
}

/**
 * Takes over the lines that were added since. A damaged line counts for nothing; when it is the last one it is read again the
 * next time, since a resumed run writes over it.
 */
export async function growColumns(handle: FileHandle, journal: JournalColumns, signal?: AbortSignal): Promise<void> {
  const parser = new LineParser()
  let end = journal.end
  journal.damagedAtEnd = 0
  for await (const lines of wholeLines(handle, journal.end)) {
    if (signal?.aborted) break
    for (const { bytes, start, length } of lines) {
      const line = bytes && lineIn(parser.parse(bytes))
      if (!line || !takeLine(line, { bytes, start }, journal.columns)) {
        journal.damagedAtEnd++
        continue
      }
      end = start + length + 1
      journal.damagedLines = line.kind === 'resumed' ? 0 : journal.damagedLines + journal.damagedAtEnd
      journal.damagedAtEnd = 0
    }
  }
  if (end > journal.end) journal.version++
  journal.end = end
}

function takeLine(line: Line, { bytes, start }: { bytes: Buffer; start: number }, columns: ResultColumns): boolean {
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
  index.setPosition(item, at)
  index.setFinal(item, result.status, inputMark(result.inputHash), resultPlace(bytes, start))
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
