import * as z from 'zod'
import { EntryIntent, GatewayKeys } from '../../protocol/gateways.ts'
import { GatewayId, Instant, ModelId, ProviderId } from '../../protocol/names.ts'
import { ReasonFacts } from '../../protocol/reasons.ts'
import type { Database, ReadableDatabase, SqlRow } from './database.ts'
import { booleanColumn, columnsOf, decodeRow, type Encoded, jsonColumn, saveRow } from './rows.ts'

/** A gateway as it is stored. */
export interface GatewayRow {
  gateway: string
  url: string
  /** Stands in every entry that this store made there: what has it is ours. */
  mark: string
  keyEnv: string | null
  keys: GatewayKeys
  allowPlainHttp: boolean
  /** Providers whose keys may go there as values. */
  confirmed: string[]
  checkedAt: string | null
  reason: ReasonFacts | null
  createdAt: string
  updatedAt: string
}

/** What is known of a model's entry at a gateway. It stays as long as the model is registered, so that its name does, too. */
export interface EntryRow {
  gateway: string
  provider: string
  model: string
  uuid: string
  isThere: boolean
  intent: EntryIntent | null
  reason: ReasonFacts | null
  seenAt: string | null
}

const Row = z.object({
  gateway: GatewayId,
  url: z.string(),
  mark: z.string(),
  key_env: z.string().nullable(),
  keys: GatewayKeys,
  allow_plain_http: booleanColumn,
  confirmed_json: jsonColumn(z.array(ProviderId)),
  checked_at: Instant.nullable(),
  reason_json: jsonColumn(ReasonFacts).nullable(),
  created_at: Instant,
  updated_at: Instant,
})

const Entry = z.object({
  gateway: GatewayId,
  provider: ProviderId,
  model: ModelId,
  uuid: z.uuid(),
  is_there: booleanColumn,
  intent: EntryIntent.nullable(),
  reason_json: jsonColumn(ReasonFacts).nullable(),
  seen_at: Instant.nullable(),
})

const [columns, entryColumns] = [columnsOf(Row), columnsOf(Entry)]

function decode(row: SqlRow): GatewayRow {
  const decoded = decodeRow('gateways', Row, row)
  const { gateway, url, mark, keys } = decoded
  return {
    ...{ gateway, url, mark, keys, keyEnv: decoded.key_env, allowPlainHttp: decoded.allow_plain_http },
    ...{ confirmed: decoded.confirmed_json, checkedAt: decoded.checked_at, reason: decoded.reason_json },
    ...{ createdAt: decoded.created_at, updatedAt: decoded.updated_at },
  }
}

function decodeEntry(row: SqlRow): EntryRow {
  const { is_there, reason_json, seen_at, ...entry } = decodeRow('gateway_entries', Entry, row)
  return { ...entry, isThere: is_there, reason: reason_json, seenAt: seen_at }
}

/** By name. */
export function listGateways(database: ReadableDatabase): GatewayRow[] {
  return database.all(`SELECT ${columns} FROM gateways ORDER BY gateway`).map(decode)
}

export function findGateway(database: ReadableDatabase, gateway: string): GatewayRow | undefined {
  const row = database.get(`SELECT ${columns} FROM gateways WHERE gateway = ?`, [gateway])
  return row && decode(row)
}

/** Creates or replaces. Two with the same URL are refused: they would undo each other's work. */
export function saveGateway(database: Database, row: GatewayRow): void {
  const encoded: Encoded<typeof Row> = {
    ...{ gateway: row.gateway, url: row.url, mark: row.mark, key_env: row.keyEnv, keys: row.keys },
    ...{ allow_plain_http: row.allowPlainHttp, confirmed_json: JSON.stringify(row.confirmed) },
    ...{ checked_at: row.checkedAt, reason_json: row.reason && JSON.stringify(row.reason) },
    ...{ created_at: row.createdAt, updated_at: row.updatedAt },
  }
  saveRow(database, 'gateways', ['gateway'], encoded)
}

/** Its entries go with it. */
export function removeGateway(database: Database, gateway: string): void {
  database.run('DELETE FROM gateways WHERE gateway = ?', [gateway])
}

/** By provider and model. */
export function listEntries(database: ReadableDatabase, gateway: string): EntryRow[] {
  return database
    .all(`SELECT ${entryColumns} FROM gateway_entries WHERE gateway = ? ORDER BY provider, model`, [gateway])
    .map(decodeEntry)
}

/** Creates or replaces. */
export function saveEntry(database: Database, row: EntryRow): void {
  const encoded: Encoded<typeof Entry> = {
    ...{ gateway: row.gateway, provider: row.provider, model: row.model, uuid: row.uuid, is_there: row.isThere },
    ...{ intent: row.intent, reason_json: row.reason && JSON.stringify(row.reason), seen_at: row.seenAt },
  }
  saveRow(database, 'gateway_entries', ['gateway', 'provider', 'model'], encoded)
}

export function removeEntry(database: Database, { gateway, provider, model }: EntryRow): void {
  database.run('DELETE FROM gateway_entries WHERE gateway = ? AND provider = ? AND model = ?', [
    gateway,
    provider,
    model,
  ])
}

/** The gateways that have, or are to have, a model: those with an entry of it that was not removed yet. */
export function listGatewaysOf(
  database: ReadableDatabase,
  provider: string,
  isMeant: (model: string) => boolean,
): string[] {
  const rows = database.all(
    `SELECT gateway, model FROM gateway_entries WHERE provider = ? AND (is_there = 1 OR intent IS NOT NULL)
     UNION SELECT gateways.gateway, llm_models.model FROM gateways, llm_models WHERE provider = ? AND sync = 1 AND status = 'active'`,
    [provider, provider],
  )
  return [...new Set(rows.filter(({ model }) => isMeant(String(model))).map(({ gateway }) => String(gateway)))].sort()
}
