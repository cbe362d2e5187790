import * as z from 'zod'
import { CriteriaValues } from './criteria.ts'
import { Instant, ModelId, ProviderId, RunId } from './names.ts'
import { DecisionDialect, outputModes, ResolvedRoute } from './routing.ts'
import { Shard } from './sources.ts'

/** How probable each name is. Not a record of the library, which leaves out the name `__proto__`. */
export const ProbabilitiesByName = z.custom<Record<string, number>>(
  (given) =>
    typeof given === 'object' &&
    given !== null &&
    !Array.isArray(given) &&
    Object.values(given).every((figure) => typeof figure === 'number' && figure >= 0 && figure <= 1),
)

/** Tokens of one call. `input` counts cached ones too; null: the provider did not say. */
export const Usage = z.object({
  input: z.int().nonnegative().nullable(),
  output: z.int().nonnegative().nullable(),
  cached: z.int().nonnegative().nullable(),
  /** Of `input`, what the call wrote into its provider's cache, where that has a price of its own. Absent in receipts, and where nothing was. */
  written: z.int().nonnegative().nullable().optional(),
  /** Of `output`, what was thinking. Absent in results of versions that did not ask. */
  reasoning: z.int().nonnegative().nullable().optional(),
})
export type Usage = z.infer<typeof Usage>

/** How a verdict was asked for: as text in one of the output modes, by a native decision, read out of log probabilities, or not at all: a proxy answered. */
export const receiptModes = [...outputModes, 'decisions', 'readout', 'proxy'] as const
export type ReceiptMode = (typeof receiptModes)[number]

/**
 * What a confidence is made of. probabilities: of a model that decided, or was read out. logprobs: those of the label's tokens in a text,
 * brought to the allowed labels. stated: the model's own word, or no better figure.
 */
export const confidenceSources = ['probabilities', 'logprobs', 'stated'] as const
export const ConfidenceSource = z.enum(confidenceSources)
export type ConfidenceSource = z.infer<typeof ConfidenceSource>

/**
 * Whose confidence it is. Calibration is of exactly this and of nothing else: `version`, the name under which the model answered, null
 * where the answer names none; `options`, the hash of what changes its answers; `questions` and `profile`, the hashes
 * of what it was asked and of the profile that fills that in.
 */
export const CalibratedModel = z.object({
  kind: z.string(),
  provider: ProviderId,
  endpoint: z.string().nullable(),
  model: ModelId,
  version: z.string().nullable(),
  options: z.string().nullable(),
  questions: z.string(),
  profile: z.string(),
  source: ConfidenceSource,
})
export type CalibratedModel = z.infer<typeof CalibratedModel>

/**
 * What corrects a confidence: how many labels it was fitted on, the expected calibration error before and after it (measured on labels
 * that each fit had not seen), and when.
 */
export const UsedCalibration = z.object({
  labels: z.int().positive(),
  errorBefore: z.number().min(0).max(1),
  errorAfter: z.number().min(0).max(1),
  at: Instant,
})
export type UsedCalibration = z.infer<typeof UsedCalibration>

/**
 * What a decision leaves behind besides its verdict. `serverConfidence`: by question, the server's own figure, whose formula is its
 * own. `distributions`: by question, the probability of each level of a score, lowest first. `labelMass`: of a read-out, the least
 * share of the probability that lay on the offered labels; `flips`: questions whose answer changed with the order of the options.
 */
export const DecisionFacts = z.object({
  dialect: DecisionDialect.optional(),
  serverConfidence: z.record(z.string(), z.number()).optional(),
  distributions: z.record(z.string(), z.array(z.number().min(0).max(1))).optional(),
  labelMass: z.number().min(0).max(1).optional(),
  flips: z.int().nonnegative().optional(),
  /** A learned model was no surer than this, its floor, and so gave no category. Absent: it decided, or is none. */
  abstained: z.number().min(0).max(1).optional(),
})
export type DecisionFacts = z.infer<typeof DecisionFacts>

