import type { Reason } from '../../protocol/reasons.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { RunEstimate, RunSpent } from '../../protocol/runs.ts'
import type { ItemQueue } from '../engine/itemQueue.ts'
import { judgeSource } from '../engine/judgeSource.ts'
import type { TaskContexts } from '../engine/taskContext.ts'
import type { WorkItem } from '../engine/workItem.ts'
import type { Clock } from '../files/clock.ts'

export type Sample = NonNullable<RunEstimate['sample']>

/** What really judging a few items showed, and what all of their calls used. */
export interface SampleFindings {
  sample: Sample
  used: RunSpent
}

/**
 * Keeps some of the items that pass by, spread over all of them although nobody knows how many come: one of each stretch, drawn by chance,
 * since every n-th of a file may be of a kind. Whenever twice as many are kept as are wanted, two neighbouring stretches become one.
 */
export function createSpread<Item = WorkItem>(wanted: number, random: () => number) {
  let kept: Item[] = []
  let stretch = 1
  let candidate: Item | null = null
  let metOfStretch = 0

  function closeStretch(): void {
    if (candidate) kept.push(candidate)
    candidate = null
    metOfStretch = 0
    if (kept.length < wanted * 2) return
    kept = Array.from({ length: wanted }, (_, pair) => kept[pair * 2 + (random() < 0.5 ? 0 : 1)] as Item)
    stretch *= 2
  }

  return {
    meet(item: Item): void {
      // Each item of the stretch has the same chance, whichever comes last.
      if (random() * ++metOfStretch < 1) candidate = item
      if (metOfStretch === stretch) closeStretch()
    },
    take(): Item[] {
      const all = candidate ? [...kept, candidate] : kept
      const count = Math.min(wanted, all.length)
      const beginOf = (part: number): number => Math.floor((part * all.length) / count)
      return Array.from({ length: count }, (_, part) => {
        const begin = beginOf(part)
        return all[begin + Math.floor(random() * (beginOf(part + 1) - begin))] as Item
      })
    },
  }
}

/** Judges the items as a run would, and writes nothing of it. A reason: the provider could not. */
export async function judgeSample(
  items: readonly WorkItem[],
  { contexts, workers }: { contexts: TaskContexts; workers: number },
  options: { clock: Clock; signal: AbortSignal; used(): RunSpent; onJudged(item: WorkItem, resultJson: string): void },
): Promise<SampleFindings | Reason> {
  const { clock } = options
  const stopping = new AbortController()
  const results: (ResultRecord & { text: string })[] = []
  let reason: Reason | null = null
  const stop = (because: Reason): void => {
    reason ??= because
    stopping.abort()
  }
  const startedAt = clock.monotonic()
  await judgeSource({
    runId: '',
    contexts,
    workers,
    queue: queueOf(items),
    stopping: AbortSignal.any([stopping.signal, options.signal]),
    aborting: options.signal,
    stop,
    record(item, status, json) {
      results.push({ ...JSON.parse(json), text: item.text })
      if (status === 'ok') options.onJudged(item, json)
    },
    recordCategorized: () => undefined,
    whenWritten: () => Promise.resolve(),
    onCategorized: () => undefined,
    onFallback: () => undefined,
    onJudged: () => undefined,
    onAnswered: () => undefined,
    onRefused: () => undefined,
  })
  if (reason) return reason
  const used = options.used()
  const seconds = (clock.monotonic() - startedAt) / 1000
  const costUsd = used.unpricedCalls > 0 ? null : used.costUsd
  const rows = items.flatMap(({ id }) => results.filter((each) => each.id === id).map(sampleRow))
  return { sample: { ...summarise(results), rows, costUsd, seconds }, used }
}

/** Enough of a text to see whether the verdict is right. */
const shownCharacters = 500

function sampleRow({
  id,
  text,
  status,
  categories,
  confidence,
  interest,
  quality,
  score,
  reasoning,
  error,
}: ResultRecord & { text: string }) {
  const shown = text.slice(0, shownCharacters).toWellFormed()
  return { id, text: shown, status, categories, confidence, interest, quality, score, reasoning, error }
}

function queueOf(items: readonly WorkItem[]): Pick<ItemQueue, 'next'> {
  let at = 0
  return {
    async next(count) {
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
