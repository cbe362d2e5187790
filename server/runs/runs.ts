import type { Label, PromptExamples } from '../../protocol/labels.ts'
import type { Page, Task } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Profile } from '../../protocol/profile.ts'
import type { Usage } from '../../protocol/results.ts'
import type { OutputMode, Resolution, ResolvedRoute } from '../../protocol/routing.ts'
import type {
  EstimateRequest,
  RunChanges,
  RunEstimate,
  RunListRequest,
  RunProfile,
  RunRequest,
  RunSpent,
  RunView,
} from '../../protocol/runs.ts'
import type { Completion, CompletionRequest } from '../providers/adapter.ts'
import type { Clock } from './clock.ts'
import type { WorkItem } from './engine/lane.ts'
import type { RunFiles } from './files.ts'
import type { JournalHeader } from './journal/journalLines.ts'
import type { RunLimits } from './limits.ts'
import type { ResultQueries } from './queries/resultQueries.ts'

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
  wish?: RunWish | undefined
}

export type RunWish = 'pause' | 'cancel'

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
  remove(runId: string): Promise<Outcome<null>>
  /** Another process has changed something, not necessarily of a run. Absent: that is not told. */
  onForeignChange?(listener: () => void): { dispose(): void }
}

/** A configured provider, ready for calls: configuration, key and transport are behind it, so none of them reaches a journal. */
export interface Judge {
  /** SHA-256 of what else changes an answer: the model's parameters, thinking, a chosen output mode. Absent: not known. */
  optionsHash?: string
  /** How structured output can be asked for, best first. */
  outputModes: readonly OutputMode[]
  /** Calls at the same time at most, as long as nobody says how many. Absent: as many as to begin with. */
  mostConcurrency?: number
  /** Expected failures are Outcomes. An aborted signal ends the call with `cancelled`. */
  complete(request: CompletionRequest, signal: AbortSignal): Promise<Outcome<Completion>>
  /** How long an answer may become at most, thinking included. */
  mostOutputTokens(request: CompletionRequest): number
}

/** What a run has spent, as its journal keeps it: a resumed run goes on counting. */
export interface RunSpending {
  /** US dollars, from before the run was resumed; what calls under way may cost counts as spent. */
  usd: number
  /** What its calls used, from before the run was resumed on. */
  used: RunSpent
  /** A call was answered, or may have been. */
  count(call: { usage: Usage | null; costUsd: number | null }): void
  /** Keeps the sum in the journal; settles when a killed process would not lose it. */
  keep(usd: number): Promise<void>
}

/** By whom the items of a run are judged: a result counts for another run only where all of it is the same. */
export interface ReuseQuestion {
  /** `runId` is empty where only how many items a run would take over is wanted. */
  header: JournalHeader
  lanes: readonly {
    task: Task
    provider: string
    model: string
    promptHash: string
    profileHash: string
    optionsHash: string | undefined
  }[]
}

export interface ReusedResult {
  status: 'ok' | 'skipped'
  /** A whole result of this run and this item. */
  resultJson: string
}

/** Results of an earlier run over the same source. */
export interface Reuse {
  /** Asked for some items at a time, before they are judged; those without a result are not in the answer. */
  find(items: readonly WorkItem[]): Promise<ReadonlyMap<WorkItem, ReusedResult>>
  close(): Promise<void>
}

export interface LoadedProfile {
  profile: Profile
  from: Pick<RunProfile, 'origin' | 'name'>
  /** What it asks for of the workspace's golden set. */
  examples?: PromptExamples
}

/** The golden set of a run's workspace; `version` is another one when it has changed. */
export interface RunLabels {
  version: string
  labels: ReadonlyMap<string, { label: Label }>
}

/** A name that models suggested and no category has yet. */
export interface SuggestedName {
  name: string
  parent: string | null
  /** How many items it was suggested for. */
  items: number
}

