import * as z from 'zod'
import type { Page } from '../../protocol/names.ts'
import type { Database, SqlRow, SqlValue } from './database.ts'
import { UnreadableData } from './unreadableData.ts'

/** A value for each column of a row, as it is stored. */
export type Encoded<Row extends z.ZodObject> = Record<keyof z.infer<Row>, SqlValue>

/** The names of a row's columns, for a statement. */
export function columnsOf(row: z.ZodObject): string {
  return Object.keys(row.shape).join(', ')
}

/** Checks one row. The error names table and column: it is for people who find a store that something else wrote to. */
export function decodeRow<Row>(table: string, schema: z.ZodType<Row>, row: SqlRow): Row {
  const decoded = schema.safeParse(row)
  if (decoded.success) return decoded.data
  const [issue] = decoded.error.issues
  throw new UnreadableData(`${table}.${issue?.path.map(String).join('.')}: ${issue?.message}`)
}

/** A column of JSON text that holds `schema`. */
export function jsonColumn<Value extends z.ZodType>(schema: Value) {
  return z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' })
        return z.NEVER
      }
    })
    .pipe(schema)
}

/** A column of 0 or 1. */
export const booleanColumn = z.union([z.literal(0), z.literal(1)]).transform((value) => value === 1)

/**
 * A page in falling order of a row number. The cursor is the number of the last row before it, so rows that are added or removed
 * meanwhile neither repeat nor hide others. A cursor that is not one of ours means from the start.
 */
export function pageByNumber<Row>(
  page: { cursor?: string | null | undefined; limit: number },
  fetch: (before: number, limit: number) => { number: number; row: Row }[],
): Page<Row> {
  const before = /^\d{1,15}$/.test(page.cursor ?? '') ? Number(page.cursor) : Number.MAX_SAFE_INTEGER
  const found = fetch(before, page.limit + 1)
  const shown = found.slice(0, page.limit)
  const last = shown.at(-1)
  return {
    rows: shown.map(({ row }) => row),
    next: found.length > shown.length && last ? String(last.number) : null,
  }
}

/** Creates a row. The number of rows: 0 where `unless`, a clause of ours, kept it out. */
export function insertRow(database: Database, table: string, row: Record<string, SqlValue>, unless = ''): number {
  const columns = Object.keys(row)
  const places = columns.map(() => '?').join(', ')
  return database.run(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places}) ${unless}`, Object.values(row))
}

/** Creates a row, or replaces all of the one that has the same keys. */
export function saveRow(
  database: Database,
  table: string,
  keys: readonly string[],
  row: Record<string, SqlValue>,
): number {
  return insertRow(database, table, row, replacing(keys, row))
}

/** For an INSERT of this row: what becomes of the one that is there already. */
export function replacing(keys: readonly string[], row: Record<string, SqlValue>): string {
  const others = Object.keys(row).filter((column) => !keys.includes(column))
  const changes = others.map((column) => `${column} = excluded.${column}`)
  return `ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${changes.join(', ')}`
}

/** Changes these columns of the row with that key. The number of rows. */
export function updateRow(
  database: Database,
  table: string,
  [key, value]: readonly [column: string, value: SqlValue],
  row: Record<string, SqlValue>,
): number {
  const changes = Object.keys(row).map((column) => `${column} = ?`)
  return database.run(`UPDATE ${table} SET ${changes.join(', ')} WHERE ${key} = ?`, [...Object.values(row), value])
}
