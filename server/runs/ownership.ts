import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { Clock } from '../files/clock.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { isProcessAlive } from '../store/generations.ts'
import type { RunCommand, RunOwner, RunRow } from './ledger.ts'
import type { RunContext } from './runContext.ts'

/** Drawn anew each time: a process id may be given to another process later. */
export function drawOwner(): RunOwner {
  return { pid: process.pid, host: hostname(), token: randomUUID() }
}

export async function isAlive(context: RunContext, { owner, view }: RunRow): Promise<boolean> {
  const { files, clock, limits } = context
  if (owner === null) return false
  return await isOwnerAlive(owner, context.journalPath(view.runId), { files, clock, silenceMs: limits.ownerSilenceMs })
}

/**
 * Whether the owner still works on the run. Its journal is touched again and again while it lives, so a silent one is dead,
 * wherever it ran; on this machine a process that is gone is known at once.
 */
export async function isOwnerAlive(
  owner: Pick<RunOwner, 'pid' | 'host'>,
  journalPath: string,
  options: {
    files: Pick<RunFiles, 'stat'>
    clock: Clock
    silenceMs: number
    isProcessAlive?: (pid: number) => boolean
  },
): Promise<boolean> {
  const processLives = options.isProcessAlive ?? isProcessAlive
  if (owner.host === hostname() && !processLives(owner.pid)) return false
  try {
    const { mtimeMs } = await options.files.stat(journalPath)
    return Math.abs(options.clock.now() - mtimeMs) < options.silenceMs
  } catch (error) {
    ignoreFileErrors(error)
    return false
  }
}

/**
 * Asks the process that works on a run to end it, through the ledger, and waits until it has. Answers the row as it is then.
 * `run_busy`: it does not answer in time; the command is taken back, so that it does not come true when nobody expects it any more.
 */
export async function requestCommand(
  context: RunContext,
  { view: { runId } }: RunRow,
  owner: RunOwner,
  { command, ending }: { command: RunCommand; ending: AbortSignal },
): Promise<Outcome<RunRow>> {
  const { clock, ledger, limits } = context
  const left = await setCommand(context, runId, owner, command)
  if (!left.ok) return left
  const askedAt = clock.monotonic()
  for (;;) {
    const row = await ledger.read(runId)
    if (!row.ok) return row
    if (row.value.owner?.token !== owner.token || !(await isAlive(context, row.value))) return row
    if (clock.monotonic() - askedAt >= limits.ownerAnswerMs || ending.aborted) break
    await clock.wait(limits.ownerLookMs, ending)
  }
  const withdrawn = await setCommand(context, runId, owner, undefined)
  if (!withdrawn.ok) return withdrawn
  // It may have answered at the last moment.
  if (withdrawn.value.owner?.token !== owner.token) return withdrawn
  return fail({ code: 'run_busy', runId, pid: owner.pid, unanswered: command })
}

/** A run that is no longer the owner's is left as it is. */
async function setCommand(
  { ledger }: RunContext,
  runId: string,
  owner: RunOwner,
  command: RunCommand | undefined,
): Promise<Outcome<RunRow>> {
  return await ledger.update(runId, (row) =>
    succeed(row.owner?.token === owner.token ? { ...row, requestedCommand: command } : row),
  )
}
