import { Buffer } from 'node:buffer'
import { Readable, Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Decompress } from 'fzstd'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { localizable } from '../../shared/message.ts'
import { fileFailure } from './fileFailure.ts'

export type Packing = 'gzip' | 'zstd'

/** Chunks as they are stored, each valid until the next is asked for. */
export type ByteStream = AsyncGenerator<Buffer, Outcome<null>, void>

/** The best of what people pack is below 200 to 1, the worst that gzip can do is 1,032 to 1. */
const mostPacked = 300
/** So much may come out of any file: a small one that holds one line many times is no attack. */
const harmlessBytes = 1024 * 1024 * 1024

/** What packed bytes hold, as it is needed: no more of it is in memory than a few chunks. */
export async function* unpack(packed: ByteStream, packing: Packing, path: string): ByteStream {
  let end: Outcome<null> = succeed(null)
  let taken = 0
  async function* takeChunks() {
    for (;;) {
      const next = await packed.next()
      if (next.done) {
        end = next.value
        return
      }
      taken += next.value.length
      // Their memory is used again before the decoder has come to them.
      yield Buffer.from(next.value)
    }
  }
  const stored = Readable.from(takeChunks(), { objectMode: false })
  const decoder = packing === 'gzip' ? createGunzip() : await createZstdDecoder()
  stored.on('error', (error) => decoder.destroy(error))
  let given = 0
  try {
    for await (const chunk of stored.pipe(decoder) as AsyncIterable<Buffer>) {
      given += chunk.length
      if (given > harmlessBytes && given > taken * mostPacked) return tooMuch(path)
      yield chunk
    }
  } catch (error) {
    return end.ok ? damaged(path, error) : end
  } finally {
    stored.destroy()
    await packed.return(succeed(null))
  }
  return end
}

/**
 * Node has one of its own from 22.15 on, which ends without a word after the first of several frames: parallel programs write many,
 * and so does whoever appends to a file. This one does not look at checksums.
 */
async function createZstdDecoder(): Promise<Transform> {
  const { Decompress } = await import('fzstd')
  let frames: Decompress | null = null
  const decoder: Transform = new Transform({
    transform(chunk: Buffer, _, done) {
      if (frames === null && windowOf(chunk) > largestWindow) return done(new WindowTooLarge())
      frames ??= new Decompress((bytes) => decoder.push(Buffer.from(bytes)))
      done(failureOf(() => frames?.push(chunk)))
    },
    flush(done) {
      done(failureOf(() => frames?.push(new Uint8Array(0), true)))
    },
  })
  return decoder
}

/** What its strongest level takes; only `--long` takes more. The decoder has all of it in memory. */
const largestWindow = 128 * 1024 * 1024

class WindowTooLarge extends Error {}

/** Of the first frame, in bytes, by its header (RFC 8878, 3.1.1.1); 0: there is no frame at the beginning. */
function windowOf(start: Buffer): number {
  if (start.length < 14 || start.readUInt32LE(0) !== 0xfd2fb528) return 0
  const flags = start.readUInt8(4)
  if ((flags & 0x20) === 0) {
    const descriptor = start.readUInt8(5)
    return 2 ** (10 + (descriptor >> 3)) * (1 + (descriptor & 7) / 8)
  }
  const sizeAt = 5 + ([0, 1, 2, 4][flags & 3] ?? 0)
  if (flags >> 6 === 3) return Number(start.readBigUInt64LE(sizeAt))
  return flags >> 6 === 2 ? start.readUInt32LE(sizeAt) : 0
}

function failureOf(work: () => void): Error | null {
  try {
    work()
    return null
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

const zstdEndMissing = 5

function damaged(path: string, error: unknown) {
  const code = (error as { code?: unknown }).code
  if (code === 'Z_BUF_ERROR' || code === zstdEndMissing)
    return fileFailure(path, 'malformed', localizable('it is cut off: its end is missing'))
  if (error instanceof WindowTooLarge)
    return fileFailure(
      path,
      'unsupported',
      localizable('unpacking it takes more than 128 MB of memory (zstd --long)'),
      {
        saveAs: '.gz',
      },
    )
  return fileFailure(path, 'malformed', localizable('what is packed in it is damaged'))
}

function tooMuch(path: string) {
  const detail = localizable('it unpacks to more than {0} times its size', mostPacked)
  return fileFailure(path, 'too_large', detail, { saveAs: 'CSV' })
}
