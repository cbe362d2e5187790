import type { Dispatcher } from 'undici'
import { CallTimer, type Deadlines } from './deadlines.ts'
import { looksLikeEvents } from './eventStream.ts'
import { ResponseBody } from './responseBody.ts'
import type { ResponseHeaders } from './retryAfter.ts'
import { headerText } from './retryAfter.ts'
import { failureOfSocketError, type TransportError, type TransportFailure } from './transportFailure.ts'
import { WholeResponse } from './wholeResponse.ts'

/** What an answer looks like, whatever its content type claims. `events`: there as a whole, in the framing of a stream. */
export type BodyKind = 'json' | 'html' | 'text' | 'empty' | 'stream' | 'events'

/** What is known of a call, read from the wire and not from what an SDK made of it. Of its last request. */
export interface ExchangeFacts {
  failure: TransportFailure | null
  status: number | null
  headers: ResponseHeaders
  /** The answer, decompressed and with the key masked; null while none is complete, and for streams. */
  body: Buffer | null
  bodyKind: BodyKind | null
}

/** What reading an answer needs of the call that it answers. */
export interface ExchangeView {
  readonly facts: ExchangeFacts
  readonly setting: { deadlines: Deadlines; maxResponseBytes: number; streams: boolean }
  elapsedMs(): number
  fail(failure: TransportFailure): TransportError
  redactBytes(bytes: Buffer): Buffer
}

/** Streamed answers are handed on as they come; everything else is read whole first, which is cheaper and bounded. */
const streamTypes = ['text/event-stream', 'application/x-ndjson']
const statusesWithoutBody = new Set([204, 205])

/** One request on the wire, driven by the pool; settles the promise of `send` exactly once. */
export class ResponseReader implements Dispatcher.DispatchHandler {
  readonly #exchange: ExchangeView
  readonly #url: URL
  readonly #signals: readonly AbortSignal[]
  readonly #answer = deferred<Response>()
  readonly #body: ResponseBody
  readonly #onAbort = () => this.#giveUp({ kind: 'cancelled' })
  #controller: Dispatcher.DispatchController | null = null
  #timer: CallTimer | null = null
  #isOver = false
  #hasBegun = false

  constructor(exchange: ExchangeView, url: URL, signals: readonly AbortSignal[]) {
    this.#exchange = exchange
    this.#url = url
    this.#signals = signals
    this.#body = new ResponseBody({
      maxBytes: exchange.setting.maxResponseBytes,
      redact: (chunk) => exchange.redactBytes(chunk),
      pauseSender: () => this.#controller?.pause(),
      resumeSender: () => this.#controller?.resume(),
      onReaderSlow: () => this.#timer?.rest(),
      onReaderReady: () => this.#timer?.enter('idle', exchange.setting.deadlines.idleMs),
      onEnd: () => this.#finish(),
      onFailure: (failure) => this.#giveUp(failure),
    })
  }

  send(dispatcher: Dispatcher, request: Dispatcher.DispatchOptions): Promise<Response> {
    const { totalMs, connectMs } = this.#exchange.setting.deadlines
    for (const signal of this.#signals) signal.addEventListener('abort', this.#onAbort, { once: true })
    this.#timer = new CallTimer(
      { milliseconds: totalMs, left: totalMs - this.#exchange.elapsedMs() },
      (phase, afterMs) => this.#giveUp({ kind: 'timeout', phase, afterMs }),
    )
    this.#timer.enter('connect', connectMs)
    dispatcher.dispatch(request, this)
    return this.#answer.promise
  }

  refuse(failure: TransportFailure): Promise<Response> {
    this.#giveUp(failure)
    return this.#answer.promise
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isOver) controller.abort(new Error('given up'))
    else this.#timer?.enter('first_byte', this.#exchange.setting.deadlines.firstByteMs)
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    if (this.#isOver || status < 200) return
    Object.assign(this.#exchange.facts, { status, headers })
    const location = headerText(headers, 'location')
    if (status >= 300 && status < 400 && location !== null) {
      this.#giveUp({ kind: 'redirect', to: originOf(location, this.#url) })
      return
    }
    if (!this.#body.decode(headerText(headers, 'content-encoding'))) return
    const type = headerText(headers, 'content-type')?.toLowerCase() ?? ''
    const isStream = this.#exchange.setting.streams || streamTypes.some((each) => type.startsWith(each))
    if (status >= 300 || !isStream) return
    this.#exchange.facts.bodyKind = 'stream'
    this.#answer.resolve(new Response(this.#body.stream(), { status, headers: { 'content-type': type } }))
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    // Resuming a connection that has nothing more yields empty pieces, one for each time that it is resumed.
    if (this.#isOver || chunk.length === 0) return
    // Some servers send the headers at once and then read the prompt for minutes: silence counts from the first piece on.
    if (this.#hasBegun) this.#timer?.refresh()
    else this.#timer?.enter('idle', this.#exchange.setting.deadlines.idleMs)
    this.#hasBegun = true
    this.#body.write(chunk)
  }

  onResponseEnd(): void {
    if (!this.#isOver) this.#body.end()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#giveUp(failureOfSocketError(error, this.#exchange.setting.deadlines.connectMs))
  }

  #finish(): void {
    if (this.#isOver) return
    this.#release()
    const whole = this.#body.close()
    if (whole === null) return
    const { facts } = this.#exchange
    facts.body = this.#exchange.redactBytes(whole)
    facts.bodyKind = kindOfBody(facts.body)
    this.#answer.resolve(responseOf(facts.status ?? 0, facts.bodyKind, facts.body))
  }

  /** Ends the request at once, wherever it is, and frees its socket. */
  #giveUp(failure: TransportFailure): void {
    if (this.#isOver) return
    this.#release()
    const error = this.#exchange.fail(failure)
    this.#controller?.abort(error)
    if (!this.#body.destroy(error)) this.#answer.reject(error)
  }

  #release(): void {
    this.#isOver = true
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#onAbort)
    this.#timer?.stop()
  }
}

function deferred<Value>() {
  let resolve: (value: Value) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<Value>((resolveIt, rejectIt) => {
    resolve = resolveIt
    reject = rejectIt
  })
  return { promise, resolve, reject }
}

function originOf(location: string, base: URL): string {
  return URL.canParse(location, base.href) ? new URL(location, base.href).origin : 'an invalid address'
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

export function kindOfBody(body: Buffer): BodyKind {
  const start = body.subarray(0, 3).equals(byteOrderMark) ? 3 : 0
  for (let index = start; index < body.length; index += 1) {
    const byte = body[index] as number
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) continue
    if (byte === 0x7b || byte === 0x5b) return 'json'
    if (byte === 0x3c) return 'html'
    return looksLikeEvents(body.subarray(index, index + 8).toString('latin1')) ? 'events' : 'text'
  }
  return 'empty'
}

/**
 * What the SDK gets to see. It reads JSON only where the content type says so, which some servers forget. Of a failure it
 * needs the status only: the reason is read from the exchange, and the Ollama SDK prints to the console what is not JSON.
 */
export function responseOf(status: number, kind: BodyKind, body: Buffer): Response {
  const representable = status >= 200 && status <= 599 ? status : 500
  if (representable >= 300) return new WholeResponse(representable, true, representable === 304 ? null : noFields)
  return new WholeResponse(status, kind === 'json', statusesWithoutBody.has(status) ? null : body)
}

const noFields = Buffer.from('{}')
