import * as z from 'zod'
import { Criteria } from './criteria.ts'
import { LocalizableMessage } from './localizableMessage.ts'
import { AliasName, EvaluationId, Instant, ModelId, PageRequest, ProviderId, RunId, Task } from './names.ts'
import { Profile } from './profile.ts'
import { Reason } from './reasons.ts'
import { ResultRecord, Settlement } from './results.ts'
import { AskMode, FallbackCause, ResolvedRoute } from './routing.ts'
import { LineRange, SourceFields, SourceSpec } from './sources.ts'

export const ResultFormat = z.enum(['jsonl', 'csv', 'json', 'sarif', 'markdown'])
export type ResultFormat = z.infer<typeof ResultFormat>

/** Of runs that share a provider: normal ones get three times the calls of low ones, high ones three times those of normal ones. */
export const RunPriority = z.enum(['low', 'normal', 'high'])
export type RunPriority = z.infer<typeof RunPriority>

/**
 * How calls are paid and sent. single: one by one, answered at once. batch: through the provider's batch API, at half the price, answered
 * within a day; what has no usable answer there is asked for by single calls.
 */
export const Lane = z.enum(['single', 'batch'])
export type Lane = z.infer<typeof Lane>

/** A share, above 0 and up to 1; null switches the rule off, where it would be on by itself. */
const share = z.number().gt(0).max(1).nullable().optional()

/**
 * How two tasks are asked of one model. together: in one call. separate: as the request wants it. edited_prompts: each in calls of its own,
 * because a person's own words for one task say nothing of the other.
 */
export const TasksAsked = z.enum(['together', 'separate', 'edited_prompts'])
export type TasksAsked = z.infer<typeof TasksAsked>

/**
 * When a run stops by itself, resumable. Shares are of the items that a model was asked about since the run was started or resumed,
 * looked at once there are `afterItems` (50). Rows that could not be read are none of them: nobody was asked, and nothing was paid.
 */
export const StopWhen = z.object({
  /** Seconds since it was started or resumed. Absent: however long it takes. */
  maxSeconds: z.number().positive().max(8_640_000).optional(),
  /** That failed when they were judged, for whatever reason. Absent: half of them. */
  failedShare: share,
  /**
   * Of the answers for one of the tasks, each call's: those that could not be used, such as those outside the schema. One that left
   * items out counts in proportion; what asking again mended counts, too. Looked at once the answers were about `afterItems` items.
   * Absent: no rule.
   */
  invalidShare: share,
  /** That have one and the same category. Absent: no rule. */
  sameCategoryShare: share,
  afterItems: z.int().min(1).max(1_000_000).optional(),
})
export type StopWhen = z.infer<typeof StopWhen>

/** See `RunRequest.reuseMegabytes`. */
export const defaultReuseMegabytes = 64

