import type { Connection } from 'vscode-languageserver'
import type { Directory } from '../directory/directory.ts'
import type { DataKind } from '../store/change.ts'
import { readIfReadable } from '../store/unreadableData.ts'

const everyKind: readonly DataKind[] = [
  'providers',
  'models',
  'routes',
  'preferences',
  'categories',
  'prompts',
  'runs',
  'labels',
  'usage',
  'audit',
]

/** Tells the clients what changed, once for all that changes in one turn. */
export interface Announcements {
  data(...what: DataKind[]): void
  /** Another process changed the data: anything may be different. */
  everything(): void
  /** Keys or checks may have changed whether tasks are ready. */
  status(): void
  dispose(): void
}

export function createAnnouncements(
  connection: Pick<Connection, 'sendNotification'>,
  directory: Pick<Directory, 'readiness'>,
  onProvidersChanged: () => void,
  /** Once for all that changed in one turn, in other processes too. */
  onData: (what: readonly DataKind[]) => void = () => {},
): Announcements {
  const waiting = new Set<DataKind>()
  let isPlanned = false
  let isDisposed = false
  let lastStatus = ''

  function plan(): void {
    if (isPlanned) return
    isPlanned = true
    setImmediate(announce)
  }

  function announce(): void {
    isPlanned = false
    if (isDisposed) return
    const what = [...waiting]
    waiting.clear()
    if (what.length > 0) void connection.sendNotification('data/changed', { what })
    if (what.length > 0) onData(what)
    // Where it cannot be read, requests tell so, and there is nothing to announce.
    readIfReadable(
      () => announceStatus(what),
      () => {},
    )
  }

  function announceStatus(what: readonly DataKind[]): void {
    if (what.includes('providers') || what.includes('routes')) onProvidersChanged()
    const readiness = directory.readiness()
    const status = JSON.stringify(readiness)
    if (status === lastStatus) return
    lastStatus = status
    void connection.sendNotification('status/changed', readiness)
  }

  return {
    data(...what) {
      for (const kind of what) waiting.add(kind)
      plan()
    },
    everything() {
      for (const kind of everyKind) waiting.add(kind)
      plan()
    },
    status: plan,
    dispose() {
      isDisposed = true
    },
  }
}
