import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { LostResults, ResultPage, ResultPageRequest } from '../../protocol/resultQueries.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { ResultFormat } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import type { ItemIndex } from '../journal/itemIndex.ts'
import { parseResult, readResultTexts } from '../journal/readResults.ts'
import { differs, doubtsOf } from './doubt.ts'
import { withHuman } from './humanLabels.ts'
import type { OpenedResults } from './openedResults.ts'
import { isResultsFile } from './outputPath.ts'
import type { ResultsContext, RunAsEnded } from './resultsContext.ts'
import { addOpinions } from './secondOpinion.ts'
import { withTrust } from './trust.ts'

/** One page of what the query finds. */
export async function readPage(
  opened: OpenedResults,
  { filter, sort, offset, cursor, limit }: Omit<ResultPageRequest, 'runId'>,
  signal?: AbortSignal,
): Promise<Outcome<ResultPage>> {
  const items = await opened.find({ filter, sort }, signal)
  if (items === null) return fail({ code: 'cancelled' })
  const { index } = opened.columns
  const isInOrder = !sort || (sort.by === 'position' && !sort.descending)
  const from = offset ?? (isInOrder ? placeOf(cursor, items, index) : Number(cursor) || 0)
  const shown = items.subarray(from, from + limit)
  const rows = await readRecords(opened, shown)
  const following = from + limit
  const next = isInOrder ? cursorAt(following, items, index) : String(following)
  const page = { rows, next: following < items.length ? next : null, total: items.length }
  if (sort?.by !== 'doubt') return succeed(page)
  return succeed({ ...page, doubts: Array.from(shown, (item) => doubtsOf(opened.relied, item)) })
}

/** What the run said at its end, against what its journal and its results file hold now. Null: nothing is lost. */
export async function findLost(
  { files }: Pick<ResultsContext, 'files'>,
  opened: OpenedResults,
  { state, counts, resultsPath, resultsWritten, revision }: RunAsEnded,
): Promise<LostResults | null> {
  const isOver = state !== 'running'
  const there = (await opened.find({}))?.length ?? 0
  const results = isOver ? Math.max(0, counts.ok + counts.failed + counts.skipped - there) : 0
  // The file holds what counts for its source: another run's results, where that one is kept.
  const isOurs = isOver && resultsWritten === true && revision?.isKept !== false
  const format = opened.header.request.output.format
  // That of a run over no items is empty.
  const hasFound = isOurs && counts.ok + counts.failed + counts.skipped > 0
  const file = hasFound && resultsPath !== null && !(await holdsResults(files, resultsPath, format))
  const lines = opened.damagedLines
  return results > 0 || lines > 0 || file ? { results, lines, file } : null
}

/** An editor that is asked for a file that is gone makes an empty one. */
async function holdsResults(files: RunFiles, path: string, format: ResultFormat): Promise<boolean> {
  try {
    return (await files.stat(path)).size > 0 && (await isResultsFile(files, path, format))
  } catch (error) {
    ignoreFileErrors(error)
    return false
  }
}

export async function isFile(files: RunFiles, path: string): Promise<boolean> {
  try {
    return (await files.stat(path)).isFile()
  } catch (error) {
    ignoreFileErrors(error)
    return false
  }
}

export async function readRecords(
  { handle, columns, labels, trust, second }: ReadableResults,
  items: Uint32Array,
): Promise<ResultRecord[]> {
  const own: ResultRecord[] = []
  for await (const group of readResultTexts(handle, columns.index, items)) own.push(...group.map(parseResult))
  const isDifferent = (item: number): boolean => differs(columns, item)
  const rows = second ? await addOpinions(own, items, second, isDifferent) : own
  return rows.map((row) => withTrust(withHuman(row, labels), trust))
}

type ReadableResults = Pick<OpenedResults, 'handle' | 'columns' | 'labels' | 'trust' | 'second'>

/**
 * In the order of the source a cursor is the position of the next item in it, and how many of the items at that position to pass
 * over, when several claim the same one: what comes in between moves nothing.
 */
function placeOf(cursor: string | null | undefined, items: Uint32Array, index: ItemIndex): number {
  const [position = 0, passOver = 0] = (cursor ?? '').split('+').map((part) => Number(part) || 0)
  return firstAtOrAfter(items, index, position) + passOver
}

function cursorAt(place: number, items: Uint32Array, index: ItemIndex): string {
  const item = items[place]
  if (item === undefined) return ''
  const position = index.position(item)
  return `${position}+${place - firstAtOrAfter(items, index, position)}`
}

/** By halving: positions ascend. */
function firstAtOrAfter(items: Uint32Array, index: ItemIndex, position: number): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (index.position(items[middle] as number) < position) low = middle + 1
    else high = middle
  }
  return low
}
