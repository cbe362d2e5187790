import type { PromptExamples } from '../../protocol/labels.ts'
import type { Task } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Profile } from '../../protocol/profile.ts'
import type { Usage } from '../../protocol/results.ts'
import type { Resolution, ResolvedRoute } from '../../protocol/routing.ts'
import type { Lane, RunProfile, RunRequest, RunView } from '../../protocol/runs.ts'
import type { ExampleLikeness } from '../engine/askStrategy.ts'
import type { ModelClient } from '../engine/modelClient.ts'
import type { RunSpending } from '../engine/runSpending.ts'
import type { SuggestedName } from '../engine/runTally.ts'
import type { Reuse } from '../engine/workItem.ts'
import type { Clock } from '../files/clock.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import type { Calibrations } from '../results/calibrations.ts'
import type { LabelsOf } from '../results/humanLabels.ts'
import type { ResultQueries } from '../results/resultQueries.ts'
import type { ReuseQuestion } from '../results/sameQuestion.ts'
import type { RunLedger } from './ledger.ts'
import type { RunLimits } from './limits.ts'

export interface LoadedProfile {
  profile: Profile
  from: Pick<RunProfile, 'origin' | 'name' | 'unchosen'>
  /** What it asks for of the workspace's golden set. */
  examples?: PromptExamples
}

export interface RunsOptions {
  /** Journals live in `<dataDir>/runs`. */
  dataDir: string
  ledger: RunLedger
  /** Called once a task, when a run starts or is estimated; never when it is resumed. */
  resolve(task: Task, override: RunRequest['override'], request: RunRequest): Promise<Resolution>
  /**
   * Called once a task when a run starts or is resumed; `spending` is one object for all tasks of a run. Fails when the provider is
   * gone or has no key, the run's cap cannot be kept, or the rules of a folder of its texts forbid the model.
   */
  connect(route: ResolvedRoute, request: RunRequest, spending: RunSpending): Promise<Outcome<ModelClient>>
  loadProfile(request: RunRequest): Promise<Outcome<LoadedProfile>>
  /** What says which of these examples are most like an item, for the calls of a run. Absent: they are shown in their order. */
  likeExamples?(examples: PromptExamples, request: RunRequest, spending: RunSpending): Promise<ExampleLikeness>
  /** What a call with so much usage costs, for estimates; null: not known. Absent: of none. */
  priceOf?(route: ResolvedRoute, lane?: Lane): Promise<{ costOf(usage: Usage, at: number): number | null } | null>
  /** Whether a run over files of the request's folder has gone this way before. Absent: nothing is asked of anybody. */
  wentBefore?(request: RunRequest, route: ResolvedRoute): Promise<boolean>
  /** Asked when a run starts or is resumed. Null: there is nothing to take over. Absent: everything is judged. */
  openReuse?(question: ReuseQuestion): Promise<Reuse | null>
  /** What people said of items in the run's workspace, by `inputHash`. Null or absent: nothing. */
  labelsOf?: LabelsOf
  /** What corrects the confidences of results. Absent: nothing does. */
  calibrations?: Pick<Calibrations, 'read'>
  /** At most 10 a second for each run; the last view of a run always comes. */
  onProgress(view: RunView): void
  /**
   * Whether a run that comes to its end may write its results file: false where the results of another run over the same source count,
   * and stand in it. `completed`: how many items have a result now that it is complete; null: it is not. Absent: always.
   */
  mayWriteResults?(runId: string, completed: number | null): boolean
  /** Whether the results that count of another source stand in this file. Absent: never. */
  isResultsOfAnother?(path: string, source: RunRequest['source']): Promise<boolean>
  /**
   * Writes the source's results file at `path` once more, by `rewrite` of the run that is kept by now. Absent: runs are no
   * revisions.
   */
  settleResults?(source: string, path: string, rewrite: ResultQueries['rewrite']): Promise<void>
  /** Looks for the run's file where it may be now, when it is gone from where it was. Absent: nobody looks. */
  followSource?(runId: string): Promise<void>
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
