import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import { ResultRecord } from '../../protocol/results.ts'
import type { ItemIndex } from './itemIndex.ts'
import { beginsSealed, DamagedRecord, isSound } from './seal.ts'

const groupBytes = 512 * 1024
/** What stands before a result in its line: a checksum, the key, a position. */
const mostBefore = 96

/**
 * The JSON of final results in the order given, some at a time. Neighbours in the source are mostly neighbours in the journal,
 * so a whole stretch is read at once. The bytes are valid until the next are asked for. Throws `DamagedRecord` where a line is another
 * than when the index was made: disks forget, and an index may be read from a file or be minutes old.
 */
export async function* readResultTexts(
  handle: FileHandle,
  index: ItemIndex,
  items: Uint32Array,
): AsyncGenerator<Buffer[]> {
  let buffer = Buffer.allocUnsafe(groupBytes)
  for (let at = 0; at < items.length; ) {
    const group: { offset: number; length: number }[] = []
    let from = Number.POSITIVE_INFINITY
    let to = 0
    for (; at < items.length; at++) {
      const place = index.place(items[at] as number)
      const nextFrom = Math.min(from, Math.max(0, place.offset - mostBefore))
      const nextTo = Math.max(to, place.offset + place.length + lineEnd)
      if (group.length > 0 && nextTo - nextFrom > groupBytes) break
      group.push(place)
      from = nextFrom
      to = nextTo
    }
    if (to - from > buffer.length) buffer = Buffer.allocUnsafe((to - from) * 2)
    const bytes = buffer.subarray(0, to - from)
    await readExactly(handle, from, bytes)
    yield group.map((place) => soundResult(bytes, place.offset - from, place.length))
  }
}

/** The brace that ends the line's object. */
const lineEnd = 1
const brace = '{'.charCodeAt(0)

function soundResult(bytes: Buffer, at: number, length: number): Buffer {
  // Only the brace of its line's beginning stands before a result.
  const begin = bytes.lastIndexOf(brace, at - 1)
  const line = bytes.subarray(begin, at + length + lineEnd)
  if (begin === -1 || (beginsSealed(line) && !isSound(line)))
    throw new DamagedRecord('a line of the journal is damaged')
  return bytes.subarray(at, at + length)
}

/** Fails with EIO where the file ends too early. */
export async function readExactly(handle: FileHandle, position: number, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done)
    if (bytesRead === 0) throw Object.assign(new Error('the journal is shorter than it was'), { code: 'EIO' })
    done += bytesRead
  }
}

/** Throws `DamagedRecord` where it is no result: a line of an earlier version has no checksum. */
export function parseResult(text: Buffer): ResultRecord {
  try {
    return ResultRecord.parse(JSON.parse(text.toString()))
  } catch {
    throw new DamagedRecord('a result in the journal is damaged')
  }
}
