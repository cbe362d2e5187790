import tls from 'node:tls'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The authorities to trust; undefined: those of Node itself, which `NODE_EXTRA_CA_CERTS` adds to. `NODE_USE_SYSTEM_CA=1` adds those of the
 * operating system, where offices put their own. Node heeds it by itself from version 24 on; the editor's own runtime may be older.
 */
export function trustedAuthorities(environment: Environment): string[] | undefined {
  if (environment.NODE_USE_SYSTEM_CA !== '1' || typeof tls.getCACertificates !== 'function') return undefined
  return [...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])]
}
