import * as z from 'zod'
import { EvaluationEstimate, EvaluationReport, EvaluationRequest, EvaluationSummary } from '../evaluation.ts'
import { EvaluationId, PageRequest, pageOf } from '../names.ts'
import { none, type RequestRow, request } from './request.ts'

const ofEvaluation = z.object({ id: EvaluationId })

/** Comparing providers and models with what people said. */
export const evaluationRequests = {
  /** Calls nobody. */
  'evaluation/estimate': request(EvaluationRequest, EvaluationEstimate),
  /** Answers when it has started; `evaluation/progress` tells the rest. Each candidate is a run, one after the other. */
  'evaluation/start': request(EvaluationRequest, EvaluationReport),
  /** Answers when it has come to rest, within a second or two. What was judged is in the report. `run_busy`: another process works on it. */
  'evaluation/cancel': request(ofEvaluation, EvaluationReport),
  /** One that goes on, as far as it is. Reports outlive the server: `mostEvaluations` of them are kept. */
  'evaluation/read': request(ofEvaluation, EvaluationReport),
  /** Newest first. */
  'evaluation/list': request(PageRequest.nullish(), pageOf(EvaluationSummary)),
  /** With the runs that were made for it. `run_busy`: it goes on. */
  'evaluation/remove': request(ofEvaluation, none),
} as const satisfies Record<string, RequestRow>
