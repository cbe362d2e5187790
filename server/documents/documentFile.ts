import { Buffer } from 'node:buffer'
import { fileURLToPath } from 'node:url'
import { succeed } from '../../protocol/outcome.ts'
import type { OpenedFile } from '../sources/openedFile.ts'

const headBytes = 64 * 1024
const chunkBytes = 64 * 1024

/**
 * A text as it stands in an editor, for the readers of sources: what they find in it is what they would find in the file. Between
 * two chunks other requests have their turn.
 */
export function documentFile(path: string, text: string, giveWay: () => Promise<void>): OpenedFile {
  const bytes = Buffer.from(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  return {
    path,
    size: bytes.length,
    modifiedAtMs: 0,
    encoding: 'utf-8',
    head: bytes.subarray(0, headBytes),
    isHeadUtf8: true,
    async *chunks() {
      for (let at = 0; at < bytes.length; at += chunkBytes) {
        if (at > 0) await giveWay()
        yield bytes.subarray(at, at + chunkBytes)
      }
      return succeed(null)
    },
    close: async () => {},
  }
}

/** Null: it is no file. */
export function pathOfUri(uri: string): string | null {
  if (!uri.startsWith('file:')) return null
  try {
    return fileURLToPath(uri)
  } catch {
    return null
  }
}
