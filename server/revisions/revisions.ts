import { join } from 'node:path'
import type { ParsedParams } from '../../protocol/contract.ts'
import type { Page } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { KeptRevision, RemovedRun, Revision } from '../../protocol/revisions.ts'
import { fail } from '../../shared/fail.ts'
import type { Log } from '../rpc/log.ts'
import type { Runs } from '../runs/runs.ts'
import type { StoredData } from '../store/change.ts'
import { findKept, listRevisions } from '../store/revisionTable.ts'
import { findRun } from '../store/runTable.ts'
import { findUndone, type KeepAction, keepInStore, sourceKeyOf } from './keepInStore.ts'
import { KeptFiles } from './keptFiles.ts'
import type { RenamedSources } from './renamedSources.ts'

interface RevisionsParts extends StoredData {
  dataDir: string
  /** Loaded with the first run that is asked for. */
  runs(): Promise<Pick<Runs, 'get' | 'remove' | 'rewrite'>>
  renamed: Pick<RenamedSources, 'adopt'>
  log: Pick<Log, 'info' | 'warn'>
}

/** Runs as revisions of their source's results: which of them counts, and that the results file is the one that counts. */
export class Revisions {
  readonly #parts: RevisionsParts
  readonly #store: RevisionsParts['store']
  readonly #runs: RevisionsParts['runs']
  readonly #files: KeptFiles

  constructor(parts: RevisionsParts) {
    this.#parts = parts
    this.#store = parts.store
    this.#runs = parts.runs
    this.#files = new KeptFiles({
      folder: join(parts.dataDir, 'runs'),
      keptOf: (source) => this.#keptOf(source),
      rewrite: async (runId) => (await parts.runs()).rewrite(runId),
    })
  }

  async list(request: ParsedParams<'revision/list'>): Promise<Outcome<Page<Revision>>> {
    const source = 'runId' in request ? await this.#sourceOf(request.runId) : succeed(await this.#keyOf(request.path))
    if (!source.ok) return source
    const key = source.value
    return succeed(
      key === null ? { rows: [], next: null } : this.#store.read((database) => listRevisions(database, key, request)),
    )
  }

  async keep(runId: string): Promise<Outcome<KeptRevision>> {
    const source = await this.#sourceOf(runId)
    if (!source.ok) return source
    const refused = await this.#refuse(runId)
    return refused.ok ? await this.#keepAs(source.value, runId, 'keep') : refused
  }

  async undo(runId: string): Promise<Outcome<KeptRevision>> {
    const source = await this.#sourceOf(runId)
    if (!source.ok) return source
    const before = this.#store.read((database) => findUndone(database, source.value))
    if (before !== null) return await this.#keepAs(source.value, before, 'undo')
    return fail({ code: 'revision_invalid', runId: this.#keptOf(source.value) ?? runId, problem: 'nothing_before' })
  }

  /** Removes the run; another one is kept if it was. */
  async remove(runId: string): Promise<Outcome<RemovedRun>> {
    const revision = this.#viewOf(runId)?.revision
    if (!revision?.isKept) {
      const removed = await (await this.#runs()).remove(runId)
      return removed.ok ? succeed(null) : removed
    }
    const { source } = revision
    const note = await this.#files.note(source)
    try {
      const removed = await (await this.#runs()).remove(runId)
      if (!removed.ok) return removed
      const kept = this.#keptOf(source)
      const written = await this.#files.settle(source)
      // The run is gone either way; a file that cannot be written stays as it was, and is reported as not written.
      if (!written.ok) this.#parts.log.warn(written.reason.message)
      return kept === null ? succeed(null) : this.#toKeptRevision(kept, written.ok ? written.value : null)
    } finally {
      await note.drop()
    }
  }

  /** Writes the files that processes which are gone have left unwritten. */
  async recover(): Promise<void> {
    const settled = await this.#files.recover()
    if (settled.length > 0) this.#parts.log.info(`results files written again after an interruption: ${settled.length}`)
  }

  /** A file that was renamed has its results; one that was deleted still has those that it had. */
  async #keyOf(path: string): Promise<string | null> {
    await this.#parts.renamed.adopt(path)
    return await sourceKeyOf({ kind: 'paths', paths: [path] }, { isGoneFine: true })
  }

  #keptOf(source: string): string | null {
    return this.#store.read((database) => findKept(database, source))
  }

  #viewOf(runId: string) {
    return this.#store.read((database) => findRun(database, runId)?.view)
  }

  #setKept(source: string, runId: string | null, action: KeepAction): Promise<Outcome<null>> {
    return this.#parts.change(['runs', 'audit'], (database) => {
      if (runId !== null && !findRun(database, runId)) return fail({ code: 'not_found', what: 'run', id: runId })
      keepInStore(database, { source, runId, action, at: this.#parts.now() })
      return succeed(null)
    })
  }

  /** The store first, then the file; when that cannot be written, all is as it was. */
  async #keepAs(source: string, runId: string, action: KeepAction): Promise<Outcome<KeptRevision>> {
    const note = await this.#files.note(source)
    try {
      const before = this.#keptOf(source)
      const kept = await this.#setKept(source, runId, action)
      if (!kept.ok) return kept
      const written = await this.#files.settle(source)
      if (written.ok) return this.#toKeptRevision(this.#keptOf(source) ?? runId, written.value)
      if (before !== runId && this.#keptOf(source) === runId) await this.#setKept(source, before, 'take back')
      return written
    } finally {
      await note.drop()
    }
  }

  #toKeptRevision(runId: string, resultsPath: string | null): Outcome<KeptRevision> {
    const run = this.#viewOf(runId)
    if (!run?.revision) return fail({ code: 'not_found', what: 'run', id: runId })
    const { number, isKept } = run.revision
    return succeed({ number, isKept, run, resultsPath })
  }

  async #sourceOf(runId: string): Promise<Outcome<string>> {
    const run = await (await this.#runs()).get(runId)
    if (!run.ok) return run
    const source = run.value.revision?.source
    return source === undefined ? fail({ code: 'revision_invalid', runId, problem: 'no_source' }) : succeed(source)
  }

  /** Why its results cannot be kept; null: they can. */
  async #refuse(runId: string): Promise<Outcome<null>> {
    const run = await (await this.#runs()).get(runId)
    if (!run.ok) return run
    const { state, counts } = run.value
    if (state === 'running') {
      const pid = this.#store.read((database) => findRun(database, runId)?.owner?.pid) ?? process.pid
      return fail({ code: 'run_busy', runId, pid })
    }
    if (counts.ok + counts.failed + counts.skipped > 0) return succeed(null)
    return fail({ code: 'revision_invalid', runId, problem: 'no_results' })
  }
}
