import path from 'node:path'
import { fileErrorCode } from '../files/fileErrors.ts'
import { generationPath, listGenerations } from './generations.ts'
import type { StoreFiles } from './storeFiles.ts'

/** What a commit needs of its store. */
export interface Committing {
  files: StoreFiles
  folder: string
  /** Names temporary files after this process, so that others can tell whether it lives. */
  newTemporaryPath(number: number): string
  /** Runs a file operation again, a few times, while it fails with a code that passes by itself. */
  retry<Value>(operation: () => Value): Promise<Value>
  /** False once the file system turned out to have no hard links. */
  hasHardLinks: boolean
  /** Between the moment when our generation has its name and the moment when it is known to be durable. */
  isUnconfirmed: boolean
  /** Temporary paths that could not be removed yet. */
  leftovers: Set<string>
  now(): number
  /** Since when somebody else's claim has been in the way; only without hard links. */
  blocked: { number: number; since: number } | null
}

/** A claim that stood in the way for so long belongs to a process that died or sleeps. */
const patienceMs = 2000

/**
 * The compare-and-swap for file systems without hard links. Renaming replaces a file silently, but never a folder that is not empty:
 * a folder with our file in it, renamed to the claim on the number, is ours alone. Then the file moves out to its final name.
 * A process that loses patience with a claim moves the whole folder away, and the file with it, so that a process which wakes up later
 * finds nothing to commit.
 */
export async function claimByFolder(committing: Committing, temporary: string, number: number): Promise<boolean> {
  const { files, folder, leftovers, retry } = committing
  const claim = claimPath(folder, number)
  const box = temporary.replace(/\.tmp$/, '.claim.tmp')
  const content = path.basename(temporary)
  leftovers.add(box)
  files.makeFolder(box)
  await retry(() => files.rename(temporary, path.join(box, content)))
  if (!(await takePlace(committing, box, claim, number))) return false
  leftovers.add(claim)
  // While the claim is ours nobody else can create this number; but somebody may have done so before.
  if (listGenerations(files, folder).highest >= number) return false
  try {
    await retry(() => files.rename(path.join(claim, content), generationPath(folder, number)))
    return true
  } catch (error) {
    if (fileErrorCode(error) !== 'ENOENT') throw error
    leftovers.delete(claim)
    return false
  }
}

function claimPath(folder: string, number: number): string {
  return path.join(folder, `store.${number}.claim`)
}

async function takePlace(committing: Committing, box: string, claim: string, number: number): Promise<boolean> {
  try {
    committing.files.rename(box, claim)
    return true
  } catch (error) {
    const code = fileErrorCode(error)
    // Windows says EPERM or EACCES for a folder that is there.
    const isTaken = code === 'EEXIST' || code === 'ENOTEMPTY' || committing.files.exists(claim)
    if (!isTaken) throw error
    evictWhenStale(committing, claim, number)
    return false
  }
}

function evictWhenStale(committing: Committing, claim: string, number: number): void {
  const now = committing.now()
  if (committing.blocked?.number !== number) committing.blocked = { number, since: now }
  if (now - committing.blocked.since < patienceMs) return
  committing.blocked = null
  const evicted = committing.newTemporaryPath(number)
  committing.leftovers.add(evicted)
  try {
    committing.files.rename(claim, evicted)
  } catch (error) {
    // Its owner was faster, or another process lost patience first.
    if (fileErrorCode(error) !== 'ENOENT') throw error
  }
}
