import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { CascadeCounts, RunSpent } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { openRegularFile } from '../files/regularFile.ts'
import { ItemIndex } from './itemIndex.ts'
import {
  type JournalCategorization,
  JournalHeader,
  type JournalLine,
  nothingUsed,
  originOf,
  parseJournalLine,
  resultPlace,
} from './journalLines.ts'
import { LineParser } from './lineParser.ts'
import { beginsSealed, isSound, joinedLines } from './seal.ts'
import { isWholeResult } from './wholeResult.ts'

export interface ReadJournal {
  header: JournalHeader
  index: ItemIndex
  /** Of items that have no result that holds, by their keys. */
  categorized: ReadonlyMap<string, JournalCategorization>
  /** Where the last whole line ends; what follows was being written when the process died. */
  end: number
  /**
   * Lines (from 1) in the middle that are damaged, the first hundred of those that nobody knew of when the run went on last. Their items
   * are judged again.
   */
  damagedLines: number[]
  /** The last line is damaged, too; it is behind `end`. */
  isTorn: boolean
  /** US dollars, of a run with a cap; what was under way when it ended counts as spent. */
  spentUsd: number
  /** What its calls used, as far as it was written down. */
  used: RunSpent
  /** Null: it has no cascade, or nothing was noted of it yet. */
  cascade: CascadeCounts | null
}

const chunkBytes = 1024 * 1024
const mostDamagedLines = 100

/** Reads a journal from its beginning. What the end lacks is dropped; what the middle lacks is reported. */
export async function readJournal(files: RunFiles, path: string, runId: string): Promise<Outcome<ReadJournal>> {
  let handle: FileHandle
  try {
    handle = await openRegularFile(files, path)
  } catch (error) {
    const sentence = localizable('its journal cannot be opened ({0})', fileErrorCode(error))
    return fail({ code: 'run_not_resumable', runId, ...withMessage('detail', sentence) })
  }
  try {
    return await readLinesOf(handle, runId)
  } catch (error) {
    const sentence = localizable('its journal cannot be read ({0})', fileErrorCode(error))
    return fail({ code: 'run_not_resumable', runId, ...withMessage('detail', sentence) })
  } finally {
    await handle.close()
  }
}

async function readLinesOf(handle: FileHandle, runId: string): Promise<Outcome<ReadJournal>> {
  const index = new ItemIndex()
  const parser = new LineParser()
  const categorized = new Map<string, JournalCategorization>()
  const damaged: { line: number; start: number }[] = []
  const begin = await readHeader(handle)
  if (begin === null && (await handle.stat()).size === 0) {
    return fail({ code: 'run_not_resumable', runId, detail: 'its journal is empty' })
  }
  if (begin?.runId !== runId) {
    return fail({ code: 'run_not_resumable', runId, detail: 'the first line of its journal is damaged' })
  }
  let line = 0
  let end = 0
  let spentUsd = 0
  let used = nothingUsed
  let cascade: CascadeCounts | null = null
  for await (const lines of wholeLines(handle)) {
    for (const { bytes, start, length } of lines) {
      line++
      end = start + length + 1
      const parsed = bytes && parseJournalLine(parser.parse(bytes))
      if (parsed?.kind === 'spent') spentUsd = parsed.usd
      else if (parsed?.kind === 'used') used = parsed.used
      else if (parsed?.kind === 'cascade') cascade = parsed.counts
      else if (parsed?.kind === 'categorized') categorized.set(parsed.key, parsed.categorized)
      else if (parsed?.kind === 'resumed') damaged.length = 0
      else if (parsed && (parsed.kind !== 'item' || isWholeResult(parsed.result))) {
        if (parsed.kind !== 'run') takeOver(parsed, { bytes, start }, { index, categorized })
      } else if (damaged.length < mostDamagedLines) damaged.push({ line, start })
    }
  }
  // A power cut may leave zeros where the last write should be, line end included.
  const last = damaged.at(-1)
  const isTorn = last?.line === line
  if (isTorn) {
    end = last.start
    damaged.pop()
  }
  const damagedLines = damaged.map((each) => each.line)
  return succeed({ header: begin, index, categorized, end, damagedLines, isTorn, spentUsd, used, cascade })
}

