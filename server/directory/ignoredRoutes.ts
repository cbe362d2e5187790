import type { Log } from '../rpc/log.ts'
import { listUnknownTasks } from '../store/routeTable.ts'
import type { Store } from '../store/store.ts'

/** Routes of tasks that this version does not know, as a newer one may have written them: the others work as before. */
export function logIgnoredRoutes(store: Pick<Store, 'read'>, log: Pick<Log, 'warn'>): void {
  for (const task of store.read(listUnknownTasks)) {
    log.warn(`The stored route of "${task}" is ignored: this version knows no such task.`)
  }
}
