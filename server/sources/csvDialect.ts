import type { CellQuote, Delimiter, SourceFields } from '../../protocol/sources.ts'
import { sniffDelimiter } from './csvHead.ts'
import { type CellRules, cutCells, takeRecords } from './csvRecords.ts'
import { usualIdNames, usualTextNames } from './fieldNames.ts'
import type { Line } from './lines.ts'

export interface CsvDialect extends CellRules {
  /** Lines before the table: one that names the delimiter, comments. */
  linesBefore: number
  hasHeader: boolean
}

export interface CsvSettings {
  delimiter?: Delimiter | undefined
  header?: boolean | undefined
  quote?: CellQuote | undefined
}

const sampleLines = 60

/** By the beginning of a table. What a person said counts. */
export function recogniseDialect(
  head: string,
  isTabbed: boolean,
  settings: CsvSettings,
  fields: SourceFields | undefined,
): CsvDialect {
  const all = head.split(/\r\n?|\n/)
  const named = namedDelimiter(all[0] ?? '')
  const start = named === null ? 0 : 1
  const delimiter =
    settings.delimiter ?? named ?? (isTabbed ? '\t' : sniffDelimiter(withoutComments(all.slice(start)).join('\n')))
  const linesBefore = start + countComments(all.slice(start), delimiter)
  const lines = all.slice(linesBefore, linesBefore + sampleLines)
  // The last one may be cut.
  if (lines.length > 2 && linesBefore + lines.length === all.length) lines.pop()
  const sample = lines.map((text, at): Line => ({ number: at + 1, text, problem: null }))
  const first = lines.find((line) => line.trim() !== '') ?? ''
  const plain: CsvDialect = {
    delimiter,
    hasQuotes: settings.quote !== 'none',
    escape: '"',
    skipsSpaces: false,
    linesBefore,
    hasHeader: true,
    columns: cutCells(first, delimiter).length,
  }
  const dialect = plain.hasQuotes ? fittingDialect(sample, plain) : plain
  const hasHeader = settings.header ?? !looksHeaderless(sampleCells(sample, dialect), fields)
  return { ...dialect, hasHeader }
}

/** Spreadsheets write it for themselves: `sep=;`. */
function namedDelimiter(line: string): Delimiter | null {
  const mark = /^\uFEFF?"?sep=(.)"?\s*$/i.exec(line)?.[1]
  return mark === ',' || mark === ';' || mark === '\t' || mark === '|' ? mark : null
}

function withoutComments(lines: readonly string[]): string[] {
  const others = lines.filter((line) => !line.startsWith('#'))
  return others.length > 1 ? others : [...lines]
}

/** Those that begin with `#` and have not as many cells as the first line that does not. */
function countComments(lines: readonly string[], delimiter: Delimiter): number {
  if (!lines[0]?.startsWith('#')) return 0
  const first = lines.findIndex((line) => !line.startsWith('#') && line.trim() !== '')
  if (first === -1) return 0
  const count = (line: string | undefined): number => cutCells(line ?? '', delimiter).length
  const cells = count(lines[first])
  // The last of them may be the header, as `#chrom<TAB>start`.
  const isHeader = cells > 1 && count(lines[first - 1]) === cells
  return isHeader ? first - 1 : first
}

/** The way to write quotes in which the fewest of the first records are broken; the common one where it is as good. */
function fittingDialect(sample: readonly Line[], plain: CsvDialect): CsvDialect {
  const broken = (dialect: CsvDialect): number => {
    const records = sampleCells(sample, dialect)
    const columns = records[0]?.length ?? 0
    return records.filter((cells) => cells === null || cells.length !== columns).length
  }
  let [best, fewest] = [plain, broken(plain)]
  for (const other of [
    { skipsSpaces: true },
    { escape: '\\' as const },
    { skipsSpaces: true, escape: '\\' as const },
  ]) {
    if (fewest === 0) break
    const dialect = { ...plain, ...other }
    const count = broken(dialect)
    if (count < fewest) [best, fewest] = [dialect, count]
  }
  return best
}

function sampleCells(sample: readonly Line[], dialect: CsvDialect): (string[] | null)[] {
  const { records } = takeRecords(sample, { dialect, longestBytes: 64 * 1024, atEnd: false, isStrict: true })
  return records.map(({ cells }) => cells)
}

/**
 * Whether the first line is a row like those below it: its cells are values of their columns, and the rest of them are sentences. A
 * name that is usual, or that a person named, makes it a header.
 */
function looksHeaderless(records: readonly (string[] | null)[], fields: SourceFields | undefined): boolean {
  const [header, ...rows] = records.filter((cells) => cells !== null)
  if (!header || header.length < 2 || rows.length < 2) return false
  const wanted = [...usualTextNames, ...usualIdNames, ...(fields?.text ?? []), ...(fields?.id ? [fields.id] : [])]
  const known = new Set(wanted.map((name) => name.toLowerCase()))
  if (header.some((cell) => known.has(cell.trim().toLowerCase()))) return false
  const kinds = header.map((cell, at) => {
    const column = rows.map((row) => row[at]?.trim() ?? '').filter((value) => value !== '')
    return kindOfCell(cell.trim(), column)
  })
  const data = kinds.filter((kind) => kind === 'value').length
  return data > 0 && kinds.every((kind) => kind !== 'name') && kinds.includes('sentence')
}

function kindOfCell(cell: string, column: readonly string[]): 'value' | 'sentence' | 'empty' | 'name' {
  if (cell === '') return 'empty'
  const words = cell.split(/\s+/).length
  if (words >= 4 && !/[?:]$/.test(cell)) return 'sentence'
  if (isNumber(cell) && column.length > 0 && column.every(isNumber)) return 'value'
  if (isDated(cell) && column.length > 0 && column.every(isDated)) return 'value'
  // Of a few labels, one each row.
  if (column.includes(cell) && new Set(column).size <= Math.max(2, column.length / 2)) return 'value'
  const isProse = column.reduce((sum, value) => sum + value.split(/\s+/).length, 0) >= 4 * column.length
  return isProse && words >= 3 && /[.!?,]/.test(cell) && !/[?:]$/.test(cell) ? 'sentence' : 'name'
}

function isNumber(text: string): boolean {
  return /^[-+]?\d[\d.,]*$/.test(text)
}

function isDated(text: string): boolean {
  return /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b/.test(text)
}
