import type { Page } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { RunListRequest, RunRequest, RunView } from '../../protocol/runs.ts'

/** Who works on a run. A process id alone may be given to another process later, so a random token goes with it. */
export interface RunOwner {
  pid: number
  host: string
  token: string
}

/** What is stored of a run; the items' results are in its journal. */
export interface RunRow {
  view: RunView
  request: RunRequest
  /** Null while nobody works on it. */
  owner: RunOwner | null
  /** What another process of the user asks its owner to do with it; absent: nothing. */
  requestedCommand?: RunCommand | undefined
  /** The end of the interruption that somebody was told of; absent: of none. */
  announced?: string | undefined
  /** What its source held when it began, as the ledger knows it; absent: nothing that it could be known again by. */
  content?: { size: number; hash: string } | undefined
}

export type RunCommand = 'pause' | 'cancel'

/** The table of runs, shared by every process of the user. Answers come after the change is durable. */
export interface RunLedger {
  /** Answers the row as it is stored: which revision of its source it is, the table decides. */
  create(row: RunRow): Promise<Outcome<RunRow>>
  /** `not_found` when there is none. */
  read(runId: string): Promise<Outcome<RunRow>>
  /**
   * Applies `change` to the newest stored row, in one transaction: it may run again when another process committed first, so it
   * has no effects of its own. A failure that it returns leaves the row as it is.
   */
  update(runId: string, change: (row: RunRow) => Outcome<RunRow>): Promise<Outcome<RunRow>>
  /** Newest first. `madeFor` absent: any. */
  list(page: {
    cursor: string | null
    limit: number
    madeFor?: RunListRequest['madeFor']
  }): Promise<Outcome<Page<RunRow>>>
  /** Those that some process works on, or worked on when it died. */
  listOwned(): Promise<Outcome<RunRow[]>>
  remove(runId: string): Promise<Outcome<null>>
  /** Another process has changed something, not necessarily of a run. Absent: nobody is notified. */
  onForeignChange?(listener: () => void): { dispose(): void }
}
