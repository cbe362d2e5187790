/*
 * Every change works on a copy of the database and makes a new image of it. V8 collects all garbage each time when ten megabytes or so
 * outside its heap are new, which for a database of 1 MB took as long as the change itself. So copies use the memory of closed ones,
 * and an image that nobody needs any more goes back at once.
 */

export interface CopyMemory {
  /** A copy of the bytes, which belongs to its user until it is handed back. */
  copyOf(bytes: Uint8Array): Buffer
  handBack(copy: Buffer): void
}

/** Beyond it, memory is worth more than time. */
const largestKeptBytes = 16 * 1024 * 1024

export function createCopyMemory(): CopyMemory {
  let spare: Buffer | null = null
  return {
    copyOf(bytes) {
      const isEnough = spare !== null && spare.length >= bytes.length && spare.length <= 2 * roomFor(bytes.length)
      const memory = isEnough && spare ? spare : Buffer.allocUnsafeSlow(roomFor(bytes.length))
      if (isEnough) spare = null
      memory.set(bytes)
      return memory.subarray(0, bytes.length)
    },
    handBack(copy) {
      if (copy.buffer.byteLength <= largestKeptBytes) spare = Buffer.from(copy.buffer)
    },
  }
}

/** Databases grow by a page now and then. */
function roomFor(bytes: number): number {
  return Math.ceil(bytes * 1.125)
}

/** Gives an image's memory back before the garbage is collected. Its array is empty then. Node 20 can not, and collects it later. */
export function freeImage({ buffer, byteLength }: Uint8Array): void {
  const isAlone = buffer.byteLength === byteLength
  if (isAlone) (buffer as { transfer?(length: number): unknown }).transfer?.(0)
}
