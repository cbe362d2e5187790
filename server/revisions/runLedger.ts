import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { defaultReuseMegabytes, type RunRequest } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import type { Log } from '../rpc/log.ts'
import type { RunLedger, RunRow } from '../runs/ledger.ts'
import type { RunsOptions } from '../runs/runOptions.ts'
import { addRevision, findKept, isKeptElsewhere, listAlikeRuns, listEarlierRuns } from '../store/revisionTable.ts'
import { findRun, insertRun, listOwnedRuns, listRuns, removeRun, updateRun } from '../store/runTable.ts'
import type { Store } from '../store/store.ts'
import { keepAnother, keepCompleted, mayWriteResults, sourceKeyOf } from './keepInStore.ts'
import { settleResultsFile } from './keptFiles.ts'
import type { RenamedSources } from './renamedSources.ts'
import { contentOf } from './sourceContent.ts'

/** The table of runs as the run engine sees it. The engine itself announces when lists are out of date. */
export function createRunLedger(
  store: Pick<Store, 'read' | 'change' | 'onChanged'>,
  now: () => string,
  renamed: Pick<RenamedSources, 'adopt'>,
): RunLedger {
  const notFound = (runId: string): Outcome<never> => fail({ code: 'not_found', what: 'run', id: runId })
  return {
    async create(row) {
      const { runId } = row.view
      await adoptAll(renamed, row.request.source)
      const source = await sourceKeyOf(row.request.source)
      const content = (await contentOf(row.request.source)) ?? undefined
      return await store.change<RunRow>((database) => {
        if (!insertRun(database, { ...row, content }, now())) return fail({ code: 'conflict', what: 'run', id: runId })
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

/** A file that is judged under a new name goes on where it was. */
async function adoptAll(renamed: Pick<RenamedSources, 'adopt'>, source: RunRequest['source']): Promise<void> {
  if (source.kind === 'paths' && source.paths.length === 1) await renamed.adopt(source.paths[0] as string)
}

/** A run that was stopped, was over fewer items or of one task is newer than the kept one: more than these are hardly ever needed. */
const runsReused = 6
/** Over other sources: each is an open file. */
const runsAlike = 50

interface RunRevisionsParts {
  dataDir: string
  store: Pick<Store, 'read'>
  renamed: Pick<RenamedSources, 'adopt' | 'follow'>
  log: Pick<Log, 'warn'>
}

/** What the run engine asks about other runs over the same source. */
export function createRunRevisions({
  dataDir,
  store,
  renamed,
  log,
}: RunRevisionsParts): Pick<
  RunsOptions,
  'openReuse' | 'settleResults' | 'isResultsOfAnother' | 'mayWriteResults' | 'followSource'
> {
  const keptOf = (source: string): string | null => store.read((database) => findKept(database, source))
  return {
    followSource: (runId) => renamed.follow(runId),
    async openReuse(question) {
      const { runId, request, routes } = question.header
      const stored = store.read((database) => findRun(database, runId))
      // An estimate is of no run yet; whatever a run would look at, it looks at.
      if (!stored) await adoptAll(renamed, request.source)
      const source = stored ? (stored.view.revision?.source ?? null) : await sourceKeyOf(request.source)
      const earlier = store.read((database) =>
        source === null ? [] : listEarlierRuns(database, source, { routes, except: runId, most: runsReused }),
      )
      // What is done here costs nothing, and is faster done than found.
      const isAsked = routes.some(({ endpoint }) => endpoint !== null)
      const mostBytes = isAsked ? (request.reuseMegabytes ?? defaultReuseMegabytes) * 1e6 : 0
      const profileHash = question.tasks[0]?.profileHash ?? ''
      const alike = store.read((database) =>
        mostBytes === 0 ? [] : listAlikeRuns(database, { routes, profileHash, except: runId, most: runsAlike }),
      )
      const { openReuse } = await import('../results/reuse.ts')
      const runIds = alike.filter((id) => !earlier.includes(id))
      return openReuse(dataDir, { earlier, elsewhere: { runIds, mostBytes } }, question)
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
    mayWriteResults: (runId, completed) => store.read((database) => mayWriteResults(database, runId, completed)),
  }
}
