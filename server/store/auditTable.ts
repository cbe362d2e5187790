import * as z from 'zod'
import { AuditEntry, type AuditFilter } from '../../protocol/audit.ts'
import type { Page } from '../../protocol/names.ts'
import type { Database, ReadableDatabase, SqlRow, SqlValue } from './database.ts'
import { columnsOf, decodeRow, insertRow, jsonColumn, pageByNumber } from './rows.ts'

const { id, at, what, target, action, before, after } = AuditEntry.shape
const Row = z.object({
  id,
  at,
  what,
  target,
  action,
  before_json: jsonColumn(before).nullable(),
  after_json: jsonColumn(after).nullable(),
})

function decode(row: SqlRow): AuditEntry {
  const { before_json, after_json, ...entry } = decodeRow('audit_log', Row, row)
  return { ...entry, before: before_json, after: after_json }
}

/** `before` and `after` are stored as JSON; undefined fields of them are left out. */
export interface NewAuditEntry extends Omit<AuditEntry, 'id' | 'before' | 'after'> {
  before: object | null
  after: object | null
}

/** Call it in the same change as what it records. Secrets must not be in `before` and `after`. */
export function recordAudit(database: Database, entry: NewAuditEntry): void {
  const { at, what, target, action, before, after } = entry
  insertRow(database, 'audit_log', { at, what, target, action, before_json: encode(before), after_json: encode(after) })
}

function encode(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value)
}

/** Newest first. */
export function listAudit(database: ReadableDatabase, filter: AuditFilter): Page<AuditEntry> {
  const { where, values } = conditions(filter)
  return pageByNumber(filter, (before, limit) =>
    database
      .all(
        `SELECT ${columnsOf(Row)} FROM audit_log
         WHERE id < ?${where} ORDER BY id DESC LIMIT ?`,
        [before, ...values, limit],
      )
      .map((row) => ({ number: Number(row.id), row: decode(row) })),
  )
}

/** Instants are compared as moments: they come with and without fractions of a second. */
function conditions({ what, target, provider, since, until }: AuditFilter): { where: string; values: SqlValue[] } {
  const parts = [
    what && { sql: `what IN (${what.map(() => '?').join(', ')})`, values: what },
    target !== undefined && { sql: 'target = ?', values: [target] },
    // A model is `provider/model`. A task or a category may be called like a provider.
    provider !== undefined && {
      sql: "what IN ('provider', 'model', 'test') AND (target = ? OR substr(target, 1, ?) = ?)",
      values: [provider, provider.length + 1, `${provider}/`],
    },
    since !== undefined && { sql: 'julianday(at) >= julianday(?)', values: [since] },
    until !== undefined && { sql: 'julianday(at) < julianday(?)', values: [until] },
  ].filter((part) => typeof part === 'object')
  return { where: parts.map(({ sql }) => ` AND ${sql}`).join(''), values: parts.flatMap(({ values }) => values) }
}
