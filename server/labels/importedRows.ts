import * as z from 'zod'
import { CriteriaValues } from '../../protocol/criteria.ts'
import { InputHash, Label, type LabelProblem } from '../../protocol/labels.ts'
import { RunId } from '../../protocol/names.ts'
import { readCriteriaCell } from '../../shared/criteriaText.ts'
import { describeFirstIssue } from '../../shared/describe/issue.ts'
import { withMessage } from '../../shared/message.ts'
import { csvText, noCategoryCell } from '../../shared/resultCsv.ts'

/** What a row says of an item; absent or null: nothing. */
export interface Judgement {
  categories?: string[] | null | undefined
  interest?: number | null | undefined
  quality?: number | null | undefined
  /** Answers to a profile's own criteria, of which none is null. */
  criteria?: CriteriaValues | null | undefined
}

/** A row as it stands in a file. */
export interface ImportedRow {
  line: number
  id: string | undefined
  inputHash: string | undefined
  runId: string | undefined
  text: string | undefined
  source: string | undefined
  note: string | undefined
  /** A model's word in a file of results, as long as nobody changed it. */
  cells: Judgement
  /** What a person had said when the file was written, and when that was. */
  human: Judgement & { at?: string | undefined }
}

export type ImportedRows = { rows: ImportedRow[]; problems: LabelProblem[] }

/** Null: the file as a whole is none of the three forms. */
export async function readImportedRows(name: string, text: string): Promise<ImportedRows | null> {
  const content = text.replace(/^\uFEFF/, '')
  if (/\.csv$/i.test(name)) return await readCsv(content)
  return /\.json$/i.test(name) ? readArray(content) : readLines(content)
}

function readLines(text: string): ImportedRows {
  const read: ImportedRows = { rows: [], problems: [] }
  text.split(/\r?\n/).forEach((each, index) => {
    if (each.trim() === '') return
    try {
      take(read, index + 1, JSON.parse(each))
    } catch {
      read.problems.push({ line: index + 1, message: 'it is not JSON' })
    }
  })
  return read
}

function readArray(text: string): ImportedRows | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (!Array.isArray(value)) return null
  const read: ImportedRows = { rows: [], problems: [] }
  value.forEach((row, index) => void take(read, index + 1, row))
  return read
}

async function readCsv(text: string): Promise<ImportedRows | null> {
  const { parse } = await import('csv-parse/sync')
  try {
    const rows = parse(text, { columns: true, info: true, skip_empty_lines: true, relax_column_count: true }) as {
      record: Record<string, string>
      info: { lines: number }
    }[]
    const read: ImportedRows = { rows: [], problems: [] }
    for (const { record, info } of rows) take(read, info.lines, fromCells(record))
    return read
  } catch {
    return null
  }
}

/** The columns of our own results table; an empty cell says nothing. */
function fromCells(cells: Record<string, string>): object {
  const cell = (name: string): string | undefined => csvText(cells[name] ?? '').trim() || undefined
  const number = (name: string): number | undefined => (cell(name) === undefined ? undefined : Number(cell(name)))
  const names = (name: string): string[] | undefined =>
    cell(name)
      ?.split(';')
      .map((each) => each.trim())
      .filter((each) => each !== '' && each !== noCategoryCell)
  const answers = (name: string): CriteriaValues | undefined => {
    const text = cell(name)
    return text === undefined ? undefined : readCriteriaCell(text)
  }
  return {
    id: cell('id'),
    inputHash: cell('input_hash'),
    runId: cell('run_id'),
    text: cell('text'),
    source: cell('source'),
    note: cell('note'),
    categories: names('categories'),
    interest: number('interest'),
    quality: number('quality'),
    criteria: answers('criteria'),
    human: {
      categories: names('human_categories'),
      interest: number('human_interest'),
      quality: number('human_quality'),
      criteria: answers('human_criteria'),
    },
  }
}

const judged = {
  categories: Label.shape.categories.optional(),
  interest: Label.shape.interest.optional(),
  quality: Label.shape.quality.optional(),
  criteria: CriteriaValues.nullish(),
}

const Row = z.object({
  id: z.union([z.string().min(1), z.number().transform(String)]).optional(),
  inputHash: InputHash.optional(),
  runId: RunId.optional(),
  text: z.string().min(1).optional(),
  source: z.string().optional(),
  note: z.string().max(2000).optional(),
  ...judged,
  human: z.object({ ...judged, at: Label.shape.at.optional() }).nullish(),
})

function take({ rows, problems }: ImportedRows, line: number, value: unknown): void {
  const parsed = Row.safeParse(value)
  if (!parsed.success) {
    problems.push({ line, ...withMessage('message', describeFirstIssue(parsed.error, value)) })
    return
  }
  const { id, inputHash, runId, text, source, note, categories, interest, quality, criteria, human } = parsed.data
  const cells = { categories, interest, quality, criteria }
  rows.push({ line, id, inputHash, runId, text, source, note, cells, human: human ?? {} })
}
