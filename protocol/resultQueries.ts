import * as z from 'zod'
import { Criteria, CriterionValue } from './criteria.ts'
import { ModelId, PageRequest, ProviderId, RunId } from './names.ts'
import { ConfidenceSource, ResultRecord, ReviewDoubt, Usage } from './results.ts'
import { ResultFormat, RunSpent } from './runs.ts'

/** What the answer to one criterion has to be; one without an answer has no such. */
export const CriterionFilter = z.object({
  /** Of a scale, both included. */
  min: z.number().optional(),
  max: z.number().optional(),
  /** One of these. */
  values: z.array(CriterionValue).min(1).max(150).optional(),
})
export type CriterionFilter = z.infer<typeof CriterionFilter>

const criterionName = z.string().min(1).max(80)

/** What identifies a result within its run: several may have one id, and several one text. */
export const ResultIdentity = z.object({ id: z.string().max(5000), inputHash: z.string().regex(/^[0-9a-f]{64}$/) })
export type ResultIdentity = z.infer<typeof ResultIdentity>

/** So many results can be named one by one: no conversation has room for more. */
export const mostChosen = 1000
const chosen = z.array(ResultIdentity).min(1).max(mostChosen)

/** Which results are wanted: all that is said must be true of one; what is absent does not matter. */
export const ResultFilter = z.object({
  status: z.array(ResultRecord.shape.status).min(1).optional(),
  /** At least one of these names. The empty name stands for results that have no category. */
  categories: z.array(z.string().max(200)).min(1).max(100).optional(),
  /** Both included. A result without a score has none between them. */
  minScore: z.number().min(0).max(20).optional(),
  maxScore: z.number().min(0).max(20).optional(),
  /** The one is included, the other is not, so that they part the results. One without a confidence is on neither side. */
  minConfidence: z.number().min(0).max(1).optional(),
  belowConfidence: z.number().min(0).max(1).optional(),
  /**
   * In the whole text of the item, as its source has it, if it is still the text that was judged; in the first words of it, the id, the
   * categories, the suggested names, the reasoning or the error's message. Upper and lower case are the same.
   */
  search: z.string().min(1).max(200).optional(),
  changedByHuman: z.boolean().optional(),
  /** By the names of the run's own criteria, whatever their case; a name that it does not have finds nothing. */
  criteria: z.record(criterionName, CriterionFilter).optional(),
  /** Whether it waits for a person: see `ResultRecord.review`. */
  waits: z.boolean().optional(),
  /** Whether a second model says otherwise. Results of which none was asked differ from nothing. */
  disagree: z.boolean().optional(),
  /** Whether its text speaks to whoever judges it. */
  addressesJudge: z.boolean().optional(),
  /** These results only, or all but these. One that the run does not have is passed over. */
  only: chosen.optional(),
  except: chosen.optional(),
})
export type ResultFilter = z.infer<typeof ResultFilter>

/**
 * `doubt`: how little there is to rely on: most where two models differ, then without a category, then what is below the `review_below` of its
 * category, then what is near that or another threshold of the profile, and among those the less confidence the more, as it was corrected; what a person has said
 * something of has none. `criterion`: by the answers to one of the run's own criteria, choices in the order of the profile. Results without
 * the field come last either way, and equals in the order of the source. Ids with numbers sort as a person would.
 */
export const ResultSort = z.object({
  by: z.enum([
    'position',
    'id',
    'score',
    'interest',
    'quality',
    'confidence',
    'status',
    'category',
    'doubt',
    'criterion',
  ]),
  /** Its name, with `by: 'criterion'` only, whatever its case. */
  criterion: criterionName.optional(),
  descending: z.boolean().default(false),
})
export type ResultSort = z.infer<typeof ResultSort>

/** What is wanted of a run's results, in which order. */
export const ResultQuery = z.object({ filter: ResultFilter.optional(), sort: ResultSort.optional() })
export type ResultQuery = z.infer<typeof ResultQuery>

/**
 * A page by `offset` into what the query finds, or by the `cursor` that the page before named, which goes on at the same item also
 * when a run that is not over has added some before it. `offset` goes before `cursor`.
 */
