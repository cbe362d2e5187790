import { Buffer } from 'node:buffer'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
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
  const input = new PackedInput(packed)
  let given = 0
  try {
    for await (const chunk of packing === 'gzip' ? gunzip(input) : unpackZstd(input)) {
      given += chunk.length
      if (given > harmlessBytes && given > input.taken * mostPacked) return tooMuch(path)
      yield chunk
    }
  } catch (error) {
    return input.end.ok ? damaged(path, error) : input.end
  } finally {
    await packed.return(succeed(null))
  }
  return input.end
}

/** Remembers how much came, and how it ended, which a decoder does not hear of. */
class PackedInput {
  readonly #packed: ByteStream
  taken = 0
  end: Outcome<null> = succeed(null)

  constructor(packed: ByteStream) {
    this.#packed = packed
  }

  async *chunks(): AsyncGenerator<Buffer, void> {
    for (;;) {
      const next = await this.#packed.next()
      if (next.done) {
        this.end = next.value
        return
      }
      this.taken += next.value.length
      // Their memory is used again before the decoder has come to them.
      yield Buffer.from(next.value)
    }
  }
}

async function* gunzip(input: PackedInput): AsyncGenerator<Buffer, void> {
  const stored = Readable.from(input.chunks(), { objectMode: false })
  const decoder = createGunzip()
  stored.on('error', (error) => decoder.destroy(error))
  try {
    yield* stored.pipe(decoder) as AsyncIterable<Buffer>
  } finally {
    stored.destroy()
  }
}

/** A byte of it may stand for 32 KB. */
const piece = 256

/**
 * Node has a decoder of its own from 22.15 on, which ends without a word after the first of several frames: parallel programs write
 * many, and so does whoever appends to a file. This one does not look at checksums.
 */
async function* unpackZstd(input: PackedInput): AsyncGenerator<Buffer, void> {
  const { Decompress } = await import('fzstd')
  const unpacked: Uint8Array[] = []
  const decoder = new Decompress((bytes) => unpacked.push(bytes))
  let isFirst = true
  for await (const chunk of input.chunks()) {
    if (isFirst && windowOf(chunk) > largestWindow) throw new WindowTooLarge()
    isFirst = false
    for (let at = 0; at < chunk.length; at += piece) {
      decoder.push(chunk.subarray(at, at + piece))
      for (const bytes of unpacked.splice(0)) yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    }
  }
  decoder.push(new Uint8Array(0), true)
  for (const bytes of unpacked.splice(0)) yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
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
