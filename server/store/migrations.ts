import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { ReleasedMigration } from './releasedMigrations.ts'
import type { Connection } from './sqlite.ts'
import type { StoreFiles } from './storeFiles.ts'

/** One numbered SQL file. `name` is the file's name without its ending and starts with the number. */
export interface Migration {
  number: number
  name: string
  sql: string
  sha256: string
}

/** One migration of the open store: applied by this process when it opened the store, or before. */
export interface MigrationStep {
  number: number
  name: string
  applied: 'now' | 'before'
  appliedAt: string
}

/** How a database relates to the migrations of this version. */
export type SchemaState =
  | { kind: 'head'; steps: MigrationStep[] }
  | { kind: 'pending'; pending: Migration[] }
  | { kind: 'newer'; number: number }
  /** All of it stands in another folder by now. */
  | { kind: 'moved' }
  | { kind: 'invalid'; detail: LocalizableMessage }

/** Reads the numbered files of a directory. Refuses a gap, two files of one number, and a released file that is missing or edited. */
export function readMigrations(
  files: StoreFiles,
  directory: string,
  released: readonly ReleasedMigration[],
): Outcome<Migration[]> {
  const migrations = files
    .list(directory)
    .filter((file) => /^\d{4}_\w+\.sql$/.test(file))
    .sort()
    .map((file) => readMigration(files, directory, file))
  const detail = findGap(migrations) ?? findUnfaithful(migrations, released)
  return detail ? fail({ code: 'store_invalid', ...withMessage('detail', detail) }) : succeed(migrations)
}

function readMigration(files: StoreFiles, directory: string, file: string): Migration {
  const bytes = files.read(path.join(directory, file))
  return {
    number: Number(file.slice(0, 4)),
    name: file.slice(0, -'.sql'.length),
    sql: bytes.toString('utf8'),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }
}

function findGap(migrations: readonly Migration[]): LocalizableMessage | null {
  if (migrations.length === 0) return localizable('this installation has no migrations')
  const stray = migrations.findIndex((migration, index) => migration.number !== index + 1)
  if (stray === -1) return null
  const found = migrations[stray]?.name ?? ''
  return migrations[stray]?.number === stray
    ? localizable('two migrations have one number ({0} and {1})', migrations[stray - 1]?.name ?? '', found)
    : localizable('the migration {0} is missing before {1}', fourDigits(stray + 1), found)
}

function findUnfaithful(
  migrations: readonly Migration[],
  released: readonly ReleasedMigration[],
): LocalizableMessage | null {
  for (const [index, { name, sha256 }] of released.entries()) {
    const migration = migrations[index]
    if (migration?.name !== name) return localizable('the migration {0} is missing', name)
    if (migration.sha256 !== sha256) return localizable('the migration {0} was edited after its release', name)
  }
  return null
}

export function inspectSchema(connection: Connection, migrations: readonly Migration[]): SchemaState {
  const tables = connection.all("SELECT name FROM sqlite_schema WHERE type = 'table'").map(({ name }) => name)
  if (tables.length === 0) return { kind: 'pending', pending: [...migrations] }
  if (!tables.includes('schema_migrations'))
    return { kind: 'invalid', detail: localizable('it holds the tables of another program') }
  if (isMoved(connection)) return { kind: 'moved' }
  const applied = connection.all('SELECT number, name, sha256, applied_at FROM schema_migrations ORDER BY number')
  for (const [index, row] of applied.entries()) {
    const migration = migrations[index]
    if (row.number !== index + 1)
      return { kind: 'invalid', detail: localizable('its migration {0} is missing', fourDigits(index + 1)) }
    if (!migration) return { kind: 'newer', number: Number(applied.at(-1)?.number) }
    if (row.name !== migration.name || row.sha256 !== migration.sha256) {
      return {
        kind: 'invalid',
        detail: localizable('it was made with another {0} ({1})', migration.name, String(row.name)),
      }
    }
  }
  if (applied.length < migrations.length) return { kind: 'pending', pending: migrations.slice(applied.length) }
  return { kind: 'head', steps: applied.map(toStep) }
}

/** Stands where a migration has the hash of its file. */
const movedMark = 'moved'

/** Whether the store has moved to another folder, so that nothing is written here any more. */
export function isMoved(connection: Pick<Connection, 'get'>): boolean {
  return connection.get('SELECT 1 FROM schema_migrations WHERE sha256 = ?', [movedMark]) !== undefined
}

/** As one more migration, which no version has: those that do not know the mark take it for an upgrade by a newer one. */
export function markMoved(connection: Pick<Connection, 'get' | 'run'>, at: string): void {
  const number = Number(connection.get('SELECT max(number) AS newest FROM schema_migrations')?.newest) + 1
  connection.run('INSERT INTO schema_migrations (number, name, sha256, applied_at) VALUES (?, ?, ?, ?)', [
    number,
    `${fourDigits(number)}_moved`,
    movedMark,
    at,
  ])
}

export function unmarkMoved(connection: Pick<Connection, 'run'>): void {
  connection.run('DELETE FROM schema_migrations WHERE sha256 = ?', [movedMark])
}

function toStep(row: ReturnType<Connection['all']>[number]): MigrationStep {
  return { number: Number(row.number), name: String(row.name), applied: 'before', appliedAt: String(row.applied_at) }
}

/** Applies each migration together with its record in one transaction; stops at the first that fails, which leaves no trace. */
export function applyMigrations(connection: Connection, pending: readonly Migration[], now: string): Outcome<null> {
  for (const migration of pending) {
    const detail = applyMigration(connection, migration, now)
    if (detail) {
      const sentence = localizable('the upgrade {0} failed: {1}', migration.name, detail)
      return fail({ code: 'store_invalid', ...withMessage('detail', sentence) })
    }
  }
  return succeed(null)
}

/** What went wrong, in words; null: nothing. */
function applyMigration(connection: Connection, migration: Migration, now: string): string | null {
  // A table is rebuilt by dropping the old one, which foreign keys would forbid; SQLite takes this pragma outside a transaction only.
  connection.script('PRAGMA foreign_keys = OFF; BEGIN')
  try {
    connection.script(recordTable)
    connection.script(migration.sql, { ':now': now })
    connection.run('INSERT INTO schema_migrations (number, name, sha256, applied_at) VALUES (?, ?, ?, ?)', [
      migration.number,
      migration.name,
      migration.sha256,
      now,
    ])
    const [orphan] = connection.all('PRAGMA foreign_key_check')
    if (orphan) throw new Error(`a row of ${orphan.table} refers to a missing row of ${orphan.parent}`)
    connection.script('COMMIT')
    return null
  } catch (error) {
    connection.script('ROLLBACK')
    return error instanceof Error ? error.message : String(error)
  } finally {
    connection.script('PRAGMA foreign_keys = ON')
  }
}

const recordTable = `CREATE TABLE IF NOT EXISTS schema_migrations (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  sha256 TEXT NOT NULL,
  applied_at TEXT NOT NULL
) STRICT`

function fourDigits(number: number): string {
  return String(number).padStart(4, '0')
}

/** The folder of the running file: of the bundle, or of this source. */
const here = typeof __dirname === 'string' ? __dirname : import.meta.dirname

/** Migrations lie beside the bundle; for the sources, in the project's own folder. */
export const migrationsFolder =
  [path.join(here, 'migrations'), path.join(here, '..', '..', 'migrations')].find(existsSync) ?? here
