import type { ModelType, Price } from '../../protocol/models.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import type { ModelClient } from '../engine/modelClient.ts'
import type { RunSpending } from '../engine/runSpending.ts'
import type { Store } from '../store/store.ts'
import { releaseSpending, reserveSpending } from '../store/usageTable.ts'
import { type Allowance, DayAllowance, RunAllowance } from './allowance.ts'
import { findBatchPrice, findPrice } from './findPrice.ts'
import { BatchMeter } from './meterBatches.ts'
import { type CallMeter, type Cap, type MeterParts, meterCalls } from './meterCalls.ts'
import { meterModelClient } from './meterModelClient.ts'
import type { ModelPrice } from './modelPrice.ts'
import { type AccountsParts, type Companion, UsageAccounts, type UsedCall } from './usageAccounts.ts'

export interface MeteredModel {
  model: Pick<ResolvedRoute, 'provider' | 'model' | 'endpoint'>
  /** Absent: generation. */
  type?: ModelType | undefined
  /** As the provider's own list has it. */
  pricing?: { input: number; output: number } | undefined
  /** What somebody said it costs; absent: nothing. */
  ownPrice?: Price | undefined
  /** Of the provider; absent: none. */
  dailyCapUsd?: number | undefined
  /** Of a run, with what it has spent; absent: none. */
  run?: { maxCostUsd: number; spending: RunSpending } | undefined
  /** Absent: it is asked whatever it said before. */
  pause?: Pick<MeterParts, 'pausedForMs' | 'onPaused'>
}

export interface UsageMeterParts extends Pick<AccountsParts, 'timers' | 'log' | 'onWritten'> {
  store: Pick<Store, 'change'>
  now(): number
}

/** A way to ask that may not be taken, such as with a cap and without a price, refuses each call. */
function orRefusal(meter: Outcome<CallMeter>): CallMeter {
  return meter.ok ? meter.value : async () => meter
}

/** What calls use and cost, for all runs and tests of this process. */
export class UsageMeter {
  readonly #store: UsageMeterParts['store']
  readonly #now: () => number
  readonly #days = new Map<string, { day: string; provider: string; allowance: DayAllowance }>()
  readonly #runs = new WeakMap<RunSpending, Allowance>()
  readonly #accounts: UsageAccounts

  constructor({ store, now, timers, log, onWritten }: UsageMeterParts) {
    this.#store = store
    this.#now = now
    this.#accounts = new UsageAccounts({
      change: (mutation) => store.change(mutation),
      timers,
      companions: () => this.#companions(),
      onWritten,
      log,
    })
  }

  /** For calls of one model. Fails with `spend_cap` where there is a cap and the model's price is not known. */
  async open(metered: MeteredModel): Promise<Outcome<CallMeter>> {
    const { provider, model, endpoint } = metered.model
    const { type, pricing, ownPrice, pause = neverPaused } = metered
    const price: ModelPrice | null = await findPrice({ endpoint, model, type, pricing, ownPrice }, this.#now())
    const caps = this.#capsOf(metered)
    const [cap] = caps
    if (price === null && cap) {
      const { scope, capUsd } = cap
      return fail({ code: 'spend_cap', provider, model, scope, capUsd, spentUsd: 0, neededUsd: null })
    }
    const record = (call: UsedCall): void => this.#accounts.add(call)
    return succeed(meterCalls({ provider, model, price, caps, now: this.#now, record, ...pause }))
  }

  /** For batches of one model, at the price of theirs. Fails as `open` does. */
  async openBatches(metered: MeteredModel): Promise<Outcome<BatchMeter>> {
    const { provider, model, endpoint } = metered.model
    const { pricing, ownPrice } = metered
    const price = await findBatchPrice({ endpoint, model, pricing, ownPrice }, this.#now())
    const caps = this.#capsOf(metered)
    const [cap] = caps
    if (price === null && cap) {
      const { scope, capUsd } = cap
      return fail({ code: 'spend_cap', provider, model, scope, capUsd, spentUsd: 0, neededUsd: null })
    }
    const record = (call: UsedCall): void => this.#accounts.add(call)
    return succeed(new BatchMeter({ provider, model, price, caps, now: this.#now, record }))
  }

  /** The same for all that a judge calls. */
  async meter(judge: ModelClient, metered: MeteredModel): Promise<Outcome<ModelClient>> {
    const { decisions } = judge
    const text = await this.open(metered)
    if (!decisions) return text.ok ? succeed(meterModelClient(judge, text.value)) : text
    const deciding = await this.open({
      ...metered,
      type: 'decision',
      pricing: decisions.isOnly ? metered.pricing : undefined,
    })
    // What has no known price in one way may have one in the other.
    const isWithoutBoth = !text.ok && !(decisions.isKnown && deciding.ok)
    return isWithoutBoth ? text : succeed(meterModelClient(judge, orRefusal(text), orRefusal(deciding)))
  }

  /** What was used so far is in the store; also gives back what was set aside for calls and is not needed. */
  flush(): Promise<void> {
    return this.#accounts.flush()
  }

  /** Writes for the last time. */
  async close(): Promise<void> {
    await this.#accounts.flush()
    this.#accounts.dispose()
  }

  #companions(): Companion[] {
    return [...this.#days.values()].flatMap(({ day, provider, allowance }) => {
      const { amount, undo } = allowance.takeReleasable()
      return amount === 0 ? [] : [{ undo, write: (database) => releaseSpending(database, day, provider, amount) }]
    })
  }

  #dayAllowance(provider: string): Allowance {
    const day = new Date(this.#now()).toISOString().slice(0, 10)
    const key = `${day} ${provider}`
    const known = this.#days.get(key)
    if (known) return known.allowance
    const allowance = new DayAllowance(async (wanted) => {
      // What this process spent without a cap counts, too.
      await this.#accounts.flush()
      return await this.#store.change((database) => succeed(reserveSpending(database, { day, provider, ...wanted })))
    })
    this.#days.set(key, { day, provider, allowance })
    return allowance
  }

  #runAllowance(spending: RunSpending): Allowance {
    const known = this.#runs.get(spending)
    if (known) return known
    const allowance = new RunAllowance(spending)
    this.#runs.set(spending, allowance)
    return allowance
  }

  #capsOf({ model, run, dailyCapUsd }: MeteredModel): Cap[] {
    return [
      ...(run
        ? [{ scope: 'run' as const, capUsd: run.maxCostUsd, allowance: () => this.#runAllowance(run.spending) }]
        : []),
      ...(dailyCapUsd === undefined
        ? []
        : [{ scope: 'day' as const, capUsd: dailyCapUsd, allowance: () => this.#dayAllowance(model.provider) }]),
    ]
  }
}

const neverPaused: Pick<MeterParts, 'pausedForMs' | 'onPaused'> = { pausedForMs: () => 0, onPaused: () => {} }
