import type { Reason } from '../../protocol/reasons.ts'
import { notStarted } from '../../shared/describe/connection.ts'
import { localServer } from '../../shared/describe/localServer.ts'
import { type Call, commandAgain } from './call.ts'

/** The base URL at which the API was found instead. */
export function otherAddress(reason: Reason): string | undefined {
  return reason.code === 'invalid_response' || reason.code === 'provider_unreachable' ? reason.otherAddress : undefined
}

/** How a server that is not there is brought up; with a command where it is known which one it is. */
export function startServer(reason: Reason): string {
  const server = reason.code === 'provider_unreachable' ? localServer(reason) : null
  return server?.command
    ? `start the server (${server.command}) or correct its address`
    : 'start the server or correct its address'
}

/** Where a server of this machine has only to be started, the command itself is the next step, and then the call once more. */
export function startAndAgain(reason: Reason, call: Call): string | null {
  const server = reason.code === 'provider_unreachable' ? notStarted(reason) : null
  return server ? `${startServer(reason)}, then ${commandAgain(call)}` : null
}

/** What no command of ours can do: it is at the server, at a proxy, or in the variables of this machine. */
export function connectionStep(reason: Reason, call: Call): string {
  const again = commandAgain(call)
  const obstacle = reason.code === 'provider_unreachable' ? reason.obstacle : undefined
  switch (obstacle) {
    case 'certificate_untrusted':
      return `have its certificate, or that of its authority, as a PEM file: NODE_EXTRA_CA_CERTS=FILE.pem ${again}; one that the system trusts: NODE_USE_SYSTEM_CA=1 ${again}`
    case 'certificate_expired':
      return `renew the certificate there, or set the clock of this machine, then ${again}`
    case 'http2_only':
      return `let it speak HTTP/1.1, too, then ${again}`
    case 'proxy_login':
      return `export HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT (and HTTP_PROXY), or except the server with NO_PROXY=HOST, then ${again}`
    case 'proxy_refused':
    case 'proxy_unreachable':
      return `correct HTTPS_PROXY and HTTP_PROXY, or except the server with NO_PROXY=HOST, then ${again}`
    default:
      return `look at how the server takes connections, then ${again}`
  }
}
