import * as z from 'zod'
import {
  DecisionParameters,
  EmbeddingFindings,
  EmbeddingParameters,
  GenerationParameters,
  ModelStatus,
  ModelType,
  NerParameters,
  Price,
  ProbeFindings,
} from '../../protocol/models.ts'
import { Instant, ModelId, type Page, ProviderId } from '../../protocol/names.ts'
import { ModelLifecycle } from '../../protocol/providers.ts'
import type { Database, ReadableDatabase, SqlRow, SqlValue } from './database.ts'
import { booleanColumn, columnsOf, decodeRow, type Encoded, jsonColumn, saveRow } from './rows.ts'
import { UnreadableData } from './unreadableData.ts'

/** A registered model as it is stored. */
export interface ModelRow {
  provider: string
  model: string
  type: ModelType
  status: ModelStatus
  parameters: EmbeddingParameters | GenerationParameters | DecisionParameters | NerParameters
  /** Null: nothing of one's own. */
  price: Price | null
  probe: ProbeFindings | null
  embedding: EmbeddingFindings | null
  /** As it was last known: a model that was shut down is in no list any more. */
  lifecycle: ModelLifecycle | null
  isDefault: boolean
  /** Gateways have it, as long as it is active. */
  sync: boolean
  updatedAt: string
  /** Why what is stored of it cannot be read: its parameters and what was measured are then shown as not there. */
  unreadable?: string
}

/** What a resolution looks at: no JSON to read, so that thousands of rows cost next to nothing. */
export type ModelRegistration = Pick<ModelRow, 'provider' | 'model' | 'type' | 'status' | 'lifecycle' | 'isDefault'>

const registrationShape = {
  provider: ProviderId,
  model: ModelId,
  type: ModelType,
  status: ModelStatus,
  deprecated_at: Instant.nullable(),
  shutdown_at: Instant.nullable(),
  replacement: z.string().nullable(),
  lifecycle_source: ModelLifecycle.shape.source.nullable(),
  is_default: booleanColumn,
}
const Registration = z.object(registrationShape)
const Row = z.object({
  ...registrationShape,
  parameters_json: jsonColumn(z.union([EmbeddingParameters, GenerationParameters, DecisionParameters, NerParameters])),
  price_json: jsonColumn(Price).nullable(),
  capabilities_json: jsonColumn(ProbeFindings).nullable(),
  embedding_json: jsonColumn(EmbeddingFindings).nullable(),
  sync: booleanColumn,
  updated_at: Instant,
})

const registrationColumns = columnsOf(Registration)
const columns = columnsOf(Row)

function decodeRegistration(row: z.infer<typeof Registration>): ModelRegistration {
  const { provider, model, type, status, lifecycle_source, is_default } = row
  const { deprecated_at: deprecatedAt, shutdown_at: shutdownAt, replacement } = row
  const lifecycle = lifecycle_source && { deprecatedAt, shutdownAt, replacement, source: lifecycle_source }
  return { provider, model, type, status, lifecycle, isDefault: is_default }
}

function decode(row: SqlRow): ModelRow {
  const decoded = decodeRow('llm_models', Row, row)
  const {
    parameters_json: parameters,
    price_json: price,
    capabilities_json: probe,
    embedding_json: embedding,
    sync,
  } = decoded
  return { ...decodeRegistration(decoded), parameters, price, probe, embedding, sync, updatedAt: decoded.updated_at }
}

/** One row that somebody has broken by hand does not hide the others. What works with the model reads it strictly, and says why not. */
function decodeAsFarAsReadable(row: SqlRow): ModelRow {
  try {
    return decode(row)
  } catch (error) {
    if (!(error instanceof UnreadableData)) throw error
    const known = decodeRow('llm_models', Registration.extend({ sync: booleanColumn, updated_at: Instant }), row)
    const nothing = { parameters: {}, price: null, probe: null, embedding: null }
    const { sync, updated_at: updatedAt } = known
    return { ...decodeRegistration(known), ...nothing, sync, updatedAt, unreadable: error.message }
  }
}

export interface ModelRowFilter {
  type?: ModelType | undefined
  provider?: string | undefined
  status?: ModelStatus | undefined
  /** Part of the name, in any case of ASCII letters. */
  search?: string | undefined
  /** Without those that are disabled. */
  isEnabled?: boolean | undefined
}

/** In the order in which they were registered. The cursor is the number of the last row before the page. */
export function listModels(
  database: ReadableDatabase,
  filter: ModelRowFilter,
  page: { cursor?: string | null | undefined; limit: number },
): Page<ModelRow> {
  const { where, values } = conditions(filter)
  const after = /^\d{1,15}$/.test(page.cursor ?? '') ? Number(page.cursor) : 0
  const found = database.all(`SELECT id, ${columns} FROM llm_models WHERE id > ?${where} ORDER BY id LIMIT ?`, [
    after,
    ...values,
    page.limit + 1,
  ])
  const shown = found.slice(0, page.limit)
  return { rows: shown.map(decodeAsFarAsReadable), next: found.length > shown.length ? String(shown.at(-1)?.id) : null }
}

