import { maxPageRows } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { EstimateRequest, RunChanges, RunEstimate, RunRequest, RunView } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { removeCachedColumns } from '../results/cachedColumns.ts'
import type { ColumnCache } from '../results/columnCache.ts'
import { createResultQueries, type ResultQueries } from '../results/resultQueries.ts'
import { announceInterrupted, markDeadRuns, markInterrupted } from './deadRuns.ts'
import { estimateRun } from './estimateRun.ts'
import { laneFolder, removeLane } from './laneFiles.ts'
import type { RunRow } from './ledger.ts'
import { isAlive, requestCommand } from './ownership.ts'
import type { PreparedRun } from './prepareRun.ts'
import { prepareResume } from './resumeRun.ts'
import { Run } from './run.ts'
import { fillIn, type RunContext } from './runContext.ts'
import type { RunsOptions } from './runOptions.ts'
import { removeProgressNote, withProgress } from './runProgress.ts'
import type { MadeFor, Runs } from './runs.ts'
import { findUnsettled, forgetOpinionTexts, noteSettled, SecondOpinions } from './secondOpinions.ts'
import { prepareStart } from './startRun.ts'

/** Reading fewer results when somebody looks takes no longer than a blink. */
const resultsPrepared = 20_000

type ResultsOfRuns = Pick<ColumnCache, 'prepare' | 'forget'> & Pick<ResultQueries, 'rewrite'>

