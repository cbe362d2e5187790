import type { Task } from '../../../protocol/names.ts'
import { fail } from '../../../protocol/outcome.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import type { OutputMode } from '../../../protocol/routing.ts'
import { buildPrompt } from '../../domain/buildPrompt.ts'
import { cutText } from '../../domain/cutText.ts'
import { type ParsedAnswer, parseCategoryVerdicts, parseScoreVerdicts } from '../../domain/parseVerdicts.ts'
import { retryRule } from '../../domain/retryRules.ts'
import type { CategoryVerdict, ScoreVerdict, Work } from '../../domain/work.ts'
import type { Completion, CompletionRequest } from '../../providers/adapter.ts'
import { callsLeft } from '../../providers/rateLimits.ts'
import { instant } from '../clock.ts'
import { type Lane, type ReceiptText, receiptText } from './lane.ts'
import type { Ticket } from './providerGate.ts'
import type { WorkItem } from './workItem.ts'

export type Verdict = CategoryVerdict | ScoreVerdict

/** What came of a group of items: verdicts by the item's place in the group; a failure of the group; or the end of the run. */
export type GroupAnswer =
  | { kind: 'verdicts'; verdicts: ReadonlyMap<number, Verdict>; receipt: ReceiptText; calls: number }
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
  lane: Lane,
  group: readonly WorkItem[],
  options: CallOptions & { tokenFactor: number; isRepeat: boolean; isSuspect: boolean },
): Promise<GroupAnswer> {
  const isOver = lane.gate.asking()
  try {
    return await askUntilAnswered(lane, group, options)
  } finally {
    isOver()
  }
}

async function askUntilAnswered(
  lane: Lane,
  group: readonly WorkItem[],
  options: Parameters<typeof callProvider>[2],
): Promise<GroupAnswer> {
  const { gate, modes } = lane
  const trouble: Trouble = { count: 0, answers: gate.answers(), wasSuspect: options.isSuspect }
  for (let calls = 1; ; calls++) {
    const ticket = await gate.enter(options.stopping, calls > 1)
    if (ticket === null) return { kind: 'stopped' }
    const mode = modes.current()
    const asked = await askOnce(lane, group, mode, options)
    if (asked === 'aborted') {
      gate.abandoned(ticket)
      return { kind: 'stopped' }
    }
    if (isAnswer(asked)) options.onAnswered(lane.task, group.length, asked.ok ? asked.verdicts.size : 0)
    if (asked.ok) {
      gate.answered(ticket)
      if (asked.left) gate.announced(asked.left.calls, asked.left.resetMs)
      modes.worked(mode)
      return { kind: 'verdicts', verdicts: asked.verdicts, receipt: asked.receipt, calls }
    }
    const next = judgeFailure(lane, asked.reason, { ticket, mode, trouble, isRepeat: options.isRepeat })
    if (next === 'ask_again') continue
    if (next === 'stop') {
      options.stop(asked.reason)
      return { kind: 'stopped' }
    }
    const { reason, receipt } = asked
    return { kind: 'failed', reason, alone: next.alone, isSuspect: next.isSuspect, receipt, calls }
  }
}

/** A request that was refused got no answer, nor did one that failed on its way. */
function isAnswer(asked: Exclude<Asked, 'aborted'>): boolean {
  return asked.ok || (asked.reason.code === 'invalid_response' && asked.reason.problem !== 'rejected_request')
}

/** How often this call was in trouble while others were answered. */
interface Trouble {
  count: number
  answers: number
  /** Its items were in a call that was suspected before. */
  wasSuspect: boolean
}

type Next = 'ask_again' | 'stop' | { alone: 'ask_again' | 'fail_item'; isSuspect: boolean }

