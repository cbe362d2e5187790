import type { Outcome } from '../../protocol/outcome.ts'
import type { Delimiter } from '../../protocol/sources.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, localizableCount, withMessage } from '../../shared/message.ts'
import { type CsvRecord, takeRecords } from './csvRecords.ts'
import { unreadableLine } from './jsonLines.ts'
import { type Line, readLines } from './lines.ts'
import type { OpenedFile } from './openedFile.ts'
import { brokenRow, type Row, type RowFields, type RowStream } from './row.ts'

interface CsvLimits {
  longestRowBytes: number
  longestQuotedBytes: number
}

/**
 * The rows below a header line. A row that has another number of cells than the header is broken. `used`: the columns, in lower
 * case, that may be there only once; exports have others several times.
 */
export async function* readCsvRows(
  file: OpenedFile,
  limits: CsvLimits,
  { used, delimiter }: { used: readonly string[]; delimiter: Delimiter },
): RowStream {
  const lines = readLines(file, limits.longestRowBytes)
  const problems = new Map<number, Line>()
  let waiting: Line[] = []
  let header: Header | null = null
  let hasRows = false
  for (;;) {
    const next = await lines.next()
    const atEnd = next.done === true
    if (next.done) {
      if (!next.value.ok) return next.value
    } else {
      for (const line of next.value) if (line.problem !== null) problems.set(line.number, line)
      waiting = waiting.concat(next.value)
    }
    const { records, taken } = takeRecords(waiting, { delimiter, longestBytes: limits.longestQuotedBytes, atEnd })
    waiting = waiting.slice(taken)
    if (header === null && records.length > 0) {
      const read = readHeader(file.path, records.shift() as CsvRecord, used)
      if (!read.ok) {
        await lines.return?.(read)
        return read
      }
      header = read.value
    }
    hasRows ||= records.length > 0
    if (header && records.length > 0) yield records.map((record) => toRow(record, header as Header, problems))
    problems.clear()
    for (const line of waiting) if (line.problem !== null) problems.set(line.number, line)
    if (next.done) return hasRows || header === null ? next.value : headerOnly(file.path)
  }
}

function headerOnly(source: string) {
  return fail({ code: 'source_invalid', source, problem: 'no_items', detail: 'it has a header and no rows' })
}

interface Header {
  names: readonly string[]
  /** Where a name stands; a name that stands there twice is ambiguous. */
  places: ReadonlyMap<string, number | 'twice'>
}

function readHeader(path: string, record: CsvRecord, used: readonly string[]): Outcome<Header> {
  if (!record.cells) {
    const detail = 'the header cannot be read: a quote is opened and not closed'
    return fail({ code: 'source_invalid', source: path, problem: 'malformed', detail, line: record.line })
  }
  const names = record.cells.map((cell) => cell.trim())
  const places = new Map<string, number | 'twice'>()
  names.forEach((name, index) => {
    places.set(name, places.has(name) ? 'twice' : index)
  })
  const twice = names.find((name) => places.get(name) === 'twice' && used.includes(name.toLowerCase()))
  if (twice !== undefined) {
    const detail = withMessage('detail', localizable('the column "{0}" is there twice', twice))
    return fail({ code: 'source_invalid', source: path, problem: 'malformed', ...detail, line: record.line })
  }
  return { ok: true, value: { names, places } }
}

function toRow(record: CsvRecord, header: Header, problems: ReadonlyMap<number, Line>): Row {
  const problem = problems.get(record.line)
  if (problem) return unreadableLine(problem)
  const { line, cells, text } = record
  if (!cells)
    return brokenRow(
      line,
      'row_invalid',
      localizable('a quote is opened and not closed, or stands where none may'),
      text,
    )
  if (cells.length !== header.names.length) {
    const detail = localizableCount(
      cells.length,
      '{0} column where the header has {1}',
      '{0} columns where the header has {1}',
      header.names.length,
    )
    return brokenRow(line, 'row_invalid', detail, text)
  }
  return { kind: 'row', line, fields: cellFields(header, cells) }
}

function cellFields(header: Header, cells: readonly string[]): RowFields {
  return {
    names: () => header.names,
    read: (name) => {
      const place = header.places.get(name) ?? header.places.get(name.replace(/^\//, ''))
      return typeof place === 'number' ? cells[place] : undefined
    },
  }
}
