import * as z from 'zod'
import { ModelId, ProviderId } from './names.ts'
import { ProbabilitiesByName, Usage } from './results.ts'
import { DecisionDialect } from './routing.ts'

const probability = z.number().min(0).max(1)
const text = z.string().trim().min(1).max(10_000)
/** Unique among the questions of one request. It names the answer and is never read by the model. */
const questionName = z.string().trim().min(1).max(100)

/** One of several things a text can be. The name is what the answer gives back; a description helps the model to tell them apart. */
export const DecisionOption = z.strictObject({ name: z.string().trim().min(1).max(200), description: text.optional() })
export type DecisionOption = z.infer<typeof DecisionOption>

/** Which one of the options fits best. Options are asked in this order, and exactly one is answered. */
export const ChoiceQuestion = z.strictObject({
  type: z.literal('choice'),
  name: questionName,
  instructions: text,
  options: z.array(DecisionOption).min(2).max(1000),
})
export type ChoiceQuestion = z.infer<typeof ChoiceQuestion>

/** Where on a scale a text stands: levels from the lowest to the highest, counted from 0. */
export const ScoreQuestion = z.strictObject({
  type: z.literal('score'),
  name: questionName,
  instructions: text,
  levels: z.array(text).min(2).max(10),
})
export type ScoreQuestion = z.infer<typeof ScoreQuestion>

/** Whether something is true of a text. `yes` and `no` say what either means, where the instructions do not. */
export const PredicateQuestion = z.strictObject({
  type: z.literal('predicate'),
  name: questionName,
  instructions: text,
  yes: text.optional(),
  no: text.optional(),
})
export type PredicateQuestion = z.infer<typeof PredicateQuestion>

/** One typed question about a text. */
export const DecisionQuestion = z.discriminatedUnion('type', [ChoiceQuestion, ScoreQuestion, PredicateQuestion])
export type DecisionQuestion = z.infer<typeof DecisionQuestion>

/**
 * Of a read-out: the least share of the probability on the labels with which a model is taken to understand what is asked. One that does
 * would say nearly nothing else. A model of 135M parameters, which was right in 27 of 200 cases (facts/decision-models.md §11), puts 0.17
 * to 0.54 there, depending on the wording: this stands well above.
 */
export const leastLabelMass = 0.7

/**
 * The server's own figure; formulas differ from server to server, so it is never compared with another one's. Null: it gives none.
 * Every answer has been checked against its question: names are the question's, probabilities add up to 1 (within 0.05, or within what
 * rounding to two decimals does to so many options).
 */
const serverConfidence = z.number().nullable()

export const DecisionAnswer = z.discriminatedUnion('type', [
  /** `probabilities`: of every option, by its name (in no order: names that are whole numbers come first). `choice`: the most probable one. */
  z.object({
    type: z.literal('choice'),
    name: z.string(),
    choice: z.string(),
    probabilities: ProbabilitiesByName,
    serverConfidence,
  }),
  /** `score`: the expected level, 0 to (levels − 1), as a fraction: Σ level × probability. `probabilities`: of each level, lowest first. */
  z.object({
    type: z.literal('score'),
    name: z.string(),
    score: z.number(),
    probabilities: z.array(probability),
    serverConfidence,
  }),
  /** `probability`: that it is true. */
  z.object({ type: z.literal('predicate'), name: z.string(), probability, serverConfidence }),
  /** The provider declined to answer this question; the others may be answered. */
  z.object({ type: z.literal('refusal'), name: z.string() }),
])
export type DecisionAnswer = z.infer<typeof DecisionAnswer>

/** What one request of a decision model takes. Absent: not known. Tokens and bytes are of input and questions together. */
export const DecisionLimits = z.object({
  options: z.int().positive().optional(),
  levels: z.int().positive().optional(),
  questions: z.int().positive().optional(),
  bytes: z.int().positive().optional(),
  tokens: z.int().positive().optional(),
})
export type DecisionLimits = z.infer<typeof DecisionLimits>

/** What came of `model/decide`. */
export const DecisionReport = z.object({
  provider: ProviderId,
  model: ModelId,
  /** As the answer names it; null: it does not. */
  answeredBy: z.string().nullable(),
  dialect: DecisionDialect,
  /** One a question, in their order. */
  answers: z.array(DecisionAnswer),
  /** As this server counts: some count the text once a question. */
  usage: Usage,
  /** Null: the price is unknown. */
  costUsd: z.number().nonnegative().nullable(),
  latencyMs: z.number().nonnegative(),
})
export type DecisionReport = z.infer<typeof DecisionReport>
