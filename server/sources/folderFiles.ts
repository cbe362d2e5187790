import { join } from 'node:path'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizable } from '../../shared/message.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { fileFailure } from './fileFailure.ts'

/** A results file of ours, or one half written, is never material for the next run. */
export const resultsFileName =
  /\.(?:results\.(?:jsonl|csv|json|sarif|md)|with-results\.csv)(?:\.[0-9a-z-]+\.tmp|\.gz|\.zst)?$/i

/**
 * The regular files below a folder, sorted by name within each folder. Hidden ones, `node_modules` and links are left out: what
 * a link points to has a place of its own, and a folder that links to itself would never end.
 */
export async function* listFolderFiles(
  files: RunFiles,
  folder: string,
  onLeftOut: (reason: LeftOut) => void = () => undefined,
): AsyncGenerator<string, Outcome<null>, void> {
  let names: string[]
  try {
    names = await files.readdir(folder)
  } catch (error) {
    return fileFailure(folder, 'unreadable', localizable('the folder cannot be read ({0})', fileErrorCode(error)))
  }
  for (const name of names.sort()) {
    const reason = reasonOfName(name)
    if (reason !== null) {
      onLeftOut(reason)
      continue
    }
    const path = join(folder, name)
    const kind = await kindOf(files, path)
    if (kind === 'file') yield path
    if (kind === 'other') onLeftOut('link')
    if (kind === 'folder') {
      const listed = yield* listFolderFiles(files, path, onLeftOut)
      if (!listed.ok) return listed
    }
  }
  return succeed(null)
}

/** Why a file or folder is not looked at. `link`: or a device. */
export type LeftOut = 'hidden' | 'link' | 'results'

function reasonOfName(name: string): LeftOut | null {
  if (name.startsWith('.') || name === 'node_modules') return 'hidden'
  return resultsFileName.test(name) ? 'results' : null
}

async function kindOf(files: RunFiles, path: string): Promise<'file' | 'folder' | 'other'> {
  try {
    const stats = await files.lstat(path)
    if (stats.isFile()) return 'file'
    return stats.isDirectory() ? 'folder' : 'other'
  } catch (error) {
    ignoreFileErrors(error)
    // It went away since the folder was listed.
    return 'other'
  }
}

export function noFiles(folder: string) {
  const detail = 'it holds no text files (hidden ones and node_modules do not count)'
  return fail({ code: 'source_invalid', source: folder, problem: 'no_items', detail })
}
