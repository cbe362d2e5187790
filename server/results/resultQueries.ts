import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type {
  ExportedResults,
  ItemLocation,
  ItemRequest,
  ItemText,
  LostResults,
  ResultExport,
  ResultFilter,
  ResultPage,
  ResultPageRequest,
  ResultSummary,
  RunItem,
  RunItemRequest,
} from '../../protocol/resultQueries.ts'
import type { ReviewPage, ReviewRequest } from '../../protocol/review.ts'
import type {
  RevisionCompareRequest,
  RevisionComparison,
  RevisionDiff,
  RevisionDiffRequest,
  RevisionPair,
} from '../../protocol/revisions.ts'
import { fail } from '../../shared/fail.ts'
import type { FindInEditor } from '../sources/openedFile.ts'
import { ColumnCache } from './columnCache.ts'
import { compareRuns } from './compareRuns.ts'
import { createDiffs } from './diffRuns.ts'
import { readItem } from './findItem.ts'
import { headerNow } from './headerNow.ts'
import { locateItem, readItemText } from './locateItem.ts'
import type { OpenedResults } from './openedResults.ts'
import { findLost, readPage } from './resultPage.ts'
import type { ResultsContext, RunAsEnded } from './resultsContext.ts'
import { readReview } from './reviewResults.ts'
import { summariseResults } from './summariseResults.ts'
import { exportResults, rewriteResults } from './writeQuery.ts'

/** What a page of results is asked by; without more, the first hundred in the order of the source. */
export type PageQuery = Pick<ResultPageRequest, 'limit'> & Partial<Omit<ResultPageRequest, 'runId'>>

/** Everything that is asked of the results of runs, from their journals alone. */
export interface ResultQueries {
  results(runId: string, page: PageQuery, signal?: AbortSignal): Promise<Outcome<ResultPage>>
  summary(runId: string, filter?: ResultFilter, signal?: AbortSignal): Promise<Outcome<ResultSummary>>
  exportResults(request: ResultExport, signal?: AbortSignal): Promise<Outcome<ExportedResults>>
  diff(request: RevisionDiffRequest, signal?: AbortSignal): Promise<Outcome<RevisionDiff>>
  compare(request: RevisionCompareRequest, signal?: AbortSignal): Promise<Outcome<RevisionComparison>>
  /** Null: the run has no such result. */
  item(runId: string, wanted: Omit<RunItemRequest, 'runId'>, signal?: AbortSignal): Promise<Outcome<RunItem | null>>
  /** Where an item stands in its source now: in the text of an editor, where one has it open. */
  locate(item: ItemRequest, inEditor: FindInEditor, signal?: AbortSignal): Promise<Outcome<ItemLocation>>
  /** Its whole text, from the same place. */
  itemText(item: ItemRequest, inEditor: FindInEditor, signal?: AbortSignal): Promise<Outcome<ItemText>>
  /** What a person is to look at next, and what is known by then. */
  review(runId: string, wanted: Omit<ReviewRequest, 'runId'>, signal?: AbortSignal): Promise<Outcome<ReviewPage>>
  /** Writes the results file of a run again; answers where, or null when it has none. `overwrite`: whatever stands there. */
  rewrite(runId: string, overwrite?: boolean): Promise<Outcome<string | null>>
  /** Works with a run's results as they are in memory, for as long as that takes. */
  withResults<Value>(
    runId: string,
    work: (opened: OpenedResults) => Promise<Outcome<Value>>,
    signal?: AbortSignal,
  ): Promise<Outcome<Value>>
}

