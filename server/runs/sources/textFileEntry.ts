import { Buffer, isUtf8 } from 'node:buffer'
import type { ItemErrorCode } from '../../../protocol/results.ts'
import type { FileProblem, OpenedFile } from './openedFile.ts'
import type { BrokenEntry, SourceEntry } from './sourceEntry.ts'

/** A whole text file as one item. `id` is its path as people see it. */
export async function readTextFile(file: OpenedFile, id: string, longestBytes: number): Promise<SourceEntry> {
  if (file.size > longestBytes) {
    return brokenFile(id, 'row_too_long', `it is larger than ${Math.floor(longestBytes / 1024 / 1024)} MB`)
  }
  const parts: Buffer[] = []
  for (const chunks = file.chunks(); ; ) {
    const next = await chunks.next()
    if (!next.done) parts.push(Buffer.from(next.value))
    else if (next.value.ok) break
    else return brokenFile(id, 'file_changed', 'it was changed while it was read')
  }
  const bytes = Buffer.concat(parts)
  if (bytes.includes(0)) return brokenFile(id, 'file_binary', 'it is a binary file, not text')
  if (!isUtf8(bytes)) return brokenFile(id, 'file_encoding', notUtf8)
  const text = bytes.toString()
  if (text.trim() === '') return { ...brokenFile(id, 'file_empty', 'it is empty'), status: 'skipped' }
  return { kind: 'readable', id, isIdNamed: false, place: id, scope: id, text }
}

export const notUtf8 = 'it is not valid UTF-8 (an older encoding?); save it as UTF-8'

export function brokenFile(id: string, code: ItemErrorCode, detail: string): BrokenEntry {
  const error = { code, message: `${id}: ${detail}.` }
  return { kind: 'broken', id, place: id, scope: id, status: 'failed', error, content: code }
}

/** What a file that was found in a folder becomes when it cannot be opened; null: it is not material at all. */
export function unopenedFile(id: string, problem: FileProblem, detail: string): BrokenEntry | null {
  switch (problem) {
    case 'binary':
    case 'not_a_file':
      return null
    case 'empty':
      return { ...brokenFile(id, 'file_empty', detail), status: 'skipped' }
    case 'missing':
    case 'unreadable':
      return brokenFile(id, 'file_unreadable', detail)
    case 'encoding':
      return brokenFile(id, 'file_encoding', detail)
    case 'changed':
      return brokenFile(id, 'file_changed', detail)
    default:
      return problem satisfies never
  }
}
