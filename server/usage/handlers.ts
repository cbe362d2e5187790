import { succeed } from '../../protocol/outcome.ts'
import { UsageRequest } from '../../protocol/usage.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import type { Services } from '../store/change.ts'
import { readUsage } from '../store/usageTable.ts'

const dayMs = 86_400_000

export function usageHandlers(services: Pick<Services, 'usage' | 'store' | 'now'>): Pick<Handlers, 'usage/read'> {
  return {
    async 'usage/read'(params) {
      const request = params ?? UsageRequest.parse({})
      await services.usage.flush()
      const firstDay = new Date(Date.parse(services.now()) - (request.days - 1) * dayMs).toISOString().slice(0, 10)
      return succeed(services.store.read((database) => readUsage(database, firstDay, request)))
    },
  }
}
