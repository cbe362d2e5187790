import { Buffer } from 'node:buffer'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunChanges, RunRequest, RunView } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { JournaledSpending } from '../engine/runSpending.ts'
import { countsOf, tallyOf } from '../engine/runTally.ts'
import type { Reuse } from '../engine/workItem.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import { describeFileError } from '../files/fileTrouble.ts'
import { type JournalCategorization, type JournalHeader, noteLine } from '../journal/journalLines.ts'
import { writeWhole } from '../journal/journalWriter.ts'
import { type ReadJournal, readJournal } from '../journal/readJournal.ts'
import { sealedLine } from '../journal/seal.ts'
import { headerNow } from '../results/headerNow.ts'
import { isFile } from '../results/resultPage.ts'
import { laneFolder, setAsideUsd } from './laneFiles.ts'
import type { RunRow } from './ledger.ts'
import { drawOwner, isAlive } from './ownership.ts'
import { connectTasks, openEntries, openReuse, type PreparedRun } from './prepareRun.ts'
import type { RunContext } from './runContext.ts'
import { removeProgressNote } from './runProgress.ts'

/** Opens a run again with the routes and the profile that it began with. */
export async function prepareResume(
  context: RunContext,
  runId: string,
  changes: RunChanges,
): Promise<Outcome<PreparedRun>> {
  const row = await context.ledger.read(runId)
  if (!row.ok) return row
  const { owner: before, view } = row.value
  if (before && (await isAlive(context, row.value))) return fail({ code: 'run_busy', runId, pid: before.pid })
  const stored = await readJournal(context.files, context.journalPath(runId), runId)
  if (!stored.ok) return stored
  const read = succeed({ ...stored.value, header: headerNow(stored.value.header, row.value) })
  if (view.state === 'completed' && view.counts.failed === 0 && (await hasAllResults(context, view, read.value))) {
    return fail({ code: 'run_not_resumable', runId, detail: 'every item has its result' })
  }
  logDamage(context, runId, read.value)
  const { index } = read.value
  const header = withChanges(read.value.header, row.value.request, changes)
  // What open batches have set aside is set aside anew as each of them is taken up.
  const asideUsd = await setAsideUsd(context.files, laneFolder(context.journalPath(runId)))
  const spending = new JournaledSpending(Math.max(0, read.value.spentUsd - asideUsd), read.value.used)
  const connected = await connectTasks(context, header, spending)
  if (!connected.ok) return connected
  const opened = await openEntries(context, header.request)
  if (!opened.ok) return opened
  const claimed = await claim(context, row.value, header.request, read.value)
  if (!claimed.ok) {
    await opened.value.close()
    return claimed
  }
  const retriesFailed = view.state === 'completed'
  return succeed({
    ...claimed.value,
    header,
    opened: opened.value,
    total: view.counts.total,
    connected: connected.value,
    index,
    retriesFailed,
    spending,
    workedMs: view.workedMs ?? 0,
    revision: view.revision,
    hint: view.hint,
    fellBack: view.fellBack,
    cascade: read.value.cascade,
    reuse: withOwnCategorizations(await openReuse(context, header, connected.value), read.value.categorized),
  })
}

/** What the run said at its end, against what its journal and its results file hold now: either may have been damaged since. */
async function hasAllResults(
  context: RunContext,
  { counts }: RunView,
  { index, header, damagedLines, isTorn }: ReadJournal,
): Promise<boolean> {
  const { ok, failed, skipped } = tallyOf(index)
  if (isTorn || damagedLines.length > 0) return false
  if (ok < counts.ok || ok + failed + skipped < counts.ok + counts.failed + counts.skipped) return false
  return header.resultsPath === null || (await isFile(context.files, header.resultsPath))
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
  { end, damagedLines, index, used }: Pick<ReadJournal, 'end' | 'damagedLines' | 'index' | 'used'>,
): Promise<Outcome<Pick<PreparedRun, 'owner' | 'journal'>>> {
  const { runId } = row.view
  const owner = drawOwner()
  // What another process noted while it worked on the run is older than its journal.
  await removeProgressNote(context.files, context.journalPath(runId))
  const claimed = await context.ledger.update(runId, (current) =>
    current.owner?.token === row.owner?.token && current.view.finishedAt === row.view.finishedAt
      ? succeed({
          ...current,
          request,
          owner,
          requestedCommand: undefined,
          view: {
            ...current.view,
            state: 'running',
            counts: countsOf(tallyOf(index), current.view.counts.total),
            progress: undefined,
            spent: used,
            ...{ reason: null, finishedAt: null, resultsWritten: undefined },
          },
        })
      : fail({ code: 'run_busy', runId, pid: current.owner?.pid ?? process.pid }),
  )
  if (!claimed.ok) return claimed
  try {
    const handle = await context.files.open(context.journalPath(runId), 'r+')
    await handle.truncate(end)
    // From here on the lines that were lost are accounted for: what they held is judged again.
    const note = damagedLines.length > 0 ? sealedLine(noteLine({ kind: 'resumed' }).trimEnd()) : Buffer.alloc(0)
    await writeWhole(handle, note, end)
    return succeed({ owner, journal: { handle, position: end + note.length } })
  } catch (error) {
    const sentence = localizable('its journal cannot be written, {0}', describeFileError(fileErrorCode(error)))
    await context.ledger.update(runId, (current) => succeed({ ...row, request: current.request }))
    return fail({ code: 'run_not_resumable', runId, ...withMessage('detail', sentence) })
  }
}

function logDamage(context: RunContext, runId: string, { damagedLines }: ReadJournal): void {
  if (damagedLines.length === 0) return
  const lines = damagedLines.slice(0, 10).join(', ')
  context.log(`run ${runId}: damaged lines in its journal (${lines}); their items are judged again`)
}

/**
 * What a run takes over when it goes on: results of earlier runs, and where there is none what it has itself paid for of an item that it
 * did not finish.
 */
function withOwnCategorizations(earlier: Reuse | null, own: ReadonlyMap<string, JournalCategorization>): Reuse | null {
  if (own.size === 0) return earlier
  return {
    async find(items) {
      const found = new Map(await earlier?.find(items))
      for (const item of items) {
        const categorized = own.get(item.key)
        const before = found.get(item)
        // Its text may have changed since.
        if (categorized?.inputHash !== item.inputHash || (before && before.status !== 'open')) continue
        found.set(item, { ...before, status: 'open', categorized: before?.categorized ?? categorized })
      }
      return found
    },
    close: async () => await earlier?.close(),
  }
}
