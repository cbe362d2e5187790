import { Buffer, isUtf8 } from 'node:buffer'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { SourceSettings } from '../../protocol/sources.ts'
import { localizable, localizableText } from '../../shared/message.ts'
import { type ForeignDatabase, type ForeignValue, loadSqlite } from '../store/sqlite.ts'
import { SqlError } from '../store/unreadableData.ts'
import { listNames } from './fieldNames.ts'
import { fileFailure } from './fileFailure.ts'
import type { OpenedTable, StoredFile } from './openedFile.ts'
import { brokenRow, type OwnFields, type Row, type RowStream } from './row.ts'

/** SQLite reads it in memory, because it is compiled for that. */
const largestMegabytes = 128
const rowsAtOnce = 500

interface Reading {
  sql: string
  /** A person wrote it. */
  isOwnQuery?: true
  own?: OwnFields
  /** Null: it is not one table that is read. */
  table: string | null
}

/**
 * A table of a SQLite database, or what a statement finds in it. SQLite sees the bytes of the file in memory and never the file, so
 * nothing can change it or lock it.
 */
export async function openSqlite(stored: StoredFile, settings: SourceSettings): Promise<Outcome<OpenedTable>> {
  const { path, size } = stored
  if (size > largestMegabytes * 1024 * 1024) {
    const detail = localizable(
      'it is larger than {0} MB; sqlite3 -header -csv exports what a select finds',
      largestMegabytes,
    )
    return fileFailure(path, 'too_large', detail, { saveAs: 'CSV' })
  }
  const image = await stored.read(0, size)
  const usesLog = image[18] === 2
  const unwritten = await stored.sizeOf(usesLog ? '-wal' : '-journal')
  if (unwritten > 0) {
    const detail = localizable(
      'another program has it open, or did not close it: some of it is still in {0}',
      usesLog ? '-wal' : '-journal',
    )
    return fileFailure(path, 'locked', detail)
  }
  // A database with a log cannot be opened in memory; with nothing in its log it is like any other.
  image.fill(1, 18, 20)
  const sqlite = await loadSqlite()
  return withDatabaseErrors(path, settings.query !== undefined, () => {
    const database = sqlite.openForeign(image)
    try {
      const reading = chooseRows(path, database, settings)
      if (!reading.ok) return reading
      if (database.columns(reading.value.sql) === null) {
        const detail = localizable('the statement finds no rows: it must be one that begins with select or with')
        return fileFailure(path, 'no_table', detail, { tables: { setting: 'query', names: ['select …'] } })
      }
      const rows = (longestBytes: number): RowStream =>
        readRows(stored, { open: () => sqlite.openForeign(image), ...reading.value, longestBytes })
      const names = offeredTables(database)
      const { table, sql, isOwnQuery } = reading.value
      return succeed({
        format: 'sqlite',
        rows,
        // A statement of a person may take as long to count as to read.
        ...(isOwnQuery ? {} : { count: countFound(database, sql) }),
        ...(names.length > 1 ? { choice: { setting: 'table', names, chosen: table } } : {}),
      })
    } finally {
      database.close()
    }
  })
}

async function* readRows(
  stored: StoredFile,
  { open, sql, own, isOwnQuery, longestBytes }: Reading & { open(): ForeignDatabase; longestBytes: number },
): RowStream {
  const database = open()
  try {
    const names = distinct(database.columns(sql) ?? [])
    let rows: Row[] = []
    let line = 0
    try {
      for (const values of database.rows(sql)) {
        rows.push(toRow(++line, names, values, { own, longestBytes }))
        if (rows.length < rowsAtOnce) continue
        yield rows
        rows = []
      }
    } catch (error) {
      if (rows.length > 0) yield rows
      return databaseFailure(stored.path, error, isOwnQuery === true)
    }
    if (rows.length > 0) yield rows
    return await stored.check()
  } finally {
    database.close()
  }
}

function toRow(
  line: number,
  names: readonly string[],
  values: readonly ForeignValue[],
  { own, longestBytes }: { own: OwnFields | undefined; longestBytes: number },
): Row {
  const length = values.reduce((sum: number, value) => sum + lengthOf(value), 0)
  if (length > longestBytes) return brokenRow(line, 'row_too_long', localizable('longer than a row may be'), '')
  const fields = new Map(names.map((name, at) => [name, fieldValue(values[at] ?? null)]))
  return {
    kind: 'row',
    line,
    fields: { names: () => names, read: (name) => fields.get(name) },
    ...(own ? { own } : {}),
  }
}

function lengthOf(value: ForeignValue): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 8
}

/** An integer that a number cannot hold stays as it is written; bytes that are no text have nothing to judge. */
function fieldValue(value: ForeignValue): string | number | null {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (!(value instanceof Uint8Array)) return value
  return isUtf8(value) && !value.includes(0) ? Buffer.from(value).toString() : null
}

