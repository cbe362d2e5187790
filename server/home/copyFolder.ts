import { createHash, type Hash } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { RefusedFile } from '../files/regularFile.ts'

const pieceBytes = 1024 * 1024

export interface FolderCopyParts {
  files: Pick<RunFiles, 'open' | 'lstat' | 'readdir' | 'unlink' | 'makeFolder'>
  from: string
  to: string
  /** Files and folders that stay behind, by their path within the folder. */
  isLeftBehind(relative: string): boolean
  /** Bytes that were copied and checked, of those that are known to be there; told with each piece. */
  onProgress(copied: number, total: number): void
}

/** What was copied read back as something else: the disk, or what lies between, is not to be trusted with it. */
export class CopyMismatch extends Error {
  readonly code = 'COPY_MISMATCH'
  readonly path: string

  constructor(file: string) {
    super(`COPY_MISMATCH: ${file}`)
    this.path = file
  }
}

/**
 * A copy of a folder that others may still write to: `update` copies what is new or changed since the last time, so that the last one
 * finds nothing. Every file is read back from the disk and compared by its SHA-256. Throws what the file system says, `RefusedFile` for
 * a link, a device or a pipe, and `CopyMismatch`.
 */
export class FolderCopy {
  readonly #parts: FolderCopyParts
  readonly #copied = new Map<string, Stats>()
  #total = 0
  #bytes = 0

  constructor(parts: FolderCopyParts) {
    this.#parts = parts
  }

  /** Bytes of what is there to be copied. */
  async measure(): Promise<number> {
    return sum(await this.#list(''))
  }

  /** How many files were copied, or removed from the copy because they are gone. */
  async update(): Promise<number> {
    const { from, to, files } = this.#parts
    await files.makeFolder(to)
    const found = await this.#list('')
    const changed = [...found].filter(([name, stats]) => !isSame(this.#copied.get(name), stats))
    this.#total = sum(found)
    let changes = 0
    for (const [name] of changed) if (await this.#copy(path.join(from, name), path.join(to, name), name)) changes++
    for (const name of [...this.#copied.keys()].filter((name) => !found.has(name))) {
      await files.unlink(path.join(to, name))
      this.#bytes -= this.#copied.get(name)?.size ?? 0
      this.#copied.delete(name)
      changes++
    }
    return changes
  }

  /** Files by their path within the folder. Folders are made in the copy as they are met, so that empty ones are there, too. */
  async #list(folder: string, found = new Map<string, Stats>()): Promise<Map<string, Stats>> {
    const { files, from, to, isLeftBehind } = this.#parts
    for (const name of await files.readdir(path.join(from, folder))) {
      const relative = path.join(folder, name)
      if (isLeftBehind(relative)) continue
      const stats = await files.lstat(path.join(from, relative)).catch(ifGone)
      if (stats === null) continue
      if (stats.isDirectory()) {
        await files.makeFolder(path.join(to, relative))
        await this.#list(relative, found)
      } else if (stats.isFile()) found.set(relative, stats)
      else throw new RefusedFile('NOT_A_FILE', path.join(from, relative))
    }
    return found
  }

  /** False: it is gone. A change while it is copied shows in its size or its time, and it is copied again. */
  async #copy(from: string, to: string, name: string): Promise<boolean> {
    const { files } = this.#parts
    const source = await files.open(from, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(ifGone)
    if (source === null) return false
    try {
      const stats = await source.stat()
      const read = createHash('sha256')
      const target = await files.open(to, 'w', 0o600)
      try {
        await this.#eachPiece(source, async (piece) => {
          read.update(piece)
          await writeAll(target, piece)
        })
        await target.utimes(stats.atime, stats.mtime)
        await target.sync()
      } finally {
        await target.close()
      }
      if ((await this.#hashOf(to)) !== read.digest('hex')) throw new CopyMismatch(from)
      this.#bytes += stats.size - (this.#copied.get(name)?.size ?? 0)
      this.#copied.set(name, stats)
      return true
    } finally {
      await source.close()
    }
  }

  async #hashOf(file: string): Promise<string> {
    const hash: Hash = createHash('sha256')
    const handle = await this.#parts.files.open(file, 'r')
    try {
      await this.#eachPiece(handle, async (piece) => void hash.update(piece))
    } finally {
      await handle.close()
    }
    return hash.digest('hex')
  }

  /** Whoever waits hears of each piece: one file may take minutes. */
  async #eachPiece(handle: FileHandle, take: (piece: Uint8Array) => Promise<void>): Promise<void> {
    const buffer = Buffer.allocUnsafe(pieceBytes)
    for (;;) {
      this.#parts.onProgress(this.#bytes, this.#total)
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) return
      await take(buffer.subarray(0, bytesRead))
    }
  }
}

/** Makes the names of a folder and of all below it durable, where the system can. */
export async function syncFolders(files: Pick<RunFiles, 'open' | 'lstat' | 'readdir'>, folder: string): Promise<void> {
  for (const name of await files.readdir(folder)) {
    const place = path.join(folder, name)
    if ((await files.lstat(place)).isDirectory()) await syncFolders(files, place)
  }
  await syncFolder(files, folder)
}

export async function syncFolder(files: Pick<RunFiles, 'open'>, folder: string): Promise<void> {
  try {
    const handle = await files.open(folder, 'r')
    await handle.sync().finally(() => handle.close())
  } catch (error) {
    // Windows opens no folder; its names are durable by other means.
    ignoreFileErrors(error)
  }
}

async function writeAll(handle: FileHandle, piece: Uint8Array): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    const { bytesWritten } = await handle.write(piece, done, piece.length - done)
    // A nearly full disk may write short without an error.
    if (bytesWritten === 0) throw Object.assign(new Error('The disk took no more bytes'), { code: 'ENOSPC' })
    done += bytesWritten
  }
}

function sum(files: ReadonlyMap<string, Stats>): number {
  return [...files.values()].reduce((bytes, { size }) => bytes + size, 0)
}

function isSame(before: Stats | undefined, now: Stats): boolean {
  return before?.size === now.size && before.mtimeMs === now.mtimeMs && before.ino === now.ino
}

function ifGone(error: unknown): null {
  if (fileErrorCode(error) !== 'ENOENT') throw error
  return null
}
