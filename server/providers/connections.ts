import type { Dispatcher } from 'undici'
import { assertAllowedName, guardConnector, type ResolveName } from './connectGuard.ts'
import { proxyFor } from './proxyRules.ts'

/** The connections of one transport: its own pool, and one for each proxy that the environment names. */
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
  const { Agent, buildConnector, ProxyAgent } = await import('undici')
  const direct = new Agent({ ...poolOptions, connect: guardConnector(buildConnector, resolve, longestConnectMs) })
  const proxied = new Map<string, Dispatcher>()

  /** Behind a proxy only the name can be judged: what it leads to is seen by the proxy alone. */
  function through(proxy: URL, url: URL): Dispatcher {
    assertAllowedName(url.hostname)
    const known = proxied.get(proxy.href)
    if (known !== undefined) return known
    const tls = { timeout: longestConnectMs, rejectUnauthorized: true }
    const opened = new ProxyAgent({ ...poolOptions, uri: proxy.href, proxyTls: tls, requestTls: tls })
    proxied.set(proxy.href, opened)
    return opened
  }

  function choose(url: URL): Dispatcher {
    const proxy = proxyFor(url, environment)
    return proxy === null ? direct : through(proxy, url)
  }

  /** The way to the origin that was asked for last: the calls of a run all go there. */
  let last: { origin: string; dispatcher: Dispatcher } | null = null

  return {
    to(url) {
      if (last?.origin !== url.origin) last = { origin: url.origin, dispatcher: choose(url) }
      return last.dispatcher
    },
    async destroy() {
      await Promise.all([direct, ...proxied.values()].map((each) => each.destroy()))
    },
  }
}
