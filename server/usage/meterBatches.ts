import type { Task } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { BatchPort, BatchReservation } from '../engine/modelClient.ts'
import type { RunSpending } from '../engine/runSpending.ts'
import type { CompletionOutcome, CompletionRequest } from '../providers/adapter.ts'
import type { Leave } from './allowance.ts'
import { mayBeBilled } from './billing.ts'
import { type Cap, dayOf, enterCaps, type MeterParts } from './meterCalls.ts'
import { mostInputTokens } from './mostTokens.ts'

type BatchMeterParts = Pick<MeterParts, 'provider' | 'model' | 'price' | 'caps' | 'now' | 'record'>

/** A cap that nothing exceeds: what was sent days ago is owed, whatever may be spent now. */
const anyUsd = 9e6

/** What batches of one model cost: set aside when one is made, counted answer by answer when its results are read. */
export class BatchMeter {
  readonly #parts: BatchMeterParts

  constructor(parts: BatchMeterParts) {
    this.#parts = parts
  }

  get capUsd(): number | null {
    const { caps } = this.#parts
    return caps.length === 0 ? null : Math.min(...caps.map(({ capUsd }) => capUsd))
  }

  atMost(tokens: { input: number; output: number }): number | null {
    const { price, now } = this.#parts
    return price?.atMost(tokens, now()) ?? null
  }

  async reserve(mostUsd: number, signal: AbortSignal): Promise<Outcome<BatchReservation>> {
    const leaves = await enterCaps(this.#parts, mostUsd, signal)
    return leaves.ok ? succeed(reservationOf(leaves.value)) : leaves
  }

  async restore(mostUsd: number): Promise<BatchReservation> {
    const caps: Cap[] = this.#parts.caps.map((cap) => ({ ...cap, capUsd: anyUsd }))
    const leaves = await enterCaps({ ...this.#parts, caps }, mostUsd, new AbortController().signal)
    return reservationOf(leaves.ok ? leaves.value : [])
  }

  /** Counts one answer; with its cost, where that is known. */
  count(outcome: CompletionOutcome, task: Task, items: number, spending: RunSpending): CompletionOutcome {
    const { price, provider, model, now, record } = this.#parts
    const at = now()
    const spent = outcome.ok ? outcome.value : outcome.spent
    if (!outcome.ok && !mayBeBilled(outcome.reason)) return outcome
    const usage = spent?.usage ?? null
    const costUsd = (usage && price?.costOf(usage, at)) ?? null
    record({ day: dayOf(at), provider, model, task, items, usage, costUsd })
    spending.count({ usage, costUsd, answeredBy: outcome.ok ? outcome.value.answeredBy : undefined })
    if (costUsd === null || !spent) return outcome
    return outcome.ok ? succeed({ ...outcome.value, costUsd }) : { ...outcome, spent: { ...spent, costUsd } }
  }
}

function reservationOf(leaves: readonly Leave[]): BatchReservation {
  return {
    settle: (costUsd) => {
      for (const leave of leaves) leave.settle(costUsd)
    },
  }
}

/** A port as the adapter gives it: nothing is counted yet. */
export type RawBatchPort = Omit<BatchPort, 'capUsd' | 'prepare' | 'reserve' | 'restore'> & {
  prepare(customId: string, request: CompletionRequest): Promise<string | null>
}

export function meterBatchPort(
  port: RawBatchPort,
  meter: BatchMeter,
  run: { spending: RunSpending; mostOutputTokens(request: CompletionRequest): number },
): BatchPort {
  return {
    ...port,
    capUsd: meter.capUsd,
    async prepare(customId, request) {
      const line = await port.prepare(customId, request)
      if (line === null) return null
      const mostUsd = meter.atMost({ input: mostInputTokens(request), output: run.mostOutputTokens(request) })
      return { line, mostUsd }
    },
    async read(answer, request) {
      const { task, items } = request.work
      return meter.count(await port.read(answer, request), task, items.length, run.spending)
    },
    reserve: (mostUsd, signal) => meter.reserve(mostUsd, signal),
    restore: (mostUsd) => meter.restore(mostUsd),
  }
}
