import type { FileHandle } from 'node:fs/promises'
import { fail } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { RunView } from '../../protocol/runs.ts'
import { fileErrorCode } from './files.ts'
import type { RunOwner, RunWish } from './ledger.ts'
import type { RunContext } from './runContext.ts'

/** The run's row in the ledger, for as long as it is ours. */
export interface OwnRow {
  /** Why nothing may be written any more: a process that slept, or was stopped, may find that another one has taken the run over. */
  check(): Promise<Reason | null>
  isLost(): boolean
  /** Another window, or a terminal, may ask for what only the owner can do. */
  heedWish(): Promise<void>
  /** Answers the row's revision; null when it was not saved. `isOver`: the run has no owner any more. */
  save(view: RunView, isOver: boolean): Promise<{ revision: RunView['revision'] } | null>
  /** Until the run is finished: a sign of life for other processes, and now and then the counts. */
  beat(): Promise<void>
}

export function createOwnRow(
  context: RunContext,
  run: { runId: string; owner: RunOwner; journal: FileHandle },
  events: {
    finished: AbortSignal
    onWish(wish: RunWish): void
    onLost(reason: Reason): void
    saveCounts(): Promise<void>
  },
): OwnRow {
  const { clock, limits, ledger } = context
  const { runId, owner } = run
  let lastSeenAt = clock.now()
  let checking: Promise<Reason | null> | null = null
  let isLost = false

  async function check(): Promise<Reason | null> {
    if (checking) return await checking
    if (Math.abs(clock.now() - lastSeenAt) >= limits.ownerSilenceMs / 2) {
      checking = askLedger().finally(() => {
        checking = null
      })
      return await checking
    }
    lastSeenAt = clock.now()
    return null
  }

  async function askLedger(): Promise<Reason | null> {
    const row = await ledger.read(runId)
    lastSeenAt = clock.now()
    if (row.ok && row.value.owner?.token === owner.token) return null
    isLost = true
    const pid = row.ok ? (row.value.owner?.pid ?? owner.pid) : owner.pid
    return fail({ code: 'run_busy', runId, pid }).reason
  }

  async function heedWish(): Promise<void> {
    const row = await ledger.read(runId)
    if (!row.ok || row.value.owner?.token !== owner.token) return
    if (row.value.wish !== undefined) events.onWish(row.value.wish)
  }

  return {
    check,
    isLost: () => isLost,
    heedWish,
    async save(view, isOver) {
      const saved = await ledger.update(runId, (row) =>
        row.owner?.token === owner.token
          ? { ok: true, value: { ...row, view, ...(isOver ? { owner: null, wish: undefined } : {}) } }
          : fail({ code: 'run_busy', runId, pid: row.owner?.pid ?? owner.pid }),
      )
      if (saved.ok) return { revision: saved.value.view.revision }
      context.log(`run ${runId}: its state was not saved: ${saved.reason.message}`)
      return null
    },
    async beat() {
      let sinceLedger = clock.monotonic()
      for (;;) {
        await clock.wait(limits.heartbeatMs, events.finished)
        if (events.finished.aborted) return
        await heedWish()
        const lost = await check()
        if (lost) return events.onLost(lost)
        const now = new Date(clock.now())
        await run.journal.utimes(now, now).catch(fileErrorCode)
        if (clock.monotonic() - sinceLedger < limits.ledgerEveryMs) continue
        sinceLedger = clock.monotonic()
        await events.saveCounts()
      }
    },
  }
}
