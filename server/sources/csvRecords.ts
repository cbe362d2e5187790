import { parse } from 'csv-parse/sync'
import type { Line } from './lines.ts'

/** One record of a table: its cells, or null when the line at `line` cannot be taken apart. */
export interface CsvRecord {
  line: number
  cells: string[] | null
  text: string
}

/**
 * Takes complete records from the front of `lines` and says how many lines they took. A cell may span lines: as long as the
 * quotes of what was read so far do not pair up, the next line belongs to it. A quote that never closes would swallow the rest
 * of the file, so beyond `longestBytes`, at the end, or when the joined lines make no sense, the first line stands alone as
 * broken and the others are read for themselves.
 */
export function takeRecords(
  lines: readonly Line[],
  options: { delimiter: string; longestBytes: number; atEnd: boolean },
): { records: CsvRecord[]; taken: number } {
  const found: { line: number; text: string; isSpanning: boolean; isWhole: boolean }[] = []
  let index = 0
  while (index < lines.length) {
    const line = lines[index] as Line
    const span = hasOpenQuote(line.text) ? findClosingLine(lines, index, options.longestBytes) : index
    if (span === 'unknown' && !options.atEnd) break
    if (typeof span === 'number' && span > index) {
      const text = lines
        .slice(index, span + 1)
        .map(textOf)
        .join('\n')
      const cells = parseOne(text, options.delimiter, false)
      found.push({ line: line.number, text: cells ? text : line.text, isSpanning: cells !== null, isWhole: true })
      index = cells ? span + 1 : index + 1
    } else {
      if (line.problem !== null || line.text.trim() !== '')
        found.push({ line: line.number, text: line.text, isSpanning: false, isWhole: line.problem === null })
      index++
    }
  }
  const cells = parseAll(
    found.map((record) => record.text),
    options.delimiter,
  )
  const records = found.map((record, at) => ({ line: record.line, text: record.text, cells: cells[at] ?? null }))
  return { records, taken: index }
}

function textOf(line: Line): string {
  return line.text
}

function hasOpenQuote(text: string): boolean {
  let isOpen = false
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) isOpen = !isOpen
  return isOpen
}

function findClosingLine(lines: readonly Line[], first: number, longestBytes: number): number | 'unknown' | 'never' {
  let length = lines[first]?.text.length ?? 0
  for (let index = first + 1; index < lines.length; index++) {
    const line = lines[index] as Line
    length += line.text.length
    if (line.problem !== null || length > longestBytes) return 'never'
    if (hasOpenQuote(line.text)) return index
  }
  return 'unknown'
}

/** All at once is much faster; around a broken record they are halved until it stands alone. */
function parseAll(texts: readonly string[], delimiter: string): (string[] | null)[] {
  const together = parseStrictly(texts.join('\n'), delimiter, false)
  if (together && together.length === texts.length) return together
  const [first] = texts
  if (first !== undefined && texts.length === 1) return [parseOne(first, delimiter, true)]
  const half = Math.ceil(texts.length / 2)
  return [...parseAll(texts.slice(0, half), delimiter), ...parseAll(texts.slice(half), delimiter)]
}

function parseOne(text: string, delimiter: string, isLoose: boolean): string[] | null {
  const records = parseStrictly(text, delimiter, isLoose)
  return records?.length === 1 ? (records[0] ?? null) : null
}

/** Loose: a quote within a cell, as in `5" disk`, is a character like any other. */
function parseStrictly(text: string, delimiter: string, isLoose: boolean): string[][] | null {
  try {
    return parse(text, {
      delimiter,
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