/** What to run. Everything is resolved once, at the start. */
export const RunRequest = z.object({
  tasks: z.array(Task).min(1).max(2),
  source: SourceSpec,
  /** A file, or the name of a ready-made profile. Absent: the workspace's profile file if there is one, else the stored profile. */
  profile: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('file'), path: z.string().min(1) }),
      z.object({ kind: z.literal('preset'), name: z.string().min(1) }),
    ])
    .optional(),
  /** The trusted workspace folder whose `.llm-providers/profile.yaml` counts; absent in a restricted workspace. */
  workspaceFolder: z.string().optional(),
  fields: SourceFields.optional(),
  /**
   * Instead of the routes, for this run only. `alias`: the name by which the model was chosen, for the receipts; one that stands for
   * another model is left out of them.
   */
  override: z.object({ provider: ProviderId, model: ModelId.optional(), alias: AliasName.optional() }).optional(),
  /** Null path: beside the source as `<name>.results.<format>`. `none`: only the journal keeps the results. */
  output: z
    .object({
      path: z.string().min(1).nullable(),
      format: ResultFormat.default('jsonl'),
      none: z.boolean().default(false),
    })
    .default({ path: null, format: 'jsonl', none: false }),
  /**
   * unchanged: items whose text, prompt, profile, model and options are those of an earlier run, over this source or another one, take their
   * result from it, for nothing. none: everything is judged. Absent: unchanged.
   */
  reuse: z.enum(['unchanged', 'none']).optional(),
  /**
   * How much of what runs over other sources have found is looked through, in megabytes on the disk, the newest first. 0: only runs over
   * this source are, as ever where nobody is asked because everything is done here. Absent: 64.
   */
  reuseMegabytes: z.int().min(0).max(100_000).optional(),
  limit: z.int().min(1).optional(),
  /**
   * Items whose texts are nearly the same are judged once, and the others take that result: from this likeness on, the share of pieces of
   * five characters that two texts have in common (Jaccard index, estimated). 1: all of them. Absent: only the same text counts as such.
   */
  nearDuplicates: z.number().min(0.5).max(1).optional(),
  /**
   * Whether a text of ours goes with each call of a model that answers in text, whose verdict is asked for once alone: where it differs in a
   * call, that may have obeyed one of its items (`canary` of the receipts). Not in batches of a provider. Absent: no.
   */
  canary: z.boolean().optional(),
  /**
   * A small classifier, learned from the first of the run's own verdicts, decides where its agreement with the model is at least `promise`,
   * by the lower 95 % bound; the model is asked the rest, and a twentieth of what would be decided. `proxy`: this model decides in its
   * place, by its own probabilities; it decides categories. Absent: the model is asked everything.
   */
  cascade: z
    .object({
      promise: z.number().min(0.5).max(0.999),
      proxy: z.object({ provider: ProviderId, model: ModelId }).optional(),
    })
    .optional(),
  /** Instead of what the route says. Absent: that, else auto. */
  ask: AskMode.optional(),
  /** Absent: what the route says, else as many as the provider bears, found out on the way. */
  concurrency: z.int().min(1).max(256).optional(),
  /**
   * Absent: what the route says, else as many as a probe of the model has found to be judged as well as alone, else 5. Above 10 it is 10 where
   * nothing was measured. Long texts and short windows make fewer of them.
   */
  batchSize: z.int().min(1).max(50).optional(),
  /** Each task has calls of its own. Absent or false: one call asks for both, where both are asked of one model in one way, with the same options. */
  separate: z.boolean().optional(),
  priority: RunPriority.optional(),
  /** Absent: single. */
  lane: Lane.optional(),
  /** Of the lane `batch`: so long after the start of the run, what has no answer yet is asked for by single calls. Absent: it is waited for. */
  deadlineSeconds: z.int().min(60).max(2_592_000).optional(),
  /** The run stops before it has cost more, resumable; refused where the price of a model is not known. Absent: no cap. */
  maxCostUsd: z.number().positive().max(1e6).optional(),
  stopWhen: StopWhen.optional(),
})
export type RunRequest = z.infer<typeof RunRequest>

/** A run as it was asked for. `rows`: over these rows of one of its files alone, with no results file. */
export const RunAgain = z.object({
  runId: RunId,
  rows: z.object({ path: z.string().min(1).max(4096), lines: z.array(LineRange).min(1).max(1000) }).optional(),
})
export type RunAgain = z.infer<typeof RunAgain>

/** What may be another when a run goes on. */
export const RunChanges = RunRequest.pick({ maxCostUsd: true, stopWhen: true })
export type RunChanges = z.infer<typeof RunChanges>

/**
 * running: a live process works on it; paused: by a person, until it is resumed, whichever server that finds; completed: every
 * item has a final result; stopped: ended early by `reason`, resumable; cancelled: by the user, resumable; interrupted: its process
 * died, resumable.
 */
export const RunState = z.enum(['running', 'paused', 'completed', 'stopped', 'cancelled', 'interrupted'])
export type RunState = z.infer<typeof RunState>

/**
 * `total` is null until the items of the source were counted, which happens beside the run. `waiting` items of the total have no final
 * result yet; 0 as long as it is not known.
 */
export const RunCounts = z.object({
  total: z.int().nullable(),
  ok: z.int(),
  failed: z.int(),
  skipped: z.int(),
  waiting: z.int(),
  /** Results of these that an earlier run over the source has found; absent: none. */
  reused: z.int().optional(),
  /** Results of these that were found for another item with the same text; absent: none. */
  identical: z.int().optional(),
  /** Results of these that were found for another item with nearly the same text; absent: none. */
  similar: z.int().optional(),
})
export type RunCounts = z.infer<typeof RunCounts>

