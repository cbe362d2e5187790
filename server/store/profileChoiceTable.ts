import { sep } from 'node:path'
import type { Database, ReadableDatabase } from './database.ts'
import { saveRow } from './rows.ts'

/** Stands for what is judged where no folder is open: no absolute path is called so. */
const noFolder = '-'

/** Whether a person chose the stored profile for the folder, or for one that it is in. `folder` is absolute; null: none is open. */
export function isStoredProfileChosen(database: ReadableDatabase, wanted: string | null): boolean {
  const folder = wanted ?? noFolder
  return database.all('SELECT folder FROM profile_choices').some(({ folder: chosen }) => {
    const above = String(chosen)
    return folder === above || folder.startsWith(above.endsWith(sep) ? above : above + sep)
  })
}

/** More would only be read again and again; the one that was chosen longest ago is forgotten. */
const mostFolders = 1000

/** Null: for what is judged where no folder is open. */
export function saveProfileChoice(database: Database, folder: string | null, updatedAt: string): void {
  saveRow(database, 'profile_choices', ['folder'], { folder: folder ?? noFolder, updated_at: updatedAt })
  database.run(
    'DELETE FROM profile_choices WHERE id NOT IN (SELECT id FROM profile_choices ORDER BY updated_at DESC, id DESC LIMIT ?)',
    [mostFolders],
  )
}
