import { Buffer, isUtf8 } from 'node:buffer'
import { succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { ItemErrorCode } from '../../protocol/results.ts'
import { localizable } from '../../shared/message.ts'
import type { FileProblem } from './fileFailure.ts'
import type { OpenedFile } from './openedFile.ts'
import type { BrokenEntry, SourceEntry } from './sourceEntry.ts'

/** A whole text file as one item. `id` is its path as people see it. */
export async function readTextFile(file: OpenedFile, id: string, longestBytes: number): Promise<SourceEntry> {
  const read = await readWholeText(file, id, longestBytes)
  if (read.kind === 'broken') return read
  const { text } = read
  return { kind: 'readable', id, isIdNamed: false, place: id, scope: id, file: file.path, line: null, text }
}

/** The whole text of a file that is read as one, or what is wrong with it. */
export async function readWholeText(
  file: OpenedFile,
  id: string,
  longestBytes: number,
): Promise<{ kind: 'text'; text: string } | BrokenEntry> {
  const tooLarge = `it is larger than ${Math.floor(longestBytes / 1024 / 1024)} MB`
  if (file.size > longestBytes) return brokenFile(file.path, id, 'row_too_long', tooLarge)
  const parts: Buffer[] = []
  let length = 0
  for (const chunks = file.chunks(); ; ) {
    const next = await chunks.next()
    if (!next.done) {
      parts.push(Buffer.from(next.value))
      length += next.value.length
      if (length <= longestBytes) continue
      await chunks.return(succeed(null))
      return brokenFile(file.path, id, 'row_too_long', tooLarge)
    }
    if (next.value.ok) break
    return brokenByEnd(file.path, id, next.value.reason)
  }
  const bytes = Buffer.concat(parts)
  if (bytes.includes(0)) return brokenFile(file.path, id, 'file_binary', 'it is a binary file, not text')
  if (!isUtf8(bytes)) return brokenFile(file.path, id, 'file_encoding', notUtf8)
  const text = bytes.toString()
  if (text.trim() === '') return { ...brokenFile(file.path, id, 'file_empty', 'it is empty'), status: 'skipped' }
  return { kind: 'text', text }
}

function brokenByEnd(file: string, id: string, reason: Reason): BrokenEntry {
  if (reason.code === 'source_invalid' && reason.problem === 'changed')
    return brokenFile(file, id, 'file_changed', 'it was changed while it was read')
  return brokenFile(file, id, 'file_unreadable', reason.code === 'source_invalid' ? reason.detail : reason.message)
}

export const notUtf8 = localizable(
  'it is not valid UTF-8; say which encoding it has (windows-1252 for older Western files) or save it as UTF-8',
).text

export function brokenFile(file: string, id: string, code: ItemErrorCode, detail: string): BrokenEntry {
  const error = { code, message: `${id}: ${detail}.` }
  return { kind: 'broken', id, place: id, scope: id, file, line: null, status: 'failed', error, content: code }
}

/** What is wrong with a file as a whole, without the name that its message begins with. */
export function brokenDetail({ id, error: { message } }: BrokenEntry): string {
  const named = `${id}: `
  return (message.startsWith(named) ? message.slice(named.length) : message).replace(/\.$/, '')
}

/** What a file that was found in a folder becomes when it cannot be opened; null: it is not material at all. */
export function unopenedFile(file: string, id: string, problem: FileProblem, detail: string): BrokenEntry | null {
  switch (problem) {
    case 'binary':
    case 'not_a_file':
    // Of several tables nobody has chosen one, and of what cannot be read nobody has asked for it.
    case 'unsupported':
    case 'no_table':
      return null
    case 'malformed':
      return brokenFile(file, id, 'row_invalid', detail)
    case 'empty':
      return { ...brokenFile(file, id, 'file_empty', detail), status: 'skipped' }
    case 'missing':
    case 'unreadable':
    case 'encrypted':
    case 'too_large':
    case 'locked':
      return brokenFile(file, id, 'file_unreadable', detail)
    case 'encoding':
      return brokenFile(file, id, 'file_encoding', detail)
    case 'changed':
      return brokenFile(file, id, 'file_changed', detail)
    default:
      return problem satisfies never
  }
}
