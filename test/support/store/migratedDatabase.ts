import { applyMigrations, readMigrations } from '../../../server/store/migrations.ts'
import { releasedMigrations } from '../../../server/store/releasedMigrations.ts'
import { type Connection, loadSqlite } from '../../../server/store/sqlite.ts'
import { diskFiles } from '../../../server/store/storeFiles.ts'
import { instant, migrationsDir } from './storeFolder.ts'

/** A database of its own with the schema and the first rows of this version, in memory only. Whoever opens it closes it. */
export async function openMigrated(): Promise<Connection> {
  const read = readMigrations(diskFiles, migrationsDir, releasedMigrations)
  if (!read.ok) throw new Error(read.reason.message)
  const database = (await loadSqlite()).open(null)
  const applied = applyMigrations(database, read.value, instant)
  if (!applied.ok) throw new Error(applied.reason.message)
  return database
}
