import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import { maxPageRows } from '../../protocol/names.ts'
import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunChanges, RunRequest, RunView } from '../../protocol/runs.ts'
import { askOwner } from './askOwner.ts'
import { instant } from './clock.ts'
import { countsOf, nothingUsed, tallyIn, tallyOf } from './engine/runTally.ts'
import { estimateRun } from './estimateRun.ts'
import { fileErrorCode } from './files.ts'
import { describeFileError } from './fileTrouble.ts'
import { createItemIndex } from './journal/itemIndex.ts'
import type { JournalHeader } from './journal/journalLines.ts'
import { journalFailure, writeWhole } from './journal/journalWriter.ts'
import { type ReadJournal, readJournal } from './journal/readJournal.ts'
import { type LiveRun, type LiveRunParts, type Pause, startLiveRun } from './liveRun.ts'
import { drawOwner, isAlive } from './ownership.ts'
import { connectLanes, openEntries, openReuse, profileHashOf, resolveRoutes } from './prepareRun.ts'
import { removeKeptColumns } from './queries/keptColumns.ts'
import { createResultQueries } from './queries/resultQueries.ts'
import { chooseOutput } from './results/outputPath.ts'
import { fillIn, newRunId, type RunContext } from './runContext.ts'
import { createRunSpending } from './runSpending.ts'
import type { MadeFor, RunRow, Runs, RunsOptions } from './runs.ts'

/** Reading fewer results when somebody looks takes no longer than a blink. */
const resultsPrepared = 20_000

/** The run engine: everything behind `run/…` except the stored table, providers and profiles, which it is given. */
export function createRuns(options: RunsOptions): Runs {
  const context = fillIn(options)
  const live = new Map<string, LiveRun>()
  const ending = new AbortController()
  const { prepare, forget, close, ...queries } = createResultQueries(
    context,
    async (runId) => (await live.get(runId)?.flush()) ?? succeed(null),
  )

  function goLive(parts: LiveRunParts, pause: Pause): RunView {
    const { runId } = parts.header
    const run = startLiveRun(context, parts, pause)
    live.set(runId, run)
    void run.ended
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
    if (!prepared.ok) return prepared
    const { parts, pause } = prepared.value
    return succeed(goLive(parts, pause))
  }

  async function resume(runId: string, changes: RunChanges = {}): Promise<Outcome<RunView>> {
    if (live.has(runId)) return fail({ code: 'run_busy', runId, pid: process.pid })
    const prepared = await prepareOldRun(context, runId, changes)
    if (!prepared.ok) return prepared
    const { parts, pause } = prepared.value
    return succeed(goLive(parts, pause))
  }

  /** A run that has come to rest already is answered as it is. */
  async function end(runId: string, how: 'cancel' | 'pause'): Promise<Outcome<RunView>> {
    const run = live.get(runId)
    if (run) {
      run[how]()
      return succeed(await run.ended)
    }
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

  /** A run whose process died says so the first time that somebody looks. */
  async function viewOf(row: RunRow): Promise<RunView> {
    const running = live.get(row.view.runId)
    if (running) return running.view()
    if (row.view.state !== 'running' || (await isAlive(context, row))) return row.view
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
      const running = [...live.values()]
      for (const run of running) run.interrupt()
      await Promise.all(running.map((run) => run.ended))
    },
  }
}

interface Prepared {
  parts: LiveRunParts
  pause: Pause
}

function noPause(): Pause {
  return { until: null, changed: () => undefined }
}

function setPause(pause: Pause, until: number | null): void {
  if (pause.until === until) return
  pause.until = until
  pause.changed()
}

