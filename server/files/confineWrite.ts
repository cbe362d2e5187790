import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import type { RunFiles } from './diskFiles.ts'
import { fileErrorCode } from './fileErrors.ts'
import { RefusedFile } from './regularFile.ts'

/**
 * Where a file below the workspace really is. A cloned folder may hold links, and a write that followed one would land where the
 * folder's author wants it: in a shell's start file, say. Throws `RefusedFile` where it is not within the workspace, real paths
 * compared, or where the link leads nowhere. The file and its folders need not be there yet.
 */
export async function confineWrite(
  files: Pick<RunFiles, 'realpath' | 'lstat'>,
  workspaceFolder: string,
  path: string,
): Promise<string> {
  const workspace = await files.realpath(workspaceFolder)
  const real = await realPathOf(files, path)
  if (!isWithin(workspace, real)) throw new RefusedFile('OUTSIDE_WORKSPACE', path, real)
  return real
}

/** The same for a path that may be anywhere: one outside of the workspace by its own words is the person's choice. */
export async function confineIfBelow(
  files: Pick<RunFiles, 'realpath' | 'lstat'>,
  workspaceFolder: string | undefined,
  path: string,
): Promise<void> {
  if (workspaceFolder !== undefined && isWithin(workspaceFolder, path)) await confineWrite(files, workspaceFolder, path)
}

function isWithin(folder: string, path: string): boolean {
  const rest = relative(folder, path)
  return rest !== '' && rest !== '..' && !rest.startsWith(`..${sep}`) && !isAbsolute(rest)
}

/** Of what is there the real path; the rest, which a write would make, stands as it is named. */
async function realPathOf(files: Pick<RunFiles, 'realpath' | 'lstat'>, path: string): Promise<string> {
  try {
    return await files.realpath(path)
  } catch (error) {
    const parent = dirname(path)
    if (fileErrorCode(error) !== 'ENOENT' || parent === path) throw error
    if (await isThere(files, path)) throw new RefusedFile('DANGLING_LINK', path)
    return join(await realPathOf(files, parent), path.slice(parent.length))
  }
}

/** The name itself, whatever it leads to. */
async function isThere({ lstat }: Pick<RunFiles, 'lstat'>, path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return false
    throw error
  }
}
