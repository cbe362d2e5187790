import { fileURLToPath } from 'node:url'

/** Null: it is no file. */
export function pathOfUri(uri: string): string | null {
  if (!uri.startsWith('file:')) return null
  try {
    return fileURLToPath(uri)
  } catch {
    return null
  }
}
