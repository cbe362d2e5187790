import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'

type Holds = (bytes: Buffer) => boolean

/**
 * SQLite lays a long text on several pages, anywhere within them: a key across two of them is nowhere in one piece in the file. So the
 * values of every row are given to `holds`, as the database puts them together. What is no whole database has none.
 */
export function anyRowHolds(file: string, holds: Holds): boolean {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(file, { readOnly: true })
    return tablesOf(database).some((table) => tableHolds(database as DatabaseSync, table, holds))
  } catch {
    return false
  } finally {
    database?.close()
  }
}

const magic = Buffer.from('SQLite format 3\0', 'latin1')

export function isDatabase(bytes: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic)
}

function tablesOf(database: DatabaseSync): string[] {
  return database
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`)
    .all()
    .map(({ name }) => String(name))
}

function tableHolds(database: DatabaseSync, table: string, holds: Holds): boolean {
  const rows = database.prepare(`SELECT * FROM "${table.replaceAll('"', '""')}"`)
  // A number too long for JavaScript holds no key, and must not end the search.
  rows.setReadBigInts(true)
  let waiting: Buffer[] = []
  let bytes = 0
  for (const row of rows.iterate()) {
    for (const value of Object.values(row).flatMap(bytesOf)) {
      waiting.push(value, between)
      bytes += value.length
    }
    if (bytes < enoughBytes) continue
    if (holds(Buffer.concat(waiting))) return true
    waiting = []
    bytes = 0
  }
  return holds(Buffer.concat(waiting))
}

/** Looked through together: most values are short. */
const enoughBytes = 1 << 18
const between = Buffer.from('\n')

function bytesOf(value: SQLOutputValue): Buffer[] {
  if (typeof value === 'string') return [Buffer.from(value)]
  return value instanceof Uint8Array ? [Buffer.from(value)] : []
}
