import * as z from 'zod'
import type { Page } from '../../protocol/names.ts'
import type { SqlRow } from './database.ts'
import { UnreadableData } from './unreadableData.ts'

/** Checks one row. The error names table and column: it is read by whoever finds a store that something else wrote to. */
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
