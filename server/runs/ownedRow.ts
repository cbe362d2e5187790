import type { FileHandle } from 'node:fs/promises'
import type { Reason } from '../../protocol/reasons.ts'
import type { RunView } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import type { RunCommand, RunOwner, RunRow } from './ledger.ts'
import type { RunContext } from './runContext.ts'

/** The run's row in the ledger, for as long as it is ours, and the heartbeat by which other processes see that it is. */
export class OwnedRow {
  readonly #context: RunContext
  readonly #runId: string
  readonly #owner: RunOwner
  readonly #journal: FileHandle
  #lastSeenAt: number
  #checking: Promise<Reason | null> | null = null
  #isLost = false

  constructor(context: RunContext, run: { runId: string; owner: RunOwner; journal: FileHandle }) {
    this.#context = context
    this.#runId = run.runId
    this.#owner = run.owner
    this.#journal = run.journal
    this.#lastSeenAt = context.clock.now()
  }

  /** Why nothing may be written any more: a process that slept, or was stopped, may find that another one has taken the run over. */
  async check(): Promise<Reason | null> {
    const { clock, limits } = this.#context
    if (this.#checking) return await this.#checking
    if (Math.abs(clock.now() - this.#lastSeenAt) >= limits.ownerSilenceMs / 2) {
      this.#checking = this.#checkLedger().finally(() => {
        this.#checking = null
      })
      return await this.#checking
    }
    this.#lastSeenAt = clock.now()
    return null
  }

  isLost(): boolean {
    return this.#isLost
  }

  /** What another window, or a terminal, asks for because only the owner can do it. */
  async requestedCommand(): Promise<RunCommand | null> {
    const row = await this.#context.ledger.read(this.#runId)
    if (!row.ok || row.value.owner?.token !== this.#owner.token) return null
    return row.value.requestedCommand ?? null
  }

  /** Answers the row's revision; null when it was not saved. `isOver`: the run has no owner any more. */
  async save(view: RunView, isOver: boolean): Promise<{ revision: RunView['revision'] } | null> {
    const saved = await this.#context.ledger.update(this.#runId, (row) =>
      row.owner?.token === this.#owner.token
        ? {
            ok: true,
            value: {
              ...row,
              view: { ...view, ...opinionOf(row) },
              ...(isOver ? { owner: null, requestedCommand: undefined } : {}),
            },
          }
        : fail({ code: 'run_busy', runId: this.#runId, pid: row.owner?.pid ?? this.#owner.pid }),
    )
    if (saved.ok) return { revision: saved.value.view.revision }
    this.#context.log(`run ${this.#runId}: its state was not saved: ${saved.reason.message}`)
    return null
  }

  /** Until the run is finished: a sign of life for other processes, their commands, and now and then the counts. */
  async beat(
    finished: AbortSignal,
    on: { command(command: RunCommand): void; lost(reason: Reason): void; countsDue(): Promise<void> },
  ): Promise<void> {
    const { clock, limits } = this.#context
    let sinceLedger = clock.monotonic()
    for (;;) {
      await clock.wait(limits.heartbeatMs, finished)
      if (finished.aborted) return
      const command = await this.requestedCommand()
      if (command) on.command(command)
      const lost = await this.check()
      if (lost) return on.lost(lost)
      const now = new Date(clock.now())
      await this.#journal.utimes(now, now).catch(ignoreFileErrors)
      if (clock.monotonic() - sinceLedger < limits.ledgerEveryMs) continue
      sinceLedger = clock.monotonic()
      await on.countsDue()
    }
  }

  async #checkLedger(): Promise<Reason | null> {
    const row = await this.#context.ledger.read(this.#runId)
    this.#lastSeenAt = this.#context.clock.now()
    if (row.ok && row.value.owner?.token === this.#owner.token) return null
    this.#isLost = true
    const pid = row.ok ? (row.value.owner?.pid ?? this.#owner.pid) : this.#owner.pid
    return fail({ code: 'run_busy', runId: this.#runId, pid }).reason
  }
}

/** Of a second opinion its run knows nothing. */
function opinionOf({ view: { opinion } }: RunRow): Pick<RunView, 'opinion'> {
  return opinion ? { opinion } : {}
}
