import type { RunProgress, RunView } from '../../protocol/runs.ts'
import { percentOf, progressOf, sumProgress } from '../../shared/describe/progress.ts'

/** How far the runs of a window are together. */
export interface RunsProgress {
  runs: number
  progress: RunProgress
  /** Items that failed. */
  failed: number
  /** Null as long as the items of one of them are not counted. */
  percent: number | null
  /** Nothing is called at the moment: every one of them waits for its provider. */
  isWaiting: boolean
}

/** Null: none is running. */
export function sumRunning(runs: readonly RunView[]): RunsProgress | null {
  const running = runs.filter(({ state }) => state === 'running')
  if (running.length === 0) return null
  const progress = sumProgress(running.map(progressOf))
  return {
    runs: running.length,
    progress,
    failed: running.reduce((all, { counts }) => all + counts.failed, 0),
    percent: percentOf(progress),
    isWaiting: running.every(({ parkedUntil }) => parkedUntil !== null),
  }
}
