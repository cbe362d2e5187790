import type { Task } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { retryRule } from '../domain/retryRules.ts'
import { instant } from '../files/clock.ts'
import { callsLeft } from '../providers/rateLimits.ts'
import type { Asked, Attempt, Verdicts } from './askStrategy.ts'
import type { Permit, Trouble as ProviderTrouble } from './breakerHandle.ts'
import { givesUpSoon } from './fallback.ts'
import type { AnswerCount } from './firstAnswers.ts'
import { type ReceiptTexts, receiptTexts, type TaskContext } from './taskContext.ts'
import type { WorkItem } from './workItem.ts'

/** What came of a group of items: verdicts by the item's place in the group; a failure of the group; or the end of the run. */
export type GroupAnswer =
  | { kind: 'verdicts'; verdicts: ReadonlyMap<number, Verdicts>; receipts: ReceiptTexts; calls: number }
  | {
      kind: 'failed'
      reason: Reason
      alone: 'ask_again' | 'fail_item'
      isSuspect: boolean
      receipts: ReceiptTexts
      calls: number
    }
  | { kind: 'stopped' }

export interface CallOptions {
  /** Aborts when no further call is to start. */
  stopping: AbortSignal
  /** Aborts when calls under way are to end, too. */
  aborting: AbortSignal
  /** The run cannot go on; the first reason counts. */
  stop(reason: Reason): void
  /** A provider has answered. Absent reason: the answer could be used. */
  onAnswered(task: Task, answer: AnswerCount, reason: Reason | null): void
  /** A provider has refused a call, and there is no simpler way to make it. */
  onRefused(reason: Reason): void
}

/** A call that ends in trouble again and again, while others are answered in between, is in trouble itself. */
const timeoutsBeforeSuspicion = 3
const outagesBeforeSuspicion = 10
/** In a row, of one call, until a provider is given up where a fallback takes over. */
const troublesBeforeFallback = 3
/** A call about several items that runs out of time so often is too long for it. */
const timeoutsBeforeSplit = 2

export interface GroupOptions extends CallOptions {
  attempt: Omit<Attempt, 'simplerThan'>
  /** Items of the group about which no call was answered before. */
  fresh: number
  /** One of its items was in a call that ran into timeouts while others were answered. */
  isSuspect: boolean
}

/** Asks until the provider has answered, however long it is away. */
export async function callProvider(
  context: TaskContext,
  group: readonly WorkItem[],
  options: GroupOptions,
): Promise<GroupAnswer> {
  const isOver = context.breaker.trackPending()
  try {
    return await askUntilAnswered(context, group, options)
  } finally {
    isOver()
  }
}

async function askUntilAnswered(
  context: TaskContext,
  group: readonly WorkItem[],
  options: GroupOptions,
): Promise<GroupAnswer> {
  const { breaker, clock } = context
  const trouble: Trouble = {
    ...{ count: 0, timeouts: 0, refusals: 0, answers: breaker.answers() },
    ...{ wasSuspect: options.isSuspect, isGroup: group.length > 1 },
  }
  let attempt: Attempt = { ...options.attempt, simplerThan: null }
  for (let calls = 0; ; ) {
    const permit = await breaker.acquire(options.stopping, calls > 0)
    if (permit === null) return { kind: 'stopped' }
    const asked = await askOnce(context, group, attempt, options.aborting)
    if (asked === 'aborted') {
      breaker.abandoned(permit)
      return { kind: 'stopped' }
    }
    calls += asked.call.calls ?? 1
    reportAnswer(context, asked, group.length, options)
    if (asked.ok) {
      breaker.answered(permit)
      announceLimits(context, asked)
      return { kind: 'verdicts', verdicts: asked.verdicts, receipts: asked.receipts, calls }
    }
    const next = judgeFailure(context, asked, permit, trouble)
    if (next === 'ask_again') continue
    if (next === 'ask_simpler') {
      attempt = { ...attempt, simplerThan: asked.call.outputMode }
      continue
    }
    if (typeof next === 'object' && 'parkedMs' in next) {
      await clock.wait(next.parkedMs, options.stopping)
      continue
    }
    if (next === 'stop') {
      options.stop(asked.reason)
      return { kind: 'stopped' }
    }
    const { reason, receipts } = asked
    return { kind: 'failed', reason, alone: next.alone, isSuspect: next.isSuspect, receipts, calls }
  }
}

