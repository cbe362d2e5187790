import { isLoopback } from './endpointRules.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy that the environment names for an address; null for none. What is on this machine is never asked for through a
 * proxy: local model servers are not there for others, and a proxy could not reach them.
 */
export function proxyFor(url: URL, environment: Environment): URL | null {
  if (isLoopback(url.href) || isExcepted(url, read(environment, 'no_proxy'))) return null
  const http = read(environment, 'http_proxy')
  const named = url.protocol === 'https:' ? read(environment, 'https_proxy') || http : http
  if (named === '') return null
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(named) ? named : `http://${named}`
  if (!URL.canParse(text)) return null
  const proxy = new URL(text)
  return proxy.protocol === 'http:' || proxy.protocol === 'https:' ? proxy : null
}

/** In lower case first, as curl and all that follow it read them. */
function read(environment: Environment, name: string): string {
  return (environment[name] ?? environment[name.toUpperCase()] ?? '').trim()
}

/** Names with or without a leading dot or star, each with a port or not; `*` excepts all. */
function isExcepted(url: URL, list: string): boolean {
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, '')
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return list.split(/[,\s]+/).some((entry) => {
    if (entry === '*') return true
    const [, name = '', entryPort] = entry.toLowerCase().match(/^\*?\.?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/) ?? []
    const plain = name.replace(/^\[|\]$/g, '')
    if (plain === '' || (entryPort !== undefined && entryPort !== port)) return false
    return host === plain || host.endsWith(`.${plain}`)
  })
}
