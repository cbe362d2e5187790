import tls from 'node:tls'
import type { Dispatcher, Pool, ProxyAgent } from 'undici'
import { assertAllowedName, guardConnector, type ResolveName } from './connectGuard.ts'
import { ProxyError } from './connectionObstacles.ts'
import { proxyFor } from './proxyRules.ts'

/** The connections of one transport: its own pools, and one for each proxy that the environment names. */
export interface Connections {
  /** Throws for an address that must not be called. */
  to(url: URL): Dispatcher
  destroy(): Promise<void>
}

/** A pool behind a slow name server or firewall must not keep sockets of calls that gave up. */
const longestConnectMs = 20_000

/** The deadlines of each call replace those of the pool. */
const poolOptions = { headersTimeout: 0, bodyTimeout: 0, allowH2: false }

/** Loaded on first use: undici takes longer to load than the rest of the server, which starts without any call. */
export async function openConnections(
  resolve: ResolveName,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Connections> {
  const { Agent, buildConnector, Pool, ProxyAgent } = await import('undici')
  const pools = new Map<string, Dispatcher>()

  function pool(name: string, open: () => Dispatcher): Dispatcher {
    const known = pools.get(name) ?? open()
    pools.set(name, known)
    return known
  }

  /** Reading the system's certificates takes a while, so only the first call by https does. */
  let authorities: { ca?: string[] } | null = null
  function trust(): { ca?: string[] } {
    const ca = authorities === null ? trustedAuthorities(environment) : undefined
    authorities ??= ca === undefined ? {} : { ca }
    return authorities
  }

  function direct({ protocol }: URL): Dispatcher {
    const tls = protocol === 'https:' ? trust() : {}
    const options = { timeoutMs: longestConnectMs, ...tls }
    return pool(
      protocol,
      () => new Agent({ ...poolOptions, connect: guardConnector(buildConnector, resolve, options) }),
    )
  }

  /** Behind a proxy only the name can be judged: what it leads to is seen by the proxy alone. */
  function through(proxy: URL, url: URL): Dispatcher {
    assertAllowedName(url.hostname)
    return pool(proxy.href, () => {
      const tls = { timeout: longestConnectMs, rejectUnauthorized: true, ...trust() }
      const clientFactory = tunnelFactory(Pool)
      return new ProxyAgent({ ...poolOptions, uri: proxy.href, proxyTls: tls, requestTls: tls, clientFactory })
    })
  }

  function choose(url: URL): Dispatcher {
    const proxy = proxyFor(url, environment)
    return proxy === null ? direct(url) : through(proxy, url)
  }

  /** The way to the origin that was asked for last: the calls of a run all go there. */
  let last: { origin: string; dispatcher: Dispatcher } | null = null

  return {
    to(url) {
      if (last?.origin !== url.origin) last = { origin: url.origin, dispatcher: choose(url) }
      return last.dispatcher
    },
    async destroy() {
      await Promise.all([...pools.values()].map((each) => each.destroy()))
    },
  }
}

type ClientFactory = NonNullable<ProxyAgent.Options['clientFactory']>
type PoolClass = typeof Pool

/**
 * Connects to a proxy as undici does, and says in a code why it gives no way: undici has the status in the text of its error only, and
 * takes a proxy that is not there for a server that is not.
 */
function tunnelFactory(PoolOf: PoolClass): ClientFactory {
  return (origin, options) => {
    const pool = new PoolOf(origin, options as Pool.Options)
    const connect = pool.connect.bind(pool) as (request: Dispatcher.ConnectOptions) => Promise<Dispatcher.ConnectData>
    async function connectOrExplain(request: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
      const answer = await connect(request).catch((error: unknown) => {
        throw isAborted(error) ? error : new ProxyError('ERR_PROXY_UNREACHABLE', codeOf(error), { cause: error })
      })
      if (answer.statusCode === 200) return answer
      answer.socket.on('error', () => {}).destroy()
      const code = answer.statusCode === 407 ? 'ERR_PROXY_LOGIN' : 'ERR_PROXY_REFUSED'
      throw new ProxyError(code, `HTTP ${answer.statusCode}`)
    }
    return Object.assign(pool, { connect: connectOrExplain })
  }
}

function isAborted(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || codeOf(error) === 'UND_ERR_ABORTED')
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'connection failed'
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The authorities to trust; undefined: those of Node itself, which `NODE_EXTRA_CA_CERTS` adds to. `NODE_USE_SYSTEM_CA=1` adds those of the
 * operating system, where offices put their own. Node heeds it by itself from version 24 on; the editor's own runtime may be older.
 */
export function trustedAuthorities(environment: Environment): string[] | undefined {
  if (environment.NODE_USE_SYSTEM_CA !== '1' || typeof tls.getCACertificates !== 'function') return undefined
  return [...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])]
}
