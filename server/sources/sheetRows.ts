import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { localizable, localizableCount } from '../../shared/message.ts'
import { columnOf, dateText, durationText, localName, type NumberMeaning, unescapeCell } from './cellText.ts'
import { cellFields, columnName, distinctNames, type TableHeader } from './csvRows.ts'
import { brokenRow, type Row } from './row.ts'
import type { XmlReader } from './xmlEvents.ts'

/** What of a sheet's cells stands elsewhere in the file. */
export interface SheetContext {
  /** Texts that cells name by number. */
  strings: readonly string[]
  meanings: readonly NumberMeaning[]
  startsIn1904: boolean
  /** Each covers the cells below its first one, which alone holds the value. */
  merges: readonly MergedCells[]
  /** Undefined: by what the first rows hold. */
  hasHeader: boolean | undefined
  longestBytes: number
  /** Of the sheet as a whole, told with its first row. */
  notes: readonly LocalizableMessage[]
}

export interface MergedCells {
  column: number
  top: number
  bottom: number
}

interface SheetRow {
  line: number
  /** Empty: nothing is in it. */
  cells: string[]
  length: number
  isHidden: boolean
  mergedColumns: number[]
  /** Formulas that nobody has computed, and those whose value is an error. */
  unvaluedColumns: number[]
  errorColumns: number[]
}

interface OpenCell {
  column: number
  type: string
  style: number
  text: string
  hasFormula: boolean
}

/** So many rows with cells are looked at for the one that names the columns. */
const probedRows = 25
const mostColumns = 16_384

/** The rows of a sheet, as its XML comes. Their lines are the numbers that the sheet shows. */
export class SheetReader implements XmlReader {
  readonly #context: SheetContext
  readonly #mergesAt = new Map<number, MergedCells[]>()
  /** By column: what covers the rows down to `bottom`. */
  readonly #covering = new Map<number, { bottom: number; text: string }>()
  readonly #hiddenColumns: [from: number, to: number][] = []
  #row: SheetRow | null = null
  #cell: OpenCell | null = null
  #textOf: 'value' | 'formula' | null = null
  /** How a word is pronounced stands beside it in East Asian texts. */
  #isSpoken = false
  #lastLine = 0
  #probe: SheetRow[] | null = []
  #header: TableHeader = { names: [], places: new Map() }
  #firstNotes: LocalizableMessage[]
  #rows: Row[] = []

  constructor(context: SheetContext) {
    this.#context = context
    this.#firstNotes = [...context.notes]
    for (const merge of context.merges) this.#mergesAt.set(merge.top, [...(this.#mergesAt.get(merge.top) ?? []), merge])
  }

  open(prefixed: string, attributes: Readonly<Record<string, string>>): void {
    switch (localName(prefixed)) {
      case 'col':
        if (isTrue(attributes.hidden))
          this.#hiddenColumns.push([Number(attributes.min) - 1, Number(attributes.max) - 1])
        return
      case 'row':
        this.#openRow(attributes)
        return
      case 'c':
        this.#openCell(attributes)
        return
      case 'v':
      case 't':
        this.#textOf = this.#cell && !this.#isSpoken ? 'value' : null
        return
      case 'f':
        if (this.#cell) this.#cell.hasFormula = true
        this.#textOf = 'formula'
        return
      case 'rPh':
        this.#isSpoken = true
    }
  }

  text(text: string): void {
    if (this.#textOf !== 'value' || !this.#cell || !this.#row) return
    this.#row.length += text.length
    if (this.#row.length <= this.#context.longestBytes) this.#cell.text += text
  }

  close(prefixed: string): void {
    switch (localName(prefixed)) {
      case 'v':
      case 't':
      case 'f':
        this.#textOf = null
        return
      case 'rPh':
        this.#isSpoken = false
        return
      case 'c':
        if (this.#row && this.#cell) this.#closeCell(this.#row, this.#cell)
        this.#cell = null
        return
      case 'row':
        if (this.#row) this.#closeRow(this.#row)
        this.#row = null
        return
      case 'sheetData':
        this.#settleHeader()
    }
  }

  take(): Row[] {
    const whole = this.#rows
    this.#rows = []
    return whole
  }

  damage(): void {
    // What is not valid UTF-8 stays visible as replacement marks: the checksum of the archive is about it.
  }

  #openRow(attributes: Readonly<Record<string, string>>): void {
    const line = Number(attributes.r ?? this.#lastLine + 1)
    this.#lastLine = Number.isSafeInteger(line) ? line : this.#lastLine + 1
    const isHidden = isTrue(attributes.hidden)
    const found = { mergedColumns: [], unvaluedColumns: [], errorColumns: [] }
    this.#row = { line: this.#lastLine, cells: [], length: 0, isHidden, ...found }
  }

  #openCell(attributes: Readonly<Record<string, string>>): void {
    const column = columnOf(attributes.r ?? '') ?? this.#row?.cells.length ?? 0
    const { t: type = 'n', s: style = '0' } = attributes
    this.#cell = { column, type, style: Number(style), text: '', hasFormula: false }
  }

  #closeCell(row: SheetRow, cell: OpenCell): void {
    if (cell.column >= mostColumns) return
    if (cell.hasFormula && cell.text === '') row.unvaluedColumns.push(cell.column)
    if (cell.type === 'e') row.errorColumns.push(cell.column)
    while (row.cells.length < cell.column) row.cells.push('')
    row.cells[cell.column] = cell.type === 'e' ? '' : this.#valueOf(cell)
  }

  #valueOf({ type, text, style }: OpenCell): string {
    const { strings, meanings, startsIn1904 } = this.#context
    switch (type) {
      case 's':
        return strings[Number(text)] ?? ''
      case 'b':
        return text === '' ? '' : isTrue(text) ? 'TRUE' : 'FALSE'
      case 'n': {
        const number = Number(text)
        if (text.trim() === '' || !Number.isFinite(number)) return text
        const meaning = meanings[style] ?? null
        if (meaning === 'duration') return durationText(number)
        return (meaning === 'date' ? dateText(number, startsIn1904) : null) ?? String(number)
      }
      default:
        return unescapeCell(text)
    }
  }

  #closeRow(row: SheetRow): void {
    const isBlank = row.cells.every((cell) => cell.trim() === '')
    this.#coverMerged(row, isBlank)
    if (isBlank && row.unvaluedColumns.length === 0) return
    if (this.#probe === null) {
      this.#rows.push(this.#toRow(row))
      return
    }
    this.#probe.push(row)
    if (this.#probe.length >= probedRows) this.#settleHeader()
  }

  #coverMerged(row: SheetRow, isBlank: boolean): void {
    for (const [column, { bottom, text }] of this.#covering) {
      if (bottom < row.line) this.#covering.delete(column)
      else if (!isBlank && (row.cells[column] ?? '') === '') {
        while (row.cells.length < column) row.cells.push('')
        row.cells[column] = text
        row.mergedColumns.push(column)
      }
    }
    for (const { column, bottom } of this.#mergesAt.get(row.line) ?? [])
      this.#covering.set(column, { bottom, text: row.cells[column] ?? '' })
  }

  #settleHeader(): void {
    const probe = this.#probe
    if (probe === null) return
    this.#probe = null
    const at = this.#context.hasHeader === false ? -1 : findHeader(probe, this.#context.hasHeader === true)
    const width = Math.max(0, ...probe.slice(at + 1).map(({ cells }) => cells.length))
    const named = at === -1 ? [] : (probe[at]?.cells ?? [])
    const cells = Array.from({ length: Math.max(named.length, width) }, (_, column) => (named[column] ?? '').trim())
    const names = at === -1 ? cells.map((_, column) => columnName(column)) : distinctNames(cells)
    this.#header = { names, places: new Map(names.map((name, column) => [name, column])) }
    if (at > 0)
      this.#firstNotes.push(
        localizableCount(
          at,
          '{0} row above the names of the columns is not read',
          '{0} rows above the names of the columns are not read',
        ),
      )
    this.#noteHiddenColumns(names)
    for (const row of probe.slice(at + 1)) this.#rows.push(this.#toRow(row))
  }