/** Everything that can be found wrong is found here, before the run exists. */
async function prepareNewRun(
  context: RunContext,
  request: RunRequest,
  { evaluation }: MadeFor,
): Promise<Outcome<Prepared>> {
  const routes = await resolveRoutes(context, request)
  if (!routes.ok) return routes
  const profile = await context.loadProfile(request)
  if (!profile.ok) return profile
  const pause = noPause()
  const spending = createRunSpending(0, nothingUsed)
  const { examples } = profile.value
  const run = { request, routes: routes.value, profile: profile.value.profile, examples }
  const judging = await connectLanes(context, run, spending, (until) => setPause(pause, until))
  if (!judging.ok) return judging
  const opened = await openEntries(context, request)
  if (!opened.ok) {
    judging.value.leave()
    return opened
  }
  const { inputs } = opened.value.source
  const created = await chooseOutput(context.files, request.output, inputs).then((output) =>
    output.ok
      ? createJournal(
          context,
          {
            kind: 'run',
            version: 1,
            runId: newRunId(context),
            request,
            routes: routes.value,
            profile: profile.value.profile,
            ...(examples ? { examples } : {}),
            profileFrom: { ...profile.value.from, hash: profileHashOf(judging.value) },
            inputs: inputs.map(({ path, size, modifiedAtMs }) => ({ path, size, modifiedAtMs })),
            resultsPath: output.value,
            ...(evaluation === undefined ? {} : { evaluation }),
            startedAt: instant(context.clock.now()),
          },
          opened.value.source.label,
        )
      : output,
  )
  if (!created.ok) {
    judging.value.leave()
    await opened.value.close()
    return created
  }
  return succeed({
    parts: {
      ...created.value,
      reuse: await openReuse(context, created.value.header, judging.value),
      opened: opened.value,
      judging: judging.value,
      index: createItemIndex(),
      retriesFailed: false,
      spending,
    },
    pause,
  })
}

type NewJournal = Pick<LiveRunParts, 'header' | 'owner' | 'journal' | 'revision'>

async function createJournal(context: RunContext, header: JournalHeader, label: string): Promise<Outcome<NewJournal>> {
  const path = context.journalPath(header.runId)
  const owner = drawOwner()
  let handle: FileHandle | null = null
  try {
    await context.files.makeFolder(context.folder)
    handle = await context.files.open(path, 'wx', 0o600)
    const bytes = Buffer.from(`${JSON.stringify(header)}\n`)
    await writeWhole(handle, bytes, 0)
    await handle.sync()
    const listed = await context.ledger.create({ view: firstView(header, label), request: header.request, owner })
    if (listed.ok) {
      const { revision } = listed.value.view
      return succeed({ header, owner, revision, journal: { handle, position: bytes.length } })
    }
    await discard(context, handle, path)
    return listed
  } catch (error) {
    const reason = journalFailure(fileErrorCode(error))
    if (handle) await discard(context, handle, path)
    return { ok: false, reason }
  }
}

async function discard(context: RunContext, handle: FileHandle, path: string): Promise<void> {
  await handle.close().catch(fileErrorCode)
  await context.files.unlink(path).catch(fileErrorCode)
}

function firstView(header: JournalHeader, label: string): RunView {
  return {
    runId: header.runId,
    state: 'running',
    tasks: header.routes.map((route) => route.task),
    source: label,
    ...(header.evaluation ? { evaluation: header.evaluation } : {}),
    counts: { total: null, ok: 0, failed: 0, skipped: 0, waiting: 0 },
    reason: null,
    routes: header.routes,
    resultsPath: header.resultsPath,
    profile: header.profileFrom ?? null,
    ...(header.request.stopWhen ? { stopWhen: header.request.stopWhen } : {}),
    spent: nothingUsed,
    revision: null,
    startedAt: header.startedAt,
    finishedAt: null,
    parkedUntil: null,
  }
}

