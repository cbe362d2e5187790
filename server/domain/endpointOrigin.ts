export interface EndpointOrigin {
  scheme: 'http' | 'https'
  /** Scheme, host and port, the port left out where it is the scheme's own: comparable as text. */
  origin: string
  isLoopback: boolean
}

const ownPort = { http: '80', https: '443' }

/**
 * The origin of an absolute http(s) URL; null for anything else, credentials included. The domain has no URL class
 * at hand, and needs none: what this does not understand counts as a strange host, which is the safe side.
 */
export function readOrigin(endpoint: string): EndpointOrigin | null {
  const parts = /^(https?):\/\/(\[[0-9a-f:.]+\]|[^\s/?#@:[\]\\]+)(?::(\d{1,5}))?(?:[/?#]|$)/i.exec(endpoint)
  if (!parts?.[1] || !parts[2]) return null
  const scheme = parts[1].toLowerCase() === 'https' ? 'https' : 'http'
  const host = parts[2].toLowerCase()
  const port = parts[3] && parts[3] !== ownPort[scheme] ? `:${parts[3]}` : ''
  return { scheme, origin: `${scheme}://${host}${port}`, isLoopback: isLoopbackHost(host) }
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
