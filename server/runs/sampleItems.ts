import type { Reason } from '../../protocol/reasons.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { RunEstimate, RunSpent } from '../../protocol/runs.ts'
import type { Clock } from './clock.ts'
import type { Feed } from './engine/feed.ts'
import { judgeSource } from './engine/judgeSource.ts'
import type { WorkItem } from './engine/lane.ts'
import type { Judging } from './prepareRun.ts'

export type Sample = NonNullable<RunEstimate['sample']>

/** What really judging a few items showed, and what all of their calls used. */
export interface SampleFindings {
  sample: Sample
  used: RunSpent
}

/**
 * Keeps some of the items that pass by, evenly spread over all of them although nobody knows how many come: whenever twice as many
 * are kept, every other one is dropped, and from then on only every second of those that would have been kept.
 */
export function createSpread(wanted: number) {
  let kept: WorkItem[] = []
  let stride = 1
  let seen = 0
  return {
    meet(item: WorkItem): void {
      if (seen++ % stride !== 0) return
      kept.push(item)
      if (kept.length < wanted * 2) return
      kept = kept.filter((_, index) => index % 2 === 0)
      stride *= 2
    },
    take(): WorkItem[] {
      const count = Math.min(wanted, kept.length)
      return Array.from({ length: count }, (_, index) => kept[Math.floor((index * kept.length) / count)] as WorkItem)
    },
  }
}

/** Judges the items as a run would, and keeps nothing of it. A reason: the provider could not. */
export async function judgeSample(
  items: readonly WorkItem[],
  judging: Judging,
  options: { clock: Clock; signal: AbortSignal; used(): RunSpent },
): Promise<SampleFindings | Reason> {
  const { clock } = options
  const stopping = new AbortController()
  const results: Pick<ResultRecord, 'status' | 'categories' | 'score'>[] = []
  let reason: Reason | null = null
  const stop = (because: Reason): void => {
    reason ??= because
    stopping.abort()
  }
  const startedAt = clock.monotonic()
  await judgeSource({
    runId: '',
    lanes: judging.lanes,
    workers: judging.workers,
    feed: feedOf(items),
    stopping: AbortSignal.any([stopping.signal, options.signal]),
    aborting: options.signal,
    stop,
    record: (_, __, json) => void results.push(JSON.parse(json)),
    whenWritten: () => Promise.resolve(),
    onCategorized: () => undefined,
    onJudged: () => undefined,
  })
  if (reason) return reason
  const used = options.used()
  const seconds = (clock.monotonic() - startedAt) / 1000
  const costUsd = used.unpricedCalls > 0 ? null : used.costUsd
  return { sample: { ...summarise(results), costUsd, seconds }, used }
}

function feedOf(items: readonly WorkItem[]): Pick<Feed, 'take'> {
  let at = 0
  return {
    async take(count) {
      const taken = items.slice(at, at + count)
      at += taken.length
      return taken
    },
  }
}

function summarise(results: readonly Pick<ResultRecord, 'status' | 'categories' | 'score'>[]) {
  const byCategory = new Map<string, number>()
  const scores: number[] = []
  for (const { categories, score } of results) {
    for (const category of categories ?? []) byCategory.set(category, (byCategory.get(category) ?? 0) + 1)
    if (score !== null) scores.push(score)
  }
  return {
    items: results.length,
    failed: results.filter(({ status }) => status === 'failed').length,
    categories: [...byCategory]
      .map(([category, items]) => ({ category, items }))
      .sort((one, other) => other.items - one.items),
    meanScore: scores.length === 0 ? null : scores.reduce((sum, score) => sum + score, 0) / scores.length,
  }
}
