import { Buffer } from 'node:buffer'
import { longestNumber, naturalKey } from './naturalOrder.ts'

/** Keys of many ids as bytes in one piece: a million texts of their own would be some hundred megabytes. */
export interface IdKeys {
  readonly size: number
  /** Key `at` begins at `starts[at]` and ends before `starts[at + 1]`. */
  readonly bytes: Buffer
  readonly starts: Uint32Array
}

export interface IdKeyWriter {
  /** Of a result as its journal has it. */
  add(result: Buffer): void
  finish(): IdKeys
}

const beforeId = Buffer.from(',"id":"')
const afterId = Buffer.from('","inputHash":"')
/** A key has a byte more than its id for each number in it: hardly ever more than this. */
const usualBytes = 16

/** The keys of so many ids, in the order in which they come; by bytes they order as `naturalKey` does. */
export function createIdKeys(count: number): IdKeyWriter {
  let bytes = Buffer.allocUnsafe(Math.max(1024, count * usualBytes))
  const starts = new Uint32Array(count + 1)
  let size = 0
  let end = 0

  function reserve(length: number): void {
    if (end + length <= bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(bytes.length * 2, end + length))
    bytes.copy(larger, 0, 0, end)
    bytes = larger
  }

  return {
    add(result) {
      // Our own writer puts the id second and the hash third; within an id a quotation mark would be escaped.
      const from = result.indexOf(beforeId) + beforeId.length
      const to = result.indexOf(afterId, from)
      // At most one byte more for each digit that stands alone.
      reserve((to - from) * 2 + 2)
      const written = to === -1 ? -1 : writePlain(result.subarray(from, to), bytes, end)
      if (written === -1) {
        const key = Buffer.from(naturalKey((JSON.parse(result.toString()) as { id: string }).id))
        reserve(key.length)
        end += key.copy(bytes, end)
      } else end = written
      starts[++size] = end
    },
    finish: () => ({ size, bytes, starts }),
  }
}

/** Where the key ends; -1: the id has signs that are not plain, and goes another way. */
function writePlain(id: Buffer, into: Buffer, begin: number): number {
  let end = begin
  for (let at = 0; at < id.length; ) {
    const sign = id[at] as number
    if (sign > 0x7f || sign === 0x5c) return -1
    if (!isDigit(sign)) {
      into[end++] = sign >= 0x41 && sign <= 0x5a ? sign + 32 : sign
      at++
      continue
    }
    let last = at
    while (isDigit(id[last + 1])) last++
    while (at < last && id[at] === 0x30) at++
    into[end++] = 0x30 + Math.min(last - at + 1, longestNumber)
    while (at <= last) into[end++] = id[at++] as number
  }
  return end
}

function isDigit(sign: number | undefined): boolean {
  return sign !== undefined && sign >= 0x30 && sign <= 0x39
}
