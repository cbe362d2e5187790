import { type Connection, ErrorCodes, ResponseError } from 'vscode-languageserver'
import { serverRequests } from '../../protocol/contract.ts'
import { succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { AskClient } from '../keys.ts'

/** Asks for a key over the connection. A client that has no secret store, or whose store fails, has no key: an everyday state. */
export function askClientForKey(connection: Pick<Connection, 'sendRequest'>): AskClient {
  return async (provider, origin) => {
    const missing = fail({ code: 'secret_missing', provider, source: 'secret_store' })
    try {
      const answer = await connection.sendRequest('secret/read', { provider, origin })
      const parsed = serverRequests['secret/read'].result.safeParse(answer)
      if (!parsed.success) return missing
      return parsed.data.ok ? succeed(parsed.data.value.key) : { ok: false, reason: parsed.data.reason }
    } catch (error) {
      if (error instanceof ResponseError && error.code === ErrorCodes.MethodNotFound) return missing
      console.warn(`The client did not answer for the key of "${provider}"`)
      return missing
    }
  }
}
