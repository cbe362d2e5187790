import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunView } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { countsOf, tallyIn, tallyOf } from '../engine/runTally.ts'
import { instant } from '../files/clock.ts'
import { type ReadJournal, readJournal } from '../journal/readJournal.ts'
import type { RunRow } from './ledger.ts'
import { isAlive } from './ownership.ts'
import type { RunContext } from './runContext.ts'
import { RunOutput } from './runOutput.ts'
import { removeProgressNote, withProgress } from './runProgress.ts'

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
  const { counts, runId } = row.view
  const view: RunView = {
    ...row.view,
    state: 'interrupted',
    counts: countsOf(read.ok ? tallyOf(read.value.index) : tallyIn(counts), 0, counts.total),
    spent: read.ok ? read.value.used : row.view.spent,
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

/** Only by the one who was first: two would be in each other's way. */
async function writeFinished(context: RunContext, { view }: RunRow, { header, index }: ReadJournal): Promise<RunView> {
  const output = new RunOutput(context, header)
  const failure = await output.write(index, false)
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