/** Opens a run again with the routes and the profile that it began with. */
async function prepareOldRun(context: RunContext, runId: string, changes: RunChanges): Promise<Outcome<Prepared>> {
  const row = await context.ledger.read(runId)
  if (!row.ok) return row
  const { owner: before, view } = row.value
  if (before && (await isAlive(context, row.value))) return fail({ code: 'run_busy', runId, pid: before.pid })
  if (view.state === 'completed' && view.counts.failed === 0) {
    return fail({ code: 'run_not_resumable', runId, detail: 'every item has its result' })
  }
  const read = await readJournal(context.files, context.journalPath(runId), runId)
  if (!read.ok) return read
  tellDamage(context, runId, read.value)
  const { index, end } = read.value
  const header = withChanges(read.value.header, row.value.request, changes)
  const pause = noPause()
  const spending = createRunSpending(read.value.spentUsd, read.value.used)
  const judging = await connectLanes(context, header, spending, (until) => setPause(pause, until))
  if (!judging.ok) return judging
  const opened = await openEntries(context, header.request)
  if (!opened.ok) {
    judging.value.leave()
    return opened
  }
  const claimed = await claim(context, row.value, header.request, end)
  if (!claimed.ok) {
    judging.value.leave()
    await opened.value.close()
    return claimed
  }
  const retriesFailed = view.state === 'completed'
  return succeed({
    parts: {
      ...claimed.value,
      header,
      opened: opened.value,
      judging: judging.value,
      index,
      retriesFailed,
      spending,
      revision: view.revision,
      reuse: await openReuse(context, header, judging.value),
    },
    pause,
  })
}

/** The journal keeps the request as it was at first; some of it may have been changed since. */
function withChanges(header: JournalHeader, stored: RunRequest, changes: RunChanges): JournalHeader {
  const maxCostUsd = changes.maxCostUsd ?? stored.maxCostUsd
  const stopWhen = changes.stopWhen ?? stored.stopWhen
  return { ...header, request: { ...header.request, maxCostUsd, stopWhen } }
}

/** Takes the run over, unless somebody else did since it was read, and cuts off what was half written. */
async function claim(
  context: RunContext,
  row: RunRow,
  request: RunRequest,
  end: number,
): Promise<Outcome<Pick<LiveRunParts, 'owner' | 'journal'>>> {
  const { runId } = row.view
  const owner = drawOwner()
  const claimed = await context.ledger.update(runId, (current) =>
    current.owner?.token === row.owner?.token && current.view.finishedAt === row.view.finishedAt
      ? succeed({
          ...current,
          request,
          owner,
          wish: undefined,
          view: { ...current.view, state: 'running', reason: null, finishedAt: null },
        })
      : fail({ code: 'run_busy', runId, pid: current.owner?.pid ?? process.pid }),
  )
  if (!claimed.ok) return claimed
  try {
    const handle = await context.files.open(context.journalPath(runId), 'r+')
    await handle.truncate(end)
    return succeed({ owner, journal: { handle, position: end } })
  } catch (error) {
    const detail = `its journal cannot be written, ${describeFileError(fileErrorCode(error))}`
    await context.ledger.update(runId, (current) => succeed({ ...row, request: current.request }))
    return fail({ code: 'run_not_resumable', runId, detail })
  }
}

function tellDamage(context: RunContext, runId: string, { damagedLines }: ReadJournal): void {
  if (damagedLines.length === 0) return
  const lines = damagedLines.slice(0, 10).join(', ')
  context.log(`run ${runId}: damaged lines in its journal (${lines}); their items are judged again`)
}

async function markInterrupted(context: RunContext, row: RunRow): Promise<RunView> {
  const { runId } = row.view
  const read = await readJournal(context.files, context.journalPath(runId), runId)
  const { counts } = row.view
  const view: RunView = {
    ...row.view,
    state: 'interrupted',
    counts: countsOf(read.ok ? tallyOf(read.value.index) : tallyIn(counts), 0, counts.total),
    spent: read.ok ? read.value.used : row.view.spent,
    finishedAt: instant(context.clock.now()),
    parkedUntil: null,
  }
  const saved = await context.ledger.update(runId, (current) =>
    current.owner?.token === row.owner?.token
      ? succeed({ ...current, owner: null, wish: undefined, view })
      : fail({ code: 'run_busy', runId, pid: current.owner?.pid ?? process.pid }),
  )
  if (saved.ok) return saved.value.view
  // Somebody else looked at the same moment and was first, or has taken the run over since: what is stored by now holds.
  const newest = await context.ledger.read(runId)
  return newest.ok ? newest.value.view : row.view
}
