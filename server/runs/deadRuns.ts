import { sep } from 'node:path'
import { maxPageRows } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunRequest, RunView } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { countsOf, tallyIn, tallyOf } from '../engine/runTally.ts'
import { instant } from '../files/clock.ts'
import { type ReadJournal, readJournal } from '../journal/readJournal.ts'
import type { RunRow } from './ledger.ts'
import { isAlive } from './ownership.ts'
import type { RunContext } from './runContext.ts'
import { RunOutput } from './runOutput.ts'
import { removeProgressNote, withProgress } from './runProgress.ts'
import { runProgress } from './runView.ts'

/**
 * Finds the runs whose processes are gone, so that what they finished can be taken over by whatever is about to begin. `isOurs`: this
 * process works on the run.
 */
export async function markDeadRuns(context: RunContext, isOurs: (runId: string) => boolean): Promise<void> {
  const owned = await context.ledger.listOwned()
  if (!owned.ok) return context.log(`runs of dead processes were not looked for: ${owned.reason.message}`)
  for (const row of owned.value) {
    if (!isOurs(row.view.runId) && !(await isAlive(context, row))) await markInterrupted(context, row)
  }
}

/** A run whose process died says so the first time that somebody looks, and what it finished becomes a file. */
export async function markInterrupted(context: RunContext, row: RunRow): Promise<RunView> {
  const { runId } = row.view
  const journal = context.journalPath(runId)
  // The table has its counts of the last minute, the note those of the last second.
  const noted = await withProgress(context.files, journal, row.view)
  const read = await readJournal(context.files, journal, runId)
  const saved = await saveInterrupted(context, { ...row, view: noted }, read)
  if (saved.ok) {
    await removeProgressNote(context.files, journal)
    context.onChange()
    return read.ok ? await writeFinished(context, saved.value, read.value) : saved.value.view
  }
  // Somebody else looked at the same moment and was first, or has taken the run over since: what is stored by now holds.
  const newest = await context.ledger.read(runId)
  return newest.ok ? newest.value.view : row.view
}

function saveInterrupted(context: RunContext, row: RunRow, read: Outcome<ReadJournal>): Promise<Outcome<RunRow>> {
  const { runId, progress } = row.view
  const counts = countsOf(read.ok ? tallyOf(read.value.index) : tallyIn(row.view.counts), row.view.counts.total)
  const spent = read.ok ? read.value.used : row.view.spent
  const total = progress?.total == null ? null : { items: progress.total, isExact: progress.isTotalExact }
  const view: RunView = {
    ...row.view,
    state: 'interrupted',
    counts,
    progress: runProgress({ counts, spent, total, rate: null }),
    spent,
    finishedAt: instant(context.clock.now()),
    parkedUntil: null,
    resultsWritten: false,
  }
  return context.ledger.update(runId, (current) =>
    current.owner?.token === row.owner?.token
      ? succeed({ ...current, owner: null, requestedCommand: undefined, view })
      : fail({ code: 'run_busy', runId, pid: current.owner?.pid ?? process.pid }),
  )
}

/**
 * Interrupted runs over files of these folders, or among `runIds`, of which nobody was told yet; they are from now on. Only the newest runs
 * are looked at: an interruption that so many others came after is no news.
 */
export async function announceInterrupted(
  { ledger }: Pick<RunContext, 'ledger'>,
  { folders, runIds }: { folders: readonly string[]; runIds: readonly string[] },
): Promise<RunView[]> {
  const newest = await ledger.list({ cursor: null, limit: maxPageRows, madeFor: 'person' })
  if (!newest.ok) return []
  const announced: RunView[] = []
  for (const { view, request } of newest.value.rows) {
    if (view.state !== 'interrupted') continue
    if (!runIds.includes(view.runId) && !folders.some((folder) => isOver(request, folder))) continue
    const { runId } = view
    const marked = await ledger.update(runId, (row) =>
      row.view.state === 'interrupted' && row.view.finishedAt !== null && row.announced !== row.view.finishedAt
        ? succeed({ ...row, announced: row.view.finishedAt })
        : fail({ code: 'conflict', what: 'run', id: runId }),
    )
    if (marked.ok) announced.push(marked.value.view)
  }
  return announced
}

function isOver({ source, workspaceFolder }: RunRequest, folder: string): boolean {
  const isWithin = (path: string): boolean =>
    path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
  if (source.kind === 'paths') return source.paths.some(isWithin)
  return workspaceFolder !== undefined && isWithin(workspaceFolder)
}

/** Only by the one who was first: two would be in each other's way. */
async function writeFinished(context: RunContext, { view }: RunRow, { header, index }: ReadJournal): Promise<RunView> {
  const output = new RunOutput(context, header)
  const failure = await output.write(index, null)
  if (failure) context.log(`run ${view.runId}: ${failure.message}`)
  if (!output.isWritten()) return view
  const noted = await context.ledger.update(view.runId, (current) =>
    current.owner === null && current.view.finishedAt === view.finishedAt
      ? succeed({ ...current, view: { ...current.view, resultsWritten: true } })
      : fail({ code: 'run_busy', runId: view.runId, pid: current.owner?.pid ?? process.pid }),
  )
  await output.settle(view.revision)
  return noted.ok ? noted.value.view : view
}
