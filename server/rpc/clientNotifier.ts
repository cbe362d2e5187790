import type { Connection } from 'vscode-languageserver'
import { type DataKind, dataKinds } from '../../protocol/contract.ts'
import type { Readiness } from '../../protocol/routing.ts'
import { readIfReadable } from '../store/unreadableData.ts'

/** Tells the client which data to read again, and whether its tasks are ready where that is news. */
export class ClientNotifier {
  readonly #connection: Pick<Connection, 'sendNotification'>
  readonly #readiness: () => Readiness
  #lastReadiness = ''

  constructor(connection: Pick<Connection, 'sendNotification'>, readiness: () => Readiness) {
    this.#connection = connection
    this.#readiness = readiness
  }

  notify(kinds: readonly string[]): void {
    const what = kinds.filter(isDataKind)
    if (what.length > 0) void this.#connection.sendNotification('data/changed', { what })
    // Where it cannot be read, requests tell so, and there is nothing to announce.
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

function isDataKind(kind: string): kind is DataKind {
  return (dataKinds as readonly string[]).includes(kind)
}