/** How a verdict was obtained. `usage` and `costUsd` are those of the whole call, which judged `batch` items together. */
export const Receipt = z.object({
  provider: ProviderId,
  kind: z.string(),
  model: ModelId,
  endpoint: z.string().nullable(),
  rule: ResolvedRoute.shape.rule,
  /** The name by which the model was chosen. Absent: by none. */
  alias: ResolvedRoute.shape.alias,
  /** Of a fallback: in whose place it was asked, and why. Absent: it was asked itself. */
  fallbackFor: ResolvedRoute.shape.fallbackFor,
  promptHash: z.string(),
  profileHash: z.string(),
  /** SHA-256 of the model's options that change an answer: parameters, thinking. Absent in receipts of versions that did not record it. */
  optionsHash: z.string().optional(),
  outputMode: z.enum(receiptModes),
  /** Of a categorization. Absent in receipts of versions that did not record it: `confidenceSourceOf` tells. */
  confidenceFrom: ConfidenceSource.optional(),
  /** Items in the call. */
  batch: z.int().positive(),
  /** Calls that this item took, the successful one included. */
  attempts: z.int().positive(),
  latencyMs: z.number().nonnegative(),
  usage: Usage,
  /** Null: the price is unknown. Never a guess. */
  costUsd: z.number().nonnegative().nullable(),
  at: Instant,
  /**
   * Where examples are chosen by likeness: which labels the call showed, by their `inputHash`. `spread`: their likeness could not be
   * told, and the same ones were shown as in each such call. `promptHash` is then over all that could have been shown. Absent: it says all.
   */
  examples: z.object({ by: z.enum(['spread', 'likeness']), shown: z.array(z.string()).max(20) }).optional(),
  /** Absent: the model answered in text. `promptHash` is then that of the questions. */
  decision: DecisionFacts.optional(),
  /**
   * Of a run with a canary: a text of ours in the same call, which says nothing of interest, was judged as it was alone (`kept`) or otherwise
   * (`followed`): then the call may have obeyed one of its items. Absent: there was none.
   */
  canary: z.enum(['kept', 'followed']).optional(),
  /** The categorization's receipt is about the same call: its time, usage and cost are on both, and count once. */
  sharedCall: z.literal(true).optional(),
  /** It was answered in a batch of the provider, at the price of one. Absent: by a call of its own. */
  lane: z.literal('batch').optional(),
  /** The model that answered, where it says that it is another one; null: a gateway does not say which. */
  answeredBy: z.string().nullish(),
  /** A gateway turned to another model after the first one had failed. */
  byFallback: z.literal(true).optional(),
  /**
   * A proxy decided in the place of the model `of`, without asking it: how probable that is what it would have said, the agreement that the
   * run promises, and how many verdicts of that model and labels of people the proxy had learned from, or was measured by. `by`: it is a
   * model of the registry, whose receipt this is otherwise; absent: a classifier that was made on the spot. Absent: the model was asked.
   */
  proxy: z
    .object({
      of: z.object({ provider: ProviderId, model: ModelId }),
      by: z.object({ provider: ProviderId, model: ModelId }).optional(),
      probability: z.number().min(0).max(1),
      promise: z.number().min(0.5).max(0.999),
      learnedFrom: z.object({ verdicts: z.int().nonnegative(), labels: z.int().nonnegative() }),
    })
    .optional(),
  /** The id of the item with the same text that was asked about, in this run: nothing was sent or paid for this one. */
  sharedWith: z.string().optional(),
  /** The text was nearly the same, by this likeness (see `RunRequest.nearDuplicates`). Absent: it was the same. */
  likeness: z.number().min(0).max(1).optional(),
  /** The earlier run that made this call, when only this part of a result could be taken over. */
  reused: z.object({ runId: RunId }).optional(),
  /** Of a categorization, as it is read: what made `calibrated` of `confidence`. Absent: nothing. */
  calibration: UsedCalibration.optional(),
})
export type Receipt = z.infer<typeof Receipt>

/** A receipt that does not say it is of a time when texts had only the model's own word. */
export function confidenceSourceOf({
  confidenceFrom,
  outputMode,
}: Pick<Receipt, 'confidenceFrom' | 'outputMode'>): ConfidenceSource {
  if (confidenceFrom !== undefined) return confidenceFrom
  return outputMode === 'decisions' || outputMode === 'readout' ? 'probabilities' : 'stated'
}

/** Why a verdict waits for a person. below_floor: its confidence is below the `review_below` of one of its categories, or not known.
 * models_differ: a second model says otherwise, and the two are settled by a person. */
