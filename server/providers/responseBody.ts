import type { Transform } from 'node:stream'
import { constants, createGunzip, createInflate } from 'node:zlib'
import { localizable } from '../../shared/message.ts'
import type { TransportFailure } from './transportFailure.ts'

/** How many pieces of a stream may wait for their reader before the sender is slowed down. */
const piecesAhead = 32

/** Codings that change nothing; some servers name the characters' encoding there. */
const meaningNothing = new Set(['', 'identity', 'none', 'utf-8', 'utf8'])

/** What the bytes of an answer do to the request that they belong to. */
export interface BodyOwner {
  /** After decompression. */
  maxBytes: number
  redact(chunk: Buffer): Buffer
  /** Slows the sender down, or lets it go on. */
  pauseSender(): void
  resumeSender(): void
  /** The reader of the stream lets the sender wait, which is no silence of the sender's, or goes on reading. */
  onReaderSlow(): void
  onReaderReady(): void
  onEnd(): void
  onFailure(failure: TransportFailure): void
}

type Sink =
  | { kind: 'whole'; chunks: Buffer[] }
  | { kind: 'stream'; stream: ReadableStreamDefaultController<Uint8Array>; isPaused: boolean }
  | { kind: 'over' }

/** The bytes of one answer on their way from the socket: decompressed, bounded, and either collected or handed on as they come. */
export class ResponseBody {
  readonly #owner: BodyOwner
  #decoder: Transform | null = null
  #bytes = 0
  #sink: Sink = { kind: 'whole', chunks: [] }

  constructor(owner: BodyOwner) {
    this.#owner = owner
  }

  /** False when the encoding is none that was offered, which ends the call. */
  decode(encoding: string | null): boolean {
    const codings = (encoding ?? '')
      .toLowerCase()
      .split(',')
      .map((coding) => coding.trim())
    const [coding, ...others] = codings.filter((each) => !meaningNothing.has(each))
    if (coding === undefined) return true
    // A stream is compressed piece by piece: each piece has to come out when it came in.
    const flush = { flush: constants.Z_SYNC_FLUSH }
    if (others.length === 0 && (coding === 'gzip' || coding === 'x-gzip')) this.#decoder = createGunzip(flush)
    else if (others.length === 0 && coding === 'deflate') this.#decoder = createInflate(flush)
    else {
      this.#owner.onFailure({
        kind: 'undecodable',
        why: localizable('it is compressed in a way that was not asked for'),
      })
      return false
    }
    this.#decoder
      .on('data', (chunk: Buffer) => this.#take(chunk))
      .on('drain', () => this.#owner.resumeSender())
      .on('end', () => this.#owner.onEnd())
      .on('error', () => this.#owner.onFailure({ kind: 'undecodable', why: localizable('its compression is damaged') }))
    return true
  }

  /** Hands the bytes on from now on, instead of collecting them. */
  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (stream) => {
          this.#sink = { kind: 'stream', stream, isPaused: false }
        },
        pull: () => this.#resume(),
        cancel: () => this.#owner.onFailure({ kind: 'cancelled' }),
      },
      { highWaterMark: piecesAhead },
    )
  }

  write(chunk: Buffer): void {
    if (this.#decoder === null) this.#take(chunk)
    else if (!this.#decoder.write(chunk)) this.#owner.pauseSender()
  }

  end(): void {
    if (this.#decoder === null) this.#owner.onEnd()
    else this.#decoder.end()
  }

  /** The answer is complete. The value is all of it; null when it was handed on as a stream, which ends here. */
  close(): Buffer | null {
    const sink = this.#sink
    this.#sink = { kind: 'over' }
    if (sink.kind === 'whole') {
      return sink.chunks.length === 1 ? (sink.chunks[0] as Buffer) : Buffer.concat(sink.chunks)
    }
    if (sink.kind === 'stream') sink.stream.close()
    return null
  }

  /** Nothing more is wanted. True when the reader of a stream got the error. */
  destroy(error: Error): boolean {
    const sink = this.#sink
    this.#sink = { kind: 'over' }
    this.#decoder?.destroy()
    if (sink.kind !== 'stream') return false
    sink.stream.error(error)
    return true
  }

  #take(chunk: Buffer): void {
    const sink = this.#sink
    if (sink.kind === 'over') return
    this.#bytes += chunk.length
    const limitBytes = this.#owner.maxBytes
    if (this.#bytes > limitBytes) this.#owner.onFailure({ kind: 'too_large', limitBytes })
    else if (sink.kind === 'whole') sink.chunks.push(chunk)
    else {
      sink.stream.enqueue(this.#owner.redact(chunk))
      // Who reads slowly slows the sender down, and is not to be mistaken for a silent sender.
      if ((sink.stream.desiredSize ?? 0) > 0) return
      sink.isPaused = true
      if (this.#decoder === null) this.#owner.pauseSender()
      else this.#decoder.pause()
      this.#owner.onReaderSlow()
    }
  }

  #resume(): void {
    if (this.#sink.kind !== 'stream' || !this.#sink.isPaused) return
    this.#sink.isPaused = false
    this.#owner.onReaderReady()
    if (this.#decoder === null) this.#owner.resumeSender()
    else this.#decoder.resume()
  }
}
