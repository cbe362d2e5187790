import * as z from 'zod'
import type { ModelLatency } from '../../protocol/providers.ts'
import type { Database, ReadableDatabase } from './database.ts'
import { decodeRow, type Encoded, jsonColumn, saveRow } from './rows.ts'
import { UnreadableData } from './unreadableData.ts'

/**
 * Durations fall into classes that grow by a factor, so that a day of a model is a few dozen figures however many calls it made, and a
 * percentile is right to within a tenth. Class 0 is up to one millisecond, the last is everything above an hour.
 */
const factor = 1.2
const lastClass = Math.ceil(Math.log(3_600_000) / Math.log(factor))

export function latencyClass(latencyMs: number): number {
  if (!(latencyMs > 1)) return 0
  return Math.min(lastClass, Math.ceil(Math.log(latencyMs) / Math.log(factor)))
}

/** The middle of a class, in milliseconds: by the factor, as far from its one end as from its other. */
function middleOf(index: number): number {
  return index === 0 ? 1 : Math.round(factor ** (index - 0.5))
}

/** How many calls took how long: counts by class; whole numbers as names are in rising order. */
export type LatencyCounts = Readonly<Record<string, number>>

export function addCounts(one: LatencyCounts, other: LatencyCounts): LatencyCounts {
  const sum: Record<string, number> = { ...one }
  for (const [index, calls] of Object.entries(other)) sum[index] = (sum[index] ?? 0) + calls
  return sum
}

/** Null: no calls. */
export function summariseLatency(counts: LatencyCounts): ModelLatency | null {
  const calls = Object.values(counts).reduce((sum, each) => sum + each, 0)
  if (calls === 0) return null
  return { calls, p50Ms: percentile(counts, calls * 0.5), p95Ms: percentile(counts, calls * 0.95) }
}

function percentile(counts: LatencyCounts, wanted: number): number {
  let seen = 0
  let last = 0
  for (const [index, calls] of Object.entries(counts)) {
    if (calls === 0) continue
    seen += calls
    last = Number(index)
    if (seen >= wanted) break
  }
  return middleOf(last)
}

/** Calls of one day (UTC, `2026-11-21`) that a model answered. */
export interface LatencyDay {
  day: string
  provider: string
  model: string
  counts: LatencyCounts
}

const Counts = z.record(z.string().regex(/^\d{1,3}$/), z.int().nonnegative())
const Row = z.object({ day: z.string(), provider: z.string(), model: z.string(), classes_json: jsonColumn(Counts) })

/** Days that are kept, the present one included. */
export const latencyDays = 30

/** Models of a gateway may be many: the store is small, so that the oldest days go first. */
const mostRows = 2000

/** The first day that counts on that day. */
export function firstLatencyDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - (latencyDays - 1) * 86_400_000).toISOString().slice(0, 10)
}

/** Adds to what is there, whichever process wrote it, and drops what no longer counts, or is too much. */
export function addLatency(database: Database, { day, provider, model, counts }: LatencyDay): void {
  const before = database.get('SELECT classes_json FROM latency_daily WHERE provider = ? AND model = ? AND day = ?', [
    ...[provider, model, day],
  ])
  const sum = addCounts(before ? readCounts(before.classes_json) : {}, counts)
  const row: Encoded<typeof Row> = { day, provider, model, classes_json: JSON.stringify(sum) }
  saveRow(database, 'latency_daily', ['provider', 'model', 'day'], row)
  database.run('DELETE FROM latency_daily WHERE day < ?', [firstLatencyDay(day)])
  database.run(
    'DELETE FROM latency_daily WHERE id IN (SELECT id FROM latency_daily ORDER BY day DESC, id DESC LIMIT -1 OFFSET ?)',
    [mostRows],
  )
}

/** What somebody has broken by hand counts for nothing: it is a record of the past, and no call waits for it. */
function readCounts(stored: unknown): LatencyCounts {
  try {
    return decodeRow('latency_daily', Row.pick({ classes_json: true }), { classes_json: String(stored) }).classes_json
  } catch (error) {
    if (!(error instanceof UnreadableData)) throw error
    return {}
  }
}

/** How a model is found among those of all providers. */
export function latencyKey(provider: string, model: string): string {
  return `${provider} ${model}`
}

/** Of all models that answered since that day, by `latencyKey`. */
export function readLatencies(database: ReadableDatabase, firstDay: string): ReadonlyMap<string, ModelLatency> {
  const rows = database.all('SELECT provider, model, classes_json FROM latency_daily WHERE day >= ?', [firstDay])
  const counts = new Map<string, LatencyCounts>()
  for (const { provider, model, classes_json } of rows) {
    const key = latencyKey(String(provider), String(model))
    counts.set(key, addCounts(counts.get(key) ?? {}, readCounts(classes_json)))
  }
  const told = [...counts].map(([key, each]) => [key, summariseLatency(each)] as const)
  return new Map(told.filter((entry): entry is [string, ModelLatency] => entry[1] !== null))
}

/** Of a provider that is removed: one of its name may be another. */
export function removeLatencyOf(database: Database, provider: string): void {
  database.run('DELETE FROM latency_daily WHERE provider = ?', [provider])
}
