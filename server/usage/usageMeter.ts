import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { Judge, RunSpending } from '../runs/runs.ts'
import { releaseSpending, reserveSpending } from '../store/spendingTable.ts'
import type { Store } from '../store/store.ts'
import { type Allowance, createRunAllowance } from './allowance.ts'
import { createDayAllowance, type DayAllowance } from './dayAllowance.ts'
import { findPrice } from './findPrice.ts'
import { type Cap, type MeterParts, meterJudge } from './meterJudge.ts'
import type { ModelPrice } from './modelPrice.ts'
import { type AccountsParts, type Companion, createUsageAccounts, type UsedCall } from './usageAccounts.ts'

export interface MeteredRoute {
  route: Pick<ResolvedRoute, 'provider' | 'model' | 'endpoint'>
  /** As the provider's own list has it. */
  pricing?: { input: number; output: number } | undefined
  /** Of the run; absent: none. */
  maxCostUsd?: number | undefined
  /** Of the provider; absent: none. */
  dailyCapUsd?: number | undefined
  spending: RunSpending
  pause: Pick<MeterParts, 'pausedForMs' | 'onPaused'>
}

/** What calls use and cost, for all runs of this process. */
export interface UsageMeter {
  /** Fails with `spend_cap` where there is a cap and the model's price is not known. */
  meter(judge: Judge, metered: MeteredRoute): Promise<Outcome<Judge>>
  /** Accounts for a call that no run makes, such as one of a test. */
  record(call: UsedCall): void
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

  function capsOf({ route, maxCostUsd, dailyCapUsd, spending }: MeteredRoute): Cap[] {
    return [
      ...(maxCostUsd === undefined
        ? []
        : [{ scope: 'run' as const, capUsd: maxCostUsd, allowance: () => runAllowance(spending) }]),
      ...(dailyCapUsd === undefined
        ? []
        : [{ scope: 'day' as const, capUsd: dailyCapUsd, allowance: () => dayAllowance(route.provider) }]),
    ]
  }

  return {
    async meter(judge, metered) {
      const { provider, model, endpoint } = metered.route
      const price: ModelPrice | null = await findPrice({ endpoint, model, pricing: metered.pricing }, now())
      const caps = capsOf(metered)
      const [cap] = caps
      if (price === null && cap) {
        const { scope, capUsd } = cap
        return fail({ code: 'spend_cap', provider, model, scope, capUsd, spentUsd: 0, neededUsd: null })
      }
      const record = (call: UsedCall): void => accounts.add(call)
      return succeed(meterJudge(judge, { provider, model, price, caps, now, record, ...metered.pause }))
    },
    record: (call) => accounts.add(call),
    flush: () => accounts.flush(),
    async close() {
      await accounts.flush()
      accounts.dispose()
    },
  }
}
