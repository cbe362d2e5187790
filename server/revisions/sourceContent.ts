import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { lstat, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { RunRequest } from '../../protocol/runs.ts'
import { diskFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { openRegularFile } from '../files/regularFile.ts'
import type { SourceContent } from '../store/runTable.ts'

/** A file of more bytes is known by blocks that are spread over it, its beginning and its end among them: a run does not wait for more. */
const wholeBytes = 64 * 1024 * 1024
const blockBytes = 1024 * 1024

/** What the one file of a source holds, to know it again under another name. Null: it is no single file, or it cannot be read. */
export async function contentOf(source: RunRequest['source']): Promise<SourceContent | null> {
  const path = source.kind === 'paths' && source.paths.length === 1 ? source.paths[0] : undefined
  return path === undefined ? null : await contentOfFile(path)
}

export async function contentOfFile(path: string): Promise<SourceContent | null> {
  try {
    // A folder is no file that could be opened.
    if (!(await stat(path)).isFile()) return null
    const handle = await openRegularFile(diskFiles, path)
    try {
      const { size } = await handle.stat()
      const hash = createHash('sha256').update(`${size}\0`)
      const block = Buffer.allocUnsafe(blockBytes)
      for (const at of blocksOf(size)) {
        const { bytesRead } = await handle.read(block, 0, blockBytes, at)
        hash.update(block.subarray(0, bytesRead))
      }
      return { size, hash: hash.digest('hex') }
    } finally {
      await handle.close()
    }
  } catch (error) {
    ignoreFileErrors(error)
    return null
  }
}

function* blocksOf(size: number): Generator<number> {
  const count = Math.ceil(Math.min(size, wholeBytes) / blockBytes)
  const step = size <= wholeBytes ? blockBytes : (size - blockBytes) / (count - 1)
  for (let block = 0; block < count; block++) yield Math.floor(block * step)
}

/** Bytes of a file; null: it is not there, or nobody may look. */
export async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size
  } catch (error) {
    ignoreFileErrors(error)
    return null
  }
}

const mostNeighbours = 2000

/** What stands in the same folder, as far as it is not too much to look at. */
export async function neighboursOf(path: string): Promise<string[]> {
  try {
    const names = await readdir(dirname(path))
    return names.length > mostNeighbours ? [] : names.map((name) => join(dirname(path), name))
  } catch (error) {
    ignoreFileErrors(error)
    return []
  }
}

/** A disk that does not answer, or a folder that may not be looked into, is no file that is gone. */
export async function isGone(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return false
  } catch (error) {
    const code = fileErrorCode(error)
    return code === 'ENOENT' || code === 'ENOTDIR'
  }
}
