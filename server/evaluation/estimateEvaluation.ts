import type { EvaluationEstimate, EvaluationRequest } from '../../protocol/evaluation.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Runs } from '../runs/runs.ts'
import { type PreparationParts, prepareEvaluation, requestFor } from './prepareEvaluation.ts'

/** Asks nobody. A candidate that cannot run says why. */
export async function estimateEvaluation(
  parts: PreparationParts & { runs: Pick<Runs, 'estimate'> },
  request: EvaluationRequest,
  signal: AbortSignal,
): Promise<Outcome<EvaluationEstimate>> {
  const prepared = await prepareEvaluation(parts, request)
  if (!prepared.ok) return prepared
  const candidates: EvaluationEstimate['candidates'] = []
  for (const candidate of request.candidates) {
    const told = await parts.runs.estimate(requestFor(prepared.value, candidate), signal)
    if (!told.ok && told.reason.code === 'cancelled') return told
    candidates.push({ candidate, estimate: told.ok ? told.value : null, reason: told.ok ? null : told.reason })
  }
  const estimates = candidates.map((each) => each.estimate).filter((each) => each !== null)
  return succeed({
    items: prepared.value.labels.length,
    candidates,
    costUsd: sumOf(estimates.map(({ costUsd }) => costUsd)),
    isCalled: estimates.some(({ toJudge, routes }) => toJudge > 0 && routes.some(({ endpoint }) => endpoint !== null)),
  })
}

/** What is not known of one is not known of all. */
function sumOf(costs: readonly EvaluationEstimate['costUsd'][]): EvaluationEstimate['costUsd'] {
  const sum = { low: 0, high: 0 }
  for (const cost of costs) {
    if (cost === null) return null
    sum.low += cost.low
    sum.high += cost.high
  }
  return sum
}
