import * as z from 'zod'
import { Instant, KindId, ProviderId } from '../../protocol/names.ts'
import { ProviderConfig } from '../../protocol/providers.ts'
import type { Database, ReadableDatabase, SqlRow } from './database.ts'
import { booleanColumn, columnsOf, decodeRow, type Encoded, jsonColumn, saveRow, updateRow } from './rows.ts'

/** One configured provider. `config` is checked by the kind's own schema elsewhere; it never holds a key. */
export interface ProviderRow {
  provider: string
  kind: string
  enabled: boolean
  config: ProviderConfig
  /** What is wrong with the stored settings, in words; `config` is empty then. */
  damage?: string
  updatedAt: string
}

const Row = z.object({
  provider: ProviderId,
  kind: KindId,
  enabled: booleanColumn,
  config_json: jsonColumn(z.unknown()),
  updated_at: Instant,
})

const columns = columnsOf(Row)

function decode(row: SqlRow): ProviderRow {
  const { provider, kind, enabled, config_json, updated_at } = decodeRow('llm_provider_configs', Row, row)
  const config = ProviderConfig.safeParse(config_json)
  const shared = { provider, kind, enabled, updatedAt: updated_at }
  // Written by hand or by another program: the provider is shown as not valid, and the others are as they were.
  return config.success
    ? { ...shared, config: config.data }
    : { ...shared, config: {}, damage: 'the stored settings are no object of names and values' }
}

/** By slug. */
export function listProviders(database: ReadableDatabase): ProviderRow[] {
  return database.all(`SELECT ${columns} FROM llm_provider_configs ORDER BY provider`).map(decode)
}

export function findProvider(database: ReadableDatabase, provider: string): ProviderRow | undefined {
  const row = database.get(`SELECT ${columns} FROM llm_provider_configs WHERE provider = ?`, [provider])
  return row && decode(row)
}

/** Creates or replaces; the configuration is replaced whole. */
export function saveProvider(database: Database, row: ProviderRow): void {
  const { provider, kind, enabled, config, updatedAt } = row
  const encoded: Encoded<typeof Row> = {
    provider,
    kind,
    enabled,
    config_json: JSON.stringify(config),
    updated_at: updatedAt,
  }
  saveRow(database, 'llm_provider_configs', ['provider'], encoded)
}

/** False when there is no such provider. */
export function setProviderEnabled(database: Database, provider: string, enabled: boolean, updatedAt: string): boolean {
  const change = { enabled, updated_at: updatedAt }
  return updateRow(database, 'llm_provider_configs', ['provider', provider], change) > 0
}

/**
 * Removes the row and what is known of its health; false when there was none.
 * Routes that name it must be gone before: the foreign key refuses otherwise.
 */
export function removeProvider(database: Database, provider: string): boolean {
  return database.run('DELETE FROM llm_provider_configs WHERE provider = ?', [provider]) > 0
}
