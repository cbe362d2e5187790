import path from 'node:path'
import type { EditorHome } from '../../protocol/home.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { localizable, localizableText, withMessage } from '../../shared/message.ts'
import type { Clock } from '../files/clock.ts'
import { instant } from '../files/clock.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { RefusedFile } from '../files/regularFile.ts'
import { claimName, type FileTurn, takeTurn } from '../labels/fileTurn.ts'
import { generationPath, listGenerations } from '../store/generations.ts'
import { fileErrorInEnglish } from '../store/storeFiles.ts'
import { CopyMismatch, FolderCopy, syncFolder, syncFolders } from './copyFolder.ts'
import { movedNoteName, readEditorNote, readMovedNote, writeEditorNote, writeMovedNote } from './editorNotes.ts'
import { type SealParts, sealedGenerations, sealStore, unsealStore } from './movedSeal.ts'
import { type DataPlace, type PlaceParts, placeFolder } from './placeFolder.ts'
import { findWorker } from './workers.ts'

export interface MoveParts extends PlaceParts {
  clock: Clock
  random(): number
  onDamage(words: string): void
  /** Bytes that are copied, of all; told with each piece, and while others are waited for. */
  onProgress(copied: number, total: number): void
}

export interface MoveRequest {
  /** The data folder of the machine. */
  dataFolder: string
  /** The editor's own storage. */
  editorFolder: string
  /** A person goes over to the data folder as it is, although the editor's own storage has another store. */
  leaves: boolean
}

/** Which folder this process works on, and what became of the editor's own. */
export interface Home {
  dataFolder: string
  /** Null: it is the data folder. */
  editor: EditorHome | null
}

/** Other windows copy at the same time; a large store takes minutes. */
const longestWaitMs = 30 * 60_000
const mostPasses = 20
const renewMs = 15_000

/**
 * The store of an editor's own storage moves to the data folder that all editors and terminals of the machine share: copied beside it,
 * each file read back and compared, its old place sealed by a commit so that no process of any version writes there any more, and then
 * put in its place by one rename (or, where a disk is mounted there, by one link: `MountedPlace`). So the data folder has all of it or nothing, whenever the process dies, and the old place keeps what it
 * had. Where the data folder has a store of its own nothing is merged: both stay, and the editor goes on with its own.
 */
export async function settleHome(parts: MoveParts, request: MoveRequest): Promise<Home> {
  if (await isSameFolder(parts.files, request)) return { dataFolder: request.dataFolder, editor: null }
  return await new HomeMove(parts, request).settle()
}

async function isSameFolder(files: Pick<RunFiles, 'realpath'>, request: MoveRequest): Promise<boolean> {
  const real = (folder: string) => files.realpath(folder).catch(() => path.resolve(folder))
  return (await real(request.dataFolder)) === (await real(request.editorFolder))
}

class HomeMove {
  readonly #parts: MoveParts
  readonly #request: MoveRequest
  readonly #seal: SealParts
  /** Among the processes that move this store; null: not ours. */
  #turn: FileTurn | null = null

  constructor(parts: MoveParts, request: MoveRequest) {
    this.#parts = parts
    this.#request = request
    this.#seal = { ...parts, files: parts.storeFiles }
  }

  async settle(): Promise<Home> {
    const known = await this.#settled()
    if (known) return known
    const { editorFolder, leaves } = this.#request
    try {
      if (!this.#hasStore(editorFolder)) return this.#at('empty')
      this.#turn = await this.#takeTurn()
      // Whoever had the turn before may have done it.
      const done = await this.#settled()
      if (done) return done
      if (leaves) return await this.#leave()
      return this.#turn ? await this.#move() : await this.#stay('busy', localizable('another window is moving it'))
    } catch (error) {
      return await this.#stay('failed', whatFailed(error, this.#request))
    } finally {
      await this.#turn?.end().catch(ignoreFileErrors)
    }
  }

  /** What was decided before; null: nothing yet. */
  async #settled(): Promise<Home | null> {
    const { files } = this.#parts
    const { editorFolder, dataFolder } = this.#request
    const note = await readMovedNote(files, editorFolder)
    if (note) return this.#at(note.state, { at: note.at, dataFolder: note.dataFolder })
    const arrived = await readEditorNote(files, dataFolder, editorFolder)
    if (arrived?.state !== 'moved') return null
    // The process that moved it died before it could say so in the old place, and maybe before it took its stage away.
    await this.#noteMoved(arrived.at ?? this.#now())
    await this.#cleanUp()
    return this.#at('moved', { at: arrived.at, dataFolder })
  }

