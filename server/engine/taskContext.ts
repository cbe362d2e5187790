import type { Task } from '../../protocol/names.ts'
import { confidenceSourceOf } from '../../protocol/results.ts'
import type { FallbackCause, ResolvedRoute } from '../../protocol/routing.ts'
import type { CompiledProfile } from '../domain/work.ts'
import type { Clock } from '../files/clock.ts'
import type { AskStrategy, CallFacts } from './askStrategy.ts'
import type { BatchSize } from './batchSize.ts'
import type { BreakerHandle } from './breakerHandle.ts'
import type { ModelClient, OfflineTurns } from './modelClient.ts'

/** One task of a run with everything that its calls share. */
export interface TaskContext {
  task: Task
  route: ResolvedRoute
  model: ModelClient
  strategy: AskStrategy
  /** The other task, where the strategy answers it, too. Null: it does not. */
  also: TaskContext | null
  /** How many items go into a call. */
  batch: BatchSize
  /** The longest text that was judged. */
  longestAnswered: { characters: number }
  breaker: BreakerHandle
  profile: CompiledProfile
  /** As it stands in the receipts. */
  profileHash: string
  /** Answers that may be unusable for one item alone before it fails. */
  attempts: number
  clock: Clock
  /** Who is asked in its place, the first that counts for the cause. Absent: nobody. */
  fallbacks?: readonly TaskFallback[]
  /** Answers its model's requests from elsewhere, such as a batch. Absent: they are all sent. */
  turns?: OfflineTurns
  /** It was given up for the rest of the run: this one is asked in its place. Absent or null: it was not. */
  replacedBy?: TaskContext | null
  /** Aborted when it is given up: who waits for its provider waits no more. Absent: it has no fallbacks. */
  givenUp?: AbortController
}

export interface TaskFallback {
  when: readonly FallbackCause[]
  /** Its route says in whose place it is asked, but not why: that is said with each cause. */
  contextFor(cause: FallbackCause): TaskContext
}

/** The tasks of a run; null: not wanted. */
export interface TaskContexts {
  categorization: TaskContext | null
  scoring: TaskContext | null
}

/** In the order in which an item goes through them. */
export function contextsInOrder({ categorization, scoring }: TaskContexts): TaskContext[] {
  return [categorization, scoring].filter((context) => context !== null)
}

/** The parts of a receipt that all items of one call share, as JSON; the item's own number of calls is put in. */
export type ReceiptText = (attempts: number) => string

/** Those of all tasks that the call was about. */
export type ReceiptTexts = { readonly [Name in Task]?: ReceiptText }

type ReceiptCall = CallFacts & { latencyMs: number; batch: number; at: string }

export function receiptTexts(context: TaskContext, call: ReceiptCall): ReceiptTexts {
  const figures = figuresOf(call)
  const own = { [context.task]: receiptText(context, call, figures, false) }
  const isShared = context.also !== null && (call.tasks?.includes(context.also.task) ?? true)
  return context.also && isShared
    ? { ...own, [context.also.task]: receiptText(context.also, call, figures, true) }
    : own
}

/** What the receipts of all tasks of a call have in common, as fields of JSON. */
function figuresOf({ usage: { input, output, cached, reasoning }, latencyMs, costUsd, at }: ReceiptCall): string {
  const usage = { input: count(input), output: count(output), cached: count(cached), reasoning: count(reasoning) }
  return JSON.stringify({ latencyMs: Math.max(0, latencyMs), usage, costUsd, at }).slice(1, -1)
}

function receiptText(context: TaskContext, call: ReceiptCall, figures: string, isShared: boolean): ReceiptText {
  const before = receiptStart(context, call)
  const { answeredBy } = call
  const other = answeredBy
    ? { answeredBy: answeredBy.model, ...(answeredBy.isFallback ? { byFallback: true } : {}) }
    : {}
  const decision = call.decisions?.[context.task]
  const lane = call.lane ? { lane: call.lane } : {}
  const facts = { ...(decision ? { decision } : {}), ...(isShared ? { sharedCall: true } : {}), ...lane }
  const examples = call.examples ? { examples: call.examples } : {}
  const canary = call.canary ? { canary: call.canary } : {}
  const rest = JSON.stringify({ ...facts, ...examples, ...canary, ...other }).slice(1)
  return (attempts) => `${before},"attempts":${attempts},${figures}${rest === '}' ? '' : ','}${rest}`
}

/** Nearly all calls of a run have the same. */
const starts = new WeakMap<
  TaskContext,
  Pick<ReceiptCall, 'outputMode' | 'batch' | 'confidenceFrom'> & { text: string }
>()

function receiptStart(context: TaskContext, { outputMode, batch, confidenceFrom }: ReceiptCall): string {
  const known = starts.get(context)
  if (known?.outputMode === outputMode && known.batch === batch && known.confidenceFrom === confidenceFrom)
    return known.text
  const { provider, kind, model, endpoint, rule, alias, fallbackFor } = context.route
  const { questionHash: promptHash } = context.strategy
  const { profileHash } = context
  const { optionsHash } = context.model
  const named = { provider, kind, model, endpoint, rule, alias, fallbackFor }
  const asked = { ...named, promptHash, profileHash, optionsHash, outputMode }
  const source = confidenceSourceOf({ outputMode, confidenceFrom })
  const confidence = context.task === 'categorization' ? { confidenceFrom: source } : {}
  const text = JSON.stringify({ ...asked, ...confidence, batch }).slice(0, -1)
  starts.set(context, { outputMode, batch, confidenceFrom, text })
  return text
}

/** A server may say anything about its usage; what cannot be a number of tokens is unknown. */
function count(tokens: number | null | undefined): number | null {
  return typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : null
}