function announceLimits({ breaker }: TaskContext, { limits, call: { usage } }: Extract<Asked, { ok: true }>): void {
  const left = callsLeft(limits, (usage.input ?? 0) + (usage.output ?? 0))
  if (left) breaker.announced(left.calls, left.resetMs)
}

/** A request that was refused got no answer, nor did one that failed on its way. */
export function reportAnswer(
  context: TaskContext,
  asked: Asked,
  items: number,
  options: Pick<GroupOptions, 'onAnswered' | 'onRefused' | 'fresh'>,
): void {
  const { onAnswered, onRefused, fresh } = options
  if (asked.ok) return onAnswered(context.task, { asked: items, used: asked.verdicts.size, fresh }, null)
  const { reason, asksDifferently } = asked
  if (reason.code !== 'invalid_response' || isPassing(reason, context)) return
  if (refusals.has(reason.problem)) {
    if (!asksDifferently) onRefused(reason)
  } else if (reason.problem !== 'interrupted') {
    onAnswered(context.task, { asked: items, used: 0, fresh }, reason)
  }
}

const refusals = new Set<string>(['rejected_request', 'error_body', 'cannot_serve'])

/** A page of somebody else's, from where answers came before, is a moment's trouble and not a wrong address. */
function isPassing(reason: Reason, { breaker }: TaskContext): boolean {
  if (reason.code !== 'invalid_response' || reason.problem !== 'not_the_api') return false
  const status = reason.raw?.status ?? 0
  return status >= 200 && status < 300 && breaker.answers() > 0
}

/** How often this call was in trouble while others were answered. */
interface Trouble {
  count: number
  timeouts: number
  refusals: number
  isGroup: boolean
  answers: number
  /** Its items were in a call that was suspected before. */
  wasSuspect: boolean
}

type Next =
  | 'ask_again'
  | 'ask_simpler'
  | 'stop'
  | { parkedMs: number }
  | { alone: 'ask_again' | 'fail_item'; isSuspect: boolean }

function judgeFailure(
  context: TaskContext,
  { reason, asksDifferently }: Extract<Asked, { ok: false }>,
  permit: Permit,
  trouble: Trouble,
): Next {
  const { breaker } = context
  if (isPassing(reason, context)) return waitOut(context, reason, permit, trouble, null)
  const rule = retryRule(reason)
  switch (rule.kind) {
    case 'wait':
      return afterWait(waitOut(context, reason, permit, trouble, rule.retryAfterMs), asksDifferently)
    case 'split_batch':
      if (wasInterrupted(reason) && breaker.interrupted(permit)) return 'ask_again'
      if (!wasInterrupted(reason)) breaker.answered(permit)
      return asksDifferently ? 'ask_simpler' : { alone: rule.alone, isSuspect: false }
    case 'stop_run':
      breaker.abandoned(permit)
      return 'stop'
    // Nobody here wished it: the signal is not aborted.
    case 'cancelled':
      breaker.abandoned(permit)
      return { alone: 'ask_again', isSuspect: false }
    default:
      return rule satisfies never
  }
}

/** The same call once more is made in a simpler way, where the strategy has one. */
function afterWait(next: Next, asksDifferently: boolean): Next {
  return asksDifferently && next === 'ask_again' ? 'ask_simpler' : next
}

function wasInterrupted(reason: Reason): boolean {
  return reason.code === 'invalid_response' && reason.problem === 'interrupted'
}

