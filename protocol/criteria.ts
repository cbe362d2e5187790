import * as z from 'zod'
import { givenName } from './names.ts'

export const mostCriteria = 8
/** Numbers of one scale; more are finer than anybody can tell apart. */
export const longestScale = 100
/** Of a scale: what servers take for levels of one question. */
const mostBands = 10

const description = z.string().trim().max(500)

/** A stretch of a scale, both ends included, and what it means. */
export const ScaleBand = z.strictObject({ from: z.int(), to: z.int(), description })
export type ScaleBand = z.infer<typeof ScaleBand>

const shared = {
  /** Unique, whatever its case; `criteria` of a result has it as it is written here. */
  name: givenName.max(60),
  question: z.string().trim().min(1).max(1000),
  /** How much it counts in the score beside the others. Absent: 1; 0: not at all. */
  weight: z.number().min(0).max(100).optional(),
  /** Whether a passage of the item is to be quoted for the answer. Absent: no. */
  evidence: z.boolean().optional(),
}

/** A whole number between two. */
export const ScaleCriterion = z.strictObject({
  ...shared,
  type: z.literal('scale'),
  scale: z.strictObject({
    from: z.int().min(-1000).max(1000),
    to: z.int().min(-1000).max(1000),
    /**
     * What the numbers mean, lowest first, without gaps: with their ends, or texts alone, which share the scale in equal parts. Absent:
     * only the two ends are known.
     */
    bands: z
      .array(z.union([ScaleBand, description.min(1)]))
      .min(1)
      .max(mostBands)
      .optional(),
  }),
})
export type ScaleCriterion = z.infer<typeof ScaleCriterion>

/** Yes or no; yes counts 1 in the score, no 0. */
export const BooleanCriterion = z.strictObject({ ...shared, type: z.literal('boolean') })
export type BooleanCriterion = z.infer<typeof BooleanCriterion>

/** One of several. `value`: what a choice counts in the score, 0 to 1; all have one, or none, and then it does not count. */
export const ChoiceCriterion = z.strictObject({
  ...shared,
  type: z.literal('choice'),
  choices: z
    .array(
      z.strictObject({
        name: givenName,
        description: description.optional(),
        value: z.number().min(0).max(1).optional(),
      }),
    )
    .min(2)
    .max(20),
})
export type ChoiceCriterion = z.infer<typeof ChoiceCriterion>

/** One question of a scoring. */
export const Criterion = z.discriminatedUnion('type', [ScaleCriterion, BooleanCriterion, ChoiceCriterion])
export type Criterion = z.infer<typeof Criterion>

export const Criteria = z.array(Criterion).min(1).max(mostCriteria)

/** The composite is a number from 0 to this one. */
export const ScoreRange = z.strictObject({ to: z.int().min(1).max(20) })
export type ScoreRange = z.infer<typeof ScoreRange>

/** An answer to a criterion: the number of a scale, whether it is so, or the name of a choice. */
export const CriterionValue = z.union([z.number(), z.boolean(), z.string()])
export type CriterionValue = z.infer<typeof CriterionValue>

/** Answers by the names of their criteria. */
export const CriteriaValues = z.record(z.string(), CriterionValue)
export type CriteriaValues = z.infer<typeof CriteriaValues>
