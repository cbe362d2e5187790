import { succeed } from '../../protocol/outcome.ts'
import { createResultQueries } from '../results/resultQueries.ts'
import { LiveRuns } from './liveRuns.ts'
import type { Run } from './run.ts'
import { fillIn, type RunContext } from './runContext.ts'
import type { RunsOptions } from './runOptions.ts'
import type { Runs } from './runs.ts'

/** The run engine: everything behind `run/…` except the stored table, providers and profiles, which it is given. */
export function createRuns(options: RunsOptions): Runs {
  const context = fillIn(options)
  const live = new Map<string, Run>()
  const { prepare, forget, close, ...queries } = createResultQueries(
    context,
    async (runId) => (await live.get(runId)?.flush()) ?? succeed(null),
  )
  // Live runs settle their results file by the queries of all runs.
  const { settleResults } = options
  const liveContext: RunContext = settleResults
    ? { ...context, settleResults: (source, path) => settleResults(source, path, queries.rewrite) }
    : context
  const runs = new LiveRuns(liveContext, live, { prepare, forget })
  return {
    ...queries,
    estimate: (request, signal) => runs.estimate(request, signal),
    start: (request, madeFor) => runs.start(request, madeFor),
    resume: (runId, changes) => runs.resume(runId, changes),
    cancel: (runId) => runs.cancel(runId),
    pause: (runId) => runs.pause(runId),
    get: (runId) => runs.get(runId),
    list: (page) => runs.list(page),
    remove: (runId) => runs.remove(runId),
    endPause: (provider) => context.breakerOf(provider).endPause(),
    async shutdown() {
      close()
      await runs.shutdown()
    },
  }
}
