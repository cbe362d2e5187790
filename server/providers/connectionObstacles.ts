import type { ConnectionObstacle } from '../../protocol/reasons.ts'

/**
 * What the code of a failed connection says beyond "nobody is there". OpenSSL's codes and, where the editor's runtime is built with
 * BoringSSL, those too.
 */
export function obstacleOfCode(code: string): ConnectionObstacle | null {
  return named.get(code) ?? (isOfCertificate(code) ? 'certificate_untrusted' : isOfTls(code) ? 'tls_failed' : null)
}

const named = new Map<string, ConnectionObstacle>([
  ['CERT_HAS_EXPIRED', 'certificate_expired'],
  ['CERT_NOT_YET_VALID', 'certificate_expired'],
  ['CRL_HAS_EXPIRED', 'certificate_expired'],
  ['CRL_NOT_YET_VALID', 'certificate_expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate_host'],
  ['HOSTNAME_MISMATCH', 'certificate_host'],
  // What comes back is no TLS at all: in nearly all cases the beginning of an answer in plain HTTP.
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'speaks_http'],
  ['ERR_SSL_HTTP_REQUEST', 'speaks_http'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'speaks_http'],
  ['ERR_SSL_UNKNOWN_PROTOCOL', 'speaks_http'],
  ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', 'http2_only'],
  ['ERR_SSL_NO_APPLICATION_PROTOCOL', 'http2_only'],
  ['ERR_PROXY_LOGIN', 'proxy_login'],
  ['ERR_PROXY_REFUSED', 'proxy_refused'],
  ['ERR_PROXY_UNREACHABLE', 'proxy_unreachable'],
])

const certificateCodes = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
])

function isOfCertificate(code: string): boolean {
  return certificateCodes.has(code) || code.startsWith('UNABLE_TO_') || code.startsWith('CERT_')
}

function isOfTls(code: string): boolean {
  return code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')
}

/** The proxy answered the request for a tunnel with something else than 200, or could not be asked. */
export class ProxyError extends Error {
  readonly code: 'ERR_PROXY_LOGIN' | 'ERR_PROXY_REFUSED' | 'ERR_PROXY_UNREACHABLE'
  /** `HTTP 403`, or the code of the failed connection to it. */
  readonly detail: string

  constructor(code: ProxyError['code'], detail: string, options?: ErrorOptions) {
    super(`proxy: ${detail}`, options)
    this.code = code
    this.detail = detail
  }
}
