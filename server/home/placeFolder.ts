import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import path from 'node:path'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { makeFolder } from '../files/makeFolder.ts'
import { thisHost } from '../labels/fileTurn.ts'
import { isProcessAlive } from '../store/generations.ts'
import type { StoreFiles } from '../store/storeFiles.ts'
import { syncFolder } from './copyFolder.ts'
import { editorsFolder } from './editorNotes.ts'
import { lookAtFolder, type Occupied, removeEmpty } from './occupied.ts'

/** Somebody may begin to use the folder at any moment; nobody does so again and again without leaving something there. */
const mostAttempts = 10

/** Where a data folder is to be, and the stage on which its content is made ready. */
export interface DataPlace {
  readonly stage: string
  look(): Occupied
  /** Bytes that the file system still takes. */
  free(): Promise<number>
  /** All of the stage, or nothing. taken: somebody else's data came to stand there. */
  put(): Promise<'put' | 'taken'>
  removeStage(): void | Promise<void>
  /** Brings to an end what processes of this machine that are gone have left half done. */
  cleanUp(): Promise<void>
}

export interface PlaceParts {
  files: RunFiles
  storeFiles: StoreFiles
  /** Whether a whole disk is mounted there, so that nothing can be renamed to its place. */
  isMounted?: ((folder: string) => boolean) | undefined
}

/** Null: it is inside of `folder`. Throws what the file system says; a link that leads nowhere is ENOENT. */
export async function placeFolder(
  { files, storeFiles, isMounted = isMountPoint }: PlaceParts,
  dataFolder: string,
  folder: string,
): Promise<DataPlace | null> {
  makeFolder(path.dirname(dataFolder))
  const target = await realPlace(files, dataFolder)
  if (isInside(target, folder)) return null
  if (!isMounted(target)) return new FolderPlace(files, target)
  const { MountedPlace } = await import('./mountedFolder.ts')
  return new MountedPlace(files, storeFiles, target)
}

function isInside(target: string, folder: string): boolean {
  const relative = path.relative(folder, target)
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative)
}

function isMountPoint(folder: string): boolean {
  return existsSync(folder) && statSync(folder).dev !== statSync(path.dirname(folder)).dev
}

/** The place of a data folder, and beside it, on the same file system, the stage on which its content is made ready. */
class FolderPlace implements DataPlace {
  readonly stage: string
  readonly #files: RunFiles
  readonly #target: string
  readonly #base: string
  /** Where an untouched store waits while the stage takes its place. */
  readonly #aside: string

  constructor(files: RunFiles, target: string) {
    this.#files = files
    this.#target = target
    this.#base = `${target}.moving-${thisHost}-${process.pid}-${randomBytes(4).toString('hex')}`
    this.stage = path.join(this.#base, 'data')
    this.#aside = path.join(this.#base, 'before')
  }

  look(): Occupied {
    return lookAtFolder(this.#target)
  }

  /** Bytes that the file system still takes. */
  async free(): Promise<number> {
    const { bavail, bsize } = await statfs(path.dirname(this.#target))
    return bavail * bsize
  }

  /** By one rename: all of the stage, or nothing. taken: somebody else's data came to stand there. */
  async put(): Promise<'put' | 'taken'> {
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      const found = this.look()
      if (found === 'taken') return 'taken'
      if (this.#clear(found) && this.#rename()) {
        // From here on the data is there, whatever else goes wrong.
        await syncFolder(this.#files, path.dirname(this.#target))
        return 'put'
      }
    }
    return 'taken'
  }

  removeStage(): void {
    try {
      giveBack(this.#aside, this.#target)
      rmSync(this.#base, { recursive: true, force: true })
    } catch (error) {
      // The next one who moves cleans up.
      ignoreFileErrors(error)
    }
  }

  /** Removes the stages of processes of this machine that are gone; a store that one of them had set aside goes back. */
  async cleanUp(): Promise<void> {
    const [parent, prefix] = [path.dirname(this.#target), `${path.basename(this.#target)}.moving-${thisHost}-`]
    for (const name of await this.#files.readdir(parent)) {
      const pid = name.startsWith(prefix) ? /^(\d+)-[0-9a-f]{8}$/.exec(name.slice(prefix.length))?.[1] : undefined
      if (pid === undefined || isProcessAlive(Number(pid))) continue
      giveBack(path.join(parent, name, 'before'), this.#target)
      rmSync(path.join(parent, name), { recursive: true, force: true })
    }
  }

  /** Takes away what stands there, which is nothing or a store that nobody changed. False: somebody was faster, look again. */
  #clear(found: 'free' | 'untouched'): boolean {
    try {
      takeNotesAlong(this.#target, this.stage)
      if (found === 'free') {
        rmSync(path.join(this.#target, editorsFolder), { recursive: true, force: true })
        removeEmpty(this.#target)
        return true
      }
      renameSync(this.#target, this.#aside)
    } catch (error) {
      if (isOccupied(error)) return false
      throw error
    }
    // A change may have been committed between the look and the rename: then it is somebody's data, and goes back.
    if (lookAtFolder(this.#aside) === 'untouched') return true
    giveBack(this.#aside, this.#target)
    return false
  }

  /** Renaming replaces an empty folder, never one with content. */
  #rename(): boolean {
    try {
      renameSync(this.stage, this.#target)
      return true
    } catch (error) {
      if (isOccupied(error)) return false
      throw error
    }
  }
}

/** Who had the store open makes its folder anew, empty, and goes on in what stands there then. */
function giveBack(aside: string, target: string): void {
  if (!existsSync(aside)) return
  if (lookAtFolder(aside) !== 'taken') return
  try {
    removeEmpty(target)
    renameSync(aside, target)
  } catch (error) {
    if (!isOccupied(error)) throw error
    // Another store came to stand there: this one stays, beside it, under a name that is cleaned up by nobody.
    renameSync(aside, `${target}.set-aside-${randomBytes(4).toString('hex')}`)
  }
}

/** What other editors said of themselves there. A copy: should somebody else's data come to stand there, they are still wanted. */
function takeNotesAlong(target: string, stage: string): void {
  const [notes, to] = [path.join(target, editorsFolder), path.join(stage, editorsFolder)]
  if (!existsSync(notes)) return
  makeFolder(to)
  for (const name of readdirSync(notes).filter((each) => !existsSync(path.join(to, each))))
    copyFileSync(path.join(notes, name), path.join(to, name))
}

/** Where links lead to: what they point at is replaced, and they stay. */
async function realPlace(files: RunFiles, folder: string): Promise<string> {
  const isThere = await files.lstat(folder).then(
    () => true,
    (error: unknown) => {
      if (fileErrorCode(error) !== 'ENOENT') throw error
      return false
    },
  )
  if (isThere) return await files.realpath(folder)
  return path.join(await files.realpath(path.dirname(folder)), path.basename(folder))
}

/** How systems say that something came to stand there, or went. */
function isOccupied(error: unknown): boolean {
  const code = fileErrorCode(error)
  const isWindows = process.platform === 'win32' && (code === 'EPERM' || code === 'EACCES')
  return isWindows || code === 'EEXIST' || code === 'ENOTEMPTY' || code === 'ENOENT'
}
