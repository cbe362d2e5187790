import * as z from 'zod'
import { ModelId, maxPageRows, type Page, ProviderId } from '../../protocol/names.ts'
import { type UsageRequest, type UsageRow, UsageTask } from '../../protocol/usage.ts'
import type { Database, ReadableDatabase, SqlRow, SqlValue } from './database.ts'
import { decodeRow, type Encoded, insertRow } from './rows.ts'

/** Sums over calls of one day (UTC, `2026-11-21`), provider, model and task. */
export interface UsageSum {
  day: string
  provider: string
  model: string
  task: UsageTask
  calls: number
  items: number
  input: number
  output: number
  cached: number
  reasoning: number
  costUsd: number
  unpricedCalls: number
}

/** Adds to what is there, so that the sums of several processes come together whichever writes last. */
export function addUsage(database: Database, sum: UsageSum): void {
  const row: Encoded<typeof Row> = {
    day: sum.day,
    provider: sum.provider,
    model: sum.model,
    task: sum.task,
    calls: sum.calls,
    items: sum.items,
    input_tokens: sum.input,
    output_tokens: sum.output,
    cached_tokens: sum.cached,
    reasoning_tokens: sum.reasoning,
    cost_usd: sum.costUsd,
    unpriced_calls: sum.unpricedCalls,
  }
  const added = [...sums, 'cost_usd'].map((column) => `${column} = ${column} + excluded.${column}`)
  insertRow(database, 'usage_daily', row, `ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${added.join(', ')}`)
}

/** US dollars that the provider's calls of the day cost, as far as their price is known. */
function readSpent(database: ReadableDatabase, day: string, provider: string): number {
  const row = database.get('SELECT total(cost_usd) AS spent FROM usage_daily WHERE day = ? AND provider = ?', [
    day,
    provider,
  ])
  return row ? decodeRow('usage_daily', z.object({ spent: z.number() }), row).spent : 0
}

const keys = ['day', 'provider', 'model', 'task'] as const

const Row = z.object({
  day: z.iso.date().nullable(),
  provider: ProviderId.nullable(),
  model: ModelId.nullable(),
  task: UsageTask.nullable(),
  calls: z.int(),
  items: z.int(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cached_tokens: z.int(),
  reasoning_tokens: z.int(),
  cost_usd: z.number(),
  unpriced_calls: z.int(),
})

function decode(row: SqlRow): UsageRow {
  const { input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_usd, unpriced_calls, ...rest } = decodeRow(
    'usage_daily',
    Row,
    row,
  )
  return {
    ...rest,
    input: input_tokens,
    output: output_tokens,
    cached: cached_tokens,
    reasoning: reasoning_tokens,
    costUsd: cost_usd,
    unpricedCalls: unpriced_calls,
  }
}

const sums = ['calls', 'items', 'input_tokens', 'output_tokens', 'cached_tokens', 'reasoning_tokens', 'unpriced_calls']

/**
 * The groups since `firstDay`, newest day first. A cursor is the number of groups before it. Items that both tasks judged count once
 * where the tasks are not told apart: of each day, as many as the task with most of them.
 */
export function readUsage(
  database: ReadableDatabase,
  firstDay: string,
  {
    groupBy,
    provider,
    cursor,
    limit = maxPageRows,
  }: Pick<UsageRequest, 'groupBy' | 'provider' | 'cursor'> & { limit?: number },
): Page<UsageRow> {
  const grouped = keys.filter((key) => groupBy.includes(key))
  const inner = [...new Set([...grouped, 'day', 'task'])]
  const daily = [...new Set([...grouped, 'day'])]
  const columns = keys.map((key) => (grouped.includes(key) ? key : `NULL AS ${key}`))
  const before = /^\d{1,9}$/.test(cursor ?? '') ? Number(cursor) : 0
  const values: SqlValue[] = [firstDay, ...(provider === undefined ? [] : [provider]), limit + 1, before]
  const found = database.all(
    `WITH by_task AS (
       SELECT ${[...inner, ...totalsOf('sum')].join(', ')} FROM usage_daily
       WHERE day >= ?${provider === undefined ? '' : ' AND provider = ?'} GROUP BY ${inner.join(', ')}
     ), by_day AS (
       SELECT ${[...daily, ...totalsOf('max')].join(', ')} FROM by_task GROUP BY ${daily.join(', ')}
     )
     SELECT ${[...columns, ...totalsOf('sum')].join(', ')} FROM by_day
     ${grouped.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${grouped.join(', ')}`}
     ${grouped.length === 0 ? '' : `ORDER BY ${grouped.map((key) => (key === 'day' ? 'day DESC' : key)).join(', ')}`}
     LIMIT ? OFFSET ?`,
    values,
  )
  const rows = found.slice(0, limit).map(decode)
  return { rows, next: found.length > limit ? String(before + rows.length) : null }
}

/** The sums of a group; `ofItems`: what is made of the items of its parts. */
function totalsOf(ofItems: 'sum' | 'max'): string[] {
  return [...sums.map((sum) => `${sum === 'items' ? ofItems : 'sum'}(${sum}) AS ${sum}`), 'total(cost_usd) AS cost_usd']
}

/** Money is counted in thousand-millionths of a US dollar where sums have to be exact. */
export const nanoPerUsd = 1e9

/** What a process asks for of a provider's day. All amounts in nano dollars. */
interface Reservation {
  day: string
  provider: string
  cap: number
  /** Less would be of no use. */
  atLeast: number
  /** Taken where it is left, so that not every call has to ask. */
  preferred: number
}

/** `granted` is 0 where too little is left; `taken` is what was spent and set aside before, by whomever. */
export function reserveSpending(database: Database, wanted: Reservation): { granted: number; taken: number } {
  const { day, provider, cap, atLeast, preferred } = wanted
  // Of a day that is over nothing is spent any more.
  database.run('DELETE FROM spending_reserved WHERE day < ? AND provider = ?', [day, provider])
  const row = database.get('SELECT nano_usd FROM spending_reserved WHERE day = ? AND provider = ?', [day, provider])
  const reserved = row ? decodeRow('spending_reserved', z.object({ nano_usd: z.int() }), row).nano_usd : 0
  const taken = Math.ceil(readSpent(database, day, provider) * nanoPerUsd) + reserved
  const left = cap - taken
  if (left < atLeast) return { granted: 0, taken }
  const granted = Math.min(left, Math.max(preferred, atLeast))
  database.run(
    `INSERT INTO spending_reserved (day, provider, nano_usd) VALUES (?, ?, ?)
     ON CONFLICT (day, provider) DO UPDATE SET nano_usd = nano_usd + excluded.nano_usd`,
    [day, provider, granted],
  )
  return { granted, taken }
}

/** Gives back what was set aside: it was spent and is in the sums by now, or is not needed. */
export function releaseSpending(database: Database, day: string, provider: string, amount: number): void {
  database.run('UPDATE spending_reserved SET nano_usd = max(0, nano_usd - ?) WHERE day = ? AND provider = ?', [
    amount,
    day,
    provider,
  ])
}
