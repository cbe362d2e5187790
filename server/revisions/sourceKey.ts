import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import type { RunRequest } from '../../protocol/runs.ts'

/**
 * The same for all runs over the same files and folders, by whatever names and in whatever order; 32 hex digits. Null: a text that
 * has no file, or one of the files is not there.
 */
export async function sourceKeyOf(source: RunRequest['source']): Promise<string | null> {
  if (source.kind === 'text') return null
  try {
    const real = await Promise.all(source.paths.map((path) => realpath(path)))
    const distinct = [...new Set(real)].sort()
    return createHash('sha256').update(distinct.join('\0')).digest('hex').slice(0, 32)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}
