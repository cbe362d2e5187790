import type { Outcome } from '../../../protocol/outcome.ts'
import type { ItemErrorCode } from '../../../protocol/results.ts'

/** The fields of one row, whatever the file's format. */
export interface RowFields {
  names(): readonly string[]
  /** Undefined when the row has no such field. Takes a JSON pointer where values can be nested. */
  read(name: string): unknown
}

export interface GoodRow {
  kind: 'row'
  line: number
  fields: RowFields
}

export interface BrokenRow {
  kind: 'broken'
  line: number
  error: { code: ItemErrorCode; message: string }
  /** The row's text as far as it is known. */
  content: string
}

export type Row = GoodRow | BrokenRow

/** Rows in order, some at a time; ends with a failure when the rest cannot be read. */
export type RowStream = AsyncGenerator<Row[], Outcome<null>, void>

export function brokenRow(line: number, code: ItemErrorCode, detail: string, content: string): BrokenRow {
  return { kind: 'broken', line, error: { code, message: `Line ${line}: ${detail}.` }, content }
}
