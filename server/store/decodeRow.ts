import * as z from 'zod'
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
