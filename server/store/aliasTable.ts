import * as z from 'zod'
import { AliasName, Instant, ModelId, ProviderId } from '../../protocol/names.ts'
import type { Alias } from '../../protocol/routing.ts'
import type { Database, ReadableDatabase, SqlRow } from './database.ts'
import { columnsOf, decodeRow, type Encoded, saveRow } from './rows.ts'

const Row = z.object({ alias: AliasName, provider: ProviderId, model: ModelId, updated_at: Instant })
const columns = columnsOf(Row)

function decode(row: SqlRow): Alias {
  const { updated_at, ...alias } = decodeRow('aliases', Row, row)
  return { ...alias, updatedAt: updated_at }
}

/** By name. */
export function listAliases(database: ReadableDatabase): Alias[] {
  return database.all(`SELECT ${columns} FROM aliases ORDER BY alias`).map(decode)
}

export function findAlias(database: ReadableDatabase, alias: string): Alias | undefined {
  const row = database.get(`SELECT ${columns} FROM aliases WHERE alias = ?`, [alias])
  return row && decode(row)
}

/** Creates or replaces. The provider must exist: the foreign key refuses otherwise. */
export function saveAlias(database: Database, { alias, provider, model, updatedAt }: Alias): void {
  const row: Encoded<typeof Row> = { alias, provider, model, updated_at: updatedAt }
  saveRow(database, 'aliases', ['alias'], row)
}

/** False when there was none of that name. */
export function removeAlias(database: Database, alias: string): boolean {
  return database.run('DELETE FROM aliases WHERE alias = ?', [alias]) > 0
}
