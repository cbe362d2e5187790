import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  watch,
  writeSync,
} from 'node:fs'
import { rm, unlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import { localizable } from '../../shared/message.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import { makeFolder } from '../files/makeFolder.ts'
import { RefusedFile } from '../files/regularFile.ts'

const flush = promisify(fsync)

/**
 * Every file operation of the store. Those that wait for the disk are asynchronous; the others take less time than a hop to another
 * thread. A test replaces them to let the n-th one fail.
 */
export interface StoreFiles {
  exists(path: string): boolean
  /** Names in the folder; empty when the folder is not there. */
  list(folder: string): string[]
  read(path: string): Buffer
  /** With its parents; no error when it is there. */
  makeFolder(path: string): void
  /** Fails with EEXIST when `to` is taken: the compare-and-swap of the store. */
  link(from: string, to: string): void
  rename(from: string, to: string): void
  /** A file, or a folder with all that is in it; no error when it is gone already. */
  remove(path: string): Promise<void>
  modifiedAt(path: string): number
  /** The system's code for why not; null: it is. */
  whyNotWritable(folder: string): string | null
  /** Fails when the path is taken. */
  create(path: string): CreatedFile
  /** Makes names that were added to the folder durable. */
  syncFolder(folder: string): Promise<void>
  /** Reports what in the folder changed (null: something); `onFailure`: it cannot report any more. */
  watch(folder: string, onChange: (name: string | null) => void, onFailure: () => void): { dispose(): void }
  /** Codes that pass by themselves: an indexer or a virus scanner holds the file for a moment. */
  readonly passingCodes: ReadonlySet<string>
}

export interface CreatedFile {
  /** Writes at `position`; returns how many bytes were written, which may be fewer. */
  write(bytes: Uint8Array, position: number): number
  size(): number
  sync(): Promise<void>
  close(): void
}

export const diskFiles: StoreFiles = {
  exists: existsSync,
  list(folder) {
    try {
      return readdirSync(folder)
    } catch (error) {
      if (fileErrorCode(error) === 'ENOENT') return []
      throw error
    }
  },
  read: readGeneration,
  makeFolder,
  link: linkSync,
  rename: renameSync,
  // Freeing the blocks of a file takes a disk as long as writing them.
  async remove(path) {
    try {
      await unlink(path)
    } catch {
      // A folder, or gone already: `rm` knows them all, and looks twice at what is nearly always a file.
      await rm(path, { recursive: true, force: true })
    }
  },
  modifiedAt: (path) => statSync(path).mtimeMs,
  whyNotWritable(folder) {
    try {
      accessSync(folder, constants.W_OK)
      return null
    } catch (error) {
      return fileErrorCode(error)
    }
  },
  create(path) {
    const file = openSync(path, 'wx', 0o600)
    return {
      write: (bytes, position) => writeSync(file, bytes, 0, bytes.length, position),
      size: () => fstatSync(file).size,
      sync: () => flush(file),
      close: () => closeSync(file),
    }
  },
  async syncFolder(folder) {
    const file = openSync(folder, 'r')
    try {
      await flush(file)
    } finally {
      closeSync(file)
    }
  },
  watch(folder, onChange, onFailure) {
    const watcher = watch(folder, { persistent: false }, (_, name) => onChange(name))
    watcher.on('error', onFailure)
    return { dispose: () => watcher.close() }
  },
  passingCodes: new Set(process.platform === 'win32' ? ['EBUSY', 'EPERM', 'EACCES'] : ['EBUSY', 'EAGAIN']),
}

/** Never waits for a FIFO or a device of that name, and takes in only what a file is said to hold. */
function readGeneration(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    if (!fstatSync(file).isFile()) throw new RefusedFile('NOT_A_FILE', path)
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

/** What a file error means to a person. */
export function fileErrorInEnglish(error: unknown, folder: string): LocalizableMessage {
  const code = fileErrorCode(error)
  const meaning = meanings[code]
  return meaning ? localizable('{0} ({1} in {2})', meaning, code, folder) : localizable('{0} in {1}', code, folder)
}

/** What a person can do something about; undefined: something else. */
export function causeOfFileError(code: string): FolderCause | undefined {
  return causes[code]
}

type FolderCause = NonNullable<Extract<ReasonFacts, { code: 'store_failed' }>['cause']>

const causes: Readonly<Record<string, FolderCause>> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  EROFS: 'read_only_disk',
  EACCES: 'no_permission',
  EPERM: 'no_permission',
  EIO: 'disk_error',
}

const meanings: Readonly<Record<string, LocalizableMessage>> = {
  ENOSPC: localizable('the disk is full'),
  EDQUOT: localizable('the disk quota is used up'),
  EROFS: localizable('the file system is read-only'),
  EACCES: localizable('there is no permission to use the folder or a file in it'),
  EPERM: localizable('there is no permission to use the folder or a file in it'),
  EIO: localizable('the disk reported an error'),
  ENOTDIR: localizable('the path leads through a file, so it cannot be a folder'),
  EEXIST: localizable('the path is taken by a file'),
  ENOENT: localizable('the folder is gone'),
  EBUSY: localizable('another program holds the file'),
  EMFILE: localizable('too many files are open'),
  ENAMETOOLONG: localizable('the path is too long'),
  ELOOP: localizable('the path is a loop of links'),
}

/** Creates a file of exactly these parts, on the disk when it returns. */
export async function writeDurably(files: StoreFiles, place: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = files.create(place)
  try {
    let length = 0
    for (const part of parts) {
      writeAll(file, part, length)
      length += part.length
    }
    await file.sync()
    // A nearly full disk may write short, say so nowhere, and let fsync and rename succeed.
    if (file.size() !== length) throw noSpace()
  } finally {
    file.close()
  }
}

function writeAll(file: CreatedFile, part: Uint8Array, start: number): void {
  for (let done = 0; done < part.length; ) {
    const written = file.write(part.subarray(done), start + done)
    if (written <= 0) throw noSpace()
    done += written
  }
}

function noSpace(): Error {
  return Object.assign(new Error('The disk took fewer bytes than it was given'), { code: 'ENOSPC' })
}
