import type { Buffer } from 'node:buffer'
import type { Outcome } from '../../protocol/outcome.ts'
import type { SourceDescription, SourceEncoding, SourceFormat } from '../../protocol/sources.ts'
import type { RowStream } from './row.ts'

/** A file that was opened, looked at and found to be text, or a table. */
export interface OpenedFile {
  path: string
  /** In bytes, as stored. */
  size: number
  /** Of a packed file, what comes out of it: exact where `head` is all of it, else at least so much. Absent: it is not packed. */
  unpackedSize?: number
  modifiedAtMs: number
  encoding: SourceEncoding
  /** The first 64 KB as UTF-8 without a byte order mark; unpacked. Empty for a table. */
  head: Buffer
  /** Whether the beginning is valid UTF-8. */
  isHeadUtf8: boolean
  /** The whole content as UTF-8 without a byte order mark, unpacked. A chunk is valid only until the next one is asked for. */
  chunks(): AsyncGenerator<Buffer, Outcome<null>, void>
  /** What a file holds that is no text: it is read by this alone. */
  table?: OpenedTable
  close(): Promise<void>
}

export interface OpenedTable {
  format: Extract<SourceFormat, 'spreadsheet' | 'parquet' | 'sqlite'>
  /** What it could have been read from, and from which of them it is; absent: there is no choice. */
  choice?: SourceDescription['tables']
  /** `longestBytes`: a longer row is broken. Lines are the numbers of rows, from 1. */
  rows(longestBytes: number): RowStream
  /** How many rows there are, where that is known without reading them. */
  count?: number
}

/** The bytes of a file that is open, for readers of what is no text. They throw the errors of the system. */
export interface StoredFile {
  path: string
  /** In bytes. */
  size: number
  /** Fewer bytes than were asked for: the file ends there. */
  read(position: number, length: number): Promise<Buffer>
  /** Of the file beside it whose name goes on with this ending; 0: there is none. */
  sizeOf(ending: string): Promise<number>
  /** Fails where it is no longer the file that was opened. */
  check(): Promise<Outcome<null>>
}

/** A file as it stands in an editor, with what was not saved. Null: none has it open, so that the disk counts. */
export type FindInEditor = (path: string) => Promise<OpenedFile | null>

/** What a file that is no UTF-8 most often is; whoever knows better names another. */
export const westernEncoding: SourceEncoding = 'windows-1252'

/** A chunk may end within a character; that is not an error of the file. */
export function dropCutCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte >= 0xc0) return bytes.subarray(0, bytes.length - back)
    if (byte < 0x80) break
  }
  return bytes
}
