import * as z from 'zod'
import { pageOf, RunId } from '../names.ts'
import {
  EstimateRequest,
  RunAgain,
  RunChanges,
  RunEstimate,
  RunListRequest,
  RunRequest,
  RunView,
  SecondOpinionRequest,
} from '../runs.ts'
import { confirm, type RequestRow, request } from './request.ts'

/** Runs and their results. */
export const runRequests = {
  'run/estimate': request(EstimateRequest, RunEstimate),
  /**
   * Answers when the run has started; `run/progress` carries the rest. `gate_unmet`: the model that is chosen for this run alone has not
   * passed its profile's gate, and `confirm` is not true.
   */
  'run/start': request(RunRequest.extend(confirm), RunView),
  'run/get': request(z.object({ runId: RunId }), RunView),
  /** What it was asked for, its files where they are now. `not_found`: there is no such run. */
  'run/request': request(z.object({ runId: RunId }), RunRequest),
  /** Answers when the run has come to rest, within a second or two: calls under way may end well for that long. */
  'run/pause': request(z.object({ runId: RunId }), RunView),
  'run/cancel': request(z.object({ runId: RunId }), RunView),
  /** What a second opinion on a run would take. Makes no call. `run_not_resumable`: the run has nothing to ask about. */
  'run/estimateSecond': request(SecondOpinionRequest, RunEstimate),
  /**
   * Starts the run of a second opinion, or goes on with it where the same model was asked before and did not finish, and answers with it. From
   * then on results of the first run have both verdicts; another second opinion takes the place of one before.
   */
  'run/second': request(SecondOpinionRequest, RunView),
  /** What is given replaces the run's own. What was spent before the resumption counts for `maxCostUsd`. */
  'run/resume': request(z.object({ runId: RunId, ...RunChanges.shape }), RunView),
  /**
   * Runs over files of these folders, or among `runIds`, that were interrupted and of which nobody was told yet. Each interruption is
   * answered once, to whichever window asks first; a run that is resumed and interrupted again is another one.
   */
  'run/announceInterrupted': request(
    z.object({
      folders: z.array(z.string().min(1).max(4096)).max(100),
      runIds: z.array(RunId).max(1000).default([]),
    }),
    z.array(RunView),
  ),
  /** Newest first. */
  'run/list': request(RunListRequest.nullish(), pageOf(RunView)),
} as const satisfies Record<string, RequestRow>

/**
 * A new run of what an earlier one was asked for, with the routes, profile and prompts of now. Nothing does this by itself: saving
 * an interest or a prompt leaves results as they are until a person, who has seen the estimate, starts it.
 */
export const againRequests = {
  'run/estimateAgain': request(RunAgain, RunEstimate),
  'run/startAgain': request(
    z.object({ ...RunAgain.shape, maxCostUsd: z.number().positive().max(1e6).optional() }),
    RunView,
  ),
} as const satisfies Record<string, RequestRow>