  #noteHiddenColumns(names: readonly string[]): void {
    const hidden = names.filter((_, column) => this.#hiddenColumns.some(([from, to]) => column >= from && column <= to))
    if (hidden.length > 0)
      this.#firstNotes.push(localizable('hidden columns are read like the others: {0}', hidden.slice(0, 5).join(', ')))
  }

  #toRow(row: SheetRow): Row {
    const { line, length } = row
    if (length > this.#context.longestBytes)
      return brokenRow(line, 'row_too_long', localizable('longer than a row may be'), '')
    const { names } = this.#header
    const cells = names.map((_, column) => row.cells[column] ?? '')
    const notes = [...this.#firstNotes, ...this.#notesOf(row)]
    this.#firstNotes = []
    const note = notes.reduce<LocalizableMessage | null>(
      (before, next) => (before === null ? next : localizable('{0}; {1}', before, next)),
      null,
    )
    return { kind: 'row', line, fields: cellFields(this.#header, cells), ...(note ? { note } : {}) }
  }

  #notesOf({ isHidden, mergedColumns, unvaluedColumns, errorColumns }: SheetRow): LocalizableMessage[] {
    const named = (columns: readonly number[]): string =>
      columns
        .map((column) => this.#header.names[column] ?? columnName(column))
        .slice(0, 3)
        .join(', ')
    const notes: LocalizableMessage[] = []
    if (isHidden) notes.push(localizable('its row is hidden'))
    if (mergedColumns.length > 0)
      notes.push(localizable('{0}: taken from the cell that is merged over this row', named(mergedColumns)))
    if (unvaluedColumns.length > 0)
      notes.push(localizable('{0}: the formula has no stored value', named(unvaluedColumns)))
    if (errorColumns.length > 0) notes.push(localizable('{0}: the cell holds an error, no value', named(errorColumns)))
    return notes
  }
}

function isTrue(value: string | undefined): boolean {
  return value === '1' || value === 'true'
}

/** Titles and remarks above a table fill fewer cells than its header; -1: the first row holds values already. */
function findHeader(rows: readonly SheetRow[], isCertain: boolean): number {
  const filled = rows.map(({ cells }) => cells.filter((cell) => cell.trim() !== '').length)
  const most = Math.max(0, ...filled)
  const at = filled.findIndex((count) => count >= most * 0.6)
  const row = rows[at]
  if (!row || isCertain) return at
  const isOfNames = row.cells.every((cell) => cell.length <= 120 && (cell === '' || !isNumberOrDate(cell)))
  return isOfNames && rows.length > at + 1 ? at : -1
}

function isNumberOrDate(cell: string): boolean {
  return /^-?\d+(?:\.\d+)?(?:e[-+]?\d+)?$|^\d{4}-\d\d-\d\d|^\d\d:\d\d:\d\d$/i.test(cell)
}
