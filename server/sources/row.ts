import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { ItemErrorCode } from '../../protocol/results.ts'
import { localizable, toEnglish } from '../../shared/message.ts'

/** What a finding of a SARIF log has beyond what is judged: a log of the results keeps it. Other people's data, passed on as it is. */
export interface FindingParts {
  properties?: Record<string, unknown>
  suppressions?: unknown[]
  locations?: unknown[]
  partialFingerprints?: Record<string, unknown>
}

/** The fields of one row, whatever the file's format. */
export interface RowFields {
  /** Of findings of a SARIF log only. */
  finding?: FindingParts
  names(): readonly string[]
  /** Undefined when the row has no such field. Takes a JSON pointer where values can be nested. */
  read(name: string): unknown
}

/** Which fields of its rows a format means. */
export interface OwnFields {
  /** All that are there are joined. */
  text: readonly string[]
  /** The first that is there; none: its rows are known by their content. */
  id: readonly string[]
}

export interface GoodRow {
  kind: 'row'
  line: number
  fields: RowFields
  /** Absent: the usual names count. What a person names goes first. */
  own?: OwnFields
  /** What of it is not judged, although the row is. */
  note?: LocalizableMessage
}

export interface BrokenRow {
  kind: 'broken'
  line: number
  error: { code: ItemErrorCode; message: string }
  /** What is wrong with it, without its line. */
  detail: LocalizableMessage
  /** The row's text as far as it is known. */
  content: string
  /** skipped: there is nothing in it to judge. */
  status: 'failed' | 'skipped'
  /** Its bytes are none of the encoding that the file is taken to have. */
  isUndecodable?: true
}

export type Row = GoodRow | BrokenRow

/** Rows in order, some at a time; ends with a failure when the rest cannot be read. */
export type RowStream = AsyncGenerator<Row[], Outcome<null>, void>

export function brokenRow(line: number, code: ItemErrorCode, detail: LocalizableMessage, content: string): BrokenRow {
  const error = { code, message: `Line ${line}: ${toEnglish(detail)}.` }
  return { kind: 'broken', line, error, detail, content, status: 'failed' }
}

export function undecodableRow(line: number, content: string): BrokenRow {
  return { ...brokenRow(line, 'row_encoding', localizable('not valid UTF-8'), content), isUndecodable: true }
}

export function skippedRow(line: number, detail: LocalizableMessage, content: string): BrokenRow {
  return { ...brokenRow(line, 'text_missing', detail, content), status: 'skipped' }
}

/** A row whose fields a format has made itself. What is undefined is not there. */
export function madeRow(line: number, values: Readonly<Record<string, unknown>>, own: OwnFields): GoodRow {
  const present = new Map(Object.entries(values).filter(([, value]) => value !== undefined && value !== null))
  const names = [...present.keys()]
  return { kind: 'row', line, own, fields: { names: () => names, read: (name) => present.get(name) } }
}