export const ResultPageRequest = z.object({
  runId: RunId,
  ...ResultQuery.shape,
  offset: z.int().min(0).optional(),
  ...PageRequest.shape,
})
export type ResultPageRequest = z.infer<typeof ResultPageRequest>

/**
 * What a run has lost since its end, because its journal or its results file was damaged or deleted. What is left is shown; resuming the
 * run judges the rest again, and where only the file is gone, `run/rewrite` writes it without a call.
 */
export const LostResults = z.object({
  /** Results that it had at its end and has no more. 0 while it goes on. */
  results: z.int().nonnegative(),
  /** Lines of its journal that are damaged and that nobody knew of when it went on last: results, or notes of what was spent. */
  lines: z.int().nonnegative(),
  /** The results file that it wrote is not there any more, is empty, or does not begin like one. */
  file: z.boolean(),
})
export type LostResults = z.infer<typeof LostResults>

/**
 * With a search, the items of the rest of the filter whose whole text could not be looked into: their source has another one by now,
 * or is gone. Absent: none, or nothing was searched for.
 */
const unsearched = z.int().positive().optional()

/** `total`: how many results the query finds. `lost` is of the run, whatever the query; absent: nothing. */
export const ResultPage = z.object({
  rows: z.array(ResultRecord),
  next: z.string().nullable(),
  total: z.int().nonnegative(),
  /** Of each row, what makes it doubtful, the weightiest first. Only where the order is `doubt`. */
  doubts: z.array(z.array(ReviewDoubt)).optional(),
  lost: LostResults.optional(),
  unsearched,
})
export type ResultPage = z.infer<typeof ResultPage>

/** The results of a run, or those that a filter finds, as figures. */
export const ResultSummary = z.object({
  items: z.int().nonnegative(),
  byStatus: z.object({ ok: z.int().nonnegative(), failed: z.int().nonnegative(), skipped: z.int().nonnegative() }),
  /** Most frequent first; an item counts for each of its categories. Null: items that were categorized and fit nowhere. */
  byCategory: z.array(z.object({ category: z.string().nullable(), items: z.int().nonnegative() })),
  /** Items by their score's whole points: 0 to below 1, …, 19 to below 20, and 20. */
  scores: z.array(z.int().nonnegative()).length(21),
  /** Null: nothing has a score. */
  meanScore: z.number().nullable(),
  /** Items by confidence, in tenths; 1 counts in the last. */
  confidence: z.array(z.int().nonnegative()).length(10),
  /** Items by their answers to the run's own criteria, in the order of its profile, lowest first. Absent: it has none. */
  criteria: z
    .array(
      z.object({
        name: z.string(),
        values: z.array(z.object({ value: CriterionValue, items: z.int().nonnegative() })),
      }),
    )
    .optional(),
  /** Of the calls that gave an item its result, one after the other; null: there are none. */
  latencyMs: z.object({ p50: z.number(), p95: z.number() }).nullable(),
  /** The items' shares of the calls that judged them, without what was taken over. Calls that gave no result are not in it. */
  spent: RunSpent,
  /**
   * What the confidences are made of, most items first; `labels`: so many correct them, 0: nothing does. Absent: no item has one, or of a
   * version that did not tell.
   */
  confidenceFrom: z
    .array(z.object({ source: ConfidenceSource, items: z.int().positive(), labels: z.int().nonnegative() }))
    .optional(),
  /** Of those that a second model was asked about, too: how many, and of how many it says otherwise. Absent: none was asked. */
  second: z.object({ items: z.int().positive(), differ: z.int().nonnegative() }).optional(),
  /** That wait in the review. Absent: none does. */
  inReview: z.int().positive().optional(),
  /** Whose text speaks to whoever judges it. Absent: none. */
  addressesJudge: z.int().positive().optional(),
  /** That were judged in calls whose canary was judged otherwise than alone. Absent: none, or there was no canary. */
  canaryFollowed: z.int().positive().optional(),
  /** Items of which something was quoted that does not stand in them, and was dropped. Absent: none. */
  unfoundQuotes: z.int().positive().optional(),
  /** Taken over from an earlier run, and not in `spent`. */
  reused: z.int().nonnegative(),
  /** What sorting and filtering hold in memory for the run, in bytes. */
  memoryBytes: z.int().nonnegative(),
  /** Of the run, whatever the filter. Absent: nothing. */
  lost: LostResults.optional(),
  unsearched,
})
export type ResultSummary = z.infer<typeof ResultSummary>

