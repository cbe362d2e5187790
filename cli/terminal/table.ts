import Table from 'cli-table3'
import { type Colours, coloursFor } from './colours.ts'
import { cut, oneLine, widthOf } from './plainText.ts'
import type { Sink } from './terminal.ts'

export interface Column<Row> {
  heading: string
  /** Raw: neutralised, put on one line and cut here. */
  text(row: Row): string
  paint?(text: string, row: Row, colours: Colours): string
  align?: 'left' | 'right'
  /** The column never gets wider than this; without it, it takes what it needs. */
  most?: number
  /** Columns with it share what the others leave, in these proportions. */
  share?: number
}

const gap = 2
const below = '  '

/** A column for long text: the last one where there is room, else a line of its own under each row. */
export interface LongColumn<Row> {
  column: Column<Row>
  below: boolean
}

/** Rows as aligned columns that fit the sink's width, without frames: they can be read, copied and piped. */
export function renderTable<Row>(
  sink: Sink,
  shortColumns: readonly Column<Row>[],
  rows: readonly Row[],
  long?: LongColumn<Row>,
): string {
  const colours = coloursFor(sink)
  const columns = long && !long.below ? [...shortColumns, long.column] : shortColumns
  const texts = rows.map((row) => columns.map((column) => oneLine(column.text(row))))
  const widths = fitWidths(sink.columns, columns, texts)
  const heading = columns.map((column, index) => colours.quiet(cut(column.heading.toUpperCase(), widths[index] ?? 0)))
  const cells = texts.map((cells, rowIndex) => {
    const row = rows[rowIndex]
    return cells.map((cell, index) => paintCell(columns[index], cut(cell, widths[index] ?? 0), row))
  })
  const lines = layOut([heading, ...cells], columns, widths).split('\n')
  return withoutTrailingSpace((long?.below ? lines.flatMap(withLineBelow(long.column)) : lines).join('\n'))

  /** Every row is one line, the heading is the first. */
  function withLineBelow(column: Column<Row>): (line: string, index: number) => string[] {
    return (line, index) => {
      const row = rows[index - 1]
      const text = row === undefined ? '' : cut(oneLine(column.text(row)), sink.columns - below.length)
      return text === '' ? [line] : [line, `${below}${paintCell(column, text, row)}`]
    }
  }

  function paintCell(column: Column<Row> | undefined, text: string, row: Row | undefined): string {
    return column?.paint && row !== undefined ? column.paint(text, row, colours) : text
  }
}

/** The library lays out a table in a time that grows with the square of its rows: a long one is made of pieces of the same widths. */
const rowsOfPiece = 200

function layOut<Row>(cells: readonly string[][], columns: readonly Column<Row>[], widths: readonly number[]): string {
  const pieces: string[] = []
  for (let start = 0; start < cells.length; start += rowsOfPiece) {
    const table = new Table({
      chars: noFrame,
      style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
      colAligns: columns.map((column) => column.align ?? 'left'),
      colWidths: cells.length > rowsOfPiece ? [...widths] : [],
    })
    table.push(...cells.slice(start, start + rowsOfPiece))
    pieces.push(table.toString())
  }
  return pieces.join('\n')
}

const noFrame = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(gap),
}

/** Fixed columns take what their texts need, up to `most`; the others share the rest, none wider than its longest text. */
function fitWidths<Row>(total: number, columns: readonly Column<Row>[], texts: readonly string[][]): number[] {
  const needs = columns.map((column, index) =>
    texts.reduce((widest, cells) => Math.max(widest, widthOf(cells[index] ?? '')), widthOf(column.heading)),
  )
  const widths = columns.map((column, index) =>
    column.share === undefined ? Math.min(needs[index] ?? 0, column.most ?? Number.POSITIVE_INFINITY) : 0,
  )
  let sharing = columns.flatMap((column, index) => (column.share === undefined ? [] : [{ index, share: column.share }]))
  const room = total - gap * (columns.length - 1)
  narrow(widths, columns, room - smallest * sharing.length)
  let free = room - sumOf(widths)
  while (sharing.length > 0) {
    const shares = sharing.reduce((sum, { share }) => sum + share, 0)
    const content = sharing.find(({ index, share }) => wanted(index) <= (free * share) / shares) ?? sharing[0]
    if (!content) break
    const width = Math.max(smallest, Math.min(wanted(content.index), Math.floor((free * content.share) / shares)))
    widths[content.index] = width
    free -= width
    sharing = sharing.filter(({ index }) => index !== content.index)
  }
  return widths

  function wanted(index: number): number {
    return Math.min(needs[index] ?? 0, columns[index]?.most ?? Number.POSITIVE_INFINITY)
  }
}

const smallest = 6

/** Where not even the fixed columns have room, those that may be cut give way, the widest first. The others stay whole. */
function narrow<Row>(widths: number[], columns: readonly Column<Row>[], room: number): void {
  for (let missing = sumOf(widths) - room; missing > 0; missing--) {
    const widest = widths.reduce(
      (found, width, index) =>
        columns[index]?.most !== undefined && width > smallest && width > (widths[found] ?? 0) ? index : found,
      -1,
    )
    if (widest < 0) return
    widths[widest] = (widths[widest] ?? 0) - 1
  }
}

function sumOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0)
}

function withoutTrailingSpace(text: string): string {
  return text.replace(/[ ]+$/gm, '')
}
