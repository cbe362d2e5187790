import * as z from 'zod'
import { GateMiss } from './gate.ts'
import { AliasName, EvaluationId, Instant, ModelId, ProviderId, RunId, Task, tasks } from './names.ts'
import { Reason } from './reasons.ts'
import { CalibratedModel } from './results.ts'
import { AskMode } from './routing.ts'
import { RunCounts, RunEstimate, RunRequest } from './runs.ts'

/**
 * What is compared: a provider with a model of it (absent: its own choice), or, with null, each task by its route as it is now; and how
 * it is asked (absent: as a run would).
 */
export const Candidate = z.object({
  provider: ProviderId.nullable(),
  model: ModelId.optional(),
  /** The name by which they were chosen. Absent: by none. */
  alias: AliasName.optional(),
  ask: AskMode.optional(),
})
export type Candidate = z.infer<typeof Candidate>

/** More are too many for one comparison. */
export const mostCandidates = 20

export const EvaluationRequest = z.object({
  /** The trusted folder whose golden set and profile count. */
  workspaceFolder: z.string().min(1).max(4096).optional(),
  /** Another golden set. One of the two is needed. */
  goldenPath: z.string().min(1).max(4096).optional(),
  profile: RunRequest.shape.profile,
  tasks: z
    .array(Task)
    .min(1)
    .max(2)
    .default([...tasks]),
  candidates: z.array(Candidate).min(1).max(mostCandidates),
  /** So many labels at most, always the same ones. */
  limit: z.int().min(1).max(100_000).optional(),
  /** What all candidates together may cost. */
  maxCostUsd: z.number().positive().max(1e6).optional(),
})
export type EvaluationRequest = z.infer<typeof EvaluationRequest>

/** What it would take. A candidate that cannot run says why; the others are compared all the same. */
export const EvaluationEstimate = z.object({
  /** Labels that say something of the tasks. */
  items: z.int(),
  candidates: z.array(z.object({ candidate: Candidate, estimate: RunEstimate.nullable(), reason: Reason.nullable() })),
  /** Of all that can run; null: a price is not known. */
  costUsd: z.object({ low: z.number().nonnegative(), high: z.number().nonnegative() }).nullable(),
  /** Whether anything would be sent to a provider. */
  isCalled: z.boolean(),
})
export type EvaluationEstimate = z.infer<typeof EvaluationEstimate>

const share = z.number().min(0).max(1)
const kappa = z.number().min(-1).max(1).nullable()

/** Precision, recall and F1 of one category, or an average. Null: there is nothing that it could be a share of. */
export const Scores = z.object({ precision: share.nullable(), recall: share.nullable(), f1: share.nullable() })
export type Scores = z.infer<typeof Scores>

/** A confidence, and how often answers that were so sure are right. Both ascend from point to point. */
export const CalibrationPoint = z.object({ confidence: share, right: share })
export type CalibrationPoint = z.infer<typeof CalibrationPoint>

const calibration = {
  /**
   * Expected calibration error: how far confidence is from how often it is right, 0 to 1. Null: no answer says how sure it is. Absent: of
   * a version that did not measure it.
   */
  calibrationError: share.nullish(),
  /** Mean of (confidence - 1 where it was right, else 0)², 0 to 1: Brier score, Brier 1950. Null, absent: as above. */
  brier: share.nullish(),
  /** Ten bins of equal width, lowest first: how sure the answers of each were on average, and how many of them were right. Absent: as above. */
  calibration: z
    .array(z.object({ items: z.int(), confidence: share.nullable(), accuracy: share.nullable() }))
    .length(10)
    .optional(),
}

/** How well one model, asked one set of questions in one way, knows how sure it is. */
export const ConfidenceMetrics = z.object({
  asked: CalibratedModel,
  items: z.int(),
  ...calibration,
  /**
   * The isotonic regression of being right on confidence: from then on results of this model, version and questions have `calibrated`
   * beside their confidence. The figures are what the answers have after it, each as a fit has it that has not seen it (five folds).
   * Null: fewer than 30 answers, so that nothing was fitted.
   */
  correction: z
    .object({ points: z.array(CalibrationPoint).min(1).max(20_000), calibrationError: share, brier: share })
    .nullable(),
})
export type ConfidenceMetrics = z.infer<typeof ConfidenceMetrics>

/** A failed item is a wrong answer: it is missed by every category that it has. */
export const CategoryMetrics = z.object({
  items: z.int(),
  failed: z.int(),
  /** Items whose categories are exactly the expected ones, in any order. */
  accuracy: share.nullable(),
  ...calibration,
  /** The same by who was asked and how, the most answers first. Absent: as above. */
  confidence: z.array(ConfidenceMetrics).optional(),
  /** Mean of what is common over what either says; both say that nothing fits: 1. */
  jaccard: share.nullable(),
  micro: Scores,
  /** Mean over the categories that are expected or were given. */
  macro: Scores,
  /** Cohen's, of the first category; "nothing fits" and "failed" are categories of their own here. Null: chance alone agrees always. */
  kappa,
  /** Several categories an item: the mean of Cohen's kappa of "has it or not", over the categories that are expected. */
  kappaByLabel: kappa,
  /** The most frequent first. `support`: items that have it; `given`: items that got it. */
  labels: z.array(Scores.extend({ label: z.string(), support: z.int(), given: z.int(), kappa })),
  /** Of the first category; null: nothing fits. `failed`: there was no answer. The most frequent first. */
  confusion: z.array(
    z.object({ expected: z.string().nullable(), given: z.string().nullable(), failed: z.boolean(), items: z.int() }),
  ),
})
export type CategoryMetrics = z.infer<typeof CategoryMetrics>

