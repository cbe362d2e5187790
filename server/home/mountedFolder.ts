import { randomBytes } from 'node:crypto'
import { lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import path from 'node:path'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { thisHost } from '../labels/fileTurn.ts'
import { generationNumber, generationPath, isProcessAlive, listGenerations } from '../store/generations.ts'
import { unsealImage } from '../store/sealedImage.ts'
import type { StoreFiles } from '../store/storeFiles.ts'
import { syncFolders } from './copyFolder.ts'
import { editorsFolder } from './editorNotes.ts'
import { lookAtFolder, type Occupied, stagePrefix } from './occupied.ts'
import type { DataPlace } from './placeFolder.ts'

/** One that nobody changed is the first; the next is the first that anybody's data can have. */
const committedGeneration = 2

/**
 * A data folder that is a disk of its own: nothing can be renamed to its place, so its content comes into it. The stage is a folder within.
 * First every file but the store gets its name in the data folder, too; then the store comes there by one hard link, as any commit of a
 * store does, which fails where somebody else has committed; then the note that it has moved. Until that link the data folder has no
 * store of this editor, and what has a name in it already is taken back; from then on it has all of it. Whoever finds it half done knows
 * which by the ids of the commits, which every later generation carries on.
 */
export class MountedPlace implements DataPlace {
  readonly stage: string
  readonly #files: RunFiles
  readonly #store: StoreFiles
  readonly #target: string
  readonly #base: string

  constructor(files: RunFiles, store: StoreFiles, target: string) {
    this.#files = files
    this.#store = store
    this.#target = target
    this.#base = path.join(target, `${stagePrefix}${thisHost}-${process.pid}-${randomBytes(4).toString('hex')}`)
    this.stage = path.join(this.#base, 'data')
  }

  look(): Occupied {
    return lookAtFolder(this.#target)
  }

  /** Bytes that the file system still takes. */
  async free(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#target)
    return bavail * bsize
  }

  async put(): Promise<'put' | 'taken'> {
    if (this.look() === 'taken') return 'taken'
    try {
      await this.#nameAll()
      await syncFolders(this.#files, this.#target)
      this.#store.link(newestStore(this.stage), generationPath(this.#target, committedGeneration))
    } catch (error) {
      if (fileErrorCode(error) !== 'EEXIST') throw error
      return 'taken'
    }
    await this.#finish(this.stage)
    return 'put'
  }

  /** What did not come to its end is taken back; what did, and could not say so, is left for the next one who moves. */
  async removeStage(): Promise<void> {
    await this.#end(this.#base).catch(ignoreFileErrors)
  }

  /** What processes of this machine that are gone have left half done, one way or the other. */
  async cleanUp(): Promise<void> {
    const prefix = `${stagePrefix}${thisHost}-`
    for (const name of await this.#files.readdir(this.#target)) {
      const pid = name.startsWith(prefix) ? /^(\d+)-[0-9a-f]{8}$/.exec(name.slice(prefix.length))?.[1] : undefined
      if (pid !== undefined && !isProcessAlive(Number(pid))) await this.#end(path.join(this.#target, name))
    }
  }

  async #nameAll(): Promise<void> {
    for (const { relative, isFolder } of contentOf(this.stage)) {
      const place = path.join(this.#target, relative)
      if (isFolder) await this.#files.makeFolder(place)
      else this.#store.link(path.join(this.stage, relative), place)
    }
  }

  async #end(base: string): Promise<void> {
    const stage = path.join(base, 'data')
    if (this.#isCommitted(stage)) await this.#finish(stage)
    else await this.#takeBack(stage)
    rmSync(base, { recursive: true, force: true })
  }

  /** The note of the editor whose store it is: from now on whoever asks is told that it has moved. */
  async #finish(stage: string): Promise<void> {
    const [notes, to] = [path.join(stage, editorsFolder), path.join(this.#target, editorsFolder)]
    await this.#files.makeFolder(to)
    for (const name of namesIn(notes)) await this.#files.rename(path.join(notes, name), path.join(to, name))
    await syncFolders(this.#files, to)
  }

  /** Only what is the very file of the stage: others may have begun to use the folder. */
  async #takeBack(stage: string): Promise<void> {
    const content = contentOf(stage)
    for (const { relative, isFolder } of content) {
      const place = path.join(this.#target, relative)
      if (!isFolder && isSameFile(path.join(stage, relative), place)) await this.#files.unlink(place)
    }
    for (const { relative } of content.filter((each) => each.isFolder).reverse())
      removeIfEmpty(path.join(this.#target, relative))
  }

  /** Whether the store of the stage is in the history of the one that stands there. */
  #isCommitted(stage: string): boolean {
    const { numbers } = listGenerations(this.#store, stage)
    const [own] = numbers.length === 0 ? [] : historyOf(this.#store, newestStore(stage))
    if (own === undefined) return false
    return listGenerations(this.#store, this.#target).numbers.some((number) =>
      historyOf(this.#store, generationPath(this.#target, number)).some((id) => id.equals(own)),
    )
  }
}

function newestStore(stage: string): string {
  const numbers = namesIn(stage).flatMap((name) => generationNumber(name) ?? [])
  return generationPath(stage, Math.max(...numbers))
}

function historyOf(files: StoreFiles, place: string): readonly Buffer[] {
  const sealed = unsealImage(files.read(place))
  return 'damage' in sealed ? [] : sealed.history
}

interface Content {
  relative: string
  isFolder: boolean
}

/** Folders before what is in them; without the store and the notes, which come last. */
function contentOf(stage: string, folder = ''): Content[] {
  return namesIn(path.join(stage, folder)).flatMap((name) => {
    if (folder === '' && (name === editorsFolder || generationNumber(name) !== null)) return []
    const relative = path.join(folder, name)
    const isFolder = lstatSync(path.join(stage, relative)).isDirectory()
    return [{ relative, isFolder }, ...(isFolder ? contentOf(stage, relative) : [])]
  })
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return []
    throw error
  }
}

function isSameFile(one: string, other: string): boolean {
  try {
    const [first, second] = [lstatSync(one), lstatSync(other)]
    return first.ino === second.ino && first.dev === second.dev
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return false
    throw error
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    ignoreFileErrors(error)
  }
}
