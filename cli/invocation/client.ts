import { type CancellationToken, CancellationTokenSource } from 'vscode-jsonrpc'
import type * as z from 'zod'
import {
  clientNotifications,
  type Notification,
  type NotificationName,
  notifications,
  type Params,
  type RequestName,
  type Result,
  requests,
} from '../../protocol/contract.ts'
import type { SchemaIssue } from '../../protocol/issues.ts'
import { describeFirstIssue } from '../../shared/describe/issue.ts'
import { toEnglish } from '../../shared/message.ts'
import { UsageError } from './usageError.ts'

/** The contract as functions: what goes out and what comes in is checked against its schemas. */
export interface Client {
  /** Cancelled by its signal, a request is still answered: with whatever the server makes of it. */
  request<Name extends RequestName>(name: Name, params: Params<Name>, signal?: AbortSignal): Promise<Result<Name>>
  /** In force for every request that is sent later. */
  notify<Name extends keyof typeof clientNotifications>(
    name: Name,
    params: z.input<(typeof clientNotifications)[Name]>,
  ): Promise<void>
  onNotification<Name extends NotificationName>(
    name: Name,
    listener: (params: Notification<Name>) => void,
  ): { dispose(): void }
}

/** The part of a JSON-RPC connection that a client needs. */
export interface Wire {
  sendRequest(name: string, params: unknown, token?: CancellationToken): Promise<unknown>
  sendNotification(name: string, params: unknown): Promise<void>
  onNotification(name: string, listener: (params: unknown) => void): unknown
}

export function createClient(connection: Wire): Client {
  const listeners = new Map<NotificationName, Set<(params: never) => void>>()

  /** vscode-jsonrpc keeps one listener a method; several of ours may want the same notification. */
  function listenersOf(name: NotificationName): Set<(params: never) => void> {
    const known = listeners.get(name)
    if (known) return known
    const fresh = new Set<(params: never) => void>()
    listeners.set(name, fresh)
    connection.onNotification(name, (params: unknown) => {
      const parsed = notifications[name].parse(params)
      for (const listener of fresh) listener(parsed as never)
    })
    return fresh
  }

  return {
    async request(name, params, signal) {
      const sent = requests[name].params.safeParse(params)
      if (!sent.success) throw new UsageError(firstProblem(sent.error))
      // JSON-RPC counts its arguments: a token that is undefined would be a parameter.
      const answer = await (signal
        ? connection.sendRequest(name, sent.data, tokenOf(signal))
        : connection.sendRequest(name, sent.data))
      const received = requests[name].result.safeParse(answer)
      if (!received.success)
        throw new Error(`${name} was answered outside the contract: ${firstProblem(received.error)}`)
      return received.data as Result<typeof name>
    },
    notify: (name, params) => connection.sendNotification(name, clientNotifications[name].parse(params)),
    onNotification(name, listener) {
      const interested = listenersOf(name)
      interested.add(listener)
      return { dispose: () => void interested.delete(listener) }
    },
  }
}

/** JSON-RPC knows tokens, the platform signals. */
function tokenOf(signal: AbortSignal): CancellationToken {
  const source = new CancellationTokenSource()
  if (signal.aborted) source.cancel()
  signal.addEventListener('abort', () => source.cancel(), { once: true })
  return source.token
}

/** What the contract does not take was typed by the user, or came out of what was typed. */
function firstProblem(error: { issues: readonly SchemaIssue[] }): string {
  return toEnglish(describeFirstIssue(error))
}