export interface RunsOptions {
  /** Journals live in `<dataDir>/runs`. */
  dataDir: string
  ledger: RunLedger
  /** Called once a task, when a run starts or is estimated; never when it is resumed. */
  resolve(task: Task, override: RunRequest['override']): Promise<Resolution>
  /**
   * Called once a task when a run starts or is resumed; `spending` is one object for all tasks of a run. Fails when the provider is
   * gone or has no key, or the run's cap cannot be kept.
   */
  connect(route: ResolvedRoute, request: RunRequest, spending: RunSpending): Promise<Outcome<Judge>>
  loadProfile(request: RunRequest): Promise<Outcome<LoadedProfile>>
  /** What a call with so much usage costs, for estimates; null: not known. Absent: of none. */
  priceOf?(route: ResolvedRoute): Promise<{ costOf(usage: Usage, at: number): number | null } | null>
  /** Asked when a run starts or is resumed. Null: there is nothing to take over. Absent: everything is judged. */
  openReuse?(question: ReuseQuestion): Promise<Reuse | null>
  /** What people said of items in the run's workspace, by `inputHash`. Null or absent: nothing. */
  labelsOf?(request: RunRequest): Promise<RunLabels | null>
  /** At most 10 a second for each run; the last view of a run always comes. */
  onProgress(view: RunView): void
  /**
   * Whether a run that comes to its end may write its results file: false where the results of another run over the same source count,
   * and stand in it. Absent: always.
   */
  mayWriteResults?(runId: string, isCompleted: boolean): boolean
  /** Whether the results that count of another source stand in this file. Absent: never. */
  isResultsOfAnother?(path: string, source: RunRequest['source']): Promise<boolean>
  /**
   * Writes the source's results file at `path` once more, by `rewrite` of the run that is kept by now. Absent: runs are no
   * revisions.
   */
  settleResults?(source: string, path: string, rewrite: ResultQueries['rewrite']): Promise<void>
  /** A run was added, ended or removed: lists are out of date. */
  onChange(): void
  /** Told once at the end of a run, the most frequent first, with the request that led to them. */
  onSuggestions(suggestions: readonly SuggestedName[], request: RunRequest): void
  /** A provider asked to be left alone for so long, at least ten seconds; once a pause. Absent: a restarted process does not know. */
  onPauseAsked?(provider: string, ms: number): void
  log(line: string): void
  clock?: Clock
  /** 0 <= value < 1. */
  random?: () => number
  files?: RunFiles
  limits?: Partial<RunLimits>
}

/** What a run is made for; nothing named: for its person, who asked for these results. */
export type MadeFor = Pick<RunView, 'evaluation'>

/** Everything that `run/…` asks for, in the contract's shapes. */
export interface Runs extends ResultQueries {
  estimate(request: EstimateRequest, signal?: AbortSignal): Promise<Outcome<RunEstimate>>
  /** Answers when the run has started, with its source opened and its output checked. */
  start(request: RunRequest, madeFor?: MadeFor): Promise<Outcome<RunView>>
  /**
   * Answers when the run has ended and its partial results are written. A run that has ended already is answered as it is; one that
   * another process works on is ended by that one. `run_busy`: it does not answer.
   */
  cancel(runId: string): Promise<Outcome<RunView>>
  get(runId: string): Promise<Outcome<RunView>>
  /** The same for a person's pause: calls under way may still end well, but for no longer than a second. */
  pause(runId: string): Promise<Outcome<RunView>>
  /** An unfinished run goes on; a completed one with failed items judges those again. */
  resume(runId: string, changes?: RunChanges): Promise<Outcome<RunView>>
  /** Newest first. Absent: the first page of those that a person has made. */
  list(page?: Partial<RunListRequest> | null): Promise<Outcome<Page<RunView>>>
  remove(runId: string): Promise<Outcome<null>>
  /** The provider answers although it asked to be left alone: runs of this process that wait for it go on. */
  endPause(provider: string): void
  /** Ends every run of this process as `interrupted`, with its journal flushed. */
  shutdown(): Promise<void>
}
