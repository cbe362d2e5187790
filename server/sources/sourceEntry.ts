import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { ItemErrorCode } from '../../protocol/results.ts'
import type { RowFields } from './row.ts'

/** What a source has in one place: something to judge, or something broken that becomes a result of its own. */
export type SourceEntry = ReadableEntry | BrokenEntry

interface Placed {
  /** The source's own id; null where it has none. */
  id: string | null
  /** Shown as the id where there is none: `line:7`, `line:7:2` for the second on that line, `row:7` of a table, or a path. Unique within the run. */
  place: string
  /** The file it comes from: an id means something only within it. */
  scope: string
  /** Absolute path of that file; null for a selection. */
  file: string | null
  /** Where it begins there, from 1; null where the item is the whole file. */
  line: number | null
  /** What of the file came before it, where only some lines of it are read; absent: all that came was read. */
  before?: EntryBefore
  /** Of its row, only where they were asked for, and where it is one. */
  fields?: RowFields
}

/** An item is known among all of its file, whichever lines of it are read. */
export interface EntryBefore {
  /** Its id came before, so that its content identifies it. */
  hasId: boolean
  /** So many entries that its content identifies, with the same content. */
  equal: number
}

export interface ReadableEntry extends Placed {
  kind: 'readable'
  /** The user named the id field, so an id that comes twice is an error and not just a bad guess of ours. */
  isIdNamed: boolean
  text: string
  /** What of it is not judged, although its text is: front matter that cannot be read. */
  note?: LocalizableMessage
}

export interface BrokenEntry extends Placed {
  kind: 'broken'
  /** skipped: there is nothing to judge. */
  status: 'failed' | 'skipped'
  error: { code: ItemErrorCode; message: string }
  /** The row as it stands, to recognise it again. */
  content: string
}

/**
 * Entries in the order of the source, some at a time. Reading waits while nobody asks. It ends with a failure when the rest
 * cannot be read; what came before stays valid.
 */
export type EntryStream = AsyncGenerator<SourceEntry[], Outcome<null>, void>
