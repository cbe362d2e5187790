import type { Outcome } from '../../protocol/outcome.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { ItemError } from '../../protocol/results.ts'
import { sha256 } from '../items/hashes.ts'
import { identify, type SeenItems } from '../items/identity.ts'
import type { ToPlainText } from '../sources/plainText.ts'
import type { EntryStream, SourceEntry } from '../sources/sourceEntry.ts'

/** One record of a text, known as the runs know it. */
export interface DocumentRecord {
  /** Its identity among the items of a run, 24 hex digits. */
  key: string
  id: string
  /** It is known by an id of its own, and not by its content. */
  hasId: boolean
  /** SHA-256 of the prepared text: the same for as long as the content is. */
  inputHash: string
  /** In UTF-16 units, from its first character to behind its last one. */
  start: number
  end: number
  /** It is the whole text, such as a Markdown note. */
  isWhole: boolean
  /** What is wrong with it, as it stands now; null: it can be read. */
  broken: ItemError | null
}

export interface ReadRecordsOptions {
  toPlainText: ToPlainText
  /** Every record is the whole text: a note, or a text that is one item. */
  isWhole: boolean
  /** More records than these are not read. */
  most: number
  /** Nobody waits for it any more. */
  isCancelled(): boolean
}

/** `too_many`: there are more records than may be read. `cancelled`: given up. */
export type ReadRecords = readonly DocumentRecord[] | 'too_many' | 'cancelled'

/** The records of a text with their places. A text that cannot be read as its source fails with the reader's reason. */
export async function readRecords(
  text: string,
  entries: EntryStream,
  options: ReadRecordsOptions,
): Promise<Outcome<ReadRecords>> {
  const starts = lineStarts(text)
  const seen = createSeenItems()
  const found: DocumentRecord[] = []
  try {
    for (;;) {
      const next = await entries.next()
      if (options.isCancelled()) return succeed('cancelled')
      if (next.done) {
        if (!next.value.ok) return next.value
        endRecords(found, text)
        return succeed(found)
      }
      if (found.length + next.value.length > options.most) return succeed('too_many')
      for (const entry of next.value) found.push(toRecord(entry, seen, starts, options))
    }
  } finally {
    await entries.return(succeed(null))
  }
}

function toRecord(
  entry: SourceEntry,
  seen: SeenItems & { add(key: string): void },
  starts: readonly number[],
  { toPlainText, isWhole }: ReadRecordsOptions,
): DocumentRecord {
  const text = entry.kind === 'readable' ? toPlainText(entry.text) : entry.content
  const inputHash = sha256(text)
  const { key, id } = identify(entry, inputHash, seen)
  seen.add(key)
  return {
    key,
    id,
    hasId: entry.id !== null,
    inputHash,
    start: isWhole ? 0 : (starts[(entry.line ?? 1) - 1] ?? 0),
    end: -1,
    isWhole,
    broken: entry.kind === 'broken' ? entry.error : null,
  }
}

/** A record ends where the next one begins; blanks around it are none of it. */
function endRecords(records: DocumentRecord[], text: string): void {
  let next = text.length
  for (const record of records.toReversed()) {
    const { start } = record
    const limit = start < next || record.isWhole ? next : endOfLine(text, start)
    const body = text.slice(start, limit)
    record.end = Math.max(start, start + body.trimEnd().length)
    record.start = Math.min(record.end, start + body.length - body.trimStart().length)
    next = Math.min(next, start)
  }
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end === -1 ? text.length : end
}

/** What this reading has come to, as the feed of a run remembers it. */
function createSeenItems(): SeenItems & { add(key: string): void } {
  const numbers = new Map<string, number>()
  const repeats = new Map<number, number>()
  return {
    find: (key) => numbers.get(key) ?? -1,
    isSeen: (item) => item !== -1,
    countRepeat(item) {
      const count = (repeats.get(item) ?? 0) + 1
      repeats.set(item, count)
      return count
    },
    add(key) {
      if (!numbers.has(key)) numbers.set(key, numbers.size)
    },
  }
}

/**
 * Where the lines of a text begin, in UTF-16 units, as the readers of sources count lines: at line feeds, or at carriage returns in
 * a text that has nothing else. An editor may count others.
 */
export function lineStarts(text: string): number[] {
  const end = text.includes('\n') || !text.includes('\r') ? '\n' : '\r'
  const starts = [0]
  for (let at = text.indexOf(end); at !== -1; at = text.indexOf(end, at + 1)) starts.push(at + 1)
  return starts
}