/** `given` less `expected`. Null: no item has both. */
export const ScoreErrors = z.object({ items: z.int(), meanAbsolute: z.number(), bias: z.number() }).nullable()
export type ScoreErrors = z.infer<typeof ScoreErrors>

/** Of one of the profile's own criteria, over the labels that answer it. */
export const CriterionMetrics = z.object({
  name: z.string(),
  type: z.enum(['scale', 'boolean', 'choice']),
  items: z.int(),
  failed: z.int(),
  /** Exactly what the label says. */
  accuracy: share,
  /** Cohen's; "failed" is an answer of its own here. */
  kappa,
  /** Of "yes", or of all choices the mean. Null: it is a scale. */
  scores: Scores.nullable(),
  /** Of a scale, in its own steps. */
  errors: ScoreErrors,
  /** Of a scale: kappa with quadratic weights. */
  weightedKappa: kappa,
})
export type CriterionMetrics = z.infer<typeof CriterionMetrics>

export const ScoreMetrics = z.object({
  items: z.int(),
  failed: z.int(),
  interest: ScoreErrors,
  quality: ScoreErrors,
  /** Composite, in points of 20. */
  score: ScoreErrors,
  /** In the order of the profile, those that any label answers. Absent: the profile has none of its own. */
  criteria: z.array(CriterionMetrics).optional(),
})
export type ScoreMetrics = z.infer<typeof ScoreMetrics>

export const CandidateReport = z.object({
  candidate: Candidate,
  /** As it ran: `provider/model`, of two tasks that differ both. */
  name: z.string(),
  kind: z.string().nullable(),
  runId: RunId.nullable(),
  /**
   * waiting, running; done; failed: it could not begin, or stopped early by `reason`; cancelled; interrupted: its process ended
   * meanwhile. What was judged until then is measured.
   */
  state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled', 'interrupted']),
  reason: Reason.nullable(),
  counts: RunCounts.nullable(),
  /** Null: not asked for, or no label says anything of it. */
  categorization: CategoryMetrics.nullable(),
  scoring: ScoreMetrics.nullable(),
  /** What judging these items costs, also where a result was taken over; null: a price is not known. */
  costUsd: z.number().nonnegative().nullable(),
  /** Tokens, as far as they were reported. */
  input: z.int(),
  output: z.int(),
  /** Input and output of the calls, divided by the items that a model was asked about. Null: no usage was reported. Absent: as above. */
  tokensPerItem: z.number().nonnegative().nullish(),
  /** Time of the calls, divided by the items that shared them, on average; how many went at once does not count. Null, absent: as above. */
  secondsPerItem: z.number().nonnegative().nullish(),
  /** How it was asked, as its receipts say: several where a run changed its way. Absent: of a version that did not record it. */
  asked: z.array(z.enum(['text', 'decisions', 'readout'])).optional(),
  /** Of read-outs: the share of the probability on the labels, the mean over the items. Null, absent: it was not read out. */
  labelMass: share.nullish(),
  /** Of an item's calls. */
  latencyMs: z.object({ p50: z.number(), p95: z.number() }).nullable(),
  /** Results that were taken over from an earlier run, for nothing. */
  reused: z.int(),
  /** Of the profile's gate: what is missing to it; empty: it is met. Null or absent: the profile has none. */
  gate: z.array(GateMiss).nullish(),
})
export type CandidateReport = z.infer<typeof CandidateReport>

export const EvaluationReport = z.object({
  id: EvaluationId,
  /** interrupted: its process ended before; what was judged is taken over when it is started again. failed: by `reason`. */
  state: z.enum(['running', 'completed', 'cancelled', 'interrupted', 'failed']),
  /** Why it failed, or why its report could not be kept; null otherwise. Why a candidate failed stands with the candidate. */
  reason: Reason.nullable(),
  golden: z.object({
    path: z.string(),
    labels: z.int(),
    /** That say something of the tasks, within the limit. */
    used: z.int(),
    /** Lines that could not be read. */
    broken: z.int(),
    /** Categories of labels that the profile does not have: no answer can be right there. */
    unknownCategories: z.array(z.string()),
  }),
  tasks: z.array(Task),
  /** Of the profile with its prompts, without its gate: what was measured is a measure of this alone. Absent: of a version that did not record it. */
  profileHash: z.string().optional(),
  candidates: z.array(CandidateReport),
  startedAt: Instant,
  finishedAt: Instant.nullable(),
})
export type EvaluationReport = z.infer<typeof EvaluationReport>

/** How far it is: `done` of `total` items, over all candidates. */
export const EvaluationProgress = z.object({
  id: EvaluationId,
  state: EvaluationReport.shape.state,
  /** The candidate that runs; null: none, or none any more. */
  current: z.string().nullable(),
  done: z.int(),
  total: z.int(),
})
export type EvaluationProgress = z.infer<typeof EvaluationProgress>

/** So many reports are kept, with what was judged for them; the oldest ones go first. */
export const mostEvaluations = 50

/** A kept report in a few figures. */
export const EvaluationSummary = EvaluationReport.pick({
  id: true,
  state: true,
  tasks: true,
  startedAt: true,
  finishedAt: true,
}).extend({
  golden: EvaluationReport.shape.golden.pick({ path: true, used: true }),
  candidates: z.array(
    CandidateReport.pick({ candidate: true, name: true, state: true, costUsd: true }).extend({
      accuracy: share.nullable(),
      kappa,
      /** Mean absolute error of the composite score; null: not measured. */
      scoreError: z.number().nonnegative().nullable(),
    }),
  ),
})
export type EvaluationSummary = z.infer<typeof EvaluationSummary>
