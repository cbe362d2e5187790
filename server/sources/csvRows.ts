import type { Outcome } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, localizableCount, withMessage } from '../../shared/message.ts'
import type { CsvDialect } from './csvDialect.ts'
import { type CsvRecord, findRecords, takeRecords } from './csvRecords.ts'
import { unreadableLine } from './jsonLines.ts'
import { type Line, readLines } from './lines.ts'
import { type OpenedFile, westernEncoding } from './openedFile.ts'
import { brokenRow, type Row, type RowFields, type RowStream, skippedRow } from './row.ts'

interface CsvLimits {
  longestRowBytes: number
  longestQuotedBytes: number
}

/**
 * The rows of a table. A row that has another number of cells than the header is broken, one that has nothing in its cells is
 * skipped.
 */
export async function* readCsvRows(file: OpenedFile, limits: CsvLimits, dialect: CsvDialect): RowStream {
  const lines = readLines(file, limits.longestRowBytes)
  let waiting: Line[] = []
  let header: TableHeader | null = null
  for (;;) {
    const next = await lines.next()
    const atEnd = next.done === true
    if (next.done) {
      if (!next.value.ok) return next.value
    } else waiting = waiting.concat(afterLine(dialect.linesBefore, next.value))
    const { records, taken } = takeRecords(waiting, { dialect, longestBytes: limits.longestQuotedBytes, atEnd })
    waiting = waiting.slice(taken)
    if (header === null && records.length > 0) {
      const read: Outcome<TableHeader> = dialect.hasHeader
        ? readHeader(file.path, records.shift() as CsvRecord)
        : numberColumns(records)
      if (!read.ok) {
        await lines.return?.(read)
        return read
      }
      header = read.value
    }
    if (header && records.length > 0) yield records.map((record) => toRow(record, header as TableHeader))
    if (next.done) return next.value
  }
}

/** How many rows `readCsvRows` would give, some at a time, without taking them apart. */
export async function* countCsvRows(
  file: OpenedFile,
  limits: CsvLimits,
  dialect: CsvDialect,
): AsyncGenerator<number, Outcome<null>, void> {
  const lines = readLines(file, limits.longestRowBytes)
  let waiting: Line[] = []
  let isHeader = dialect.hasHeader
  for (;;) {
    const next = await lines.next()
    if (!next.done) waiting = waiting.concat(afterLine(dialect.linesBefore, next.value))
    const options = { dialect, longestBytes: limits.longestQuotedBytes, atEnd: next.done === true }
    const { found, taken } = findRecords(waiting, options)
    waiting = waiting.slice(taken)
    if (found.length > 0) {
      yield isHeader ? found.length - 1 : found.length
      isHeader = false
    }
    if (next.done) return next.value
  }
}

function afterLine(last: number, lines: readonly Line[]): readonly Line[] {
  return (lines[0]?.number ?? 0) > last ? lines : lines.filter(({ number }) => number > last)
}

export interface TableHeader {
  names: readonly string[]
  places: ReadonlyMap<string, number>
}

function readHeader(path: string, { cells, line, unreadable }: CsvRecord): Outcome<TableHeader> {
  if (unreadable?.problem === 'encoding') {
    const detail = withMessage('detail', localizable('the names of its columns are not valid UTF-8'))
    const source = { code: 'source_invalid', source: path, problem: 'encoding', encoding: westernEncoding } as const
    return fail({ ...source, ...detail, line: unreadable.number })
  }
  if (!cells || unreadable) {
    const detail = 'the header cannot be read: a quote is opened and not closed'
    return fail({ code: 'source_invalid', source: path, problem: 'malformed', detail, line })
  }
  const names = distinctNames(cells.map((cell) => cell.trim()))
  return { ok: true, value: { names, places: new Map(names.map((name, at) => [name, at])) } }
}

/** `Comment`, `Comment (2)`: exports have a column for each of several values. */
export function distinctNames(cells: readonly string[]): string[] {
  const taken = new Set<string>()
  return cells.map((cell, at) => {
    const name = cell === '' ? columnName(at) : cell
    let distinct = name
    for (let count = 2; taken.has(distinct); count++) distinct = `${name} (${count})`
    taken.add(distinct)
    return distinct
  })
}

export function columnName(at: number): string {
  return `column ${at + 1}`
}

function numberColumns(records: readonly CsvRecord[]): Outcome<TableHeader> {
  const most = records.find(({ cells }) => cells !== null)?.cells?.length ?? 0
  const names = Array.from({ length: most }, (_, at) => columnName(at))
  return { ok: true, value: { names, places: new Map(names.map((name, at) => [name, at])) } }
}

function toRow({ line, cells, text, unreadable }: CsvRecord, header: TableHeader): Row {
  if (unreadable) return unreadableRow(unreadable, line, text)
  if (!cells)
    return brokenRow(line, 'row_invalid', localizable('a quotation mark is not closed, or is misplaced'), text)
  if (isBlank(cells)) return skippedRow(line, localizable('its cells are empty'), text)
  const { length } = header.names
  // Simple programs end each line with the mark between cells.
  const extra = cells.length > length ? cells.slice(length) : []
  if (cells.length < length || !isBlank(extra)) {
    const detail = localizableCount(
      cells.length,
      '{0} column where the header has {1}',
      '{0} columns where the header has {1}',
      length,
    )
    return brokenRow(line, 'row_invalid', detail, text)
  }
  return { kind: 'row', line, fields: cellFields(header, cells) }
}

function unreadableRow(unreadable: Line, line: number, text: string): Row {
  if (unreadable.problem !== 'encoding' || unreadable.number === line) return unreadableLine(unreadable)
  const detail = localizable('not valid UTF-8 on line {0}', unreadable.number)
  return { ...brokenRow(line, 'row_encoding', detail, text), isUndecodable: true }
}

function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '')
}

export function cellFields(header: TableHeader, cells: readonly string[]): RowFields {
  return {
    names: () => header.names,
    read: (name) => {
      const place = header.places.get(name) ?? header.places.get(name.replace(/^\//, ''))
      return place === undefined ? undefined : cells[place]
    },
  }
}
