import type { StoreFiles } from './storeFiles.ts'

/** Creates a file with exactly these bytes, on the disk when it returns. */
export async function writeDurably(files: StoreFiles, place: string, bytes: Buffer): Promise<void> {
  const file = await files.create(place)
  try {
    for (let offset = 0; offset < bytes.length; ) {
      const written = await file.write(bytes, offset)
      if (written <= 0) throw Object.assign(new Error('The disk takes no more bytes'), { code: 'ENOSPC' })
      offset += written
    }
    await file.sync()
    // A nearly full disk may write short, say so nowhere, and let fsync and rename succeed.
    if ((await file.size()) !== bytes.length) throw Object.assign(new Error('Written short'), { code: 'ENOSPC' })
  } finally {
    await file.close()
  }
}
