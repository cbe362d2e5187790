import { localizable } from '../../shared/message.ts'
import { isSamePath } from './jsonDocument.ts'
import { readJsonElements } from './jsonElements.ts'
import { parseJsonRow } from './jsonRow.ts'
import type { OpenedFile } from './openedFile.ts'
import { madeRow, type Row, type RowStream, skippedRow } from './row.ts'

const own = { text: ['source'], id: ['id'] }
/** Of nbformat 4, and of 2 and 3. */
const cells = ['cells']
const sheets = ['worksheets']
const oldCells = ['worksheets', '*', 'cells']

/** The source of a notebook's code and Markdown cells. Outputs are not looked at, raw cells and empty ones are skipped. */
export function readNotebook(file: OpenedFile, longestBytes: number): RowStream {
  return readJsonElements(file, {
    longestBytes,
    isWanted: (path) => isSamePath(path, cells) || isSamePath(path, oldCells),
    isExpected: (path) => isSamePath(path, sheets),
    missing: localizable('it is not a notebook: it has no list "cells"'),
    toRow: cellRow,
  })
}

function cellRow(line: number, json: string): Row {
  const row = parseJsonRow(line, json)
  if (row.kind === 'broken') return row
  const { read } = row.fields
  const type = read('cell_type')
  const source = joined(read('source') ?? read('input'))
  if (source.trim() === '') return skippedRow(line, localizable('the cell is empty'), json.slice(0, 200))
  if (type === 'raw') return skippedRow(line, localizable('a raw cell is neither code nor text'), source)
  const id = read('id')
  return madeRow(line, { id: typeof id === 'string' ? id : undefined, cell_type: type, source }, own)
}

/** A list of lines, each with its end, which some programs leave out. */
function joined(source: unknown): string {
  if (!Array.isArray(source)) return typeof source === 'string' ? source : ''
  const lines = source.map(String)
  const haveEnds = lines.slice(0, -1).some((line) => line.endsWith('\n'))
  return lines.join(haveEnds ? '' : '\n')
}
