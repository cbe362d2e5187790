import type { SourceEntry } from '../sources/sourceEntry.ts'
import { sha256 } from './hashes.ts'

/** What a reading of the source has come to so far. */
export interface SeenItems {
  /** -1: not there. */
  find(key: string): number
  /** Whether this reading of the source has come to it. */
  isSeen(item: number): boolean
  /** Counts how often the same key was met again in this reading: 1, 2, … */
  countRepeat(item: number): number
}

export interface Identity {
  /** 24 hex digits. */
  key: string
  /** What people see. */
  id: string
  /** The user named the id field and this id came before. */
  isDuplicate: boolean
}

/**
 * Who an item is, so that it is known again when the source is read once more: its id within its file, else its content, and for
 * equal contents, which occurrence of them it is. Never its position. An id that we guessed and that comes twice was no id: then the
 * content counts.
 */
export function identify(entry: SourceEntry, inputHash: string, index: SeenItems): Identity {
  if (entry.id === null) return { key: keyOfContent(entry, inputHash, index), id: entry.place, isDuplicate: false }
  const key = idKey(entry.scope, entry.id)
  if (!(entry.before?.hasId ?? isSeen(key, index))) return { key, id: entry.id, isDuplicate: false }
  const isNamed = entry.kind === 'readable' && entry.isIdNamed
  return {
    key: keyOfContent(entry, inputHash, index),
    id: isNamed ? entry.id : entry.place,
    isDuplicate: isNamed,
  }
}

/** The key of an item that has an id of its own. */
export function idKey(scope: string, id: string): string {
  return keyOf('id', scope, id)
}

/** Of equal contents, each has a key of its own. */
function keyOfContent(entry: SourceEntry, inputHash: string, index: SeenItems): string {
  const key = keyOf(entry.kind, entry.scope, `${entry.id === null ? '' : 'again'} ${inputHash}`)
  const repeat = entry.before?.equal ?? (isSeen(key, index) ? index.countRepeat(index.find(key)) : 0)
  return repeat === 0 ? key : keyOf('repeat', key, String(repeat))
}

function isSeen(key: string, index: SeenItems): boolean {
  const found = index.find(key)
  return found !== -1 && index.isSeen(found)
}

function keyOf(what: string, scope: string, value: string): string {
  return sha256(`${what}\0${scope}\0${value}`).slice(0, 24)
}