/** A join may have two columns of a name. */
function distinct(names: readonly string[]): string[] {
  return names.map((name, at) => {
    const before = names.slice(0, at).filter((each) => each === name).length
    return before === 0 ? name : `${name} (${before + 1})`
  })
}

function chooseRows(path: string, database: ForeignDatabase, { table, query }: SourceSettings): Outcome<Reading> {
  if (query !== undefined) return succeed({ sql: query, isOwnQuery: true, table: null })
  const tables = listTables(database)
  const names = tables.map(({ name }) => name)
  if (table !== undefined) {
    const named =
      names.find((name) => name === table) ?? names.find((name) => name.toLowerCase() === table.toLowerCase())
    return named === undefined
      ? whichTable(path, names, localizable('it has no table "{0}"; its tables are {1}', table, listNames(names)))
      : succeed({ sql: `SELECT * FROM ${quoted(named)}`, table: named })
  }
  if (isLogOfLlm(database, names))
    return succeed({ sql: logOfLlm, own: { text: ['prompt', 'response'], id: ['id'] }, table: null })
  const filled = tables.filter(
    ({ name, isView }) => !isView && !bookkeeping.test(name) && countRows(database, name) > 0,
  )
  const [only, ...others] = filled
  if (!only) return fileFailure(path, 'empty', localizable('it has no table with rows'))
  if (others.length === 0) return succeed({ sql: `SELECT * FROM ${quoted(only.name)}`, table: only.name })
  const counted = filled
    .map(({ name }) => ({ name, rows: countRows(database, name) }))
    .sort((one, other) => other.rows - one.rows)
    .map(({ name }) => name)
  return whichTable(
    path,
    counted,
    localizable('it has several tables ({0}); say which holds the items', listNames(counted)),
  )
}

function whichTable(path: string, names: readonly string[], detail: LocalizableMessage) {
  return fileFailure(path, 'no_table', detail, { tables: { setting: 'table', names: names.slice(0, mostNames) } })
}

/** Of tables that a person is offered. */
const mostNames = 50

function offeredTables(database: ForeignDatabase): string[] {
  const names = listTables(database).map(({ name }) => name)
  return names.filter((name) => !bookkeeping.test(name)).slice(0, mostNames)
}

/** What frameworks note for themselves. */
const bookkeeping =
  /^(?:_?\w*migrations?|alembic_version|android_metadata|room_master_table|schema_info|spatial_ref_sys)$/i

/** Without SQLite's own tables, and those that a search index keeps for itself. */
function listTables(database: ForeignDatabase): { name: string; isView: boolean }[] {
  const rows = [
    ...database.rows(`SELECT name, type, coalesce(sql, '') FROM sqlite_master WHERE type IN ('table', 'view')`),
  ]
  const all = rows.map(([name, type, sql]) => ({ name: String(name), isView: type === 'view', sql: String(sql) }))
  const indexes = all.filter(({ sql }) => /^create\s+virtual\s+table/i.test(sql))
  return all.filter(
    ({ name }) =>
      !/^sqlite_/i.test(name) && !indexes.some((index) => name === index.name || name.startsWith(`${index.name}_`)),
  )
}

function countRows(database: ForeignDatabase, name: string): number {
  return countFound(database, `SELECT * FROM ${quoted(name)}`)
}

function countFound(database: ForeignDatabase, sql: string): number {
  const [row] = database.rows(`SELECT count(*) FROM (${sql})`)
  return Number(row?.[0] ?? 0)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The prompts and answers that the `llm` program logs: an item is one of both. */
const logOfLlm = `SELECT responses.id, responses.prompt, responses.response, responses.system, responses.model,
  conversations.name AS conversation, responses.datetime_utc
  FROM responses LEFT JOIN conversations ON conversations.id = responses.conversation_id
  ORDER BY responses.datetime_utc, responses.id`

function isLogOfLlm(database: ForeignDatabase, names: readonly string[]): boolean {
  if (!names.includes('responses') || !names.includes('conversations')) return false
  try {
    return database.columns(logOfLlm) !== null
  } catch (error) {
    if (error instanceof SqlError) return false
    throw error
  }
}

function withDatabaseErrors<Value>(path: string, isOwnQuery: boolean, work: () => Outcome<Value>): Outcome<Value> {
  try {
    return work()
  } catch (error) {
    return databaseFailure(path, error, isOwnQuery)
  }
}

/** SQLite's own words, without the statement that our error adds. */
function databaseFailure(path: string, error: unknown, isOwnQuery: boolean) {
  if (!(error instanceof SqlError)) throw error
  const said = error.cause instanceof Error ? error.cause.message : String(error.cause)
  if (isOwnQuery && !/malformed|not a database/i.test(said)) {
    const detail = localizable('the statement cannot be carried out: {0}', localizableText(said))
    return fileFailure(path, 'no_table', detail, { tables: { setting: 'query', names: ['select …'] } })
  }
  return fileFailure(path, 'malformed', localizable('it is damaged: {0}', localizableText(said)))
}