export const reviewCauses = ['below_floor', 'models_differ'] as const
export const ReviewCause = z.enum(reviewCauses)
export type ReviewCause = z.infer<typeof ReviewCause>

/**
 * Why an item is doubtful. models_differ: a second model says otherwise. no_category: nothing fits. below_floor: less sure than its category
 * wants. near_floor: hardly surer than that. near_further: a model that decides gave another category a probability near the `further_from`
 * that the profile names, from which on it is asked about. unsure: its confidence, as it was corrected, is below 0.5, or not known.
 * score_unsure: a model that decides gave no level of one of the scores half of the probability. addresses_judge: its text speaks to whoever
 * judges it. canary_followed: the call's canary was judged otherwise than alone, so that the call may have obeyed what its items say.
 */
export const reviewDoubts = [
  'models_differ',
  'no_category',
  'canary_followed',
  'addresses_judge',
  'below_floor',
  'near_floor',
  'near_further',
  'unsure',
  'score_unsure',
] as const
export const ReviewDoubt = z.enum(reviewDoubts)
export type ReviewDoubt = z.infer<typeof ReviewDoubt>

/** Why one item has no verdict: a reason code of `reasons.ts`, or one of the item's own. */
export const ItemError = z.object({ code: z.string(), message: z.string() })
export type ItemError = z.infer<typeof ItemError>

export const itemErrorCodes = [
  'row_invalid',
  'id_missing',
  'text_missing',
  'row_too_long',
  'row_encoding',
  'file_unreadable',
  'file_binary',
  'file_empty',
  'file_encoding',
  'file_changed',
  'duplicate_id',
] as const
export type ItemErrorCode = (typeof itemErrorCodes)[number]

/** What a person says of an item instead. It goes before the model's word wherever results are shown. */
export const HumanLabel = z.object({
  categories: z.array(z.string()).nullable(),
  interest: z.int().min(0).max(10).nullable(),
  quality: z.int().min(0).max(10).nullable(),
  /** By name, of the profile's own criteria; absent or null: nothing was said of any. */
  criteria: CriteriaValues.nullish(),
  /** Composite with what the person said in it. Null: not known, since interest or quality is known from nobody. */
  score: z.number().min(0).max(20).nullable(),
  /** The blocked category that makes this score 0; null or absent: none does. */
  blockedBy: z.string().nullish(),
  at: Instant,
})
export type HumanLabel = z.infer<typeof HumanLabel>

/** How two verdicts become one: the first counts, or the second, or the first does and waits for a person where they differ. */
export const settlements = ['first', 'second', 'agree-or-review'] as const
export const Settlement = z.enum(settlements)
export type Settlement = z.infer<typeof Settlement>

/** Characters of a passage that a model is asked to quote at most. */
export const longestQuote = 300

/** A passage as the item has it; null: what the model quoted does not stand in the item, and was dropped. */
const Passage = z
  .string()
  .max(2 * longestQuote)
  .nullable()

/** What a model quoted of the item for its categories, and by name for its answers to criteria. Absent: nothing was asked for or given. */
export const Evidence = z.object({
  categories: Passage.optional(),
  criteria: z.record(z.string(), Passage).optional(),
})
export type Evidence = z.infer<typeof Evidence>

const verdict = {
  /** Names, one to four; empty: nothing fits; null: not categorized. */
  categories: z.array(z.string()).nullable(),
  /**
   * Of the categories: what the model says of itself, or where it decides the probability of the first one (of "none of these", where
   * there is none): one formula for all servers.
   */
  confidence: z.number().min(0).max(1).nullable(),
  /**
   * `confidence` as a correction that was fitted on labels has it: how often such answers are right. Absent: `evaluate` has fitted none
   * for this model, its version, these questions and this way of confidence.
   */
  calibrated: z.number().min(0).max(1).optional(),
  interest: z.int().min(0).max(10).nullable(),
  quality: z.int().min(0).max(10).nullable(),
  /** By name, what was answered to the profile's own criteria; then interest and quality are null. Null or absent: it has none. */
  criteria: CriteriaValues.nullish(),
  reasoning: z.string().nullable(),
  /** The item's own words behind it. Absent: the profile asks for none, none was given, or the model does not answer in text. */
  evidence: Evidence.optional(),
  /** Composite, 0 to 20, one decimal. Null: nothing of it is known, or no criterion of the profile counts. */
  score: z.number().min(0).max(20).nullable(),
  /** The name of the blocked category that made the score 0; null when none did. */
  blockedBy: z.string().nullable(),
  receipts: z.object({ categorization: Receipt.optional(), scoring: Receipt.optional() }),
}

