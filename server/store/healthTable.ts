import * as z from 'zod'
import { Instant, ProviderId } from '../../protocol/names.ts'
import { Health, ModelList } from '../../protocol/providers.ts'
import type { Database, ReadableDatabase, SqlRow } from './database.ts'
import { columnsOf, type Encoded, jsonColumn, replacing } from './rows.ts'

/** What the last check of a provider found, and the last good list of its models. */
export interface ProviderHealthRow {
  provider: string
  health: Health
  models: ModelList
  /** Failed checks in a row, as far as they were worth storing. */
  failures: number
  /** It asked to be left alone until then; null: it did not. */
  pausedUntil: string | null
  updatedAt: string
}

const Row = z.object({
  provider: ProviderId,
  health_json: jsonColumn(Health),
  models_json: jsonColumn(ModelList),
  failures: z.int().nonnegative(),
  paused_until: Instant.nullable(),
  updated_at: Instant,
})

const columns = columnsOf(Row)

/** Null: it cannot be read. */
function decode(row: SqlRow): ProviderHealthRow | null {
  const decoded = Row.safeParse(row)
  if (!decoded.success) return null
  const { provider, health_json, models_json, failures, paused_until, updated_at } = decoded.data
  return {
    provider,
    health: health_json,
    models: models_json,
    failures,
    pausedUntil: paused_until,
    updatedAt: updated_at,
  }
}

/** By slug; providers that were never checked are not there, and neither is what cannot be read: the next check writes it anew. */
export function listHealth(database: ReadableDatabase): ProviderHealthRow[] {
  return database.all(`SELECT ${columns} FROM provider_health ORDER BY provider`).flatMap((row) => decode(row) ?? [])
}

export function findHealth(database: ReadableDatabase, provider: string): ProviderHealthRow | undefined {
  const row = database.get(`SELECT ${columns} FROM provider_health WHERE provider = ?`, [provider])
  return (row && decode(row)) ?? undefined
}

/** Creates or replaces; false when the provider is gone, which happens when a check outlives it. */
export function saveHealth(database: Database, row: ProviderHealthRow): boolean {
  const { provider, ...others }: Encoded<typeof Row> = {
    provider: row.provider,
    health_json: JSON.stringify(row.health),
    models_json: JSON.stringify(row.models),
    failures: row.failures,
    paused_until: row.pausedUntil,
    updated_at: row.updatedAt,
  }
  const names = Object.keys(others)
  const changed = database.run(
    `INSERT INTO provider_health (provider, ${names.join(', ')})
     SELECT provider, ${names.map(() => '?').join(', ')} FROM llm_provider_configs WHERE provider = ?
     ${replacing(['provider'], others)}`,
    [...Object.values(others), provider],
  )
  return changed > 0
}

/** Forgets what was known, as after a change of the endpoint or key. */
export function removeHealth(database: Database, provider: string): void {
  database.run('DELETE FROM provider_health WHERE provider = ?', [provider])
}
