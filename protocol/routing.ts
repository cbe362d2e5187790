import * as z from 'zod'
import { ExtraBody } from './extraBody.ts'
import { LocalizableMessage } from './localizableMessage.ts'
import { AliasName, Instant, ModelId, ProviderId, Task } from './names.ts'
import { PolicyView } from './policy.ts'
import { Dependent, Reason } from './reasons.ts'

/** How the answer's shape is asked for, best first: a JSON schema, a forced tool call, JSON mode, plain text. */
export const outputModes = ['schema', 'tool', 'json', 'text'] as const
export const OutputMode = z.enum(outputModes)
export type OutputMode = z.infer<typeof OutputMode>

/**
 * How a task asks its model. decisions: by typed questions, natively; readout: by labelled options, whose probabilities are read from
 * the log probabilities of one token; text: by a prompt whose answer is read. auto: decisions where the model is one that decides, else text.
 */
export const askModes = ['auto', 'decisions', 'readout', 'text'] as const
export const AskMode = z.enum(askModes)
export type AskMode = z.infer<typeof AskMode>

/** The wire forms of a decision: System One's map of questions, OpenAI's list of them, Gemini's own. */
export const decisionDialects = ['systemone', 'openai', 'gemini'] as const
export const DecisionDialect = z.enum(decisionDialects)
export type DecisionDialect = z.infer<typeof DecisionDialect>

/** What a model's registration and a route can both say of a call for text. */
export const callParameters = {
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  max_output_tokens: z.int().min(1).max(10_000_000).optional(),
  timeout_seconds: z.int().min(1).max(600).optional(),
}

/**
 * When a fallback takes over. not_ready: when the route is resolved, and is not ready. While a run goes on: too_long, filtered: an item
 * does not fit, or the provider refuses its content: that item goes there; failing: the provider refuses the account or the model, or call
 * after call gets no answer; over_cap: a spending cap is reached: the rest of the run goes there.
 */
export const fallbackCauses = ['not_ready', 'failing', 'too_long', 'filtered', 'over_cap'] as const
export const FallbackCause = z.enum(fallbackCauses)
export type FallbackCause = z.infer<typeof FallbackCause>

export const Fallback = z.object({
  provider: ProviderId,
  model: ModelId.nullable(),
  when: z.array(FallbackCause).min(1).max(fallbackCauses.length),
})
export type Fallback = z.infer<typeof Fallback>

/** What a route may say beyond provider and model. */
export const RouteOptions = z.object({
  /** Above 10 it counts where a probe of the model has measured how many it can judge at once. */
  batchSize: z.int().min(1).max(50).optional(),
  concurrency: z.int().min(1).max(256).optional(),
  thinking: z.union([z.boolean(), z.enum(['low', 'medium', 'high'])]).optional(),
  outputMode: OutputMode.optional(),
  /** Absent: auto. */
  ask: AskMode.optional(),
  /** These go before those of the model's registration; what the route's kind of provider cannot be told is refused when it is saved. */
  ...callParameters,
  /** Sent with every call beside the provider's own, as `Name: value; Name: value`. Nothing secret. */
  headers: z.string().max(4096).optional(),
  /** Merged into the body of every call for text. */
  extra_body: z.record(z.string(), z.json()).optional(),
  /** Used only when the route's own provider is not ready, and always shown. */
  fallback: z.object({ provider: ProviderId, model: ModelId.nullable() }).optional(),
  /** Further ones, each with when it is used: in their order, the first that counts for the cause. Always shown, too. */
  fallbacks: z.array(Fallback).max(5).optional(),
})
export type RouteOptions = z.infer<typeof RouteOptions>

/** As they are saved and read again: what a route may add to a call has its limits. */
export const StoredRouteOptions = RouteOptions.extend({ extra_body: ExtraBody.optional() })

/** A stable name for a provider's model: what is said by it goes on when it stands for another one. */
export const Alias = z.object({ alias: AliasName, provider: ProviderId, model: ModelId, updatedAt: Instant })
export type Alias = z.infer<typeof Alias>

