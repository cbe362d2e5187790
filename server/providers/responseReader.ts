import type { Transform } from 'node:stream'
import { constants, createGunzip, createInflate } from 'node:zlib'
import type { Dispatcher } from 'undici'
import { say } from '../../shared/message.ts'
import { type CallTimer, startCallTimer } from './callTimer.ts'
import type { Exchange } from './exchange.ts'
import type { ResponseHeaders } from './retryAfter.ts'
import { headerText } from './retryAfter.ts'
import { failureOfSocketError, type TransportFailure } from './transportFailure.ts'
import { WholeResponse } from './wholeResponse.ts'

/** What an answer looks like, whatever its content type claims. */
export type BodyKind = 'json' | 'html' | 'text' | 'empty' | 'stream'

/** Streamed answers are handed on as they come; everything else is read whole first, which is cheaper and bounded. */
const streamTypes = ['text/event-stream', 'application/x-ndjson']
/** How many pieces of a stream may wait for their reader before the sender is slowed down. */
const piecesAhead = 32
const statusesWithoutBody = new Set([204, 205])

/** One request on the wire, driven by the pool; settles the promise of `send` exactly once. */
export class ResponseReader implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange
  readonly #url: URL
  readonly #signals: readonly AbortSignal[]
  readonly #answer: Promise<Response>
  #resolve: (response: Response) => void = () => {}
  #reject: (error: Error) => void = () => {}
  #controller: Dispatcher.DispatchController | null = null
  #decoder: Transform | null = null
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null
  #chunks: Buffer[] = []
  #bytes = 0
  #isOver = false
  #isPaused = false
  #timer: CallTimer | null = null
  readonly #onAbort = () => this.#giveUp({ kind: 'cancelled' })

  constructor(exchange: Exchange, url: URL, signals: readonly AbortSignal[]) {
    this.#exchange = exchange
    this.#url = url
    this.#signals = signals
    this.#answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  send(dispatcher: Dispatcher, request: Dispatcher.DispatchOptions): Promise<Response> {
    const { totalMs, connectMs } = this.#exchange.setting.deadlines
    for (const signal of this.#signals) signal.addEventListener('abort', this.#onAbort, { once: true })
    this.#timer = startCallTimer(
      { milliseconds: totalMs, left: totalMs - this.#exchange.elapsedMs() },
      (phase, afterMs) => this.#giveUp({ kind: 'timeout', phase, afterMs }),
    )
    this.#timer.enter('connect', connectMs)
    dispatcher.dispatch(request, this)
    return this.#answer
  }

  refuse(failure: TransportFailure): Promise<Response> {
    this.#giveUp(failure)
    return this.#answer
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isOver) controller.abort(new Error('given up'))
    else this.#timer?.enter('first_byte', this.#exchange.setting.deadlines.firstByteMs)
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    if (this.#isOver || status < 200) return
    this.#timer?.enter('idle', this.#exchange.setting.deadlines.idleMs)
    Object.assign(this.#exchange.facts, { status, headers })
    const location = headerText(headers, 'location')
    if (status >= 300 && status < 400 && location !== null) {
      this.#giveUp({ kind: 'redirect', to: originOf(location, this.#url) })
      return
    }
    if (!this.#openDecoder(headerText(headers, 'content-encoding'))) return
    const type = headerText(headers, 'content-type')?.toLowerCase() ?? ''
    if (status < 300 && streamTypes.some((each) => type.startsWith(each))) this.#openStream(status, type)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // Resuming a connection that has nothing more yields empty pieces, one for each time that it is resumed.
    if (this.#isOver || chunk.length === 0) return
    this.#timer?.refresh()
    if (this.#decoder === null) this.#take(chunk)
    else if (!this.#decoder.write(chunk)) controller.pause()
  }

  onResponseEnd(): void {
    if (this.#isOver) return
    if (this.#decoder === null) this.#finish()
    else this.#decoder.end()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#giveUp(failureOfSocketError(error, this.#exchange.setting.deadlines.connectMs))
  }

  /** False when the encoding is none that was offered, which ends the call. */
  #openDecoder(encoding: string | null): boolean {
    if (encoding === null || encoding === 'identity') return true
    // A stream is compressed piece by piece: each piece has to come out when it came in.
    const flush = { flush: constants.Z_SYNC_FLUSH }
    if (encoding === 'gzip' || encoding === 'x-gzip') this.#decoder = createGunzip(flush)
    else if (encoding === 'deflate') this.#decoder = createInflate(flush)
    else {
      this.#giveUp({ kind: 'undecodable', why: say('it is compressed in a way that was not asked for') })
      return false
    }
    this.#decoder
      .on('data', (chunk: Buffer) => this.#take(chunk))
      .on('drain', () => this.#controller?.resume())
      .on('end', () => this.#finish())
      .on('error', () => this.#giveUp({ kind: 'undecodable', why: say('its compression is damaged') }))
    return true
  }

  #openStream(status: number, type: string): void {
    this.#exchange.facts.bodyKind = 'stream'
    const body = new ReadableStream<Uint8Array>(
      {
        start: (stream) => {
          this.#stream = stream
        },
        pull: () => this.#resume(),
        cancel: () => this.#giveUp({ kind: 'cancelled' }),
      },
      { highWaterMark: piecesAhead },
    )
    this.#resolve(new Response(body, { status, headers: { 'content-type': type } }))
  }

  #take(chunk: Buffer): void {
    if (this.#isOver) return
    this.#bytes += chunk.length
    const { maxResponseBytes } = this.#exchange.setting
    if (this.#bytes > maxResponseBytes) {
      this.#giveUp({ kind: 'too_large', limitBytes: maxResponseBytes })
      return
    }
    if (this.#stream === null) {
      this.#chunks.push(chunk)
      return
    }
    this.#stream.enqueue(this.#exchange.redactBytes(chunk))
    // Who reads slowly slows the sender down, and is not to be mistaken for a silent sender.
    if ((this.#stream.desiredSize ?? 0) <= 0) this.#pause()
  }

  #pause(): void {
    this.#isPaused = true
    if (this.#decoder === null) this.#controller?.pause()
    else this.#decoder.pause()
    this.#timer?.rest()
  }

  #resume(): void {
    if (this.#isOver || !this.#isPaused) return
    this.#isPaused = false
    this.#timer?.enter('idle', this.#exchange.setting.deadlines.idleMs)
    if (this.#decoder === null) this.#controller?.resume()
    else this.#decoder.resume()
  }

  #finish(): void {
    if (this.#isOver) return
    this.#release()
    if (this.#stream !== null) {
      this.#stream.close()
      return
    }
    const { facts } = this.#exchange
    const whole = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
    facts.body = this.#exchange.redactBytes(whole)
    facts.bodyKind = kindOfBody(facts.body)
    this.#resolve(responseOf(facts.status ?? 0, facts.bodyKind, facts.body))
  }

  /** Ends the request at once, wherever it is, and frees its socket. */
  #giveUp(failure: TransportFailure): void {
    if (this.#isOver) return
    this.#release()
    const error = this.#exchange.fail(failure)
    this.#controller?.abort(error)
    this.#decoder?.destroy()
    this.#chunks = []
    if (this.#stream === null) this.#reject(error)
    else this.#stream.error(error)
  }

  #release(): void {
    this.#isOver = true
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#onAbort)
    this.#timer?.stop()
  }
}

function originOf(location: string, base: URL): string {
  return URL.canParse(location, base.href) ? new URL(location, base.href).origin : 'an invalid address'
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

function kindOfBody(body: Buffer): BodyKind {
  const start = body.subarray(0, 3).equals(byteOrderMark) ? 3 : 0
  for (let index = start; index < body.length; index += 1) {
    const byte = body[index] as number
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) continue
    if (byte === 0x7b || byte === 0x5b) return 'json'
    return byte === 0x3c ? 'html' : 'text'
  }
  return 'empty'
}

/**
 * What the SDK gets to see. It reads JSON only where the content type says so, which some servers forget. Of a failure it
 * needs the status only: the reason is read from the exchange, and the Ollama SDK prints to the console what is not JSON.
 */
function responseOf(status: number, kind: BodyKind, body: Buffer): Response {
  const representable = status >= 200 && status <= 599 ? status : 500
  if (representable >= 300) return new WholeResponse(representable, true, representable === 304 ? null : noFields)
  return new WholeResponse(status, kind === 'json', statusesWithoutBody.has(status) ? null : body)
}

const noFields = Buffer.from('{}')
