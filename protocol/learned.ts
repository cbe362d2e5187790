import * as z from 'zod'
import { Instant, ModelId, ProviderId, RunId } from './names.ts'
import { RunRequest } from './runs.ts'

/**
 * What a model is learned from: the verdicts of a run and what people said of its items, or the labels of a golden set (of a trusted
 * folder, or a file) for the categories of a profile.
 */
export const LearnSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('run'), runId: RunId }),
  z.object({
    kind: z.literal('labels'),
    workspaceFolder: z.string().min(1).max(4096).optional(),
    goldenPath: z.string().min(1).max(4096).optional(),
    profile: RunRequest.shape.profile,
  }),
])
export type LearnSource = z.infer<typeof LearnSource>

const share = z.number().min(0).max(1)

/** How good a learned model is, measured on its examples by models that had not seen them. */
export const LearnedFacts = z.object({
  at: Instant,
  from: LearnSource,
  learnedFrom: z.object({ verdicts: z.int().nonnegative(), labels: z.int().nonnegative() }),
  /** Examples of which it made no use: their texts are gone, their categories are none of the profile, or there were more than it takes. */
  leftOut: z.int().nonnegative(),
  /** Those that it can answer. */
  categories: z.int().nonnegative(),
  /** Over all examples, as if it never abstained; each end with 95 % certainty. */
  agreement: z.object({ share, low: share, high: share }),
  /**
   * Up to this probability it answers no category. Of what is above, at least `bound` agrees, with 95 % certainty, which is no less than the
   * `promise` it was learned for; `decides`: the share of the examples that is above.
   */
  floor: z.object({ probability: share, promise: share, bound: share, decides: share }),
  bytes: z.int().positive(),
  /** Labels that were given or changed since; absent: it was learned from a run, or they cannot be read. */
  newLabels: z.int().nonnegative().optional(),
})
export type LearnedFacts = z.infer<typeof LearnedFacts>

export const LearnRequest = z.object({
  /** A name of lower-case letters, digits, dots and hyphens. One that was learned before is learned anew. */
  model: ModelId,
  /** Absent: the first provider of the kind `builtin`. */
  provider: ProviderId.optional(),
  /** Absent: from what it was learned before. */
  from: LearnSource.optional(),
  /** How often its answers have to agree at least. Absent: as it was learned before, else 0.9. */
  promise: z.number().min(0.5).max(0.999).optional(),
})
export type LearnRequest = z.infer<typeof LearnRequest>

export const LearnedModel = z.object({ provider: ProviderId, model: ModelId, learned: LearnedFacts })
export type LearnedModel = z.infer<typeof LearnedModel>
