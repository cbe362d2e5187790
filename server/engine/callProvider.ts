import type { Task } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { retryRule } from '../domain/retryRules.ts'
import { instant } from '../files/clock.ts'
import { callsLeft } from '../providers/rateLimits.ts'
import type { Asked, Attempt, Verdicts } from './askStrategy.ts'
import type { Permit } from './circuitBreaker.ts'
import { type ReceiptText, receiptText, type TaskContext } from './taskContext.ts'
import type { WorkItem } from './workItem.ts'

/** What came of a group of items: verdicts by the item's place in the group; a failure of the group; or the end of the run. */
export type GroupAnswer =
  | { kind: 'verdicts'; verdicts: ReadonlyMap<number, Verdicts>; receipt: ReceiptText; calls: number }
  | {
      kind: 'failed'
      reason: Reason
      alone: 'ask_again' | 'fail_item'
      isSuspect: boolean
      receipt: ReceiptText
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
  /** A provider has answered for `asked` items, of which `used` got a verdict. */
  onAnswered(task: Task, asked: number, used: number): void
}

/** A call that ends in trouble again and again, while others are answered in between, is in trouble itself. */
const timeoutsBeforeSuspicion = 3
const outagesBeforeSuspicion = 10

/** Asks until the provider has answered, however long it is away. */
export async function callProvider(
  context: TaskContext,
  group: readonly WorkItem[],
  options: CallOptions & { attempt: Attempt; isSuspect: boolean },
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
  options: Parameters<typeof callProvider>[2],
): Promise<GroupAnswer> {
  const { breaker } = context
  const trouble: Trouble = { count: 0, answers: breaker.answers(), wasSuspect: options.isSuspect }
  for (let calls = 1; ; calls++) {
    const permit = await breaker.acquire(options.stopping, calls > 1)
    if (permit === null) return { kind: 'stopped' }
    const asked = await askOnce(context, group, options)
    if (asked === 'aborted') {
      breaker.abandoned(permit)
      return { kind: 'stopped' }
    }
    if (isAnswer(asked)) options.onAnswered(context.task, group.length, asked.ok ? asked.verdicts.size : 0)
    if (asked.ok) {
      breaker.answered(permit)
      announceLimits(context, asked)
      return { kind: 'verdicts', verdicts: asked.verdicts, receipt: asked.receipt, calls }
    }
    const next = judgeFailure(context, asked, permit, trouble)
    if (next === 'ask_again') continue
    if (next === 'stop') {
      options.stop(asked.reason)
      return { kind: 'stopped' }
    }
    const { reason, receipt } = asked
    return { kind: 'failed', reason, alone: next.alone, isSuspect: next.isSuspect, receipt, calls }
  }
}

function announceLimits({ breaker }: TaskContext, { limits, call: { usage } }: Extract<Asked, { ok: true }>): void {
  const left = callsLeft(limits, (usage.input ?? 0) + (usage.output ?? 0))
  if (left) breaker.announced(left.calls, left.resetMs)
}

/** A request that was refused got no answer, nor did one that failed on its way. */
function isAnswer(asked: Asked): boolean {
  return asked.ok || (asked.reason.code === 'invalid_response' && !refusals.has(asked.reason.problem))
}

const refusals = new Set<string>(['rejected_request', 'cannot_serve'])

/** How often this call was in trouble while others were answered. */
interface Trouble {
  count: number
  answers: number
  /** Its items were in a call that was suspected before. */
  wasSuspect: boolean
}

type Next = 'ask_again' | 'stop' | { alone: 'ask_again' | 'fail_item'; isSuspect: boolean }

function judgeFailure(
  { breaker }: TaskContext,
  { reason, asksDifferently }: Extract<Asked, { ok: false }>,
  permit: Permit,
  trouble: Trouble,
): Next {
  const rule = retryRule(reason)
  switch (rule.kind) {
    case 'wait':
      if (isSuspect(reason, trouble, breaker)) {
        breaker.abandoned(permit)
        return { alone: 'ask_again', isSuspect: true }
      }
      return breaker.failed(permit, rule.retryAfterMs, isTooMuch(reason)) === 'given_up' ? 'stop' : 'ask_again'
    case 'split_batch':
      breaker.answered(permit)
      return asksDifferently ? 'ask_again' : { alone: rule.alone, isSuspect: false }
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

/** Fewer calls at the same time would help; they do not where nothing can be reached. */
function isTooMuch(reason: Reason): boolean {
  return reason.code === 'timeout' ? reason.phase !== 'connect' : reason.code !== 'provider_unreachable'
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

/** One call, with the receipt of what came of it. */
async function askOnce(
  context: TaskContext,
  group: readonly WorkItem[],
  { attempt, aborting }: { attempt: Attempt; aborting: AbortSignal },
): Promise<(Asked & { receipt: ReceiptText }) | 'aborted'> {
  const { strategy, clock } = context
  const startedAt = clock.monotonic()
  const asked = await orAborted((signal) => strategy.ask(group, attempt, signal), aborting)
  if (asked === 'aborted' || (!asked.ok && asked.reason.code === 'cancelled' && aborting.aborted)) return 'aborted'
  const latencyMs = asked.call.latencyMs ?? clock.monotonic() - startedAt
  const receipt = receiptText(context, { ...asked.call, latencyMs, batch: group.length, at: instant(clock.now()) })
  return { ...asked, receipt }
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
    aborting.addEventListener('abort', abort, { once: true })
    call(own.signal)
      .then(resolve, reject)
      .finally(() => aborting.removeEventListener('abort', abort))
  })
}
