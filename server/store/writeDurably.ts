import type { CreatedFile, StoreFiles } from './storeFiles.ts'

/** Creates a file of exactly these parts, on the disk when it returns. */
export async function writeDurably(files: StoreFiles, place: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = files.create(place)
  try {
    let length = 0
    for (const part of parts) {
      writeAll(file, part, length)
      length += part.length
    }
    await file.sync()
    // A nearly full disk may write short, say so nowhere, and let fsync and rename succeed.
    if (file.size() !== length) throw noSpace()
  } finally {
    file.close()
  }
}

function writeAll(file: CreatedFile, part: Uint8Array, start: number): void {
  for (let done = 0; done < part.length; ) {
    const written = file.write(part.subarray(done), start + done)
    if (written <= 0) throw noSpace()
    done += written
  }
}

function noSpace(): Error {
  return Object.assign(new Error('The disk took fewer bytes than it was given'), { code: 'ENOSPC' })
}
