import { type ResolveName, resolveName } from './connectGuard.ts'
import { type Connections, openConnections } from './connections.ts'
import { completionDeadlines, type Deadlines } from './deadlines.ts'
import { Exchange } from './exchange.ts'

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
}

/** The one way to the network, shared by all SDKs. */
export interface Transport {
  /** Begins a call: its own facts, deadlines and abort, however many calls share the connections. */
  open(options: ExchangeOptions): Exchange
  /** Milliseconds since 1970. */
  now(): number
  /** A variable of the environment, for headers whose values are secret. Absent: there is no environment. */
  variable?(name: string): string | undefined
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
    variable: (name) => environment[name],
    open: ({ deadlines: own, maxResponseBytes: ownLimit = maxResponseBytes, ...call }) =>
      new Exchange({
        ...call,
        connect,
        maxResponseBytes: ownLimit,
        deadlines: own ? { ...deadlines, ...own } : deadlines,
      }),
    close: async () => {
      if (opening !== null) await (await opening).destroy()
    },
  }
}
