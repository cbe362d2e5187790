import { parse } from 'csv-parse/sync'
import type { Delimiter } from '../../protocol/sources.ts'
import type { Line } from './lines.ts'

/** One record of a table: its cells, or null when the line at `line` cannot be taken apart. */
export interface CsvRecord {
  line: number
  cells: string[] | null
  text: string
  /** The line whose text could not be taken: of several lines, the first such. */
  unreadable: Line | null
}

/** How a table writes its cells. */
export interface CellRules {
  delimiter: Delimiter
  /** False: a quotation mark is a character like any other. */
  hasQuotes: boolean
  /** What stands before a quotation mark within quotes: another one, or a backslash. */
  escape: '"' | '\\'
  /** A cell may have spaces before its quote. */
  skipsSpaces: boolean
  /** Cells of the first line; a table with tabs has no line with more or fewer. */
  columns: number
}

interface Found {
  line: number
  text: string
  unreadable: Line | null
}

interface TakeOptions {
  dialect: CellRules
  longestBytes: number
  atEnd: boolean
  /** What is written against the rules of quotes is broken and not read as it may be meant. */
  isStrict?: boolean
}

/**
 * Takes complete records from the front of `lines` and says how many lines they took. A cell may span lines: as long as the
 * quotes of what was read so far do not pair up, the next line belongs to it. A quote that never closes would swallow the rest
 * of the file, so beyond `longestBytes`, at the end, or when the joined lines make no sense, the first line stands alone as
 * broken and the others are read for themselves.
 */
export function takeRecords(lines: readonly Line[], options: TakeOptions): { records: CsvRecord[]; taken: number } {
  const { found, taken } = findRecords(lines, options)
  const cells = parseAll(
    found.map((record) => record.text),
    options,
  )
  return { records: found.map((record, at) => ({ ...record, cells: cells[at] ?? null })), taken }
}

/** The same without taking them apart. */
export function findRecords(lines: readonly Line[], options: TakeOptions): { found: Found[]; taken: number } {
  const { dialect, longestBytes, atEnd } = options
  const found: Found[] = []
  let index = 0
  while (index < lines.length) {
    const line = lines[index] as Line
    const span = hasOpenQuote(line.text, dialect) ? findClosingLine(lines, index, { dialect, longestBytes }) : index
    if (span === 'unknown' && !atEnd) break
    const joined = typeof span === 'number' && span > index ? joinLines(lines.slice(index, span + 1), options) : null
    if (joined) found.push(joined)
    else if (line.problem !== null || line.text.trim() !== '')
      found.push({ line: line.number, text: line.text, unreadable: line.problem === null ? null : line })
    index = joined ? (span as number) + 1 : index + 1
  }
  return { found, taken: index }
}

/** Null: they make no sense as one record. */
function joinLines(lines: readonly Line[], options: TakeOptions): Found | null {
  const { delimiter, columns } = options.dialect
  // With tabs a quote is hardly ever one: lines that are whole rows without it are rows.
  if (delimiter === '\t' && lines.every(({ text }) => cutCells(text, delimiter).length === columns)) return null
  const text = lines.map((line) => line.text).join('\n')
  if (!parseOne(text, options.dialect, false)) return null
  return { line: lines[0]?.number ?? 0, text, unreadable: lines.find(({ problem }) => problem !== null) ?? null }
}

export function cutCells(text: string, delimiter: string): string[] {
  return text.split(delimiter)
}

function hasOpenQuote(text: string, rules: CellRules): boolean {
  if (!rules.hasQuotes) return false
  let isOpen = false
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1))
    if (rules.escape === '"' || !isEscaped(text, at)) isOpen = !isOpen
  return isOpen
}

function isEscaped(text: string, at: number): boolean {
  let marks = 0
  while (text[at - marks - 1] === '\\') marks++
  return marks % 2 === 1
}

function findClosingLine(
  lines: readonly Line[],
  first: number,
  { dialect, longestBytes }: Pick<TakeOptions, 'dialect' | 'longestBytes'>,
): number | 'unknown' | 'never' {
  let length = lines[first]?.text.length ?? 0
  for (let index = first + 1; index < lines.length; index++) {
    const line = lines[index] as Line
    length += line.text.length
    if (line.problem === 'too_long' || length > longestBytes) return 'never'
    if (hasOpenQuote(line.text, dialect)) return index
  }
  return 'unknown'
}

/** All at once is much faster; around a broken record they are halved until it stands alone. */
function parseAll(texts: readonly string[], options: TakeOptions): (string[] | null)[] {
  const { dialect } = options
  if (!dialect.hasQuotes) return texts.map((text) => cutCells(text, dialect.delimiter))
  const together = parseStrictly(texts.join('\n'), dialect, false)
  if (together && together.length === texts.length) return together
  const [first] = texts
  if (first !== undefined && texts.length === 1) return [parseLoosely(first, options)]
  const half = Math.ceil(texts.length / 2)
  return [...parseAll(texts.slice(0, half), options), ...parseAll(texts.slice(half), options)]
}

/** Written against the rules, and still clear: one record in the other ways to write quotes, or as it stands. */
function parseLoosely(text: string, { dialect, isStrict }: TakeOptions): string[] | null {
  if (isStrict) return parseOne(text, dialect, false)
  const fits = (cells: string[] | null): boolean => cells?.length === dialect.columns
  for (const way of [
    { skipsSpaces: true, escape: dialect.escape },
    { skipsSpaces: false, escape: dialect.escape === '"' ? ('\\' as const) : ('"' as const) },
  ]) {
    const cells = parseOne(text, { ...dialect, ...way }, false)
    if (fits(cells)) return cells
  }
  const loose = parseOne(text, dialect, true)
  if (dialect.delimiter !== '\t' || fits(loose)) return loose
  const cut = cutCells(text, dialect.delimiter)
  return fits(cut) ? cut : loose
}

function parseOne(text: string, dialect: CellRules, isLoose: boolean): string[] | null {
  const records = parseStrictly(text, dialect, isLoose)
  return records?.length === 1 ? (records[0] ?? null) : null
}

/** Loose: a quote within a cell, as in `5" disk`, is a character like any other. */
function parseStrictly(text: string, dialect: CellRules, isLoose: boolean): string[][] | null {
  try {
    return parse(text, {
      delimiter: dialect.delimiter,
      escape: dialect.escape,
      ltrim: dialect.skipsSpaces,
      record_delimiter: '\n',
      relax_column_count: true,
      relax_quotes: isLoose,
      max_record_size: 0,
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}
