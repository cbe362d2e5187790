import { maxPageRows } from '../../protocol/names.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { resultRequests } from '../../protocol/requests/resultRequests.ts'
import type { sourceRequests } from '../../protocol/requests/sourceRequests.ts'
import { checkBeforeRun } from '../health/checkBeforeRun.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import { listAudit } from '../store/auditTable.ts'
import type { Services } from '../store/change.ts'
import { againHandlers } from './againHandlers.ts'
import { withRemembered } from './rememberedSource.ts'

type OtherRequest = keyof typeof resultRequests | keyof typeof sourceRequests
type RunRequestName = Exclude<Extract<keyof Handlers, `run/${string}`>, OtherRequest> | 'audit/list'

export function runHandlers(services: Services): Pick<Handlers, RunRequestName> {
  const { runs, store } = services
  return {
    ...againHandlers(services),
    'run/estimate': (request, { signal }) => runs.estimate(withRemembered(store, request), signal),
    async 'run/start'(request, { signal }) {
      await checkBeforeRun(services, request, signal)
      return await runs.start(withRemembered(store, request))
    },
    'run/get': ({ runId }) => runs.get(runId),
    'run/pause': ({ runId }) => runs.pause(runId),
    'run/cancel': ({ runId }) => runs.cancel(runId),
    'run/resume': ({ runId, ...changes }) => runs.resume(runId, changes),
    'run/list': (page) => runs.list(page),
    'audit/list': (filter) => succeed(store.read((database) => listAudit(database, filter ?? { limit: maxPageRows }))),
  }
}
