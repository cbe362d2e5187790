import type { Page } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type {
  EstimateRequest,
  RunChanges,
  RunEstimate,
  RunListRequest,
  RunRequest,
  RunView,
  SecondOpinionRequest,
} from '../../protocol/runs.ts'
import type { ResultQueries } from '../results/resultQueries.ts'

/** What a run is made for; nothing named: for its person, who asked for these results. */
export type MadeFor = Pick<RunView, 'evaluation' | 'secondOf'>

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
  /** What `second` would take, without a call. */
  estimateSecond(request: SecondOpinionRequest, signal?: AbortSignal): Promise<Outcome<RunEstimate>>
  /** Starts a second opinion on a run, or goes on with one that the same model did not finish; answers with its run. */
  second(request: SecondOpinionRequest, signal?: AbortSignal): Promise<Outcome<RunView>>
  /** Newest first. Absent: the first page of those that a person has made. */
  list(page?: Partial<RunListRequest> | null): Promise<Outcome<Page<RunView>>>
  /** Interrupted runs of these folders, or among these, of which nobody was told yet: they are from now on. */
  announceInterrupted(wanted: { folders: readonly string[]; runIds: readonly string[] }): Promise<RunView[]>
  remove(runId: string): Promise<Outcome<null>>
  /** The provider answers although it asked to be left alone: runs of this process that wait for it go on. */
  endPause(provider: string): void
  /** Ends every run of this process as `interrupted`, with its journal flushed. */
  shutdown(): Promise<void>
}