/** The provider's trouble, unless it looks like that of this call. */
function waitOut(
  context: TaskContext,
  reason: Reason,
  permit: Permit,
  trouble: Trouble,
  retryAfterMs: number | null,
): Next {
  const { breaker } = context
  if (isSuspect(reason, trouble, breaker)) {
    breaker.abandoned(permit)
    return { alone: 'ask_again', isSuspect: true }
  }
  const kind = troubleOf(reason)
  const after = breaker.failed(permit, retryAfterMs, kind, ++trouble.refusals)
  if (after.kind === 'given_up') return 'stop'
  // Whoever named a fallback for this does not wait for hours. A limit of the rate is no trouble.
  if (trouble.refusals >= troublesBeforeFallback && reason.code !== 'rate_limited' && givesUpSoon(context))
    return 'stop'
  if (kind === 'overload' && trouble.isGroup && ++trouble.timeouts >= timeoutsBeforeSplit) {
    return { alone: 'ask_again', isSuspect: false }
  }
  return after.kind === 'parked' ? { parkedMs: after.ms } : 'ask_again'
}

function troubleOf(reason: Reason): ProviderTrouble {
  switch (reason.code) {
    case 'timeout':
      return reason.phase === 'connect' ? 'outage' : 'overload'
    case 'provider_unreachable':
      return 'outage'
    case 'overloaded':
      return reason.isLoading ? 'loading' : 'refused'
    default:
      return 'refused'
  }
}

/**
 * Never for a rate limit: that is about the account and not about the item. Where nobody else is left to be answered in between, a
 * provider that has answered before is taken to be there: the last item of a run must not stop it.
 */
function isSuspect(reason: Reason, trouble: Trouble, breaker: TaskContext['breaker']): boolean {
  if (reason.code === 'rate_limited') return false
  const isTimeout = reason.code === 'timeout' && reason.phase !== 'connect'
  if (isTimeout && trouble.wasSuspect) return true
  const answers = breaker.answers()
  if (answers > trouble.answers || (isTimeout && answers > 0 && breaker.isAlone())) trouble.count++
  trouble.answers = answers
  return trouble.count >= (reason.code === 'timeout' ? timeoutsBeforeSuspicion : outagesBeforeSuspicion)
}

/** One turn, with the receipts of what came of it. */
async function askOnce(
  context: TaskContext,
  group: readonly WorkItem[],
  attempt: Attempt,
  aborting: AbortSignal,
): Promise<(Asked & { receipts: ReceiptTexts }) | 'aborted'> {
  const { strategy, clock } = context
  const startedAt = clock.monotonic()
  const asked = await orAborted((signal) => strategy.ask(group, attempt, signal), aborting)
  if (asked === 'aborted' || (!asked.ok && asked.reason.code === 'cancelled' && aborting.aborted)) return 'aborted'
  const latencyMs = asked.call.latencyMs ?? clock.monotonic() - startedAt
  const receipts = receiptTexts(context, { ...asked.call, latencyMs, batch: group.length, at: instant(clock.now()) })
  return { ...asked, receipts }
}

/**
 * Each call has a signal of its own, so that nothing of it hangs on to the run's. A provider that does not let go of a call when
 * it is aborted cannot keep the user waiting.
 */
function orAborted<Value>(
  call: (signal: AbortSignal) => Promise<Value>,
  aborting: AbortSignal,
): Promise<Value | 'aborted'> {
  return new Promise((resolve, reject) => {
    if (aborting.aborted) return resolve('aborted')
    const own = new AbortController()
    const abort = (): void => {
      own.abort()
      resolve('aborted')
    }
    const over = (): void => aborting.removeEventListener('abort', abort)
    aborting.addEventListener('abort', abort, { once: true })
    call(own.signal).then(
      (value) => {
        over()
        resolve(value)
      },
      (error) => {
        over()
        reject(error)
      },
    )
  })
}