function judgeFailure(
  { gate, modes }: Lane,
  reason: Reason,
  call: { ticket: Ticket; mode: OutputMode; trouble: Trouble; isRepeat: boolean },
): Next {
  const rule = retryRule(reason)
  switch (rule.kind) {
    case 'wait':
      if (isSuspect(reason, call.trouble, gate)) {
        gate.abandoned(call.ticket)
        return { alone: 'ask_again', isSuspect: true }
      }
      return gate.failed(call.ticket, rule.retryAfterMs, isTooMuch(reason)) === 'given_up' ? 'stop' : 'ask_again'
    case 'split_batch':
      gate.answered(call.ticket)
      return stepsDown(reason, modes, call) ? 'ask_again' : { alone: rule.alone, isSuspect: false }
    case 'stop_run':
      gate.abandoned(call.ticket)
      return 'stop'
    // Nobody here wished it: the signal is not aborted.
    case 'cancelled':
      gate.abandoned(call.ticket)
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
function isSuspect(reason: Reason, trouble: Trouble, gate: Lane['gate']): boolean {
  if (reason.code === 'rate_limited') return false
  const isTimeout = reason.code === 'timeout' && reason.phase !== 'connect'
  if (isTimeout && trouble.wasSuspect) return true
  const answers = gate.answers()
  if (answers > trouble.answers || (isTimeout && answers > 0 && gate.isAlone())) trouble.count++
  trouble.answers = answers
  return trouble.count >= (reason.code === 'timeout' ? timeoutsBeforeSuspicion : outagesBeforeSuspicion)
}

function stepsDown(reason: Reason, modes: Lane['modes'], call: { mode: OutputMode; isRepeat: boolean }): boolean {
  if (reason.code !== 'invalid_response') return false
  switch (reason.problem) {
    case 'rejected_request':
      return modes.rejected(call.mode)
    case 'schema':
    case 'not_json':
    case 'empty':
      return modes.misshapen(call.mode, call.isRepeat)
    default:
      return false
  }
}

type Asked =
  | 'aborted'
  | {
      ok: true
      verdicts: ReadonlyMap<number, Verdict>
      receipt: ReceiptText
      left: { calls: number; resetMs: number } | null
    }
  | { ok: false; reason: Reason; receipt: ReceiptText }

const nothingTold = { input: null, output: null, cached: null }

async function askOnce(
  lane: Lane,
  group: readonly WorkItem[],
  mode: OutputMode,
  options: { aborting: AbortSignal; tokenFactor: number },
): Promise<Asked> {
  const { route, clock } = lane
  const work = workOf(lane, group)
  const built = buildPrompt(work, lane.drawMark())
  const request: CompletionRequest = {
    model: route.model,
    system: built.system,
    prompt: built.prompt,
    output: { name: built.schemaName, schema: built.schema },
    mode,
    maxOutputTokens: built.maxOutputTokens * options.tokenFactor,
    thinking: route.options.thinking,
    work,
  }
  const startedAt = clock.monotonic()
  const receiptOf = (call: Pick<Completion, 'latencyMs' | 'usage'>, costUsd: number | null): ReceiptText =>
    receiptText(lane, { mode, batch: group.length, ...call, costUsd, at: instant(clock.now()) })
  const completed = await orAborted((signal) => lane.judge.complete(request, signal), options.aborting)
  if (completed === 'aborted' || (!completed.ok && completed.reason.code === 'cancelled' && options.aborting.aborted)) {
    return 'aborted'
  }
  if (!completed.ok) {
    const receipt = receiptOf({ latencyMs: clock.monotonic() - startedAt, usage: nothingTold }, null)
    return { ...completed, receipt }
  }
  const { text, latencyMs, usage, costUsd = null, limits } = completed.value
  const answer = parseAnswer(work, text)
  if (!answer.ok) {
    const { problem, detail, told } = answer
    const facts = { problem, detail, ...(told ? { told } : {}) }
    const failed = fail({ code: 'invalid_response', provider: route.provider, ...facts })
    return { ...failed, receipt: receiptOf({ latencyMs, usage }, costUsd) }
  }
  const verdicts = new Map([...answer.verdicts].map(([key, verdict]) => [Number(key) - 1, verdict]))
  const receipt = receiptOf({ latencyMs, usage }, costUsd)
  const left = callsLeft(limits, (usage.input ?? 0) + (usage.output ?? 0))
  return { ok: true, verdicts, receipt, left }
}

function parseAnswer(work: Work, text: string): ParsedAnswer<Verdict> {
  return work.task === 'categorization' ? parseCategoryVerdicts(text, work) : parseScoreVerdicts(text, work)
}

function workOf({ task, profile }: Lane, group: readonly WorkItem[]): Work {
  const { categorizeChars, scoreChars } = profile.limits
  const longest = task === 'categorization' ? categorizeChars : scoreChars
  const items = group.map((item, index) => ({
    key: String(index + 1),
    text: cutText(item.text, longest),
    inputHash: item.inputHash,
  }))
  return { task, items, profile }
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