/** How far a run is, in the figures that every surface shows. */
export const RunProgress = z.object({
  /** Of the items of the source, no more than its limit; null: nobody knows yet. */
  total: z.int().nonnegative().nullable(),
  /** False: the total is guessed by what was counted so far. */
  isTotalExact: z.boolean(),
  /** Items that have their final result, whichever. */
  done: z.int().nonnegative(),
  /** Of these: had one from an earlier run, which cost nothing. */
  reused: z.int().nonnegative(),
  /** Items a second, lately; null: too little was seen, or nothing goes on. */
  rate: z.number().nonnegative().nullable(),
  /** Until the run is complete, at that rate; null: not known. */
  secondsLeft: z.number().nonnegative().nullable(),
  /** US dollars so far; null: the price of a call is not known. 0: nothing was owed. */
  costUsd: z.number().nonnegative().nullable(),
  /** In and out, as far as they were reported. */
  tokens: z.int().nonnegative(),
})
export type RunProgress = z.infer<typeof RunProgress>

/**
 * What the calls of a run used so far, those before a resumption too. `input` and `output` are tokens, as far as they were reported.
 * A process that is killed takes with it the calls under way, and those that were answered within 20 ms after another one.
 */
export const RunSpent = z.object({
  /** US dollars, of the calls whose price is known. */
  costUsd: z.number().nonnegative(),
  /** Calls whose price or usage is not known: their cost is missing from `costUsd`. */
  unpricedCalls: z.int().nonnegative(),
  input: z.int().nonnegative(),
  output: z.int().nonnegative(),
  /** That were answered, or may have been. */
  calls: z.int().nonnegative(),
  /** Of `calls`, those that a gateway's fallback answered, by the model that it named (empty: none). Absent: there were none. */
  fallbacks: z.record(z.string(), z.int().positive()).optional(),
  /**
   * Of `calls`, by the name under which the model answered, where the answer names it: a name such as `latest` stands for a version, and
   * more than one here means that it has changed in the middle of the run. At most 20 names. Absent: no answer named one, or all of
   * them the one that was asked.
   */
  versions: z.record(z.string(), z.int().positive()).optional(),
})
export type RunSpent = z.infer<typeof RunSpent>

/** What a run is judged by: the workspace's own file, the stored profile, a file that was named, or a ready-made one. */
export const RunProfile = z.object({
  origin: z.enum(['workspace', 'stored', 'file', 'preset']),
  /** The path of a file, the name of a ready-made one; null for the stored one. */
  name: z.string().nullable(),
  /** As receipts have it. */
  hash: z.string(),
  /** Nobody chose it for the folder, and it is as it came: the first names of its list, and how many roots that has. Absent: somebody did. */
  unchosen: z.object({ names: z.array(z.string()), roots: z.int() }).optional(),
})
export type RunProfile = z.infer<typeof RunProfile>

/**
 * What makes the verdicts of a run doubtful as a whole: nearly all are alike. Counted are the `of` items that were categorized since the
 * run was started or resumed, without those taken over; told from 10 of them on, where `items / of` is 0.95 or more. The first that is so:
 * no_category: they got none; most_categories: they got as many as there may be, `each`; same_category: they have `category` (never where
 * it is the only one on offer); no_confidence: their confidence is 0 (one that the model did not say is not).
 */
export const RunHint = z.discriminatedUnion('code', [
  z.object({ code: z.literal('no_category'), items: z.int(), of: z.int() }),
  z.object({ code: z.literal('most_categories'), items: z.int(), of: z.int(), each: z.int() }),
  z.object({ code: z.literal('same_category'), items: z.int(), of: z.int(), category: z.string() }),
  z.object({ code: z.literal('no_confidence'), items: z.int(), of: z.int() }),
])
export type RunHint = z.infer<typeof RunHint>

/** So many items went to a route's fallback. */
export const FellBack = z.object({
  task: Task,
  provider: ProviderId,
  model: ModelId,
  when: FallbackCause,
  items: z.int().positive(),
})
export type FellBack = z.infer<typeof FellBack>

