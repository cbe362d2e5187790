import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { RunLedger, RunRow } from '../runs/ledger.ts'
import { addRevision } from '../store/revisionTable.ts'
import { findRun, insertRun, listOwnedRuns, listRuns, removeRun, updateRun } from '../store/runTable.ts'
import type { Store } from '../store/store.ts'
import { keepAnother, keepCompleted, sourceKeyOf } from './keepInStore.ts'

/** The table of runs as the run engine sees it. The engine itself announces when lists are out of date. */
export function createRunLedger(store: Pick<Store, 'read' | 'change' | 'onChanged'>, now: () => string): RunLedger {
  const notFound = (runId: string): Outcome<never> => fail({ code: 'not_found', what: 'run', id: runId })
  return {
    async create(row) {
      const { runId } = row.view
      const source = await sourceKeyOf(row.request.source)
      return await store.change<RunRow>((database) => {
        if (!insertRun(database, row, now())) return fail({ code: 'conflict', what: 'run', id: runId })
        if (source !== null) addRevision(database, runId, source)
        return succeed(findRun(database, runId) ?? row)
      })
    },
    async read(runId) {
      const row = store.read((database) => findRun(database, runId))
      return row ? succeed(row) : notFound(runId)
    },
    update: (runId, update) =>
      store.change<RunRow>((database) => {
        const row = findRun(database, runId)
        if (!row) return notFound(runId)
        const updated = update(row)
        if (!updated.ok) return updated
        updateRun(database, updated.value, now())
        const isCompleted = updated.value.view.state === 'completed' && row.view.state !== 'completed'
        if (isCompleted) keepCompleted(database, runId, now())
        return succeed(findRun(database, runId) ?? updated.value)
      }),
    list: async (page) => succeed(store.read((database) => listRuns(database, page))),
    listOwned: async () => succeed(store.read(listOwnedRuns)),
    onForeignChange: (listener) => store.onChanged(({ own }) => void (own || listener())),
    remove: (runId) =>
      store.change((database) => {
        keepAnother(database, runId, now())
        return removeRun(database, runId) ? succeed(null) : notFound(runId)
      }),
  }
}