function conditions({ type, provider, status, search, isEnabled }: ModelRowFilter): {
  where: string
  values: SqlValue[]
} {
  const wanted: [sql: string, value: SqlValue | undefined][] = [
    ['type = ?', type],
    ['provider = ?', provider],
    ['status = ?', status],
    ['instr(lower(model), lower(?)) > 0', search || undefined],
    ['status <> ?', isEnabled ? 'inactive' : undefined],
  ]
  const said = wanted.filter((each): each is [string, SqlValue] => each[1] !== undefined)
  return { where: said.map(([sql]) => ` AND ${sql}`).join(''), values: said.map(([, value]) => value) }
}

/** By name. */
export function listModelsOf(database: ReadableDatabase, provider: string): ModelRow[] {
  return database
    .all(`SELECT ${columns} FROM llm_models WHERE provider = ? ORDER BY model`, [provider])
    .map(decodeAsFarAsReadable)
}

/** All of them, by provider and model. */
export function listRegistrations(database: ReadableDatabase): ModelRegistration[] {
  return database
    .all(`SELECT ${registrationColumns} FROM llm_models ORDER BY provider, model`)
    .map((row) => decodeRegistration(decodeRow('llm_models', Registration, row)))
}

/** Those marked for gateways and active, by provider and model. */
export function listSynced(database: ReadableDatabase): ModelRow[] {
  return database
    .all(`SELECT ${columns} FROM llm_models WHERE sync = 1 AND status = 'active' ORDER BY provider, model`)
    .map(decodeAsFarAsReadable)
}

/** Those of one provider, by name. */
export function listRegistrationsOf(database: ReadableDatabase, provider: string): ModelRegistration[] {
  return database
    .all(`SELECT ${registrationColumns} FROM llm_models WHERE provider = ? ORDER BY model`, [provider])
    .map((row) => decodeRegistration(decodeRow('llm_models', Registration, row)))
}

/** To work with it: what is broken of it is no model. */
export function findModel(database: ReadableDatabase, provider: string, model: string): ModelRow | undefined {
  const row = selectModel(database, provider, model)
  return row && decode(row)
}

/** To replace, remove or show it: what is broken of it is said. */
export function findModelAsFarAsReadable(
  database: ReadableDatabase,
  provider: string,
  model: string,
): ModelRow | undefined {
  const row = selectModel(database, provider, model)
  return row && decodeAsFarAsReadable(row)
}

function selectModel(database: ReadableDatabase, provider: string, model: string): SqlRow | undefined {
  return database.get(`SELECT ${columns} FROM llm_models WHERE provider = ? AND model = ?`, [provider, model])
}

/** Creates or replaces. The provider must exist: the foreign key refuses otherwise. A second default of a type is refused, too. */
export function saveModel(database: Database, row: ModelRow): void {
  saveRow(database, 'llm_models', ['provider', 'model'], encode(row))
}

function encode({ lifecycle, ...row }: ModelRow): Encoded<typeof Row> {
  return {
    provider: row.provider,
    model: row.model,
    type: row.type,
    status: row.status,
    deprecated_at: lifecycle?.deprecatedAt ?? null,
    shutdown_at: lifecycle?.shutdownAt ?? null,
    replacement: lifecycle?.replacement ?? null,
    lifecycle_source: lifecycle?.source ?? null,
    is_default: row.isDefault,
    sync: row.sync,
    parameters_json: JSON.stringify(row.parameters),
    price_json: row.price && JSON.stringify(row.price),
    capabilities_json: row.probe && JSON.stringify(row.probe),
    embedding_json: row.embedding && JSON.stringify(row.embedding),
    updated_at: row.updatedAt,
  }
}

export function findDefault(database: ReadableDatabase, type: ModelType): ModelRow | undefined {
  const row = database.get(`SELECT ${columns} FROM llm_models WHERE type = ? AND is_default = 1`, [type])
  return row && decodeAsFarAsReadable(row)
}

/** Takes the mark from whichever model of the type has it. */
export function clearDefault(database: Database, type: ModelType, updatedAt: string): void {
  database.run('UPDATE llm_models SET is_default = 0, updated_at = ? WHERE type = ? AND is_default = 1', [
    updatedAt,
    type,
  ])
}

/** False when it was not registered. */
export function removeModel(database: Database, provider: string, model: string): boolean {
  return database.run('DELETE FROM llm_models WHERE provider = ? AND model = ?', [provider, model]) > 0
}

/** Every registration of a provider: they go before it does. */
export function removeModelsOf(database: Database, provider: string): void {
  database.run('DELETE FROM llm_models WHERE provider = ?', [provider])
}