export function parseHeader(text: string): JournalHeader | null {
  try {
    return JournalHeader.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/** A line end within a header makes two lines of it. */
const headerLines = 4

/** What a journal begins with: its first line, or the next one that is a header. Null: there is none. */
export async function readHeader(handle: FileHandle): Promise<JournalHeader | null> {
  let tried = 0
  for await (const lines of wholeLines(handle)) {
    for (const { bytes } of lines) {
      const header = bytes && parseHeader(bytes.toString())
      if (header) return header
      if (++tried === headerLines) return null
    }
  }
  return null
}

/** Null also where there is no such journal, or none that can be read. */
export async function readHeaderOf(files: RunFiles, path: string): Promise<JournalHeader | null> {
  try {
    const handle = await openRegularFile(files, path)
    try {
      return await readHeader(handle)
    } finally {
      await handle.close()
    }
  } catch (error) {
    ignoreFileErrors(error)
    return null
  }
}

function takeOver(
  line: Extract<JournalLine, { kind: 'item' | 'moved' | 'gone' }>,
  { bytes, start }: { bytes: Buffer; start: number },
  { index, categorized }: { index: ItemIndex; categorized: Map<string, JournalCategorization> },
): void {
  const found = index.find(line.key)
  const item = found === -1 ? index.add(line.key) : found
  switch (line.kind) {
    case 'item': {
      // An item that failed in its scoring alone was categorized all the same.
      if (line.result.status !== 'failed') categorized.delete(line.key)
      index.setPosition(item, line.at)
      const { status, inputHash } = line.result
      return index.setFinal(item, status, inputMark(inputHash), resultPlace(bytes, start), originOf(line.result))
    }
    case 'moved':
      return index.setPosition(item, line.at)
    case 'gone':
      return index.setGone(item)
    default:
      return line satisfies never
  }
}

/** The part of an input's hash that the index keeps. */
export function inputMark(inputHash: string): number {
  return Number.parseInt(inputHash.slice(0, 8), 16)
}

/** Without its end. */
export interface JournalLineBytes {
  /** Null: it is damaged, by its checksum. */
  bytes: Buffer | null
  /** Where it begins in the file. */
  start: number
  /** In bytes. */
  length: number
}

/**
 * Lines that have an end, many at a time. They are valid until the next are asked for: all are read into one buffer, since a long journal
 * would pass through memory as garbage otherwise.
 */
export async function* wholeLines(handle: FileHandle, from = 0): AsyncGenerator<JournalLineBytes[]> {
  let buffer = Buffer.allocUnsafe(chunkBytes)
  let filled = 0
  for (let position = from; ; ) {
    if (filled === buffer.length) {
      const larger = Buffer.allocUnsafe(buffer.length * 2)
      buffer.copy(larger, 0, 0, filled)
      buffer = larger
    }
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position)
    if (bytesRead === 0) return
    position += bytesRead
    const searched = filled
    filled += bytesRead
    let begin = 0
    const whole = buffer.subarray(0, filled)
    const lines: JournalLineBytes[] = []
    for (let at = whole.indexOf(10, searched); at !== -1; at = whole.indexOf(10, begin)) {
      addLine(lines, whole.subarray(begin, at), position - filled + begin)
      begin = at + 1
    }
    if (lines.length > 0) yield lines
    buffer.copy(buffer, 0, begin, filled)
    filled -= begin
  }
}

function addLine(lines: JournalLineBytes[], bytes: Buffer, start: number): void {
  const isWhole = isSound(bytes)
  const begins = isWhole && beginsSealed(bytes) ? [] : joinedLines(bytes)
  if (begins.length === 0) {
    lines.push({ bytes: isWhole ? bytes : null, start, length: bytes.length })
    return
  }
  // What stands between two of them was a line end.
  for (const [nth, from] of [0, ...begins].entries()) {
    const part = bytes.subarray(from, (begins[nth] ?? bytes.length + 1) - 1)
    lines.push({ bytes: isSound(part) ? part : null, start: start + from, length: part.length })
  }
}