export const Route = z.object({
  task: Task,
  provider: ProviderId,
  /** Null: the provider's own default, where its kind has one. */
  model: ModelId.nullable(),
  /** It was chosen by this name: provider and model follow when the alias changes. Absent: by none. */
  alias: AliasName.optional(),
  options: RouteOptions,
  updatedAt: Instant,
  /** What is stored of its options cannot be read, in words: the route is not used until it is saved again. */
  damage: z.string().optional(),
  /** The same as `damage`, for other languages. */
  localizable: LocalizableMessage.optional(),
})
export type Route = z.infer<typeof Route>

/** Where a task goes. `rule` says what decided: the route row, an explicit override of this run, or the route's fallback. */
export const ResolvedRoute = z.object({
  task: Task,
  provider: ProviderId,
  kind: z.string(),
  model: ModelId,
  endpoint: z.string().nullable(),
  options: RouteOptions,
  rule: z.enum(['route', 'override', 'fallback']),
  /** The name by which the model was chosen. Absent: by none. */
  alias: AliasName.optional(),
  /** Of a fallback: in whose place it is asked, and why. Absent: of a version that did not say it, or it is none. */
  fallbackFor: z.object({ provider: ProviderId, model: ModelId.nullable(), when: FallbackCause }).optional(),
  /** The model is shut down within 30 days. */
  ends: z.object({ at: Instant, replacement: z.string().nullable() }).optional(),
})
export type ResolvedRoute = z.infer<typeof ResolvedRoute>

export const resolutionSteps = [
  'route',
  'provider',
  'enabled',
  'kind',
  'config',
  'model',
  'key',
  'policy',
  'health',
  'model_alive',
] as const

/** One step of a resolution, in order. Steps after a failed one are not there. */
export const TraceStep = z.object({
  step: z.enum(resolutionSteps),
  provider: ProviderId.nullable(),
  passed: z.boolean(),
  /** In English. `localizable` is the same for other languages; of a step that failed, `reason` is. */
  detail: z.string(),
  localizable: LocalizableMessage.optional(),
  reason: Reason.optional(),
})
export type TraceStep = z.infer<typeof TraceStep>

/** Something to know although the task is ready. */
export const Warning = z.object({
  code: z.enum([
    'never_checked',
    'asked_to_wait',
    'stale_check',
    'stale_models',
    'model_unlisted',
    'model_not_listed',
    'busy_when_asked',
    'deprecation_announced',
    'fallback_active',
    'leaves_machine',
    'run_refused',
  ]),
  /** In English; `localizable` is the same for other languages. */
  message: z.string(),
  localizable: LocalizableMessage.optional(),
  /** Why the fallback is active, or a run would be refused: the last value of its sentence. */
  reason: Reason.optional(),
  /** Until when the provider asked to be left alone: the last value of its sentence. */
  until: Instant.optional(),
})
export type Warning = z.infer<typeof Warning>

const resolutionNotes = { warnings: z.array(Warning), trace: z.array(TraceStep) }

/** A route, or the reason why there is none; always with the way that led there. */
export const Resolution = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: ResolvedRoute, ...resolutionNotes }),
  z.object({ ok: z.literal(false), reason: Reason, ...resolutionNotes }),
])
export type Resolution = z.infer<typeof Resolution>

/** Can this task run now, and if not, why not. `checkedAt` is when its provider was last asked; null: never. */
export const TaskReadiness = z.object({
  task: Task,
  ready: z.boolean(),
  reason: Reason.nullable(),
  warnings: z.array(Warning),
  route: ResolvedRoute.nullable(),
  checkedAt: Instant.nullable(),
  latencyMs: z.number().nullable(),
})
export type TaskReadiness = z.infer<typeof TaskReadiness>

export const Readiness = z.object({
  categorization: TaskReadiness,
  scoring: TaskReadiness,
  /** The rules of the folder that was asked about, which are followed. Absent: there are none, or no folder was named. */
  policies: z.array(PolicyView).optional(),
})
export type Readiness = z.infer<typeof Readiness>

/** Of a provider, or of one of its models. */
export const Dependents = z.object({
  provider: ProviderId,
  model: ModelId.optional(),
  dependents: z.array(Dependent),
})
export type Dependents = z.infer<typeof Dependents>
