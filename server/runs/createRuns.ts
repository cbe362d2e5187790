import { maxPageRows } from '../../protocol/names.ts'
import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunChanges, RunRequest, RunView } from '../../protocol/runs.ts'
import { askOwner } from './askOwner.ts'
import { estimateRun } from './estimateRun.ts'
import { fileErrorCode } from './files.ts'
import type { RunRow } from './ledger.ts'
import { prepareNewRun } from './newRun.ts'
import { markInterrupted, prepareOldRun } from './oldRun.ts'
import { isAlive } from './ownership.ts'
import type { PreparedRun } from './prepareRun.ts'
import { removeKeptColumns } from './queries/keptColumns.ts'
import { createResultQueries } from './queries/resultQueries.ts'
import { Run } from './run.ts'
import { fillIn } from './runContext.ts'
import type { RunsOptions } from './runOptions.ts'
import { removeProgressNote, withProgress } from './runProgress.ts'
import type { MadeFor, Runs } from './runs.ts'

/** Reading fewer results when somebody looks takes no longer than a blink. */
const resultsPrepared = 20_000

/** The run engine: everything behind `run/…` except the stored table, providers and profiles, which it is given. */
export function createRuns(options: RunsOptions): Runs {
  const context = fillIn(options)
  const live = new Map<string, Run>()
  const ending = new AbortController()
  const { prepare, forget, close, ...queries } = createResultQueries(
    context,
    async (runId) => (await live.get(runId)?.flush()) ?? succeed(null),
  )

  function goLive(prepared: PreparedRun): RunView {
    const { runId } = prepared.header
    const run = new Run(context, prepared)
    live.set(runId, run)
    void run
      .start()
      .finally(() => live.delete(runId))
      .then(({ state, counts }) => {
        // Whoever opens the results of a long run finds them ready.
        if (state === 'completed' && (counts.total ?? 0) >= resultsPrepared) void prepare(runId)
      })
    context.onChange()
    return run.view()
  }

  async function start(request: RunRequest, madeFor: MadeFor = {}): Promise<Outcome<RunView>> {
    const prepared = await prepareNewRun(context, request, madeFor)
    return prepared.ok ? succeed(goLive(prepared.value)) : prepared
  }

  async function resume(runId: string, changes: RunChanges = {}): Promise<Outcome<RunView>> {
    if (live.has(runId)) return fail({ code: 'run_busy', runId, pid: process.pid })
    const prepared = await prepareOldRun(context, runId, changes)
    return prepared.ok ? succeed(goLive(prepared.value)) : prepared
  }

  /** A run that has come to rest already is answered as it is. */
  async function end(runId: string, how: 'cancel' | 'pause'): Promise<Outcome<RunView>> {
    const run = live.get(runId)
    if (run) return succeed(await run[how]())
    const row = await context.ledger.read(runId)
    if (!row.ok) return row
    const { owner } = row.value
    if (owner === null || !(await isAlive(context, row.value))) return succeed(await viewOf(row.value))
    const asked = await askOwner(context, row.value, owner, { wish: how, ending: ending.signal })
    return asked.ok ? succeed(await viewOf(asked.value)) : asked
  }

  async function get(runId: string): Promise<Outcome<RunView>> {
    const row = await context.ledger.read(runId)
    return row.ok ? succeed(await viewOf(row.value)) : row
  }

  async function viewOf(row: RunRow): Promise<RunView> {
    const running = live.get(row.view.runId)
    if (running) return running.view()
    if (row.view.state !== 'running') return row.view
    const journal = context.journalPath(row.view.runId)
    if (await isAlive(context, row)) return await withProgress(context.files, journal, row.view)
    await removeProgressNote(context.files, journal)
    return await markInterrupted(context, row)
  }

  async function remove(runId: string): Promise<Outcome<null>> {
    if (live.has(runId)) return fail({ code: 'run_busy', runId, pid: process.pid })
    const row = await context.ledger.read(runId)
    if (!row.ok) return row
    const { owner } = row.value
    if (owner && (await isAlive(context, row.value))) return fail({ code: 'run_busy', runId, pid: owner.pid })
    const removed = await context.ledger.remove(runId)
    if (!removed.ok) return removed
    forget(runId)
    await context.files.unlink(context.journalPath(runId)).catch(fileErrorCode)
    await removeKeptColumns(context.files, context.journalPath(runId))
    await removeProgressNote(context.files, context.journalPath(runId))
    context.onChange()
    return succeed(null)
  }

  return {
    estimate: (request, signal) => estimateRun(context, request, signal),
    start,
    get,
    cancel: (runId) => end(runId, 'cancel'),
    pause: (runId) => end(runId, 'pause'),
    resume,
    endPause: (provider) => context.gateOf(provider).endPause(),
    remove,
    ...queries,
    async list(page) {
      const { cursor = null, limit = maxPageRows, madeFor = 'person' } = page ?? {}
      const rows = await context.ledger.list({ cursor, limit, madeFor })
      if (!rows.ok) return rows
      return succeed({ rows: await Promise.all(rows.value.rows.map(viewOf)), next: rows.value.next })
    },
    async shutdown() {
      ending.abort()
      close()
      await Promise.all([...live.values()].map((run) => run.interrupt()))
    },
  }
}
