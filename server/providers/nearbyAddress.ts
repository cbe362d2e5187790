import type { ReasonFacts } from '../../protocol/reasons.ts'

/** What people paste behind a base URL: the address of one request. */
const requestPaths = /\/(?:chat\/completions|completions|responses|messages|embeddings|models|rerank)$/

/**
 * Base URLs of the same origin that may be meant, the likeliest first: without the path of a request, with `/v1`, without it. Another
 * origin is never among them, since the key goes to each.
 */
export function nearbyBaseUrls(baseUrl: string): string[] {
  const { origin, pathname } = new URL(baseUrl)
  const path = pathname.replace(/\/+$/, '')
  const base = path.replace(requestPaths, '')
  const isVersioned = /\/v\d+(?:beta|alpha)?$/.test(base)
  const other = isVersioned ? base.replace(/\/v\d+(?:beta|alpha)?$/, '') : `${base}/v1`
  return [...new Set([base, other])].filter((each) => each !== path).map((each) => origin + each)
}

/** Whether what a check found may come of an address that is nearly right: something answers, but no API of this kind. */
export function mayBeMisplaced(reason: ReasonFacts): boolean {
  if (reason.code !== 'invalid_response') return false
  return ['not_the_api', 'not_json', 'empty', 'unexpected_status'].includes(reason.problem)
}

/** The same for the protocol: a server of https lets go of who speaks plain http, or says so in a page. */
export function maySpeakHttps(reason: ReasonFacts): boolean {
  if (reason.code === 'provider_unreachable') return reason.obstacle === undefined && isLetGo(reason.cause)
  return (
    reason.code === 'invalid_response' && (reason.problem === 'not_the_api' || reason.problem === 'unexpected_status')
  )
}

function isLetGo(cause: string | undefined): boolean {
  return cause === 'UND_ERR_SOCKET' || cause === 'ECONNRESET' || cause === 'EPIPE'
}

/** The same address by the other protocol; ports that belong to one of them are left out. */
export function withOtherProtocol(baseUrl: string): string {
  const url = new URL(baseUrl)
  const other = url.protocol === 'https:' ? 'http:' : 'https:'
  return `${other}//${url.host}${url.pathname.replace(/\/+$/, '')}`
}