/** One batch of a run, as it was seen last. */
export const LaneBatch = z.object({
  number: z.int().positive(),
  task: Task,
  provider: ProviderId,
  /** The provider's own; null: it is not made yet. */
  id: z.string().nullable(),
  /** prepared: on this machine. uploaded: its file is there. working: the provider has it. over: it has ended. done: its results are read. */
  state: z.enum(['prepared', 'uploaded', 'working', 'over', 'done']),
  /** The provider's word for its state; null: it has said nothing yet. */
  said: z.string().nullable(),
  requests: z.int().nonnegative(),
  items: z.int().nonnegative(),
  /** Requests that the provider has answered so far; null: it does not say. */
  answered: z.int().nonnegative().nullable(),
})
export type LaneBatch = z.infer<typeof LaneBatch>

/** The batches of a run in the lane `batch`. */
export const RunLane = z.object({
  batches: z.int().nonnegative(),
  /** Of the batches: those whose results are not read yet. */
  open: z.int().nonnegative(),
  /** Items in these. */
  waiting: z.int().nonnegative(),
  /** Items that a batch has answered. */
  answered: z.int().nonnegative(),
  /** Items without a usable answer in their batch, whatever the reason: they are asked about anew, at last by single calls. */
  left: z.int().nonnegative(),
  /** When what has no answer yet goes to single calls; null: never. */
  deadlineAt: Instant.nullable(),
  /** Those that are open, and then the newest, at most 20. */
  list: z.array(LaneBatch).max(20),
})
export type RunLane = z.infer<typeof RunLane>

/** Which of the runs over one source this is: `number` counts them from 1; the kept one's results count. */
export const RunRevision = z.object({ source: z.string(), number: z.int().positive(), isKept: z.boolean() })
export type RunRevision = z.infer<typeof RunRevision>

/** What of the items is read otherwise than it looks: front matter that cannot be read, merged and hidden cells. */
export const SourceNotes = z.object({
  /** How many items have such a note. */
  items: z.int().positive(),
  /** Of the first of them. `item`: its id, or where there is none its place, which for a note is its path. */
  first: z
    .array(z.object({ item: z.string(), message: z.string(), localizable: LocalizableMessage.optional() }))
    .min(1)
    .max(20),
})
export type SourceNotes = z.infer<typeof SourceNotes>

/**
 * A second model asked about some verdicts of a run, in a run of its own, which is estimated, capped, paused and resumed as any other.
 * doubtful: the most doubtful fifth, and all without a category or below the floor of theirs; sample: so many by chance; what a person
 * has said something of is in neither. all: every verdict.
 */
export const SecondOpinionRequest = z.object({
  runId: RunId,
  provider: ProviderId,
  /** Absent: the provider's own choice. */
  model: ModelId.optional(),
  on: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('doubtful') }),
    z.object({ kind: z.literal('sample'), items: z.int().min(1).max(1_000_000) }),
    z.object({ kind: z.literal('all') }),
  ]),
  settle: Settlement.default('agree-or-review'),
  maxCostUsd: RunRequest.shape.maxCostUsd,
  stopWhen: StopWhen.optional(),
})
export type SecondOpinionRequest = z.infer<typeof SecondOpinionRequest>

/** The second opinion on a run: the run that has it, and how the two are settled. */
export const RunOpinion = z.object({ runId: RunId, settle: Settlement })
export type RunOpinion = z.infer<typeof RunOpinion>

/**
 * What a cascade has done so far: items that the model was asked about, and that the proxy decided; of those that it would have decided
 * `audited` went to the model all the same, which said the same of `agreed`. `takenBack`: were to be decided until an audit did not bear
 * it. `sampleBelow`: the share of the draw that the random sample took, null before it; whoever resumes the run finds it again by that.
 */
export const CascadeCounts = z.object({
  promise: z.number(),
  asked: z.int().nonnegative(),
  decided: z.int().nonnegative(),
  audited: z.int().nonnegative(),
  agreed: z.int().nonnegative(),
  takenBack: z.int().nonnegative(),
  learnedFrom: z.object({ verdicts: z.int().nonnegative(), labels: z.int().nonnegative() }),
  sampleBelow: z.number().nullable(),
})
export type CascadeCounts = z.infer<typeof CascadeCounts>

/** `interval`: between these the agreement of what was decided lies, each end with 95 % certainty; null: nothing was audited. */
export const RunCascade = CascadeCounts.extend({
  /** The model that decides. Absent: a classifier that learns on the way. */
  proxy: z.object({ provider: ProviderId, model: ModelId }).optional(),
  interval: z.object({ low: z.number(), high: z.number() }).nullable(),
})
export type RunCascade = z.infer<typeof RunCascade>

