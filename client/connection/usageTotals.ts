import type { UsageRow } from '../../protocol/usage.ts'
import type { Api } from './api.ts'

/** What was used today and in this month, days being those of UTC; null: nothing was. */
export interface UsageTotals {
  today: UsageRow | null
  month: UsageRow | null
  /** This month's, provider by provider, most expensive first. At most a page of them. */
  providers: readonly UsageRow[]
}

/** Sums of the server's table; nothing is added up here. */
export async function readUsageTotals(api: Api, now: number): Promise<UsageTotals> {
  const dayOfMonth = new Date(now).getUTCDate()
  const [today, month, providers] = await Promise.all([
    readRows(api, 1, []),
    readRows(api, dayOfMonth, []),
    readRows(api, dayOfMonth, ['provider']),
  ])
  const byCost = providers.toSorted((one, other) => other.costUsd - one.costUsd || tokensOf(other) - tokensOf(one))
  return { today: today.find(isUsed) ?? null, month: month.find(isUsed) ?? null, providers: byCost.filter(isUsed) }
}

async function readRows(api: Api, days: number, groupBy: 'provider'[] | []): Promise<UsageRow[]> {
  const page = await api.request('usage/read', { days, groupBy })
  if (!page.ok) throw new Error(page.reason.message)
  return page.value.rows
}

function isUsed({ calls }: UsageRow): boolean {
  return calls > 0
}

function tokensOf({ input, output }: UsageRow): number {
  return input + output
}
