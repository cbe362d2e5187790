import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { type ResolveName, resolveName } from './connectGuard.ts'
import { type Connections, openConnections } from './connections.ts'
import { completionDeadlines, type Deadlines } from './deadlines.ts'
import type { EditorModels } from './editorModels.ts'
import { proxyFor } from './proxyRules.ts'
import { maskBytes, maskOf, maskSecrets, type SecretMask } from './redaction.ts'
import { type ExchangeFacts, ResponseReader } from './responseReader.ts'
import { failureOfSocketError, TransportError, type TransportFailure } from './transportFailure.ts'

/** What one call to a provider is allowed and carries. */
export interface ExchangeOptions {
  signal: AbortSignal
  /** Absent ones are those of a completion. */
  deadlines?: Partial<Deadlines> | undefined
  /** Sent with every request of the call. The key travels here, so that no SDK ever holds one. */
  headers?: Readonly<Record<string, string>>
  /** Must not appear in anything that comes of the call. */
  secrets: readonly string[]
  /** Of one answer, after decompression; absent: the transport's own limit. */
  maxResponseBytes?: number | undefined
  /** An answer of success is handed on as it comes, of whatever type: a file may be larger than memory. Absent: false. */
  streams?: boolean | undefined
}

/** The one way to the network, shared by all SDKs. */
export interface Transport {
  /** Begins a call: its own facts, deadlines and abort, however many calls share the connections. */
  open(options: ExchangeOptions): Exchange
  /** Milliseconds since 1970. */
  now(): number
  /** A variable of the environment, for headers whose values are secret. Absent: there is no environment. */
  variable?(name: string): string | undefined
  /** The way to VS Code's own models. Absent: the client has none. */
  readonly editor?: EditorModels | undefined
  /** Ends the idle connections at once and the busy ones with their calls. */
  close(): Promise<void>
}

export interface TransportOptions {
  resolve?: ResolveName
  now?: () => number
  deadlines?: Deadlines
  /** Of one answer, after decompression. */
  maxResponseBytes?: number
  /** For secret headers and for proxies. Absent: that of the process. */
  environment?: Readonly<Record<string, string | undefined>>
  editor?: EditorModels | undefined
}

const defaultMaxResponseBytes = 16 * 1024 * 1024

export function createTransport(options: TransportOptions = {}): Transport {
  const { resolve = resolveName, now = Date.now, deadlines = completionDeadlines } = options
  const { maxResponseBytes = defaultMaxResponseBytes, environment = process.env } = options
  let opening: Promise<Connections> | null = null
  let connections: Connections | null = null
  async function open(): Promise<Connections> {
    opening ??= openConnections(resolve, environment)
    connections = await opening
    return connections
  }
  const connect = (url: URL) => connections?.to(url) ?? open().then((opened) => opened.to(url))
  return {
    now,
    editor: options.editor,
    variable: (name) => environment[name],
    open: ({ deadlines: own, maxResponseBytes: ownLimit = maxResponseBytes, streams = false, ...call }) =>
      new Exchange({
        ...call,
        connect,
        proxyOf: (url) => proxyFor(url, environment)?.origin ?? null,
        maxResponseBytes: ownLimit,
        streams,
        deadlines: own ? { ...deadlines, ...own } : deadlines,
      }),
    close: async () => {
      if (opening !== null) await (await opening).destroy()
    },
  }
}

export interface ExchangeSetting {
  /** The connections to an address; made when they are first asked for. Rejects for an address that must not be called. */
  connect(url: URL): Dispatcher | Promise<Dispatcher>
  /** Origin of the proxy on the way to an address, without what may be secret in it; null: there is none. */
  proxyOf(url: URL): string | null
  signal: AbortSignal
  deadlines: Deadlines
  maxResponseBytes: number
  streams: boolean
  headers?: Readonly<Record<string, string>>
  secrets: readonly string[]
}

/** Of the headers that an SDK sets, only these are sent: stray environment variables can add others. */
const headersOfSdks = ['accept', 'content-type', 'anthropic-version']

/** One call to a provider: what its SDK uses as `fetch`, and the facts of what came of it. */
export class Exchange {
  readonly facts: ExchangeFacts = { failure: null, status: null, headers: {}, body: null, bodyKind: null }
  readonly setting: ExchangeSetting
  readonly startedAt: number