function pick<Name extends keyof typeof verdict>(...names: readonly Name[]): Pick<typeof verdict, Name> {
  return Object.fromEntries(names.map((name) => [name, verdict[name]])) as Pick<typeof verdict, Name>
}

/** A verdict of another model, in a run of its own. */
export const OtherVerdict = z.object({ runId: RunId, ...verdict })
export type OtherVerdict = z.infer<typeof OtherVerdict>

/**
 * `counts`: whose verdict the result has in its own fields; `other`: that of the other one. `differ`: their categories are not the same, or
 * where there are none, their scores are 3 points apart or more.
 */
export const Opinion = z.object({
  settle: Settlement,
  counts: z.enum(['first', 'second']),
  differ: z.boolean(),
  other: OtherVerdict,
})
export type Opinion = z.infer<typeof Opinion>

/** The final result of one item. Fields of a task that was not asked for, or did not come to it, are null. */
export const ResultRecord = z.object({
  runId: RunId,
  /** The source's own id, else `line:N` (`line:N:2` for the second on that line) or a path where nothing better is known. Always text. */
  id: z.string(),
  /** SHA-256 of the prepared text, hex: the identity of an item that has no id. */
  inputHash: z.string(),
  /** The file that it is from, as a path from the folder that the run reads; absent where the run reads one file. */
  source: z.string().optional(),
  /** The first words of its text, on one line. Absent in results of versions that did not record it, and where it has none. */
  preview: z.string().optional(),
  /**
   * Its text speaks to whoever judges it: asks for a verdict, takes instructions back, or looks like a part of the conversation with a model.
   * By common wordings: absent, it does not, as far as they tell.
   */
  addressesJudge: z.literal(true).optional(),
  status: z.enum(['ok', 'failed', 'skipped']),
  // In the order in which results files have them.
  ...pick('categories', 'confidence'),
  /** The five most probable categories with their probabilities. Null or absent: the model was asked for a text. */
  probabilities: ProbabilitiesByName.nullish(),
  suggested: z.object({ names: z.array(z.string()), parent: z.string().nullable() }).nullable(),
  ...pick('interest', 'quality', 'criteria', 'reasoning', 'score', 'blockedBy'),
  error: ItemError.nullable(),
  ...pick('receipts'),
  /** The run that judged it, when the result was taken over because nothing had changed since: its receipts are of that time. */
  reusedFrom: RunId.optional(),
  /** What another model said of it. Absent: none was asked, or it has not answered. */
  opinion: Opinion.optional(),
  /** Absent or null: nobody has corrected it. */
  human: HumanLabel.nullish(),
  ...pick('calibrated', 'evidence'),
  /** Why it waits in the review. Absent: it does not, or a person has said something of it. */
  review: z.array(ReviewCause).min(1).optional(),
  /** In the results file of a run over a part of its source: which part. Absent: it read all of it. */
  shard: Shard.optional(),
})
export type ResultRecord = z.infer<typeof ResultRecord>

/**
 * Of a decision, its most probable categories, the most probable first; the empty name is "none of these", where that was decided.
 * Empty: the model was asked for a text. Names that are numbers would come before all others, as keys of an object do.
 */
export function probableCategories({
  categories,
  confidence,
  probabilities,
}: Pick<ResultRecord, 'categories' | 'confidence' | 'probabilities'>): [name: string, share: number][] {
  if (!probabilities) return []
  const fitsNowhere = categories?.length === 0 && confidence !== null
  return Object.entries(fitsNowhere ? { ...probabilities, '': confidence } : probabilities).sort(
    ([, one], [, other]) => other - one,
  )
}

const withoutText = new Set<string>(itemErrorCodes.filter((code) => code !== 'duplicate_id'))

/** Whether there is anything that a person could say something of: what could not be read has no text, and no label without one. */
export function hasText({ error }: Pick<ResultRecord, 'error'>): boolean {
  return error === null || !withoutText.has(error.code)
}
