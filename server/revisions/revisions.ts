import { join } from 'node:path'
import type { ParsedParams } from '../../protocol/contract.ts'
import type { Page } from '../../protocol/names.ts'
import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { KeptRevision, RemovedRun, Revision } from '../../protocol/revisions.ts'
import type { Log } from '../rpc/log.ts'
import type { Runs } from '../runs/runs.ts'
import type { StoredData } from '../store/change.ts'
import { findKept, listRevisions } from '../store/revisionTable.ts'
import { findRun } from '../store/runTable.ts'
import { findUndone, type KeepAction, keepInStore } from './keepInStore.ts'
import { createKeptFiles } from './keptFiles.ts'
import { sourceKeyOf } from './sourceKey.ts'

/** Runs as revisions of their source's results: which of them counts, and that the results file is the one that counts. */
export interface Revisions {
  list(request: ParsedParams<'revision/list'>): Promise<Outcome<Page<Revision>>>
  keep(runId: string): Promise<Outcome<KeptRevision>>
  undo(runId: string): Promise<Outcome<KeptRevision>>
  /** Removes the run; another one is kept if it was. */
  remove(runId: string): Promise<Outcome<RemovedRun>>
  /** Writes the files that processes which are gone have left unwritten. */
  recover(): Promise<void>
}

interface RevisionsParts extends StoredData {
  dataDir: string
  /** Loaded with the first run that is asked for. */
  runs(): Promise<Pick<Runs, 'get' | 'remove' | 'rewrite'>>
  log: Pick<Log, 'info' | 'warn'>
}

export function createRevisions({ dataDir, store, change, runs, log, now }: RevisionsParts): Revisions {
  const keptOf = (source: string): string | null => store.read((database) => findKept(database, source))
  const viewOf = (runId: string) => store.read((database) => findRun(database, runId)?.view)
  const files = createKeptFiles({
    folder: join(dataDir, 'runs'),
    keptOf,
    rewrite: async (runId) => (await runs()).rewrite(runId),
  })

  function setKept(source: string, runId: string | null, action: KeepAction): Promise<Outcome<null>> {
    return change(['runs', 'audit'], (database) => {
      if (runId !== null && !findRun(database, runId)) return fail({ code: 'not_found', what: 'run', id: runId })
      keepInStore(database, { source, runId, action, at: now() })
      return succeed(null)
    })
  }

  /** The store first, then the file; when that cannot be written, all is as it was. */
  async function keepAs(source: string, runId: string, action: KeepAction): Promise<Outcome<KeptRevision>> {
    const note = await files.note(source)
    try {
      const before = keptOf(source)
      const kept = await setKept(source, runId, action)
      if (!kept.ok) return kept
      const written = await files.settle(source)
      if (written.ok) return tellKept(keptOf(source) ?? runId, written.value)
      if (before !== runId && keptOf(source) === runId) await setKept(source, before, 'take back')
      return written
    } finally {
      await note.drop()
    }
  }

  function tellKept(runId: string, resultsPath: string | null): Outcome<KeptRevision> {
    const run = viewOf(runId)
    if (!run?.revision) return fail({ code: 'not_found', what: 'run', id: runId })
    const { number, isKept } = run.revision
    return succeed({ number, isKept, run, resultsPath })
  }

  async function sourceOf(runId: string): Promise<Outcome<string>> {
    const run = await (await runs()).get(runId)
    if (!run.ok) return run
    const source = run.value.revision?.source
    return source === undefined ? fail({ code: 'revision_invalid', runId, problem: 'no_source' }) : succeed(source)
  }

  /** Why its results cannot be kept; null: they can. */
  async function refuse(runId: string): Promise<Outcome<null>> {
    const run = await (await runs()).get(runId)
    if (!run.ok) return run
    const { state, counts } = run.value
    if (state === 'running') {
      const pid = store.read((database) => findRun(database, runId)?.owner?.pid) ?? process.pid
      return fail({ code: 'run_busy', runId, pid })
    }
    if (counts.ok + counts.failed + counts.skipped > 0) return succeed(null)
    return fail({ code: 'revision_invalid', runId, problem: 'no_results' })
  }

  return {
    async list(request) {
      const source =
        'runId' in request
          ? await sourceOf(request.runId)
          : succeed(await sourceKeyOf({ kind: 'paths', paths: [request.path] }))
      if (!source.ok) return source
      const key = source.value
      return succeed(
        key === null ? { rows: [], next: null } : store.read((database) => listRevisions(database, key, request)),
      )
    },
    async keep(runId) {
      const source = await sourceOf(runId)
      if (!source.ok) return source
      const refused = await refuse(runId)
      return refused.ok ? await keepAs(source.value, runId, 'keep') : refused
    },
    async undo(runId) {
      const source = await sourceOf(runId)
      if (!source.ok) return source
      const before = store.read((database) => findUndone(database, source.value))
      if (before !== null) return await keepAs(source.value, before, 'undo')
      return fail({ code: 'revision_invalid', runId: keptOf(source.value) ?? runId, problem: 'nothing_before' })
    },
    async remove(runId) {
      const revision = viewOf(runId)?.revision
      if (!revision?.isKept) {
        const removed = await (await runs()).remove(runId)
        return removed.ok ? succeed(null) : removed
      }
      const { source } = revision
      const note = await files.note(source)
      try {
        const removed = await (await runs()).remove(runId)
        if (!removed.ok) return removed
        const kept = keptOf(source)
        const written = await files.settle(source)
        // The run is gone either way; a file that cannot be written stays as it was, and is told as not written.
        if (!written.ok) log.warn(written.reason.message)
        return kept === null ? succeed(null) : tellKept(kept, written.ok ? written.value : null)
      } finally {
        await note.drop()
      }
    },
    async recover() {
      const settled = await files.recover()
      if (settled.length > 0) log.info(`results files written again after an interruption: ${settled.length}`)
    },
  }
}
