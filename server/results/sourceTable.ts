import type { Buffer } from 'node:buffer'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { correctedResult } from '../../shared/correctedResult.ts'
import { criterionText } from '../../shared/criteriaText.ts'
import { describeReview } from '../../shared/describe/ask.ts'
import { fail } from '../../shared/fail.ts'
import { english } from '../../shared/language.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { csvCell, noCategoryCell } from '../../shared/resultCsv.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { sha256 } from '../items/hashes.ts'
import type { ItemIndex } from '../journal/itemIndex.ts'
import type { JournalHeader } from '../journal/journalLines.ts'
import { openSource, type Source } from '../sources/openSource.ts'
import { loadPlainText } from '../sources/plainText.ts'
import type { SourceEntry } from '../sources/sourceEntry.ts'
import { defaultSourceLimits } from '../sources/sourceLimits.ts'

/** A source that is a table, with the names of its columns. */
export interface SourceTable {
  source: Source
  columns: readonly string[]
  /** Names of the profile's own criteria, each a column instead of interest and quality. Empty: it has none. */
  criteria: readonly string[]
  /** Labels correct confidences of the run: the corrected ones are a column, too. */
  isCalibrated: boolean
}

/** Rows of JSON need not all have the same fields: so many of them say which columns there are. */
const probedEntries = 500

export async function openSourceTable(
  files: RunFiles,
  { request, profile }: JournalHeader,
  isCalibrated: boolean,
): Promise<Outcome<SourceTable>> {
  const opened = await openSource(request, files, defaultSourceLimits)
  if (!opened.ok) return opened
  const source = opened.value
  const columns = new Set<string>()
  let seen = 0
  for (const entries = source.readWithFields(); seen < probedEntries; ) {
    const next = await entries.next()
    if (next.done) {
      if (!next.value.ok && seen === 0) return next.value
      break
    }
    for (const { fields } of next.value) for (const name of fields?.names() ?? []) columns.add(name)
    seen += next.value.length
    if (seen >= probedEntries) await entries.return(succeed(null))
  }
  if (columns.size > 0) {
    const criteria = profile.criteria?.map(({ name }) => name) ?? []
    return succeed({ source, columns: [...columns], criteria, isCalibrated })
  }
  const detail = withMessage('detail', localizable('it has no columns that results could be added to'))
  return fail({
    code: 'source_invalid',
    source: source.inputs[0]?.path ?? source.label,
    problem: 'no_items',
    ...detail,
  })
}

/** What is added, each from the result as it counts for people. */
function addedColumns({ criteria, isCalibrated }: Pick<SourceTable, 'criteria' | 'isCalibrated'>): AddedColumn[] {
  return [
    ['category', (result) => (result.categories ? result.categories.join('; ') || noCategoryCell : null)],
    ['confidence', (result) => result.confidence],
    ...(isCalibrated ? ([['calibrated', (result) => result.calibrated ?? null]] satisfies AddedColumn[]) : []),
    ...(criteria.length > 0 ? criteria.map(criterionColumn) : usualColumns),
    ['score', (result) => result.score],
    ['reasoning', (result) => result.reasoning],
    ['review', review],
  ]
}

type AddedColumn = readonly [name: string, read: (result: ResultRecord) => string | number | null]

const usualColumns: readonly AddedColumn[] = [
  ['interest', (result) => result.interest],
  ['quality', (result) => result.quality],
]

function criterionColumn(name: string): AddedColumn {
  return [
    name,
    ({ criteria }) => {
      const value = criteria && Object.hasOwn(criteria, name) ? criteria[name] : undefined
      return value === undefined ? null : criterionText(value)
    },
  ]
}

/** Whether a person has to look, or has. */
function review(result: ResultRecord): string | null {
  if (result.status !== 'ok') return result.error ? `${result.status}: ${result.error.message}` : result.status
  if (result.human) return 'reviewed'
  return result.review?.map((cause) => describeReview(english, cause)).join('; ') ?? null
}

/**
 * A copy of the source as CSV with columns added, in the order of the source. Results come in that order, too. A row without a result, or
 * one that has changed since, has nothing in these columns; `isFiltered`: it is left out.
 */
export async function* writeSourceTable(
  groups: AsyncIterable<Buffer[]>,
  { source, columns, ...asked }: SourceTable,
  {
    index,
    items,
    isFiltered,
    parse,
  }: {
    index: ItemIndex
    items: Uint32Array
    isFiltered: boolean
    parse(text: Buffer): ResultRecord
  },
): AsyncGenerator<string> {
  const added = addedColumns(asked)
  const names = added.map(([name]) => (columns.includes(name) ? `${name} (result)` : name))
  yield `${[...columns, ...names].map(csvCell).join(',')}\n`
  const toPlainText = await loadPlainText()
  const results = placedResults(groups, index, items, parse)
  let result = await results.next()
  let position = 0
  for (const entries = source.readWithFields(); ; ) {
    const next = await entries.next()
    if (next.done) {
      if (!next.value.ok) throw Object.assign(new Error(next.value.reason.message), { code: 'EIO' })
      return
    }
    const lines: string[] = []
    for (const entry of next.value) {
      const found = !result.done && result.value.position === position ? result.value.result : null
      position++
      if (found) result = await results.next()
      if (found || !isFiltered)
        lines.push(lineOf(entry, columns, added, found && isOf(found, entry, toPlainText) ? found : null))
    }
    if (lines.length > 0) yield lines.join('')
  }
}

async function* placedResults(
  groups: AsyncIterable<Buffer[]>,
  index: ItemIndex,
  items: Uint32Array,
  parse: (text: Buffer) => ResultRecord,
): AsyncGenerator<{ position: number; result: ResultRecord }, null> {
  let nth = 0
  // The bytes of a group are valid until the next is asked for.
  for await (const group of groups)
    for (const result of group.map(parse)) yield { position: index.position(items[nth++] as number), result }
  return null
}

function isOf({ inputHash }: ResultRecord, entry: SourceEntry, toPlainText: (text: string) => string): boolean {
  return sha256(entry.kind === 'readable' ? toPlainText(entry.text) : entry.content) === inputHash
}

function lineOf(
  { fields }: SourceEntry,
  columns: readonly string[],
  added: readonly AddedColumn[],
  result: ResultRecord | null,
): string {
  const shown = result ? correctedResult(result) : null
  const cells = [...columns.map((name) => cellOf(fields?.read(name))), ...added.map(([, read]) => shown && read(shown))]
  return `${cells.map(csvCell).join(',')}\n`
}

function cellOf(value: unknown): string | number | null {
  if (value === undefined || value === null) return null
  if (typeof value === 'string' || typeof value === 'number') return value
  try {
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
  } catch {
    // Nested too deeply for a cell.
    return null
  }
}
