import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { againRequests } from '../../protocol/requests/againRequests.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { checkBeforeRun } from '../health/checkBeforeRun.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import type { Services } from '../store/change.ts'
import { findRun } from '../store/runTable.ts'

export function againHandlers(services: Services): Pick<Handlers, keyof typeof againRequests> {
  const { runs, store } = services

  function requestOf(runId: string): Outcome<RunRequest> {
    const run = store.read((database) => findRun(database, runId))
    if (!run) return fail({ code: 'not_found', what: 'run', id: runId })
    // Also where the run of before was to judge everything: what is the same now need not be paid for twice.
    return succeed({ ...run.request, reuse: 'unchanged' })
  }

  return {
    async 'run/estimateAgain'({ runId }, { signal }) {
      const request = requestOf(runId)
      return request.ok ? await runs.estimate(request.value, signal) : request
    },
    async 'run/startAgain'({ runId, maxCostUsd }, { signal }) {
      const before = requestOf(runId)
      if (!before.ok) return before
      const request = maxCostUsd === undefined ? before.value : { ...before.value, maxCostUsd }
      await checkBeforeRun(services, request, signal)
      return await runs.start(request)
    },
  }
}
