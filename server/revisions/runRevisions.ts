import type { Log } from '../rpc/log.ts'
import type { RunsOptions } from '../runs/runOptions.ts'
import { findKept, isKeptElsewhere, listEarlierRuns } from '../store/revisionTable.ts'
import { findRun } from '../store/runTable.ts'
import type { Store } from '../store/store.ts'
import { mayWriteResults, sourceKeyOf } from './keepInStore.ts'
import { settleResultsFile } from './keptFiles.ts'

/** A run that was stopped, or was over fewer items, is newer than the kept one: more than these are hardly ever needed. */
const runsReused = 3

interface RunRevisionsParts {
  dataDir: string
  store: Pick<Store, 'read'>
  log: Pick<Log, 'warn'>
}

/** What the run engine asks about other runs over the same source. */
export function createRunRevisions({
  dataDir,
  store,
  log,
}: RunRevisionsParts): Pick<RunsOptions, 'openReuse' | 'settleResults' | 'isResultsOfAnother' | 'mayWriteResults'> {
  const keptOf = (source: string): string | null => store.read((database) => findKept(database, source))
  return {
    async openReuse(question) {
      const { runId, request, routes } = question.header
      const stored = store.read((database) => findRun(database, runId))
      // An estimate is of no run yet; whatever a run would look at, it looks at.
      const source = stored ? (stored.view.revision?.source ?? null) : await sourceKeyOf(request.source)
      if (source === null) return null
      const earlier = store.read((database) =>
        listEarlierRuns(database, source, { routes, except: runId, most: runsReused }),
      )
      const { openReuse } = await import('../results/reuse.ts')
      return openReuse(dataDir, earlier, question)
    },
    async settleResults(source, path, rewrite) {
      const kept = keptOf(source)
      const place = kept && store.read((database) => findRun(database, kept)?.view.resultsPath)
      if (place !== path) return
      const settled = await settleResultsFile({ keptOf, rewrite }, source)
      if (!settled.ok) log.warn(settled.reason.message)
    },
    async isResultsOfAnother(path, source) {
      const key = await sourceKeyOf(source)
      return store.read((database) => isKeptElsewhere(database, path, key))
    },
    mayWriteResults: (runId, isCompleted) => store.read((database) => mayWriteResults(database, runId, isCompleted)),
  }
}
