import type { Exchange } from './exchange.ts'

/** Names the exchange of one call in the options that SDKs hand through to `fetch`. */
export interface CallRouting {
  exchange: Exchange
}

/**
 * The `fetch` of an SDK client that many calls share. Building a client costs as much as a call, and holds nothing
 * of a call: key, deadlines, abort and facts are those of the exchange that the call names in its `fetchOptions`.
 */
export const sharedFetch: typeof fetch = (input, init) => {
  const { exchange } = init as RequestInit & CallRouting
  return exchange.fetch(input, init)
}

/** One client an endpoint; only the newest few, since endpoints come from settings that people try out. */
export function rememberClients<Client>(create: (endpoint: string) => Promise<Client>) {
  const clients = new Map<string, Promise<Client>>()
  const most = 50
  return (endpoint: string): Promise<Client> => {
    const known = clients.get(endpoint)
    if (known !== undefined) return known
    const oldest = clients.keys().next()
    if (clients.size >= most && !oldest.done) clients.delete(oldest.value)
    const client = create(endpoint)
    clients.set(endpoint, client)
    return client
  }
}

/** SDKs have timers of their own; ours decide, so theirs lie beyond the longest that a timer can wait for a call of ours. */
export const beyondOurDeadlinesMs = 24 * 3_600_000

/** SDKs want a key although the transport adds it; this never leaves, the transport replaces or drops the header. */
export const keyIsAddedLater = 'added-by-the-transport'