export const RunView = z.object({
  runId: RunId,
  state: RunState,
  tasks: z.array(Task),
  /** For people: a file name, "3 files", or the name that came with a text. */
  source: z.string(),
  /** The folder that it is in, as far as several are in one; null or absent: it was a text. */
  folder: z.string().nullable().optional(),
  /** The evaluation that it was made for, over labels instead of a person's own source; absent: for nobody but its person. */
  evaluation: EvaluationId.optional(),
  counts: RunCounts,
  /** Absent: in runs of versions that did not record it. */
  progress: RunProgress.optional(),
  /** Files were read as a person chose for them before. Absent: as the request says, or as they were recognised. */
  isRemembered: z.literal(true).optional(),
  /** Why it was stopped; null otherwise. */
  reason: Reason.nullable(),
  routes: z.array(ResolvedRoute),
  /** Null while no results file was asked for or written. */
  resultsPath: z.string().nullable(),
  /** Whether the file there holds what this run has found, as of its end. Absent: while it goes on, and where it was not recorded. */
  resultsWritten: z.boolean().optional(),
  /** Null in runs of versions that did not record it. */
  profile: RunProfile.nullable(),
  /** The criteria of its profile. Absent: it has none of its own. */
  criteria: Criteria.optional(),
  /** Its profile asks for quotes. Absent: it does not. */
  hasEvidence: z.literal(true).optional(),
  /** Absent: nobody asked a second model. */
  opinion: RunOpinion.optional(),
  /** It is the second opinion on that run, over some of its items. Absent: on none. */
  secondOf: RunId.optional(),
  /** Its profile has a `review_below`: verdicts may wait for a person. Absent: none does. */
  hasReview: z.literal(true).optional(),
  /** As it was asked for, or changed when the run went on; absent: only the rule that every run has. */
  stopWhen: StopWhen.optional(),
  spent: RunSpent,
  /** Null for a text that has no file. */
  revision: RunRevision.nullable(),
  startedAt: Instant,
  /** When it ended or was paused; null while it goes on. */
  finishedAt: Instant.nullable(),
  /** Milliseconds in which somebody worked on it, without those between an end and going on. Absent in runs of versions that did not record it. */
  workedMs: z.int().nonnegative().optional(),
  /** Items of which something is not read, or otherwise than it looks, as far as the source was read. Absent: none. */
  notes: SourceNotes.optional(),
  /** So many items of a call were found to be answered, fewer than were wanted: the number to begin with next time. */
  batchSize: z.int().positive().optional(),
  /** Absent: nothing of the verdicts stands out, or there are too few of them. */
  hint: RunHint.optional(),
  /** What a fallback was asked in a route's place while the run went on, also before it was resumed. Absent: nothing. */
  fellBack: z.array(FellBack).optional(),
  /** Absent: the model was asked about everything. */
  cascade: RunCascade.optional(),
  /**
   * Of items that were read out in this process: the share of the probability on the labels of a question, the least of each item, on
   * average. Below `leastLabelMass` the model does not understand what is asked. Absent: none was.
   */
  labelMass: z.number().min(0).max(1).optional(),
  /** Absent: its calls are single. */
  lane: RunLane.optional(),
  /** Set while the providers asked to wait: no call starts before then. */
  parkedUntil: Instant.nullable(),
})
export type RunView = z.infer<typeof RunView>

/** How long a run took, in milliseconds; null while it goes on. */
export function lastedMs({
  startedAt,
  finishedAt,
  workedMs,
}: Pick<RunView, 'startedAt' | 'finishedAt' | 'workedMs'>): number | null {
  if (finishedAt === null) return null
  return workedMs ?? Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt))
}

/** Runs made to evaluate routes are listed with their evaluation, and here only on request. */
export const RunListRequest = PageRequest.extend({
  madeFor: z.enum(['person', 'evaluation', 'any']).default('person'),
})
export type RunListRequest = z.infer<typeof RunListRequest>

/**
 * `sample`: so many items, spread over the source, are really judged: it costs what they cost, within the caps. Absent: no call.
 * `draft`: a profile that nobody has kept yet, instead of the one that would count.
 */
export const EstimateRequest = RunRequest.extend({
  sample: z.int().min(1).max(50).optional(),
  draft: Profile.optional(),
})
export type EstimateRequest = z.infer<typeof EstimateRequest>

