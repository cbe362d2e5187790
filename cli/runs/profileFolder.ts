import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'

/** Where a folder keeps its own profile. */
export const profileFile = path.join('.llm-providers', 'profile.yaml')

/**
 * The folder whose profile counts for whoever works in `from`: the nearest one above that has one, up to the top of the repository,
 * and never the home folder or above it. Without any it is `from` itself.
 */
export async function findProfileFolder(from: string, home: string = homedir()): Promise<string> {
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    if (await exists(path.join(folder, profileFile))) return folder
    const isTop = folder === home || path.dirname(folder) === folder || path.dirname(folder) === home
    if (isTop || (await exists(path.join(folder, '.git')))) return from
  }
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  )
}
