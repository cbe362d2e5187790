import * as z from 'zod'
import { Candidate, CandidateReport, EvaluationReport, EvaluationRequest } from '../../protocol/evaluation.ts'
import { EvaluationId, ModelId, ProviderId, RunId } from '../../protocol/names.ts'
import { ResultFilter, ResultSort } from '../../protocol/resultQueries.ts'
import { ResultRecord } from '../../protocol/results.ts'
import { TaskReadiness } from '../../protocol/routing.ts'
import { RunEstimate, RunRequest, RunView } from '../../protocol/runs.ts'

// Parts of the contract, small enough for a model to read: all of it would be a hundred kilobytes of schema in every conversation.

/** So many results come with an answer that judged something; `results` has the rest. */
export const resultsShown = 20

const common = {
  profile: z.string().min(1).max(4096).optional().describe('a ready-made profile by name, or a profile file'),
  maxCostUsd: RunRequest.shape.maxCostUsd.describe('stop before it costs more US dollars than this'),
  estimate: z.boolean().optional().describe('only count what it would take: calls no model, costs nothing'),
}

/** What `categorize`, `score` and `run` take. */
export const JudgeInput = z.object({
  paths: z.array(z.string().min(1).max(4096)).min(1).max(100).optional().describe('files or folders to judge'),
  text: z.string().min(1).max(100_000).optional().describe('one text to judge, instead of paths'),
  ...common,
  provider: ProviderId.optional().describe('instead of the route of the task'),
  model: ModelId.optional().describe('a model of that provider, an alias, or PROVIDER/MODEL'),
  limit: z.int().min(1).max(1_000_000).optional().describe('judge only the first items'),
  fresh: z.boolean().optional().describe('judge everything again, even what has not changed since an earlier run'),
  writeResults: z.boolean().optional().describe('write the results beside the source, as NAME.results.jsonl'),
})
export type JudgeInput = z.infer<typeof JudgeInput>

/** `run` can go on with one that was stopped, too. */
export const RunInput = JudgeInput.extend({
  resume: RunId.optional().describe('go on with this run, instead of paths or text'),
})
export type RunInput = z.infer<typeof RunInput>

/** `reason`, here and below, is the sentence with what helps next; null: nothing is wrong. */
const reason = z.string().nullable()

export const RunAnswer = RunView.pick({
  runId: true,
  state: true,
  tasks: true,
  source: true,
  counts: true,
  resultsPath: true,
  startedAt: true,
  finishedAt: true,
}).extend({
  reason,
  /** US dollars; of calls whose price is not known it is missing. */
  costUsd: z.number().nonnegative(),
  models: z.array(z.string()).describe('PROVIDER/MODEL of each task'),
})

export const ResultAnswer = ResultRecord.pick({
  id: true,
  source: true,
  preview: true,
  status: true,
  categories: true,
  confidence: true,
  suggested: true,
  interest: true,
  quality: true,
  criteria: true,
  reasoning: true,
  score: true,
  blockedBy: true,
  error: true,
})

const EstimateAnswer = RunEstimate.pick({
  items: true,
  unreadable: true,
  reused: true,
  toJudge: true,
  calls: true,
  inputTokens: true,
  outputTokens: true,
  costUsd: true,
}).extend({ models: z.array(z.string()).describe('PROVIDER/MODEL of each task') })

/** Either an estimate, or a run with the first of its results. */
export const JudgeAnswer = z.object({
  estimate: EstimateAnswer.nullable(),
  run: RunAnswer.nullable(),
  results: z.array(ResultAnswer),
})
export type JudgeAnswer = z.infer<typeof JudgeAnswer>

const filter = ResultFilter.pick({
  status: true,
  categories: true,
  minScore: true,
  maxScore: true,
  belowConfidence: true,
  search: true,
  waits: true,
})

export const ResultsInput = z.object({
  run: RunId.optional().describe('absent, and no path: the newest run'),
  path: z.string().min(1).max(4096).optional().describe('the file or folder that was judged, or a results file'),
  filter: filter.optional(),
  sort: ResultSort.optional(),
  limit: z.int().min(1).max(100).default(resultsShown),
  cursor: z.string().max(200).optional().describe('`next` of the page before'),
})

export const ResultsAnswer = z.object({
  run: RunAnswer,
  results: z.array(ResultAnswer),
  /** That the filter finds. */
  total: z.int().nonnegative(),
  next: z.string().nullable(),
})

export const ReadinessInput = z.object({})
const TaskAnswer = TaskReadiness.pick({ ready: true, checkedAt: true }).extend({
  reason,
  model: z.string().nullable().describe('PROVIDER/MODEL'),
  endpoint: z.string().nullable().describe('null: nothing leaves this machine'),
  warnings: z.array(z.string()),
})
export const ReadinessAnswer = z.object({ categorization: TaskAnswer, scoring: TaskAnswer, allowsRuns: z.boolean() })

export const EvaluateInput = z.object({
  id: EvaluationId.optional().describe('read this stored report; absent, and no candidates: the newest one'),
  candidates: z
    .array(Candidate.pick({ provider: true, model: true, ask: true }))
    .min(1)
    .max(10)
    .optional()
    .describe('what is compared; provider null: the routes as they are now'),
  golden: z.string().min(1).max(4096).optional().describe('another file of labels than that of the folder'),
  tasks: EvaluationRequest.shape.tasks.optional(),
  limit: EvaluationRequest.shape.limit,
  ...common,
})
export type EvaluateInput = z.infer<typeof EvaluateInput>

/** Shares of 1; null: not measured. */
const figure = z.number().nullable()
const CandidateAnswer = CandidateReport.pick({ name: true, state: true, counts: true, costUsd: true }).extend({
  reason,
  accuracy: figure,
  macroF1: figure,
  kappa: figure,
  scoreError: figure.describe('mean absolute error of the score, in points of 20'),
})
export const EvaluateAnswer = z.object({
  /** Null where a report was read or made. */
  estimate: z
    .object({
      items: z.int(),
      costUsd: RunEstimate.shape.costUsd,
      candidates: z.array(z.object({ name: z.string(), reason })),
    })
    .nullable(),
  report: EvaluationReport.pick({ id: true, state: true, tasks: true, startedAt: true, finishedAt: true })
    .extend({ reason, labels: z.int(), candidates: z.array(CandidateAnswer) })
    .nullable(),
})
