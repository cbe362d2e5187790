import { maxPageRows } from '../../protocol/names.ts'
import { succeed } from '../../protocol/outcome.ts'
import { UsageRequest } from '../../protocol/usage.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import { listAudit } from '../store/auditTable.ts'
import type { Store } from '../store/store.ts'
import { readUsage } from '../store/usageTable.ts'
import type { UsageMeter } from './usageMeter.ts'

const dayMs = 86_400_000

interface UsageHandlersParts {
  store: Pick<Store, 'read'>
  usage: Pick<UsageMeter, 'flush'>
  now(): string
}

export function usageHandlers({ store, usage, now }: UsageHandlersParts): Pick<Handlers, 'usage/read'> {
  return {
    async 'usage/read'(params) {
      const request = params ?? UsageRequest.parse({})
      await usage.flush()
      const firstDay = new Date(Date.parse(now()) - (request.days - 1) * dayMs).toISOString().slice(0, 10)
      return succeed(store.read((database) => readUsage(database, firstDay, request)))
    },
  }
}

export function auditHandlers(store: Pick<Store, 'read'>): Pick<Handlers, 'audit/list'> {
  return {
    'audit/list': (filter) => succeed(store.read((database) => listAudit(database, filter ?? { limit: maxPageRows }))),
  }
}
