import type { Outcome } from '../../protocol/outcome.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { Clock } from '../files/clock.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import type { SourceLimits } from '../sources/sourceLimits.ts'
import type { Calibrations } from './calibrations.ts'
import type { StoredPlaces } from './headerNow.ts'
import type { LabelsOf } from './humanLabels.ts'
import type { WrittenFiles } from './writtenFiles.ts'

/** What a run said of itself at its end: what its journal has now may be less. */
export type RunAsEnded = Pick<RunView, 'state' | 'counts' | 'resultsPath' | 'resultsWritten' | 'revision' | 'opinion'>

/** What reading and writing results takes of the runs: where they are, and not how they come about. */
export interface ResultsContext {
  files: RunFiles
  clock: Clock
  written: Pick<WrittenFiles, 'note' | 'check'>
  journalPath(runId: string): string
  labelsOf?: LabelsOf
  /** What corrects confidences. Absent: nothing does. */
  calibrations?: Pick<Calibrations, 'read'>
  /** Whether there is such a run; `not_found` when there is none. */
  ledger: { read(runId: string): Promise<Outcome<{ view: RunAsEnded } & StoredPlaces>> }
  /** Looks for the run's file where it may be now, when it is gone from where it was. Absent: nobody looks. */
  followSource?(runId: string): Promise<void>
  limits: SourceLimits & {
    /** How long what sorting and filtering need of a run's results stays in memory when nobody asks for them. */
    columnsIdleMs: number
  }
}
