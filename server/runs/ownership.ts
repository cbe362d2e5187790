import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Clock } from './clock.ts'
import { fileErrorCode, type RunFiles } from './files.ts'
import type { RunOwner, RunRow } from './ledger.ts'
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
 * wherever it ran; on this machine a process that is gone tells at once.
 */
export async function isOwnerAlive(
  owner: RunOwner,
  journalPath: string,
  options: { files: RunFiles; clock: Clock; silenceMs: number; isProcessAlive?: (pid: number) => boolean },
): Promise<boolean> {
  const processLives = options.isProcessAlive ?? isProcessAlive
  if (owner.host === hostname() && !processLives(owner.pid)) return false
  try {
    const { mtimeMs } = await options.files.stat(journalPath)
    return Math.abs(options.clock.now() - mtimeMs) < options.silenceMs
  } catch (error) {
    fileErrorCode(error)
    return false
  }
}

export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Not allowed to signal it: it is there, and somebody else's.
    return fileErrorCode(error) === 'EPERM'
  }
}