/** The runs that this process works on, and its view of those of other processes. */
class LiveRuns
  implements
    Pick<Runs, 'start' | 'estimate' | 'resume' | 'cancel' | 'pause' | 'get' | 'list' | 'remove' | 'announceInterrupted'>
{
  readonly #context: RunContext
  readonly #results: ResultsOfRuns
  readonly #live: Map<string, Run>
  readonly #ending = new AbortController()
  /** Results files that are written again with a second opinion, one after the other. */
  #settling: Promise<void> = Promise.resolve()

  /** `live`: empty, and shared with whoever needs to know what is worked on here. */
  constructor(context: RunContext, live: Map<string, Run>, results: ResultsOfRuns) {
    this.#context = context
    this.#live = live
    this.#results = results
  }

  async start(request: RunRequest, madeFor: MadeFor = {}): Promise<Outcome<RunView>> {
    await this.#markDead()
    const prepared = await prepareStart(this.#context, request, madeFor)
    return prepared.ok ? succeed(this.#goLive(prepared.value)) : prepared
  }

  async estimate(request: EstimateRequest, signal?: AbortSignal): Promise<Outcome<RunEstimate>> {
    await this.#markDead()
    return await estimateRun(this.#context, request, signal)
  }

  async resume(runId: string, changes: RunChanges = {}): Promise<Outcome<RunView>> {
    if (this.#live.has(runId)) return fail({ code: 'run_busy', runId, pid: process.pid })
    const prepared = await prepareResume(this.#context, runId, changes)
    return prepared.ok ? succeed(this.#goLive(prepared.value)) : prepared
  }

  cancel(runId: string): Promise<Outcome<RunView>> {
    return this.#end(runId, 'cancel')
  }

  pause(runId: string): Promise<Outcome<RunView>> {
    return this.#end(runId, 'pause')
  }

  async get(runId: string): Promise<Outcome<RunView>> {
    const row = await this.#context.ledger.read(runId)
    return row.ok ? succeed(await this.#viewOf(row.value)) : row
  }

  async list(page: Parameters<Runs['list']>[0]): ReturnType<Runs['list']> {
    const { cursor = null, limit = maxPageRows, madeFor = 'person' } = page ?? {}
    const rows = await this.#context.ledger.list({ cursor, limit, madeFor })
    if (!rows.ok) return rows
    const views = await Promise.all(rows.value.rows.map((row) => this.#viewOf(row)))
    return succeed({ rows: views, next: rows.value.next })
  }

  async announceInterrupted(wanted: Parameters<Runs['announceInterrupted']>[0]): Promise<RunView[]> {
    await this.#markDead()
    return await announceInterrupted(this.#context, wanted)
  }

  async remove(runId: string): Promise<Outcome<null>> {
    const { ledger, files } = this.#context
    if (this.#live.has(runId)) return fail({ code: 'run_busy', runId, pid: process.pid })
    const row = await ledger.read(runId)
    if (!row.ok) return row
    const { owner } = row.value
    if (owner && (await isAlive(this.#context, row.value))) return fail({ code: 'run_busy', runId, pid: owner.pid })
    const removed = await ledger.remove(runId)
    if (!removed.ok) return removed
    this.#results.forget(runId)
    await forgetOpinionTexts(this.#context, runId)
    const journal = this.#context.journalPath(runId)
    await files.unlink(journal).catch(ignoreFileErrors)
    await removeCachedColumns(files, journal)
    await removeProgressNote(files, journal)
    await removeLane(files, laneFolder(journal))
    this.#context.onChange()
    return succeed(null)
  }

  /** Ends every run as `interrupted`, with its journal flushed. */
  async shutdown(): Promise<void> {
    this.#ending.abort()
    await Promise.all([...this.#live.values()].map((run) => run.interrupt()))
    await this.#settling
  }

  #goLive(prepared: PreparedRun): RunView {
    const { runId, secondOf } = prepared.header
    const run = new Run(this.#context, prepared)
    this.#live.set(runId, run)
    void run
      .start()
      .finally(() => this.#live.delete(runId))
      .then(({ state, counts }) => {
        // Whoever opens the results of a long run finds them ready.
        if (state === 'completed' && (counts.total ?? 0) >= resultsPrepared) void this.#results.prepare(runId)
        if (state === 'completed' && secondOf !== undefined) {
          void this.settle(secondOf)
        }
      })
    this.#context.onChange()
    return run.view()
  }

  /** The results file of the first run has both verdicts from now on, where it holds that run's results. */
  settle(runId: string): Promise<void> {
    this.#settling = this.#settling.then(async () => {
      await this.#settleFirst(runId)
      await noteSettled(this.#context, runId)
    })
    return this.#settling
  }

  async #settleFirst(runId: string): Promise<void> {
    const row = await this.#context.ledger.read(runId)
    if (!row.ok || row.value.view.resultsWritten !== true) return
    const { ok, failed, skipped } = row.value.view.counts
    if (this.#context.mayWriteResults?.(runId, ok + failed + skipped) === false) return
    const written = await this.#results.rewrite(runId)
    if (!written.ok) this.#context.log(`run ${runId}: its results file was not settled: ${written.reason.message}`)
    this.#context.onChange()
  }

  /** A run that has come to rest already is answered as it is. */
  async #end(runId: string, how: 'cancel' | 'pause'): Promise<Outcome<RunView>> {
    const run = this.#live.get(runId)
    if (run) return succeed(await run[how]())
    const row = await this.#context.ledger.read(runId)
    if (!row.ok) return row
    const { owner } = row.value
    if (owner === null || !(await isAlive(this.#context, row.value))) {
      if (how === 'cancel' && (row.value.view.lane?.open ?? 0) > 0) return await this.#cancelBatches(runId)
      return succeed(await this.#viewOf(row.value))
    }
    const asked = await requestCommand(this.#context, row.value, owner, { command: how, ending: this.#ending.signal })
    return asked.ok ? succeed(await this.#viewOf(asked.value)) : asked
  }

  /** Nobody works on the run, but its batches go on at the provider: it is taken up for just long enough to cancel them. */
  async #cancelBatches(runId: string): Promise<Outcome<RunView>> {
    const prepared = await prepareResume(this.#context, runId, {})
    if (!prepared.ok) return prepared
    this.#goLive(prepared.value)
    const run = this.#live.get(runId)
    return run ? succeed(await run.cancel()) : await this.get(runId)
  }

  async #viewOf(row: RunRow): Promise<RunView> {
    const running = this.#live.get(row.view.runId)
    if (running) return running.view()
    if (row.view.state !== 'running') return row.view
    const { files } = this.#context
    const journal = this.#context.journalPath(row.view.runId)
    if (await isAlive(this.#context, row)) return await withProgress(files, journal, row.view)
    return await markInterrupted(this.#context, row)
  }

  /** What a dead process has finished is there for whoever begins now. */
  async #markDead(): Promise<void> {
    await markDeadRuns(this.#context, (runId) => this.#live.has(runId))
    for (const runId of await findUnsettled(this.#context)) await this.settle(runId)
  }
}

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
  const runs = new LiveRuns(liveContext, live, { prepare, forget, rewrite: queries.rewrite })
  const opinions = new SecondOpinions(context, {
    get: (runId) => runs.get(runId),
    start: (request, madeFor) => runs.start(request, madeFor),
    resume: (runId, changes) => runs.resume(runId, changes),
    estimate: (request, signal) => runs.estimate(request, signal),
    withResults: queries.withResults,
    settle: (runId) => runs.settle(runId),
  })
  return {
    ...queries,
    estimate: (request, signal) => runs.estimate(request, signal),
    start: (request, madeFor) => runs.start(request, madeFor),
    resume: (runId, changes) => runs.resume(runId, changes),
    estimateSecond: (request, signal) => opinions.estimate(request, signal),
    second: (request, signal) => opinions.start(request, signal),
    cancel: (runId) => runs.cancel(runId),
    pause: (runId) => runs.pause(runId),
    get: (runId) => runs.get(runId),
    list: (page) => runs.list(page),
    announceInterrupted: (wanted) => runs.announceInterrupted(wanted),
    remove: (runId) => runs.remove(runId),
    endPause: (provider) => context.breakerOf(provider).endPause(),
    async shutdown() {
      close()
      await runs.shutdown()
    },
  }
}
