import type { Reason } from '../../protocol/reasons.ts'

/** How a connection fails before a request was sent over it. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
])
const noTrust = /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/

/**
 * Whether a call that failed so may still be on the bill. A provider that refuses a call with an error does not charge it; one that
 * answered in another shape, or was cut off while it did, may well. In doubt it is.
 */
export function mayBeBilled(reason: Reason): boolean {
  switch (reason.code) {
    case 'timeout':
      return reason.phase !== 'connect'
    case 'provider_unreachable':
      return reason.obstacle === undefined && !neverSent.has(reason.cause ?? '') && !noTrust.test(reason.cause ?? '')
    case 'invalid_response':
    case 'content_filtered':
      return !isErrorStatus(reason.raw?.status)
    case 'context_too_long': {
      const isAnswered = reason.readTokens !== undefined || reason.writtenTokens !== undefined
      // Without a word of the server it was never sent: what is known not to fit is refused here.
      return isAnswered || (reason.raw !== undefined && !isErrorStatus(reason.raw.status))
    }
    case 'cancelled':
      return true
    default:
      return false
  }
}

function isErrorStatus(status: number | null | undefined): boolean {
  return status != null && status >= 400
}