  constructor(setting: ExchangeSetting) {
    this.setting = setting
    this.startedAt = performance.now()
  }

  /** Given to the SDK. Never follows a redirect; rejects with a TransportError. */
  readonly fetch: typeof fetch = async (input, init) => {
    const url = parseUrl(input instanceof Request ? input.url : String(input))
    Object.assign(this.facts, { failure: null, status: null, headers: {}, body: null, bodyKind: null })
    const signals = [this.setting.signal, init?.signal].filter((signal) => signal != null)
    const reader = new ResponseReader(this, url, signals)
    const dispatcher = await this.#connect(url)
    if (signals.some((signal) => signal.aborted)) return reader.refuse({ kind: 'cancelled' })
    if ('kind' in dispatcher) return reader.refuse(dispatcher)
    return await reader.send(dispatcher, {
      origin: url.origin,
      path: url.pathname + url.search,
      method: (init?.method ?? 'GET') as Dispatcher.HttpMethod,
      headers: this.#headersToSend(init?.headers),
      body: bodyToSend(init?.body),
    })
  }

  /** At once where there is a connection already, as for all but the first call of a run. */
  #connect(url: URL): Dispatcher | TransportFailure | Promise<Dispatcher | TransportFailure> {
    const toFailure = (error: unknown): TransportFailure => failureOfSocketError(error, 0)
    try {
      const connected = this.setting.connect(url)
      return connected instanceof Promise ? connected.catch(toFailure) : connected
    } catch (error) {
      return toFailure(error)
    }
  }

  elapsedMs(): number {
    return performance.now() - this.startedAt
  }

  /** Whether a key, or anything else that is secret, goes with the call. */
  get hasSecrets(): boolean {
    return this.setting.secrets.length > 0
  }

  /** Origin of the proxy on the way to an address; null: there is none. */
  proxyOf(address: string): string | null {
    return this.setting.proxyOf(new URL(address))
  }

  /** Notes why the call failed. The first reason counts: what follows from it would hide it. */
  fail(failure: TransportFailure): TransportError {
    this.facts.failure ??= failure
    return new TransportError(this.facts.failure)
  }

  /** Masks the key wherever the text holds it. */
  redact(text: string): string {
    return maskSecrets(text, this.#secretMask())
  }

  /** Like `redact`, but cheap when there is nothing to mask, which is nearly always. */
  redactBytes(bytes: Buffer): Buffer {
    return maskBytes(bytes, this.#secretMask())
  }

  #secretMask(): SecretMask {
    const { status } = this.facts
    return maskOf(this.setting.secrets, status !== null && status < 400 ? 'content' : 'error')
  }

  #headersToSend(init: RequestInit['headers']): Record<string, string> {
    const headers: Record<string, string> = { 'user-agent': 'llm-providers', 'accept-encoding': 'gzip, deflate' }
    const read = readerOf(init)
    for (const name of headersOfSdks) {
      const value = read(name)
      if (value != null) headers[name] = value
    }
    return Object.assign(headers, this.setting.headers)
  }
}

/** Calls of our own name their headers in lower case, which need not be copied to be looked up. */
function readerOf(init: RequestInit['headers']): (name: string) => string | null | undefined {
  const headers = init instanceof Headers || init === undefined || isInLowerCase(init) ? init : new Headers(init)
  if (headers instanceof Headers) return (name) => headers.get(name)
  return (name) => headers?.[name]
}

function isInLowerCase(init: NonNullable<RequestInit['headers']>): init is Record<string, string> {
  if (Array.isArray(init) || Symbol.iterator in init) return false
  return Object.keys(init).every((name) => name === name.toLowerCase())
}

/** Calls of a run go to one address. */
let lastUrl: { text: string; url: URL } | null = null

function parseUrl(text: string): URL {
  if (lastUrl?.text !== text) lastUrl = { text, url: new URL(text) }
  return lastUrl.url
}

/** Our calls carry JSON: SDKs hand it over as a string, calls of our own as bytes, and files as a stream. */
function bodyToSend(body: unknown): string | Uint8Array | Readable | null {
  if (body == null || typeof body === 'string' || body instanceof Uint8Array) return body ?? null
  if (body instanceof Readable) return body
  throw new TypeError('The transport sends JSON and files only')
}
