import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { RunRequest, RunRevision } from '../../protocol/runs.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { Database, ReadableDatabase } from '../store/database.ts'
import { findCompletedBefore, findKept, hasCompletedLater, listKeptChanges, setKept } from '../store/revisionTable.ts'
import { findRun, type StoredRun } from '../store/runTable.ts'
import { isGone } from './sourceContent.ts'

/** complete: by itself. remove: the kept run was removed. take back: its file could not be written. */
export type KeepAction = 'complete' | 'keep' | 'undo' | 'remove' | 'take back'

/** Makes a run, or none, the kept one of its source; part of a change, with its line in the audit log. */
export function keepInStore(
  database: Database,
  { source, runId, action, at }: { source: string; runId: string | null; action: KeepAction; at: string },
): void {
  const before = findKept(database, source)
  if (before === runId) return
  const told = [describe(database, before), describe(database, runId)] as const
  setKept(database, source, runId)
  recordAudit(database, {
    at,
    what: 'revision',
    target: runId ?? before ?? source,
    action,
    before: told[0],
    after: told[1],
  })
}

function describe(database: ReadableDatabase, runId: string | null): object | null {
  const view = runId === null ? undefined : findRun(database, runId)?.view
  if (!view?.revision) return null
  const { source, resultsPath, revision } = view
  return { source, sourceKey: revision.source, runId, number: revision.number, resultsPath }
}

/**
 * The newest run that was completed is kept, unless it was kept before: a person may have chosen another one since. One with a limit that
 * has found less than the kept one is a sample: a person says so if it is to take that one's place.
 */
export function keepCompleted(database: Database, runId: string, at: string): void {
  const run = findRun(database, runId)
  const revision = run?.view.revision
  if (!run || !revision || !takesPlace(database, run, doneOf(run), revision)) return
  keepInStore(database, { source: revision.source, runId, action: 'complete', at })
}

/**
 * A run that is not to be kept leaves the file alone in which the results of the kept one stand. `completed`: how many items have a
 * result now that it is complete, which the store does not know yet; null: it is not.
 */
export function mayWriteResults(database: ReadableDatabase, runId: string, completed: number | null): boolean {
  const run = findRun(database, runId)
  const revision = run?.view.revision
  if (!run || !revision || revision.isKept) return true
  if (completed !== null && takesPlace(database, run, completed, revision)) return true
  const kept = findKept(database, revision.source)
  return kept === null || findRun(database, kept)?.view.resultsPath !== run.view.resultsPath
}

/** Whether a run that is complete, with a result for `done` items, is to be kept by itself. */
function takesPlace(
  database: ReadableDatabase,
  { view: { runId }, request }: StoredRun,
  done: number,
  { source, number }: RunRevision,
): boolean {
  const keptId = findKept(database, source)
  const kept = keptId === null || keptId === runId ? undefined : findRun(database, keptId)
  if (kept && request.limit !== undefined && done < doneOf(kept)) return false
  const isKeptSample = kept?.request.limit !== undefined && doneOf(kept) < done
  return isKeptSample || !hasCompletedLater(database, source, number)
}

function doneOf({ view: { counts } }: StoredRun): number {
  return counts.ok + counts.failed + counts.skipped
}

/** Before the run is removed: if it is kept, the one before is from now on. */
export function keepAnother(database: Database, runId: string, at: string): void {
  const revision = findRun(database, runId)?.view.revision
  if (!revision?.isKept) return
  const next = findCompletedBefore(database, revision.source, revision.number)
  keepInStore(database, { source: revision.source, runId: next, action: 'remove', at })
}

/** What an undo would keep: what was kept before, and after another undo what was kept before that. Null: there is nothing left. */
export function findUndone(database: ReadableDatabase, source: string): string | null {
  const before: string[] = []
  for (const change of listKeptChanges(database, source)) {
    const isTakenBack = change.action === 'undo' || change.action === 'take back'
    if (!isTakenBack) before.push(...(change.before === null ? [] : [change.before]))
    else while (before.length > 0 && before.pop() !== change.after);
  }
  const kept = findKept(database, source)
  return before.findLast((runId) => runId !== kept && findRun(database, runId) !== undefined) ?? null
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Of a source's key: what runs over the same files have in common, whichever lines of them they read. */
const wholeDigits = 16

/**
 * The same for all runs over the same files and folders, by whatever names and in whatever order; 32 hex digits, of which the first
 * half is that of the whole files where the run is over some lines or a shard. Null: a text that has no file, or one of the files is not there;
 * with `isGoneFine` its folder is enough.
 */
export async function sourceKeyOf(
  source: RunRequest['source'],
  { isGoneFine = false }: { isGoneFine?: boolean } = {},
): Promise<string | null> {
  if (source.kind === 'text') return null
  const realOf = async (path: string) =>
    isGoneFine && (await isGone(path)) ? join(await realpath(dirname(path)), basename(path)) : await realpath(path)
  try {
    const real = await Promise.all(source.paths.map(realOf))
    const distinct = [...new Set(real)].sort()
    const whole = hashOf(distinct.join('\0')).slice(0, 32)
    const { lines, shard } = source
    if (!lines && !shard) return whole
    const part = shard ? `shard ${shard.number}/${shard.of}` : lines?.map(({ from, to }) => `${from}-${to}`).join()
    return whole.slice(0, wholeDigits) + hashOf(part ?? '').slice(0, wholeDigits)
  } catch (error) {
    ignoreFileErrors(error)
    return null
  }
}
