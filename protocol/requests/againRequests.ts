import * as z from 'zod'
import { RunId } from '../names.ts'
import { RunEstimate, RunView } from '../runs.ts'
import { type RequestRow, request } from './request.ts'

/**
 * A new run of what an earlier one was asked for, with the routes, profile and prompts of now. Nothing does this by itself: saving
 * an interest or a prompt leaves results as they are until a person, who was told the estimate, starts it.
 */
export const againRequests = {
  'run/estimateAgain': request(z.object({ runId: RunId }), RunEstimate),
  'run/startAgain': request(z.object({ runId: RunId, maxCostUsd: z.number().positive().max(1e6).optional() }), RunView),
} as const satisfies Record<string, RequestRow>
