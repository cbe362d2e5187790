import * as z from 'zod'
import { EvaluationEstimate, EvaluationReport, EvaluationRequest, EvaluationSummary } from '../evaluation.ts'
import { EvaluationId, PageRequest, pageOf } from '../names.ts'
import { none, type RequestRow, request } from './request.ts'

const ofEvaluation = z.object({ id: EvaluationId })

/** Comparing providers and models with what people said. */
export const evaluationRequests = {
  /** Calls nobody. */
  'evaluation/estimate': request(EvaluationRequest, EvaluationEstimate),
  /** Answers when it has started; `evaluation/progress` carries the rest. Each candidate is a run, one after the other. */
  'evaluation/start': request(EvaluationRequest, EvaluationReport),
  /**
   * Answers when it has come to rest, within a second or two; what was judged is in the report. Whichever process works on it.
   * `run_busy`: that one has not answered in time.
   */
  'evaluation/cancel': request(ofEvaluation, EvaluationReport),
  /** One that goes on, as far as it is. Reports outlive the server: `mostEvaluations` of them are kept. */
  'evaluation/read': request(ofEvaluation, EvaluationReport),
  /** Newest first. `unreadable`: those of the page whose reports cannot be read; they can be removed. */
  'evaluation/list': request(
    PageRequest.nullish(),
    pageOf(EvaluationSummary).extend({ unreadable: z.array(EvaluationId) }),
  ),
  /** With the runs that were made for it. `run_busy`: it goes on. */
  'evaluation/remove': request(ofEvaluation, none),
} as const satisfies Record<string, RequestRow>