/** What a run would take. Tokens are rough figures: characters / 4, prompts included. */
export const RunEstimate = z.object({
  items: z.int(),
  unreadable: z.int(),
  /** Of the items: have a result that still holds, so that they are not asked about. */
  reused: z.int(),
  /** Of the items: have the same text as another one. */
  identical: z.int(),
  /** Of the items: have nearly the same text as another one, where that counts. Absent: none, or it does not. */
  similar: z.int().optional(),
  /** Of the items: those that a model is asked about. */
  toJudge: z.int(),
  /** Of tasks that are done here, by `builtin`, there are none, and nothing is sent for them. */
  calls: z.int(),
  /**
   * With second calls, such as for further categories, which only some items need: nobody knows how many. Tokens are those of `calls`, the higher
   * cost is that of all of them. Absent: `calls`.
   */
  mostCalls: z.int().optional(),
  /** Items a call at most, fewer than were asked for: how many the model can judge at once was not measured. Absent: as asked for. */
  batchCap: z.int().positive().optional(),
  /** Absent: one task, or two that are not asked of one model in one way. */
  asked: TasksAsked.optional(),
  /**
   * Of a cascade: so many of `toJudge` are asked at least, if all others can be decided; `calls` is of these, `mostCalls` of all, and
   * tokens and the lower cost are of `calls`. `proxy`: the model that decides, and the calls of it for all of them, which are in `calls`; 0
   * where it is asked here. Absent: there is none.
   */
  cascade: z
    .object({
      leastAsked: z.int().nonnegative(),
      proxy: z.object({ provider: ProviderId, model: ModelId, calls: z.int().nonnegative() }).optional(),
    })
    .optional(),
  /** That are sent of the items' texts. */
  characters: z.int(),
  inputTokens: z.int(),
  /**
   * Of `inputTokens`, what each call but the first has in common with it and may find in the provider's cache; the lower cost counts on it,
   * the higher one does not. Absent: what calls begin with is too short to be kept, or the provider is next door.
   */
  cachedTokens: z.int().positive().optional(),
  outputTokens: z.int(),
  /**
   * Texts that are embedded so that each item is shown the examples that are like it: those of the items, and of the examples that have
   * no vector yet. Part of `costUsd`, and not of calls and tokens. `costUsd` null: the price is not known. Absent: none are.
   */
  embedding: z
    .object({
      provider: ProviderId,
      model: ModelId,
      texts: z.int().positive(),
      inputTokens: z.int().nonnegative(),
      costUsd: z.number().nonnegative().nullable(),
    })
    .optional(),
  /** US dollars by the price list, or by the sample; null: a price is not known. */
  costUsd: z.object({ low: z.number().nonnegative(), high: z.number().nonnegative() }).nullable(),
  /** By the sample, or by the last run that went the same way; null: nobody has measured it. */
  seconds: z.number().nonnegative().nullable(),
  /** Null: none was wanted, or nothing is to be judged. */
  sample: z
    .object({
      items: z.int(),
      failed: z.int(),
      /** Items that have it, the most frequent first; an item may have several. */
      categories: z.array(z.object({ category: z.string(), items: z.int() })),
      meanScore: z.number().nullable(),
      /** What was judged, in the order of the source, with the beginning of its text. */
      rows: z.array(
        ResultRecord.pick({
          ...{ id: true, status: true, categories: true, confidence: true, interest: true, quality: true, score: true },
          ...{ reasoning: true, error: true },
        }).extend({ text: z.string() }),
      ),
      costUsd: z.number().nonnegative().nullable(),
      seconds: z.number().nonnegative(),
    })
    .nullable(),
  routes: z.array(ResolvedRoute),
  /** Whose categories are on offer: the names of the first roots, and how many there are. Absent: in answers of older servers. */
  categories: RunProfile.pick({ origin: true, name: true })
    .extend({ names: z.array(z.string()), roots: z.int() })
    .optional(),
  /**
   * Providers outside this machine and its network to which no run has sent anything of the folder yet: the workspace folder, else the
   * one that the first file is in. Absent: there are none.
   */
  newDestinations: z
    .array(z.object({ provider: ProviderId, model: ModelId, host: z.string() }))
    .min(1)
    .optional(),
})
export type RunEstimate = z.infer<typeof RunEstimate>
