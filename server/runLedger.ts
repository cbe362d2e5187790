import { fail, type Outcome, succeed } from '../protocol/outcome.ts'
import type { RunLedger, RunRow } from './runs/runs.ts'
import type { Services } from './services.ts'
import { findRun, insertRun, listRuns, removeRun, updateRun } from './store/runTable.ts'

/** The table of runs as the run engine sees it. The engine itself tells when lists are out of date. */
export function createRunLedger({ store, now }: Pick<Services, 'store' | 'now'>): RunLedger {
  const notFound = (runId: string): Outcome<never> => fail({ code: 'not_found', what: 'run', id: runId })
  return {
    create: (row) =>
      store.change((database) =>
        insertRun(database, row, now())
          ? succeed(findRun(database, row.view.runId) ?? row)
          : fail({ code: 'conflict', what: 'run', id: row.view.runId }),
      ),
    async read(runId) {
      const row = store.read((database) => findRun(database, runId))
      return row ? succeed(row) : notFound(runId)
    },
    update: (runId, update) =>
      store.change<RunRow>((database) => {
        const row = findRun(database, runId)
        if (!row) return notFound(runId)
        const updated = update(row)
        if (updated.ok) updateRun(database, updated.value, now())
        return updated
      }),
    list: async (page) => succeed(store.read((database) => listRuns(database, page))),
    remove: (runId) => store.change((database) => (removeRun(database, runId) ? succeed(null) : notFound(runId))),
  }
}