/** One result, by its identity. */
export const ItemRequest = z.object({ runId: RunId, ...ResultIdentity.shape })
export type ItemRequest = z.infer<typeof ItemRequest>

/** One result, and where it stands in what a query finds. */
export const RunItemRequest = z.object({ ...ItemRequest.shape, ...ResultQuery.shape })
export type RunItemRequest = z.infer<typeof RunItemRequest>

/** Of criteria, what a score is made of: `(Σ weight × share) / Σ weight × factor × to`. */
export const ScoreParts = z.object({
  criteria: z.array(z.object({ name: z.string(), share: z.number(), weight: z.number() })),
  factor: z.number(),
  to: z.number(),
})
export type ScoreParts = z.infer<typeof ScoreParts>

export const RunItem = z.object({
  result: ResultRecord,
  /** From 0, in the order of the query; null: it is not among what the query finds. */
  offset: z.int().nonnegative().nullable(),
  /** What the run could choose from, roots before their children. */
  categories: z.array(z.object({ name: z.string(), parent: z.string().nullable() })),
  /** What was asked instead of interest and quality; absent: those two. */
  criteria: Criteria.optional(),
  /** Absent: it is made of interest and quality, or nothing counts. */
  scoreParts: ScoreParts.optional(),
  /** Whose golden set keeps what a person says of it; null: the run was not started in a folder that is trusted. */
  workspaceFolder: z.string().nullable(),
})
export type RunItem = z.infer<typeof RunItem>

const asked = {
  provider: ProviderId,
  model: ModelId,
  /** Null: nothing leaves this machine. */
  endpoint: z.string().nullable(),
}

/** Whom `run/explain` asks, and what it sends: so much of the item's text, its verdict, and what the profile says of it. */
export const ExplanationPlan = z.object({
  ...asked,
  /** Of the item's text, as JavaScript counts. */
  characters: z.int().nonnegative(),
  /** The text is longer than a run would send. */
  isCut: z.boolean(),
})
export type ExplanationPlan = z.infer<typeof ExplanationPlan>

/** What another model says of a verdict. Its guess, and not what led to the verdict. */
export const Explanation = z.object({
  ...asked,
  /** A model's text: never more than that. */
  text: z.string(),
  /** Another model than the one that was asked; null: as far as anybody says, none. */
  answeredBy: z.string().nullable(),
  usage: Usage,
  /** Null: the price is unknown. */
  costUsd: z.number().nonnegative().nullable(),
  latencyMs: z.number().nonnegative(),
})
export type Explanation = z.infer<typeof Explanation>

/** Where an item stands in its source now. Null line: the whole file is the item. */
export const ItemLocation = z.object({ path: z.string(), line: z.int().positive().nullable() })
export type ItemLocation = z.infer<typeof ItemLocation>

/** More characters of one item than this are not read into a page. */
export const longestItemText = 200_000

/** The text of an item as its source has it now: plain text, as it is judged. */
export const ItemText = z.object({
  /** Null: the source does not have the item any more. */
  text: z.string().nullable(),
  /** It is longer than `longestItemText`, and ends there. */
  isCut: z.boolean(),
  /** False: the source has changed since the run, and has another text under this id, or none. */
  isAsJudged: z.boolean(),
})
export type ItemText = z.infer<typeof ItemText>

export const ResultExport = z.object({
  runId: RunId,
  ...ResultQuery.shape,
  /** An absolute path. An existing file is replaced; the source never is. */
  path: z.string().min(1).max(4096),
  format: ResultFormat,
  /**
   * CSV only: a copy of the source's rows, in their order, with the columns category, confidence, interest, quality, score, reasoning and
   * review added. With a filter, only rows whose results it finds. `source_invalid`: it has no columns.
   */
  withSource: z.literal(true).optional(),
})
export type ResultExport = z.infer<typeof ResultExport>

/** `lost` is of the run, whatever the query: what the file cannot have. Absent: nothing. */
export const ExportedResults = z.object({ path: z.string(), items: z.int(), lost: LostResults.optional(), unsearched })
export type ExportedResults = z.infer<typeof ExportedResults>
