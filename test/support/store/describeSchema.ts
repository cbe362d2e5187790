import type { ReadableDatabase, SqlRow } from '../../../server/store/database.ts'

/**
 * Everything about a schema that counts: what SQLite made of columns, keys and indexes, and the text of checks and triggers with the
 * layout taken out. Not the text of tables: `ADD COLUMN` writes it in its own way.
 */
export function describeSchema(database: ReadableDatabase): Record<string, unknown> {
  const objects = database.all(
    "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name",
  )
  return Object.fromEntries(
    objects.map((object) => [
      `${object.type} ${object.name}`,
      object.type === 'table' ? describeTable(database, object) : bareText(object),
    ]),
  )
}

function describeTable(database: ReadableDatabase, table: SqlRow) {
  const about = (pragma: string) => database.all(`PRAGMA ${pragma}(${table.name})`)
  return {
    columns: about('table_xinfo'),
    foreignKeys: about('foreign_key_list'),
    indexes: about('index_list'),
    isStrict: /\)\s*STRICT$/.test(String(table.sql)),
    clauses: bareText(table)
      .split(/[,()]/)
      .map((clause) => clause.trim())
      .filter((clause) => clause !== '')
      .sort(),
  }
}

function bareText({ sql }: SqlRow): string {
  return String(sql).replace(/\s+/g, ' ').replaceAll('"', '').trim()
}
