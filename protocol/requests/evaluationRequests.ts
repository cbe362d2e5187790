import * as z from 'zod'
import { EvaluationEstimate, EvaluationId, EvaluationReport, EvaluationRequest } from '../evaluation.ts'
import { type RequestRow, request } from './request.ts'

const ofEvaluation = z.object({ id: EvaluationId })

/** Comparing providers and models with what people said. */
export const evaluationRequests = {
  /** Calls nobody. */
  'evaluation/estimate': request(EvaluationRequest, EvaluationEstimate),
  /** Answers when it has started; `evaluation/progress` tells the rest. Each candidate is a run, one after the other. */
  'evaluation/start': request(EvaluationRequest, EvaluationReport),
  /** Answers when it has come to rest, within a second or two. What was judged is in the report. */
  'evaluation/cancel': request(ofEvaluation, EvaluationReport),
  'evaluation/read': request(ofEvaluation, EvaluationReport),
} as const satisfies Record<string, RequestRow>
