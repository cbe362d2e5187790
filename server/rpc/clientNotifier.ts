import type { Connection } from 'vscode-languageserver'
import type { Readiness } from '../../protocol/routing.ts'
import type { ChangeKind } from '../changes.ts'
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
