import type { AuditEntry } from '../protocol/audit.ts'
import { assertNever } from '../protocol/names.ts'
import { csvCell } from './resultCsv.ts'

export const auditFormats = ['jsonl', 'csv'] as const
export type AuditFormat = (typeof auditFormats)[number]

const csvColumns = ['id', 'at', 'what', 'target', 'action', 'before', 'after'] as const

/** What stands before the first entry; empty where nothing does. */
export function auditHeader(format: AuditFormat): string {
  return format === 'csv' ? `${csvColumns.join(',')}\n` : ''
}

/** One entry as a line of an export. In a table values are JSON in their cell, none is an empty one, and nothing is a formula. */
export function auditLine(format: AuditFormat, entry: AuditEntry, toJson: (value: unknown) => string): string {
  switch (format) {
    case 'jsonl':
      return `${toJson(entry)}\n`
    case 'csv':
      return `${csvColumns.map((column) => csvCell(cellOf(entry[column], toJson))).join(',')}\n`
    default:
      return assertNever(format)
  }
}

function cellOf(value: AuditEntry[keyof AuditEntry], toJson: (value: unknown) => string): string | number | null {
  return value === null || typeof value === 'string' || typeof value === 'number' ? value : toJson(value)
}
