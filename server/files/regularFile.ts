import { Buffer } from 'node:buffer'
import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { RunFiles } from './diskFiles.ts'

/** Beside the system's codes: what we refuse ourselves of a file that a workspace or a data folder supplies. */
export type RefusedFileCode = 'NOT_A_FILE' | 'TOO_LARGE' | 'OUTSIDE_WORKSPACE' | 'DANGLING_LINK' | 'OTHER_FILE'

/** Thrown like an error of the system, so that whoever handles those handles it, too. */
export class RefusedFile extends Error {
  readonly code: RefusedFileCode
  /** Where it really leads. */
  readonly target: string | null

  constructor(code: RefusedFileCode, path: string, target: string | null = null) {
    super(`${code}: ${path}${target === null ? '' : ` -> ${target}`}`)
    this.code = code
    this.target = target
  }
}

/** Opening a FIFO or a device waits for somebody at its other end, in a thread that nothing can end. */
const readWithoutWaiting = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/**
 * Opens a file that somebody else may have made: a cloned folder can hold a link to a device, and a data folder can be damaged. Throws
 * `RefusedFile` for anything but a regular file of at most `mostBytes`.
 */
export async function openRegularFile(
  files: Pick<RunFiles, 'open'>,
  path: string,
  mostBytes = Number.POSITIVE_INFINITY,
): Promise<FileHandle> {
  const handle = await files.open(path, readWithoutWaiting).catch((error: unknown) => {
    throw isNoSuchDevice(error) ? new RefusedFile('NOT_A_FILE', path) : error
  })
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw new RefusedFile('NOT_A_FILE', path)
    if (stats.size > mostBytes) throw new RefusedFile('TOO_LARGE', path)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** The whole content. A file may grow while it is read, and those of /proc have no size: never more than `mostBytes`. */
export async function readRegularFile(files: Pick<RunFiles, 'open'>, path: string, mostBytes: number): Promise<Buffer> {
  const handle = await openRegularFile(files, path, mostBytes)
  try {
    return await readAtMost(handle, path, mostBytes)
  } finally {
    await handle.close()
  }
}

/** The content of an open file. */
export async function readAtMost(handle: FileHandle, path: string, mostBytes: number): Promise<Buffer> {
  const { size } = await handle.stat()
  if (size > mostBytes) throw new RefusedFile('TOO_LARGE', path)
  let buffer = Buffer.allocUnsafe(size + 1)
  for (let filled = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled)
    filled += bytesRead
    if (filled > mostBytes) throw new RefusedFile('TOO_LARGE', path)
    if (bytesRead === 0) return buffer.subarray(0, filled)
    if (filled === buffer.length) buffer = Buffer.concat([buffer], buffer.length + 64 * 1024)
  }
}

/** A socket, or a device that nothing drives. */
function isNoSuchDevice(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENXIO'
}
