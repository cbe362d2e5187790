import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Completion, CompletionRequest } from '../providers/adapter.ts'
import type { Judge } from '../runs/runs.ts'
import type { Allowance, Leave } from './allowance.ts'
import { mayBeBilled } from './billing.ts'
import { mostInputTokens } from './foreseenCost.ts'
import type { ModelPrice } from './modelPrice.ts'
import type { UsedCall } from './usageAccounts.ts'

/** A cap with the allowance that keeps it. */
export interface Cap {
  scope: 'run' | 'day'
  capUsd: number
  /** Of the moment: a day's allowance is another one after midnight. */
  allowance(): Allowance
}

export interface MeterParts {
  provider: string
  model: string
  /** Null: unknown; then there are no caps. */
  price: ModelPrice | null
  caps: readonly Cap[]
  /** Milliseconds since 1970. */
  now(): number
  record(call: UsedCall): void
  /** How much longer the provider wants to be left alone, whoever was told so; 0: not at all. */
  pausedForMs(): number
  /** The provider asked to be left alone for so long. */
  onPaused(ms: number): void
}

/** The judge with its calls accounted for, within the caps, and silent while the provider wants to be left alone. */
export function meterJudge(judge: Judge, parts: MeterParts): Judge {
  const { provider, model, price, now } = parts

  async function complete(request: CompletionRequest, signal: AbortSignal): Promise<Outcome<Completion>> {
    const pausedMs = parts.pausedForMs()
    if (pausedMs > 0) return fail({ code: 'rate_limited', provider, retryAfterMs: pausedMs })
    const at = now()
    const entered = await enterAll(request, at, signal)
    if (!entered.ok) return entered
    const close = openBook(request, at, entered.value)
    if (signal.aborted) {
      close(null, null, false)
      return fail({ code: 'cancelled' })
    }
    // Whoever gives up does not wait for the provider to let go.
    const giveUp = (): void => close(null, null)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      const outcome = await judge.complete(request, signal)
      return settle(outcome, at, close)
    } catch (error) {
      close(null, null)
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  async function enterAll(request: CompletionRequest, at: number, signal: AbortSignal): Promise<Outcome<Leave[]>> {
    const leaves: Leave[] = []
    if (price === null || parts.caps.length === 0) return succeed(leaves)
    const neededUsd = price.atMost({ input: mostInputTokens(request), output: judge.mostOutputTokens(request) }, at)
    const giveBack = (): void => {
      for (const leave of leaves) leave.settle(0)
    }
    for (const { scope, capUsd, allowance } of parts.caps) {
      const entered = await allowance().enter(neededUsd, capUsd, signal)
      if (!entered.ok) {
        giveBack()
        return entered
      }
      if ('refused' in entered.value) {
        giveBack()
        return fail({ code: 'spend_cap', provider, model, scope, capUsd, ...entered.value.refused, neededUsd })
      }
      leaves.push(entered.value.leave)
    }
    return succeed(leaves)
  }

  /** What is known of the call in the end; only the first word counts. */
  function openBook(request: CompletionRequest, at: number, leaves: readonly Leave[]) {
    let isClosed = false
    return (usage: UsedCall['usage'], costUsd: number | null, wasBilled = true): void => {
      if (isClosed) return
      isClosed = true
      for (const leave of leaves) leave.settle(wasBilled ? costUsd : 0)
      if (!wasBilled) return
      const { task, items } = request.work
      const day = new Date(at).toISOString().slice(0, 10)
      parts.record({ day, provider, model, task, items: items.length, usage, costUsd })
    }
  }

  function settle(outcome: Outcome<Completion>, at: number, close: ReturnType<typeof openBook>): Outcome<Completion> {
    if (outcome.ok) {
      const { costUsd: told, ...completion } = outcome.value
      const costUsd = told ?? price?.costOf(completion.usage, at) ?? null
      close(completion.usage, costUsd)
      return succeed(costUsd === null ? completion : { ...completion, costUsd })
    }
    const { reason } = outcome
    close(null, null, mayBeBilled(reason))
    if (reason.code === 'rate_limited' && reason.retryAfterMs) parts.onPaused(reason.retryAfterMs)
    return outcome
  }

  return { ...judge, complete }
}
