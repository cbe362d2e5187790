import type { RunCounts, RunView } from '../../protocol/runs.ts'

/** How far several runs are together. `percent` is null until all of their sources were read to the end. */
export interface RunsProgress {
  runs: number
  percent: number | null
  /** Nothing is called at the moment: every one of them waits for its provider. */
  isWaiting: boolean
}

/** Whole percent; never 100 while an item is missing. Null: the number of items is not known yet. */
export function percentOf({ total, ok, failed, skipped }: RunCounts): number | null {
  if (total === null) return null
  return total === 0 ? 100 : Math.floor((100 * (ok + failed + skipped)) / total)
}

/** Items count alike, whichever run they belong to. Null: none is running. */
export function sumProgress(runs: readonly Pick<RunView, 'state' | 'counts' | 'parkedUntil'>[]): RunsProgress | null {
  const running = runs.filter(({ state }) => state === 'running')
  if (running.length === 0) return null
  const sum = (count: (counts: RunCounts) => number) => running.reduce((all, { counts }) => all + count(counts), 0)
  const isCounted = running.every(({ counts }) => counts.total !== null)
  const counts = {
    total: isCounted ? sum(({ total }) => total ?? 0) : null,
    ok: sum(({ ok }) => ok),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
    waiting: sum(({ waiting }) => waiting),
  }
  return {
    runs: running.length,
    percent: percentOf(counts),
    isWaiting: running.every(({ parkedUntil }) => parkedUntil !== null),
  }
}
