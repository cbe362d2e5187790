import { localizable } from '../../shared/message.ts'
import { parseJsonRow } from './jsonRow.ts'
import { type Line, readLines } from './lines.ts'
import type { OpenedFile } from './openedFile.ts'
import { brokenRow, type OwnFields, type Row, type RowStream, undecodableRow } from './row.ts'

/** One JSON value a line; blank lines do not count. */
export async function* readJsonLines(file: OpenedFile, longestBytes: number, own?: OwnFields): RowStream {
  const lines = readLines(file, longestBytes)
  for (;;) {
    const next = await lines.next()
    if (next.done) return next.value
    const rows = next.value.map((line) => toRow(line, own)).filter((row) => row !== null)
    if (rows.length > 0) yield rows
  }
}

function toRow(line: Line, own: OwnFields | undefined): Row | null {
  if (line.problem !== null) return unreadableLine(line)
  return line.text.trim() === '' ? null : parseJsonRow(line.number, line.text, own)
}

export function unreadableLine(line: Line): Row {
  return line.problem === 'too_long'
    ? brokenRow(line.number, 'row_too_long', localizable('longer than a row may be'), line.text)
    : undecodableRow(line.number, line.text)
}
