import { succeed } from '../../../protocol/outcome.ts'
import type { StoreFolders } from './storeFolder.ts'

/** What somebody does to the database by hand, and it lets them. */
export async function breakStore(folders: StoreFolders, dataDir: string, ...statements: string[]): Promise<void> {
  const store = await folders.open(dataDir)
  const changed = await store.change((database) => {
    for (const statement of statements) database.run(statement)
    return succeed(null)
  })
  if (!changed.ok) throw new Error(changed.reason.message)
}
