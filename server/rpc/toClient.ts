import { CancellationTokenSource, type Connection, ErrorCodes, ResponseError } from 'vscode-languageserver'
import type * as z from 'zod'
import { serverRequests } from '../../protocol/contract.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Readiness } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import type { ChangeKind } from '../changes.ts'
import type { AskClient } from '../keys.ts'
import type { EditorModels } from '../providers/editorModels.ts'
import { readIfReadable } from '../store/unreadableData.ts'
import { type ClientConsole, type Log, logToClient } from './log.ts'

/**
 * The same connection for what the server says by itself. A client that is gone hears nothing, and that is no failure of the
 * sender: a run goes on to its end, and an end is not announced twice. A closed connection throws at once, a broken pipe later.
 */
export function sayToClient(connection: Pick<Connection, 'sendNotification'>): Pick<Connection, 'sendNotification'> {
  return {
    async sendNotification(method: unknown, params?: unknown): Promise<void> {
      try {
        await connection.sendNotification(method as string, params)
      } catch {}
    },
  }
}

export function createLog({ console }: { console: ClientConsole }): Log {
  return {
    info: (text) => logToClient(console, 'info', text),
    warn: (text) => logToClient(console, 'warn', text),
    error: (text, cause) => logToClient(console, 'error', cause instanceof Error ? `${text}: ${cause.stack}` : text),
  }
}

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
      // It may well have the key.
      return fail({ code: 'secret_missing', provider, source: 'secret_store', store: 'failed' })
    }
  }
}

/** VS Code's models, by way of the client. A cancelled call ends at once, whether or not the client lets go of it. */
export function askEditor(connection: Pick<Connection, 'sendRequest'>): EditorModels {
  async function ask<Value>(
    name: 'lm/list' | 'lm/complete',
    params: { provider: string },
    { schema, signal }: { schema: z.ZodType<Outcome<Value>>; signal: AbortSignal },
  ): Promise<Outcome<Value>> {
    const cancelled = fail({ code: 'cancelled' })
    if (signal.aborted) return cancelled
    const source = new CancellationTokenSource()
    let letGo = (): void => {}
    const aborted = new Promise<Outcome<Value>>((resolve) => {
      letGo = () => {
        source.cancel()
        resolve(cancelled)
      }
    })
    signal.addEventListener('abort', letGo, { once: true })
    const asked = connection
      .sendRequest(name, params, source.token)
      .then((answer) => schema.parse(answer))
      // A client that cannot answer is no editor, or not any more.
      .catch(() =>
        signal.aborted ? cancelled : fail({ code: 'editor_absent', provider: params.provider, why: 'no_editor' }),
      )
    try {
      return await Promise.race([asked, aborted])
    } finally {
      signal.removeEventListener('abort', letGo)
      source.dispose()
    }
  }
  const { 'lm/list': listed, 'lm/complete': completed } = serverRequests
  return {
    list: (provider, signal) => ask('lm/list', { provider }, { schema: listed.result, signal }),
    complete: (call, signal) => ask('lm/complete', call, { schema: completed.result, signal }),
  }
}

/** Tells the client which data to read again, and whether its tasks are ready where that is news. */
export class ClientNotifier {
  readonly #connection: Pick<Connection, 'sendNotification'>
  readonly #readiness: () => Readiness
  #lastReadiness = ''

  constructor(connection: Pick<Connection, 'sendNotification'>, readiness: () => Readiness) {
    this.#connection = connection
    this.#readiness = readiness
  }

  notify(kinds: readonly ChangeKind[]): void {
    const what = kinds.filter((kind) => kind !== 'keys')
    if (what.length > 0) void this.#connection.sendNotification('data/changed', { what })
    // Where it cannot be read, requests say so, and there is nothing to announce.
    readIfReadable(
      () => this.#notifyReadiness(),
      () => {},
    )
  }

  #notifyReadiness(): void {
    const readiness = this.#readiness()
    const text = JSON.stringify(readiness)
    if (text === this.#lastReadiness) return
    this.#lastReadiness = text
    void this.#connection.sendNotification('status/changed', readiness)
  }
}
