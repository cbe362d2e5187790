import type { Dispatcher } from 'undici'
import { assertAllowedName, guardConnector, type ResolveName } from './connectGuard.ts'
import { proxyFor } from './proxyRules.ts'
import { tunnelFactory } from './proxyTunnel.ts'
import { trustedAuthorities } from './trustedCertificates.ts'

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
      const tls = { timeout: longestConnectMs, ...trust() }
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
