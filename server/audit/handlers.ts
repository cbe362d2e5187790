import { maxPageRows } from '../../protocol/names.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import { listAudit } from '../store/auditTable.ts'
import type { Store } from '../store/store.ts'

export function auditHandlers(store: Pick<Store, 'read'>): Pick<Handlers, 'audit/list'> {
  return {
    'audit/list': (filter) => succeed(store.read((database) => listAudit(database, filter ?? { limit: maxPageRows }))),
  }
}
