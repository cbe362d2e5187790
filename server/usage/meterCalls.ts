import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Usage } from '../../protocol/results.ts'
import type { UsageTask } from '../../protocol/usage.ts'
import { fail } from '../../shared/fail.ts'
import type { AnsweredBy } from '../providers/adapter.ts'
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
  /** How much longer the provider wants to be left alone, whichever call it said so to; 0: not at all. */
  pausedForMs(): number
  /** The provider asked to be left alone for so long. */
  onPaused(ms: number): void
}

/** What an answer says of its own cost. */
export interface Answered {
  usage: Usage
  latencyMs: number
  /** Where the provider says so itself. */
  costUsd?: number
  answeredBy?: AnsweredBy
}

/** One call of a model, whatever it asks for. */
export interface MeteredCall<Answer extends Answered> {
  task: UsageTask
  items: number
  /** What it can take at the most; asked only where there is a cap. */
  mostTokens(): { input: number; output: number }
  send(): Promise<Metered<Answer>>
}

/** `spent`: what an answer took that cannot be used, where one came. */
export type Metered<Answer> = { ok: true; value: Answer } | { ok: false; reason: Reason; spent?: Spent | undefined }

type Spent = { usage: Usage; costUsd?: number | undefined; latencyMs: number }

/** Makes a call, accounted for and within the caps; the answer has its cost, where that is known. */
export type CallMeter = <Answer extends Answered>(
  call: MeteredCall<Answer>,
  signal: AbortSignal,
) => Promise<Metered<Answer>>

export function meterCalls(parts: MeterParts): CallMeter {
  return async (call, signal) => {
    const pausedMs = parts.pausedForMs()
    if (pausedMs > 0) return fail({ code: 'rate_limited', provider: parts.provider, retryAfterMs: pausedMs })
    const at = parts.now()
    const hasCaps = parts.price !== null && parts.caps.length > 0
    const entered = hasCaps ? await enterAll(parts, call.mostTokens, at, signal) : withoutLeave
    if (!entered.ok) return entered
    const bill = new Bill(parts, call, at, entered.value)
    if (signal.aborted) {
      bill.drop()
      return fail({ code: 'cancelled' })
    }
    // Giving up does not wait for the provider to let go.
    const giveUp = (): void => bill.close(null, null)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      return bill.settle(await call.send())
    } catch (error) {
      bill.close(null, null)
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }
}

const withoutLeave = succeed<Leave[]>([])

/** Leave from every cap, or from none. */
async function enterAll(
  parts: MeterParts,
  mostTokens: () => { input: number; output: number },
  at: number,
  signal: AbortSignal,
): Promise<Outcome<Leave[]>> {
  const { price, caps } = parts
  if (price === null || caps.length === 0) return succeed([])
  return await enterCaps(parts, price.atMost(mostTokens(), at), signal)
}

/** The same for money that is known. */
export async function enterCaps(
  { provider, model, caps }: Pick<MeterParts, 'provider' | 'model' | 'caps'>,
  neededUsd: number,
  signal: AbortSignal,
): Promise<Outcome<Leave[]>> {
  const leaves: Leave[] = []
  const giveBack = (): void => {
    for (const leave of leaves) leave.settle(0)
  }
  for (const { scope, capUsd, allowance } of caps) {
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

const dayMs = 86_400_000
let lastDay = { number: Number.NaN, text: '' }

/** In UTC. Thousands of calls a second are of the same day. */
export function dayOf(at: number): string {
  const number = Math.floor(at / dayMs)
  if (number !== lastDay.number) lastDay = { number, text: new Date(at).toISOString().slice(0, 10) }
  return lastDay.text
}

/** What is known of one call in the end; only the first word counts. */
class Bill {
  readonly #parts: MeterParts
  readonly #call: Pick<MeteredCall<Answered>, 'task' | 'items'>
  readonly #at: number
  readonly #leaves: readonly Leave[]
  #isClosed = false

  constructor(
    parts: MeterParts,
    call: Pick<MeteredCall<Answered>, 'task' | 'items'>,
    at: number,
    leaves: readonly Leave[],
  ) {
    this.#parts = parts
    this.#call = call
    this.#at = at
    this.#leaves = leaves
  }

  /** `answeredBy`: where it was another model. `latencyMs`: of an answer that can be used. */
  close(
    usage: UsedCall['usage'],
    costUsd: number | null,
    { answeredBy, latencyMs }: { answeredBy?: string | undefined; latencyMs?: number | undefined } = {},
  ): void {
    if (!this.#end(costUsd)) return
    const { provider, model, record } = this.#parts
    const { task, items } = this.#call
    record({ day: dayOf(this.#at), provider, model: answeredBy ?? model, task, items, usage, costUsd, latencyMs })
  }

  /** It costs nothing. */
  drop(): void {
    this.#end(0)
  }

  settle<Answer extends Answered>(outcome: Metered<Answer>): Metered<Answer> {
    if (outcome.ok) {
      const { usage, costUsd: reported, answeredBy, latencyMs } = outcome.value
      // What a gateway's fallback costs, the price of the model that was asked does not say.
      const price = answeredBy?.isFallback ? null : this.#parts.price
      const own = price?.isOwn ? price.costOf(usage, this.#at) : null
      const costUsd = own ?? reported ?? price?.costOf(usage, this.#at) ?? null
      const other = answeredBy?.isFallback ? (answeredBy.model ?? undefined) : undefined
      this.close(usage, costUsd, { answeredBy: other, latencyMs })
      return costUsd === null ? outcome : succeed({ ...outcome.value, costUsd })
    }
    const { reason } = outcome
    const spent = this.#priced(outcome.spent)
    if (mayBeBilled(reason)) this.close(spent?.usage ?? null, spent?.costUsd ?? null)
    else this.drop()
    if (reason.code === 'rate_limited' && reason.retryAfterMs) this.#parts.onPaused(reason.retryAfterMs)
    return spent === undefined ? outcome : { ...outcome, spent }
  }

  #priced(spent: Spent | undefined): Spent | undefined {
    if (spent === undefined) return undefined
    const { price } = this.#parts
    const own = price?.isOwn ? price.costOf(spent.usage, this.#at) : null
    return { ...spent, costUsd: own ?? spent.costUsd ?? price?.costOf(spent.usage, this.#at) ?? undefined }
  }

  #end(costUsd: number | null): boolean {
    if (this.#isClosed) return false
    this.#isClosed = true
    for (const leave of this.#leaves) leave.settle(costUsd)
    return true
  }
}