  /** What is left beside a data folder that has it all is of no harm, and goes when it can. */
  async #cleanUp(): Promise<void> {
    const { editorFolder, dataFolder } = this.#request
    try {
      await (await placeFolder(this.#parts, dataFolder, editorFolder))?.cleanUp()
    } catch (error) {
      ignoreFileErrors(error)
    }
  }

  async #move(): Promise<Home> {
    const { editorFolder, dataFolder } = this.#request
    const place = await placeFolder(this.#parts, dataFolder, editorFolder)
    if (!place) return await this.#stay('failed', localizable('{0} is inside of it', dataFolder))
    await place.cleanUp()
    // Somebody may have died when all but the word of it was there.
    const done = await this.#settled()
    if (done) return done
    if (place.look() === 'taken') return await this.#stay('apart', null)
    const worker = await findWorker(this.#seal, this.#parts, editorFolder)
    if (worker) return await this.#stay('busy', worker)
    const at = this.#now()
    try {
      const copied = await this.#copy(place, at)
      if (!copied.ok) return await this.#stay('failed', copied.reason.message)
      if (copied.value) return await this.#stay('busy', copied.value)
      if ((await place.put()) === 'taken') return await this.#stay('apart', null)
    } finally {
      await place.removeStage()
    }
    await this.#noteMoved(at)
    return this.#at('moved', { at })
  }

  /** Into the stage beside the data folder, until nothing changes any more. The value: what turned out to work on it; null: all is there. */
  async #copy(place: Pick<DataPlace, 'stage' | 'free'>, at: string): Promise<Outcome<LocalizableMessage | null>> {
    const { files, storeFiles } = this.#parts
    const { editorFolder, dataFolder } = this.#request
    const onProgress = this.#keepTurn()
    const copy = new FolderCopy({ files, from: editorFolder, to: place.stage, isLeftBehind, onProgress })
    if ((await copy.measure()) > (await place.free())) throw noSpace()
    await copy.update()
    const sealed = await sealStore(this.#seal, editorFolder, at)
    if (!sealed.ok) return sealed
    for (let pass = 1; (await copy.update()) > 0; pass++) {
      if (pass === mostPasses) return succeed(localizable('its files keep changing'))
    }
    const worker = await findWorker(this.#seal, this.#parts, editorFolder)
    if (worker) return succeed(worker)
    // What was copied is in use from here on, so it goes without the mark, and without the generations that have it.
    const marked = await sealedGenerations(storeFiles, place.stage)
    const opened = await unsealStore(this.#seal, place.stage)
    if (!opened.ok) return opened
    for (const number of marked) await storeFiles.remove(generationPath(place.stage, number))
    await writeEditorNote(files, place.stage, { ...this.#home('moved'), dataFolder, at })
    await syncFolders(files, place.stage)
    return succeed(null)
  }

  /** A person chose the data folder: the editor's own stays as it is, and closed. */
  async #leave(): Promise<Home> {
    const at = this.#now()
    await writeMovedNote(this.#parts.files, this.#request.editorFolder, { state: 'left', ...this.#to(), at })
    // Without the seal an older version would go on there, as it has until now: no reason to refuse.
    await sealStore(this.#seal, this.#request.editorFolder, at)
    await this.#note({ ...this.#home('left'), at })
    return this.#at('left', { at })
  }

  /** The editor goes on in its own storage, which must not say any more that it has moved. */
  async #stay(state: 'apart' | 'busy' | 'failed', detail: LocalizableMessage | string | null): Promise<Home> {
    const { editorFolder } = this.#request
    // Whoever sleeps for as long as a laptop is shut loses its turn, and another process may have moved it meanwhile.
    const done = await this.#settled()
    if (done) return done
    await this.#reopen()
    const before = await readEditorNote(this.#parts.files, this.#request.dataFolder, editorFolder)
    const at = before?.state === state ? before.at : this.#now()
    const sentence = typeof detail === 'string' ? localizableText(detail) : detail
    const home: EditorHome = { ...this.#home(state), at, ...(sentence ? withMessage('detail', sentence) : {}) }
    await this.#note(home)
    return { dataFolder: editorFolder, editor: home }
  }

  /** A store that cannot be opened says so itself, where it is opened next. */
  async #reopen(): Promise<void> {
    // Whoever has the turn may have sealed it.
    if (this.#turn === null) return
    try {
      await unsealStore(this.#seal, this.#request.editorFolder)
    } catch (error) {
      ignoreFileErrors(error)
    }
  }

  async #noteMoved(at: string): Promise<void> {
    const { files } = this.#parts
    const { editorFolder } = this.#request
    try {
      await writeMovedNote(files, editorFolder, { state: 'moved', ...this.#to(), at })
      await syncFolder(files, editorFolder)
    } catch (error) {
      // The data folder says it, too.
      ignoreFileErrors(error)
    }
  }

  /** So that the terminal can tell. Nothing depends on it, and no folder is made for it. */
  async #note(home: EditorHome): Promise<void> {
    const { dataFolder } = this.#request
    try {
      if (this.#parts.storeFiles.exists(dataFolder)) await writeEditorNote(this.#parts.files, dataFolder, home)
    } catch (error) {
      ignoreFileErrors(error)
    }
  }

  /** Others take the turn of whoever has been silent for a minute. */
  #keepTurn(): MoveParts['onProgress'] {
    const { clock, onProgress } = this.#parts
    let last = clock.monotonic()
    return (copied, total) => {
      onProgress(copied, total)
      if (clock.monotonic() - last < renewMs) return
      last = clock.monotonic()
      void this.#turn?.renew()
    }
  }

  #takeTurn(): Promise<FileTurn | null> {
    const { files, clock, random, onProgress } = this.#parts
    const waiting: Clock = {
      ...clock,
      wait(ms, signal) {
        onProgress(0, 0)
        return clock.wait(ms, signal)
      },
    }
    const claim = path.join(this.#request.editorFolder, 'moving')
    return takeTurn(claim, { files, clock: waiting, random, waitMs: longestWaitMs })
  }

  #hasStore(folder: string): boolean {
    const { numbers, damaged } = listGenerations(this.#parts.storeFiles, folder)
    return numbers.length + damaged > 0
  }

  #at(state: EditorHome['state'], more: Partial<EditorHome> = {}): Home {
    return { dataFolder: this.#request.dataFolder, editor: { ...this.#home(state), ...more } }
  }

  #home(state: EditorHome['state']): EditorHome {
    return { folder: this.#request.editorFolder, state, ...this.#to(), at: null, detail: null }
  }

  #to(): { dataFolder: string } {
    return { dataFolder: this.#request.dataFolder }
  }

  #now(): string {
    return instant(this.#parts.clock.now())
  }
}

/** Better said before the disk is filled: it would be filled again at each start. */
function noSpace(): Error {
  return Object.assign(new Error('The copy would not fit'), { code: 'ENOSPC' })
}

const temporaryName = /\.tmp$|^store\.\d+\.claim$/

/** What belongs to a process, not to the data: claims, half-written files, and what was compiled for the editor's own Node. */
function isLeftBehind(relative: string): boolean {
  const name = path.basename(relative)
  if (relative === movedNoteName || relative === 'compiled') return true
  return claimName.test(name) || temporaryName.test(name)
}

function whatFailed(error: unknown, { editorFolder, dataFolder }: MoveRequest): LocalizableMessage {
  if (error instanceof CopyMismatch) return localizable('the copy of {0} is not the same as the file', error.path)
  if (error instanceof RefusedFile) return localizable('{0} is no regular file', error.message.replace(/^\w+: /, ''))
  // Which of the two it was stands in the path that the system names.
  const isOld = error instanceof Error && 'path' in error && String(error.path).startsWith(editorFolder)
  fileErrorCode(error)
  return fileErrorInEnglish(error, isOld ? editorFolder : dataFolder)
}
