import type { EvaluationReport, EvaluationSummary } from '../../protocol/evaluation.ts'

export function summariseReport(report: EvaluationReport): EvaluationSummary {
  const { id, state, tasks, startedAt, finishedAt, golden, candidates } = report
  return {
    ...{ id, state, tasks, startedAt, finishedAt },
    golden: { path: golden.path, used: golden.used },
    candidates: candidates.map(({ candidate, name, state: reached, costUsd, categorization, scoring }) => ({
      ...{ candidate, name, state: reached, costUsd },
      accuracy: categorization?.accuracy ?? null,
      kappa: categorization?.kappa ?? null,
      scoreError: scoring?.score?.meanAbsolute ?? null,
    })),
  }
}