export function createResultQueries(
  context: ResultsContext,
  flush: (runId: string) => Promise<Outcome<null>>,
): ResultQueries & Pick<ColumnCache, 'forget' | 'prepare' | 'close'> {
  const cache = new ColumnCache(context, flush)
  const diffs = createDiffs()

  async function use<Value>(
    runId: string,
    work: (opened: OpenedResults, ended: RunAsEnded) => Promise<Outcome<Value>>,
    signal?: AbortSignal,
  ): Promise<Outcome<Value>> {
    await context.followSource?.(runId)
    const row = await context.ledger.read(runId)
    if (!row.ok) return row
    const now = (header: OpenedResults['header']) => headerNow(header, row.value)
    const { view } = row.value
    const look = (opened: OpenedResults) => work({ ...opened, header: now(opened.header) }, view)
    return await cache.use(runId, look, signal, view.opinion)
  }

  /** With what is missing from the answer: results that are lost, texts that could not be searched. */
  function findIn<Value extends object>(
    runId: string,
    filter: ResultFilter | undefined,
    work: (opened: OpenedResults) => Promise<Outcome<Value>>,
    signal?: AbortSignal,
  ) {
    return use(runId, (opened, ended) => withMissing(context, opened, ended, filter, work(opened)), signal)
  }

  function useBoth<Value>(
    { from, to }: RevisionPair,
    work: (from: OpenedResults, to: OpenedResults) => Promise<Outcome<Value>>,
    signal?: AbortSignal,
  ): Promise<Outcome<Value>> {
    return use(from, (before) => use(to, (after) => work(asJudged(before), asJudged(after)), signal), signal)
  }

  return {
    forget: (runId) => cache.forget(runId),
    prepare: (runId) => cache.prepare(runId),
    close: () => cache.close(),
    results: (runId, page, signal) => findIn(runId, page.filter, (opened) => readPage(opened, page, signal), signal),
    summary: (runId, filter, signal) => findIn(runId, filter, (opened) => readSummary(opened, filter, signal), signal),
    exportResults: ({ runId, ...request }, signal) =>
      findIn(runId, request.filter, (opened) => exportResults(context, opened, request, signal), signal),
    diff: (request, signal) => useBoth(request, (before, after) => diffs.page(before, after, request, signal), signal),
    compare: (request, signal) => useBoth(request, comparison(diffs, request), signal),
    withResults: use,
    item: (runId, wanted, signal) => use(runId, (opened) => readItem(opened, wanted, signal), signal),
    locate: ({ runId, ...wanted }, inEditor, signal) =>
      use(runId, (opened) => locateItem({ ...context, inEditor }, opened, wanted, signal), signal),
    itemText: ({ runId, ...wanted }, inEditor, signal) =>
      use(runId, (opened) => readItemText({ ...context, inEditor }, opened, wanted, signal), signal),
    review: (runId, wanted, signal) => use(runId, (opened) => readReview(opened, wanted), signal),
    rewrite: (runId, overwrite) => use(runId, (opened) => rewriteResults(context, opened, overwrite)),
  }
}

function comparison(diffs: ReturnType<typeof createDiffs>, request: RevisionCompareRequest) {
  return async (before: OpenedResults, after: OpenedResults) =>
    succeed(compareRuns(diffs.match(before, after), before, after, request))
}

/** Two runs are compared as their models judged: what a person said is the same in both. */
function asJudged(opened: OpenedResults): OpenedResults {
  return { ...opened, columns: opened.judged }
}

async function readSummary(
  opened: OpenedResults,
  filter: ResultFilter | undefined,
  signal: AbortSignal | undefined,
): Promise<Outcome<ResultSummary>> {
  const items = await opened.find({ filter }, signal)
  if (items === null) return fail({ code: 'cancelled' })
  return succeed({ ...summariseResults(opened.columns, items), memoryBytes: opened.memoryBytes() })
}

/** An answer with what it cannot have: lost results, and texts that could not be searched. */
async function withMissing<Value extends object>(
  context: ResultsContext,
  opened: OpenedResults,
  ended: RunAsEnded,
  filter: ResultFilter | undefined,
  answer: Promise<Outcome<Value>>,
): Promise<Outcome<Value & { lost?: LostResults; unsearched?: number }>> {
  const done = await answer
  if (!done.ok) return done
  const lost = await findLost(context, opened, ended)
  const unsearched = opened.unsearched(filter)
  return succeed({ ...done.value, ...(lost && { lost }), ...(unsearched > 0 && { unsearched }) })
}
