import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import type { RunView } from '../../protocol/runs.ts'
import { commandToType } from '../invocation/call.ts'
import { type Invocation, printNote } from '../invocation/invocation.ts'
import { oneLine } from '../terminal/plainText.ts'

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

/** Says in one line by which list a run judges where nobody has chosen one, and how to get another. */
export async function noteUnchosenProfile(
  invocation: Invocation,
  { profile }: Pick<RunView, 'profile'>,
): Promise<void> {
  const unchosen = profile?.unchosen
  if (invocation.json || unchosen === undefined) return
  const more = unchosen.roots - unchosen.names.length
  const names = `${unchosen.names.map(oneLine).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  await printNote(
    invocation,
    `Judged by the list that comes with the product (${names}), since none was chosen here. Another one: ${commandToType(invocation.call, 'init')} FILE`,
  )
}
