import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { type Committing, claimByFolder } from './claimByFolder.ts'
import { generationPath, listGenerations, setAside, storedGenerations } from './generations.ts'
import { historyLength, type SealedImage, unsealImage } from './sealedImage.ts'
import { type StoreFiles, writeDurably } from './storeFiles.ts'

/** `taken`: somebody else created that generation; nothing of ours is left. */
export type CommitResult = 'committed' | 'taken'

/** The disk does not say whether a change was kept. */
export class UncertainCommit extends Error {}

/**
 * Creates the generation `number`, which nobody may have created before: all or nothing. When it returns `committed` the bytes and
 * their name are durable. File errors are thrown, and then nothing of ours is visible.
 */
export async function commitGeneration(
  committing: Committing,
  number: number,
  sealed: SealedImage,
): Promise<CommitResult> {
  const { files } = committing
  const temporary = committing.newTemporaryPath(number)
  committing.leftovers.add(temporary)
  await writeDurably(files, temporary, [sealed.image, sealed.seal])
  if (!(await claim(committing, temporary, number, sealed))) return 'taken'
  committing.isUnconfirmed = true
  try {
    await confirm(committing, number, sealed)
    if (!isOvertaken(committing, number, sealed)) return 'committed'
    await files.remove(generationPath(committing.folder, number))
    return 'taken'
  } finally {
    committing.isUnconfirmed = false
  }
}

/** Removes temporary files and what is too old to be kept. What can not be removed now is tried again after the next commit. */
export async function tidy({ files, folder, leftovers }: Committing): Promise<void> {
  for (const place of leftovers) if (await isRemoved(files, place)) leftovers.delete(place)
  try {
    const { numbers } = listGenerations(files, folder)
    for (const number of numbers.slice(storedGenerations)) await isRemoved(files, generationPath(folder, number))
  } catch (error) {
    ignoreFileErrors(error)
  }
}

/** Gives the file its generation's name, if nobody has that name. Two windows may commit at once; this is the compare-and-swap. */
async function claim(committing: Committing, temporary: string, number: number, sealed: SealedImage): Promise<boolean> {
  if (!committing.hasHardLinks) return claimByFolder(committing, temporary, number)
  try {
    await committing.retry(() => committing.files.link(temporary, generationPath(committing.folder, number)))
    return true
  } catch (error) {
    const code = fileErrorCode(error)
    // ENOENT: somebody took our file for the leftover of a dead process.
    if (code === 'EEXIST' || code === 'ENOENT') return false
    if (noHardLinkCodes.has(code)) {
      committing.hasHardLinks = false
      return claimByFolder(committing, temporary, number)
    }
    // A network file system may carry out a link and lose the answer.
    if (isAncestor(committing, number, sealed)) return true
    throw error
  }
}

/** How file systems say that they have no hard links. EISDIR is what Node makes of Windows' ERROR_INVALID_FUNCTION. */
const noHardLinkCodes = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EISDIR', 'EINVAL'])

/** How file systems say that a folder can not be synced; their names are durable by other means, or not at all. */
const noFolderSyncCodes = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR', 'EINVAL', 'EBADF'])

/** Makes the new name durable. When that fails the generation is withdrawn, unless others have built on it already. */
async function confirm(committing: Committing, number: number, sealed: SealedImage): Promise<void> {
  try {
    await committing.files.syncFolder(committing.folder)
  } catch (error) {
    if (noFolderSyncCodes.has(fileErrorCode(error))) return
    withdraw(committing, number)
    if (!isAncestor(committing, number, sealed)) throw error
  }
}

/** Set aside rather than removed: the number counts as used, so nobody can create it again beside a successor of ours. */
function withdraw({ files, folder }: Committing, number: number): void {
  try {
    setAside(files, folder, number, 'unconfirmed')
  } catch (error) {
    throw new UncertainCommit(`the disk did not confirm generation ${number} (${fileErrorCode(error)})`)
  }
}

/**
 * A process may sleep between looking and linking, for as long as a laptop is shut. Meanwhile its number may have been used and
 * pushed out of the folder, or set aside, so that the name is free again. Then this commit stands beside the others, not before them.
 */
function isOvertaken(committing: Committing, number: number, sealed: SealedImage): boolean {
  const look = () => {
    const { highest, aside } = listGenerations(committing.files, committing.folder)
    return aside.includes(number) || (highest > number && !isAncestor(committing, number, sealed))
  }
  try {
    return look()
  } catch (error) {
    ignoreFileErrors(error)
    return lookAgain(look)
  }
}

/** Our generation is there by now, so a folder that can not be read is no reason to call it a failure at once. */
function lookAgain(look: () => boolean): boolean {
  try {
    return look()
  } catch (error) {
    throw new UncertainCommit(`the folder could not be read after it (${fileErrorCode(error)})`)
  }
}

/** Does the newest whole generation descend from this commit? */
function isAncestor({ files, folder }: Committing, number: number, sealed: SealedImage): boolean {
  for (const newer of listGenerations(files, folder).numbers) {
    if (newer < number) return false
    const found = readSealed(files, generationPath(folder, newer))
    if (!found) continue
    return descendsFrom({ number: newer, sealed: found }, { number, id: commitIdOf(sealed) })
  }
  return false
}

export function commitIdOf({ history: [id] }: SealedImage): Buffer {
  if (!id) throw new Error('A sealed image without a commit id')
  return id
}

/** Throws when the generation is too far from the commit to know. */
export function descendsFrom(
  { number, sealed }: { number: number; sealed: SealedImage },
  commit: { number: number; id: Buffer },
): boolean {
  const distance = number - commit.number
  if (distance >= historyLength) {
    throw new UncertainCommit(`generation ${number} is too far from ${commit.number} to tell whether it was kept`)
  }
  return distance >= 0 && (sealed.history[distance]?.equals(commit.id) ?? false)
}

function readSealed(files: StoreFiles, place: string): SealedImage | null {
  try {
    const sealed = unsealImage(files.read(place))
    return 'damage' in sealed ? null : sealed
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return null
    throw error
  }
}

async function isRemoved(files: StoreFiles, place: string): Promise<boolean> {
  try {
    await files.remove(place)
    return true
  } catch (error) {
    ignoreFileErrors(error)
    return false
  }
}
