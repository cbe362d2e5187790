import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunOwner, RunRow, RunWish } from './ledger.ts'
import { isAlive } from './ownership.ts'
import type { RunContext } from './runContext.ts'

/**
 * Asks the process that works on a run to end it, through the ledger, and waits until it has. Answers the row as it is then.
 * `run_busy`: it does not answer in time; the wish is taken back, so that it does not come true when nobody expects it any more.
 */
export async function askOwner(
  context: RunContext,
  { view: { runId } }: RunRow,
  owner: RunOwner,
  { wish, ending }: { wish: RunWish; ending: AbortSignal },
): Promise<Outcome<RunRow>> {
  const { clock, ledger, limits } = context
  const left = await setWish(context, runId, owner, wish)
  if (!left.ok) return left
  const askedAt = clock.monotonic()
  for (;;) {
    const row = await ledger.read(runId)
    if (!row.ok) return row
    if (row.value.owner?.token !== owner.token || !(await isAlive(context, row.value))) return row
    if (clock.monotonic() - askedAt >= limits.ownerAnswerMs || ending.aborted) break
    await clock.wait(limits.ownerLookMs, ending)
  }
  const withdrawn = await setWish(context, runId, owner, undefined)
  if (!withdrawn.ok) return withdrawn
  // It may have answered at the last moment.
  if (withdrawn.value.owner?.token !== owner.token) return withdrawn
  return fail({ code: 'run_busy', runId, pid: owner.pid, unanswered: wish })
}

/** A run that is no longer the owner's is left as it is. */
async function setWish(
  { ledger }: RunContext,
  runId: string,
  owner: RunOwner,
  wish: RunWish | undefined,
): Promise<Outcome<RunRow>> {
  return await ledger.update(runId, (row) => succeed(row.owner?.token === owner.token ? { ...row, wish } : row))
}
