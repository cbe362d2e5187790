import { readFileSync } from 'node:fs'
import path from 'node:path'
import { succeed } from '../../../protocol/outcome.ts'
import type { Database } from '../../../server/store/database.ts'
import { openStore } from '../../../server/store/openStore.ts'
import { instant, migrationsDir, realClock } from './storeFolder.ts'

/** Puts the list of a news reader, which stores had before there was a general one, in the place of the categories. */
export function putNewsCategories(database: Database): void {
  const sql = readFileSync(path.join(migrationsDir, '0003_categories_and_runs.sql'), 'utf8')
  database.run('DELETE FROM categories')
  for (const [statement] of sql.matchAll(/^INSERT INTO categories [\s\S]*?;$/gm))
    database.run(statement.replaceAll(':now', `'${instant}'`))
}

/** Makes the store of a data folder as one of before is: with the list of a news reader. */
export async function makeNewsStore(dataDir: string): Promise<void> {
  const opened = await openStore({ dataDir, migrationsDir, clock: realClock, random: Math.random })
  if (!opened.ok) throw new Error(opened.reason.message)
  await opened.value.change((database) => succeed(putNewsCategories(database)))
  await opened.value.close()
}
