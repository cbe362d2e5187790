import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import type { ItemIndex } from './itemIndex.ts'

const groupBytes = 512 * 1024

/**
 * The JSON of final results in the order given, some at a time. Neighbours in the source are mostly neighbours in the journal,
 * so a whole stretch is read at once. The bytes are valid until the next are asked for.
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
      const nextFrom = Math.min(from, place.offset)
      const nextTo = Math.max(to, place.offset + place.length)
      if (group.length > 0 && nextTo - nextFrom > groupBytes) break
      group.push(place)
      from = nextFrom
      to = nextTo
    }
    if (to - from > buffer.length) buffer = Buffer.allocUnsafe((to - from) * 2)
    const bytes = buffer.subarray(0, to - from)
    await readExactly(handle, from, bytes)
    yield group.map((place) => bytes.subarray(place.offset - from, place.offset - from + place.length))
  }
}

/** Fails with EIO where the file ends too early. */
export async function readExactly(handle: FileHandle, position: number, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done)
    if (bytesRead === 0) throw Object.assign(new Error('the journal is shorter than it was'), { code: 'EIO' })
    done += bytesRead
  }
}
