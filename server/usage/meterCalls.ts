import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Usage } from '../../protocol/results.ts'
import type { UsageTask } from '../../protocol/usage.ts'
import { fail } from '../../shared/fail.ts'
import type { Allowance, Leave } from './allowance.ts'
import { mayBeBilled } from './billing.ts'
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

/** What an answer tells of its own cost. */
export interface Answered {
  usage: Usage
  /** Where the provider says so itself. */
  costUsd?: number
}

/** One call of a model, whatever it asks for. */
export interface MeteredCall<Answer extends Answered> {
  task: UsageTask
  items: number
  /** What it can take at the most; asked only where there is a cap. */
  mostTokens(): { input: number; output: number }
  send(): Promise<Outcome<Answer>>
}

/** Makes a call, accounted for and within the caps; the answer has its cost, where that is known. */
export type CallMeter = <Answer extends Answered>(
  call: MeteredCall<Answer>,
  signal: AbortSignal,
) => Promise<Outcome<Answer>>

export function meterCalls(parts: MeterParts): CallMeter {
  const { provider, model, price, now } = parts

  async function enterAll(
    mostTokens: () => { input: number; output: number },
    at: number,
    signal: AbortSignal,
  ): Promise<Outcome<Leave[]>> {
    const leaves: Leave[] = []
    if (price === null || parts.caps.length === 0) return succeed(leaves)
    const neededUsd = price.atMost(mostTokens(), at)
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
  function openBook({ task, items }: Pick<MeteredCall<Answered>, 'task' | 'items'>, at: number, leaves: Leave[]) {
    let isClosed = false
    return (usage: UsedCall['usage'], costUsd: number | null, wasBilled = true): void => {
      if (isClosed) return
      isClosed = true
      for (const leave of leaves) leave.settle(wasBilled ? costUsd : 0)
      if (!wasBilled) return
      const day = new Date(at).toISOString().slice(0, 10)
      parts.record({ day, provider, model, task, items, usage, costUsd })
    }
  }

  function settle<Answer extends Answered>(
    outcome: Outcome<Answer>,
    at: number,
    close: ReturnType<typeof openBook>,
  ): Outcome<Answer> {
    if (outcome.ok) {
      const { usage, costUsd: told } = outcome.value
      const costUsd = told ?? price?.costOf(usage, at) ?? null
      close(usage, costUsd)
      return costUsd === null ? outcome : succeed({ ...outcome.value, costUsd })
    }
    const { reason } = outcome
    close(null, null, mayBeBilled(reason))
    if (reason.code === 'rate_limited' && reason.retryAfterMs) parts.onPaused(reason.retryAfterMs)
    return outcome
  }

  return async (call, signal) => {
    const pausedMs = parts.pausedForMs()
    if (pausedMs > 0) return fail({ code: 'rate_limited', provider, retryAfterMs: pausedMs })
    const at = now()
    const entered = await enterAll(call.mostTokens, at, signal)
    if (!entered.ok) return entered
    const close = openBook(call, at, entered.value)
    if (signal.aborted) {
      close(null, null, false)
      return fail({ code: 'cancelled' })
    }
    // Whoever gives up does not wait for the provider to let go.
    const giveUp = (): void => close(null, null)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      return settle(await call.send(), at, close)
    } catch (error) {
      close(null, null)
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }
}
