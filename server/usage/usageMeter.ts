import type { ModelType } from '../../protocol/models.ts'
import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { ModelClient } from '../runs/engine/modelClient.ts'
import type { RunSpending } from '../runs/engine/runSpending.ts'
import { releaseSpending, reserveSpending } from '../store/spendingTable.ts'
import type { Store } from '../store/store.ts'
import { type Allowance, createRunAllowance } from './allowance.ts'
import { createDayAllowance, type DayAllowance } from './dayAllowance.ts'
import { findPrice } from './findPrice.ts'
import { type CallMeter, type Cap, type MeterParts, meterCalls } from './meterCalls.ts'
import { meterJudge } from './meterJudge.ts'
import type { ModelPrice } from './modelPrice.ts'
import { type AccountsParts, type Companion, createUsageAccounts } from './usageAccounts.ts'

export interface MeteredModel {
  model: Pick<ResolvedRoute, 'provider' | 'model' | 'endpoint'>
  /** Absent: generation. */
  type?: ModelType | undefined
  /** As the provider's own list has it. */
  pricing?: { input: number; output: number } | undefined
  /** Of the provider; absent: none. */
  dailyCapUsd?: number | undefined
  /** Of a run, with what it has spent; absent: none. */
  run?: { maxCostUsd: number; spending: RunSpending } | undefined
  /** Absent: it is asked whatever it said before. */
  pause?: Pick<MeterParts, 'pausedForMs' | 'onPaused'>
}

/** What calls use and cost, for all runs and tests of this process. */
export interface UsageMeter {
  /** For calls of one model. Fails with `spend_cap` where there is a cap and the model's price is not known. */
  open(metered: MeteredModel): Promise<Outcome<CallMeter>>
  /** The same for all that a judge calls. */
  meter(judge: ModelClient, metered: MeteredModel): Promise<Outcome<ModelClient>>
  /** What was used so far is in the store; also gives back what was set aside for calls and is not needed. */
  flush(): Promise<void>
  /** Writes for the last time. */
  close(): Promise<void>
}

export interface UsageMeterParts extends Pick<AccountsParts, 'timers' | 'log' | 'onWritten'> {
  store: Pick<Store, 'change'>
  now(): number
}

export function createUsageMeter({ store, now, timers, log, onWritten }: UsageMeterParts): UsageMeter {
  const days = new Map<string, { day: string; provider: string; allowance: DayAllowance }>()
  const runs = new WeakMap<RunSpending, Allowance>()
  const accounts = createUsageAccounts({
    change: (mutation) => store.change(mutation),
    timers,
    companions,
    onWritten,
    log,
  })

  function companions(): Companion[] {
    return [...days.values()].flatMap(({ day, provider, allowance }) => {
      const { amount, undo } = allowance.takeReleasable()
      return amount === 0 ? [] : [{ undo, write: (database) => releaseSpending(database, day, provider, amount) }]
    })
  }

  function dayAllowance(provider: string): Allowance {
    const day = new Date(now()).toISOString().slice(0, 10)
    const key = `${day} ${provider}`
    const known = days.get(key)
    if (known) return known.allowance
    const allowance = createDayAllowance(async (wanted) => {
      // What this process spent without a cap counts, too.
      await accounts.flush()
      return await store.change((database) => succeed(reserveSpending(database, { day, provider, ...wanted })))
    })
    days.set(key, { day, provider, allowance })
    return allowance
  }

  function runAllowance(spending: RunSpending): Allowance {
    const known = runs.get(spending)
    if (known) return known
    const allowance = createRunAllowance(spending)
    runs.set(spending, allowance)
    return allowance
  }

  function capsOf({ model, run, dailyCapUsd }: MeteredModel): Cap[] {
    return [
      ...(run ? [{ scope: 'run' as const, capUsd: run.maxCostUsd, allowance: () => runAllowance(run.spending) }] : []),
      ...(dailyCapUsd === undefined
        ? []
        : [{ scope: 'day' as const, capUsd: dailyCapUsd, allowance: () => dayAllowance(model.provider) }]),
    ]
  }

  async function open(metered: MeteredModel): Promise<Outcome<CallMeter>> {
    const { provider, model, endpoint } = metered.model
    const { type, pricing, pause = neverPaused } = metered
    const price: ModelPrice | null = await findPrice({ endpoint, model, type, pricing }, now())
    const caps = capsOf(metered)
    const [cap] = caps
    if (price === null && cap) {
      const { scope, capUsd } = cap
      return fail({ code: 'spend_cap', provider, model, scope, capUsd, spentUsd: 0, neededUsd: null })
    }
    return succeed(meterCalls({ provider, model, price, caps, now, record: accounts.add, ...pause }))
  }

  return {
    open,
    async meter(judge, metered) {
      const meter = await open(metered)
      return meter.ok ? succeed(meterJudge(judge, meter.value)) : meter
    },
    flush: () => accounts.flush(),
    async close() {
      await accounts.flush()
      accounts.dispose()
    },
  }
}

const neverPaused: Pick<MeterParts, 'pausedForMs' | 'onPaused'> = { pausedForMs: () => 0, onPaused: () => {} }
