import * as z from 'zod'
import { PageRequest, pageOf, RunId } from '../names.ts'
import { MergedResults, ResultMerge } from '../resultMerge.ts'
import {
  Explanation,
  ExplanationPlan,
  ExportedResults,
  ItemLocation,
  ItemRequest,
  ItemText,
  ResultExport,
  ResultPage,
  ResultPageRequest,
  ResultQuery,
  ResultSummary,
  RunItem,
  RunItemRequest,
} from '../resultQueries.ts'
import { ReviewPage, ReviewRequest } from '../review.ts'
import {
  KeptRevision,
  RemovedRun,
  Revision,
  RevisionCompareRequest,
  RevisionComparison,
  RevisionDiff,
  RevisionDiffRequest,
} from '../revisions.ts'
import { type RequestRow, request } from './request.ts'

const ofRun = z.object({ runId: RunId })

/** Up to six digits: a revision's number; else words in when it began (`2026-11-21`, UTC), its id, its providers or its models. */
const revisionSearch = z.string().max(200).optional()

/** The results of runs, and runs as revisions of their source's results. */
export const resultRequests = {
  /** Final results; without a query all of them, in the order of the source. */
  'run/results': request(ResultPageRequest, ResultPage),
  'run/summary': request(z.object({ runId: RunId, filter: ResultQuery.shape.filter }), ResultSummary),
  /** The next items to look at, and what is known of all verdicts by those that were. */
  'run/review': request(ReviewRequest, ReviewPage),
  /** Writes what the query finds, in its order, all of it or nothing. */
  'run/export': request(ResultExport, ExportedResults),
  /**
   * Writes the results file of a run again, where the run wrote it. Null path: it was to have none. `output_invalid`: what stands there
   * does not begin like a results file; `overwrite` replaces it all the same.
   */
  'run/rewrite': request(
    z.object({ runId: RunId, overwrite: z.boolean().optional() }),
    z.object({ path: z.string().nullable() }),
  ),
  /** Writes the results of several files into one, all of it or nothing. What is missing and what came twice is told. */
  'results/merge': request(ResultMerge, MergedResults),
  /** One result, such as one that somebody wants to see in the table. Null: the run has no such result. */
  'run/item': request(RunItemRequest, RunItem.nullable()),
  /**
   * Reads the source up to the item; a file that the client has open as it stands there. `source_invalid`: the item is no longer in
   * it, or was never in a file.
   */
  'run/locate': request(ItemRequest, ItemLocation),
  /** The whole text of one item, from the source as `run/locate` reads it. `source_invalid`: it cannot be read, or the run has no such item. */
  'run/itemText': request(ItemRequest, ItemText),
  /** What `run/explain` would send, and whom it would ask. Sends nothing. */
  'run/planExplanation': request(ItemRequest, ExplanationPlan),
  /**
   * Asks the default model for generation what speaks for a verdict that came without reasons. One call, counted as usage of the task;
   * nothing of it is stored. `no_default_model`: there is none, or it writes no text. `source_invalid`: the item is no longer there.
   */
  'run/explain': request(ItemRequest, Explanation),
  /** Forgets the run and its journal; the results file stays, unless the run was kept and another one is kept instead. */
  'run/remove': request(ofRun, RemovedRun),
  /** Runs over the same source, newest first: of the source that a run was over, or of one file or folder. */
  'revision/list': request(
    z.union([
      z.object({ runId: RunId, search: revisionSearch, ...PageRequest.shape }),
      z.object({ path: z.string().min(1).max(4096), search: revisionSearch, ...PageRequest.shape }),
    ]),
    pageOf(Revision),
  ),
  'revision/diff': request(RevisionDiffRequest, RevisionDiff),
  'revision/compare': request(RevisionCompareRequest, RevisionComparison),
  /** Its results count from now on: its results file is written again. A run that goes on is refused. */
  'revision/keep': request(ofRun, KeptRevision),
  /** What was kept before the one that is kept now is kept again. `runId` is any run over the source. */
  'revision/undo': request(ofRun, KeptRevision),
} as const satisfies Record<string, RequestRow>
