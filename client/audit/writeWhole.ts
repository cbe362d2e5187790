import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Writes a file whole or not at all: one of that name stays as it was until the last piece is there. Null, or why it was not written. */
export async function writeWhole(file: string, pieces: AsyncIterable<string>): Promise<string | null> {
  const part = `${file}.part`
  try {
    await pipeline(Readable.from(pieces), createWriteStream(part, { mode: 0o600 }))
    await rename(part, file)
    return null
  } catch (error) {
    await rm(part, { force: true })
    return error instanceof Error ? error.message : String(error)
  }
}
