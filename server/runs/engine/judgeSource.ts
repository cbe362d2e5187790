import type { Reason } from '../../../protocol/reasons.ts'
import { blockingCategory } from '../../domain/compositeScore.ts'
import type { CategoryVerdict, ScoreVerdict } from '../../domain/work.ts'
import type { CallOptions } from './callProvider.ts'
import type { Feed } from './feed.ts'
import { type Judgement, judgeItems } from './judgeItems.ts'
import type { Lane } from './lane.ts'
import { failedResult, judgedResult } from './resultJson.ts'
import type { FinalState } from './runTally.ts'
import type { WorkItem } from './workItem.ts'

/** The tasks of a run, in the order in which an item goes through them. */
export interface Lanes {
  categorization: Lane | null
  scoring: Lane | null
}

export interface JudgingOptions extends CallOptions {
  runId: string
  lanes: Lanes
  feed: Pick<Feed, 'take'>
  /** How many batches are in hand at once, and so at most how many are judged again after a crash. */
  workers: number
  /** Takes the final result of an item as JSON. */
  record(item: WorkItem, status: FinalState, resultJson: string): void
  /** Settles when all that was recorded so far would outlive this process. */
  whenWritten(): Promise<void>
  onCategorized(verdict: CategoryVerdict): void
  /** An item has failed in judging, or not; its categories, where it was categorized. */
  onJudged(failure: Reason | null, categories: readonly string[] | null): void
}

/** Takes items from the feed and judges them, several calls at a time, until there are no more or the run stops. */
export async function judgeSource(options: JudgingOptions): Promise<void> {
  const { feed, lanes, stopping } = options
  const batchSize = (lanes.categorization ?? lanes.scoring)?.batchSize ?? 1
  async function work(): Promise<void> {
    while (!stopping.aborted) {
      await options.whenWritten()
      const items = await feed.take(batchSize)
      if (items.length === 0 || stopping.aborted) return
      await judgeBatch(items, options)
    }
  }
  await Promise.all(Array.from({ length: options.workers }, work))
}

/** What is known of an item between the tasks. */
interface HalfJudged {
  item: WorkItem
  category: { verdict: CategoryVerdict; receiptJson: string } | null
}

async function judgeBatch(items: readonly WorkItem[], options: JudgingOptions): Promise<void> {
  const { categorization, scoring } = options.lanes
  const half = categorization ? await categorize(categorization, items, options) : items.map(uncategorized)
  if (half === null) return
  if (scoring === null) {
    for (const each of half) finish(each, null, options)
    return
  }
  const unblocked: HalfJudged[] = []
  for (const each of half) {
    // A blocked item's score is 0 whatever a model would say, so nothing is paid for it.
    if (isBlocked(each, scoring)) finish(each, null, options)
    else unblocked.push(each)
  }
  for (let from = 0; from < unblocked.length; from += scoring.batchSize) {
    await score(scoring, unblocked.slice(from, from + scoring.batchSize), options)
  }
}

function uncategorized(item: WorkItem): HalfJudged {
  return { item, category: null }
}

function isBlocked({ category }: HalfJudged, { profile }: Lane): boolean {
  return category !== null && blockingCategory(category.verdict.categories, profile) !== null
}

async function categorize(
  lane: Lane,
  items: readonly WorkItem[],
  options: JudgingOptions,
): Promise<HalfJudged[] | null> {
  const judgements = await judgeItems<CategoryVerdict>(lane, items, options)
  if (judgements === null) return null
  const half: HalfJudged[] = []
  for (const [item, judgement] of judgements) {
    if (judgement.ok) half.push({ item, category: judgement })
    else fail({ item, category: null }, judgement, { categorization: judgement.receiptJson }, options)
  }
  return half
}

async function score(lane: Lane, half: readonly HalfJudged[], options: JudgingOptions): Promise<void> {
  const byItem = new Map(half.map((each) => [each.item, each]))
  const judgements = await judgeItems<ScoreVerdict>(lane, [...byItem.keys()], options)
  for (const [item, judgement] of judgements ?? []) {
    const each = byItem.get(item) as HalfJudged
    if (judgement.ok) finish(each, judgement, options)
    else fail(each, judgement, { scoring: judgement.receiptJson }, options)
  }
}

function finish(
  { item, category }: HalfJudged,
  score: Extract<Judgement<ScoreVerdict>, { ok: true }> | null,
  options: JudgingOptions,
): void {
  const { runId, lanes } = options
  const profile = (lanes.scoring ?? lanes.categorization)?.profile
  if (!profile) return
  const json = judgedResult(
    { runId, id: item.id, inputHash: item.inputHash },
    { category: category?.verdict ?? null, score: score?.verdict ?? null },
    { categorization: category?.receiptJson, scoring: score?.receiptJson },
    { profile, wantsScore: lanes.scoring !== null },
  )
  options.record(item, 'ok', json)
  if (category) options.onCategorized(category.verdict)
  options.onJudged(null, category?.verdict.categories ?? null)
}

function fail(
  { item, category }: HalfJudged,
  failure: { reason: Reason },
  receipts: { categorization?: string; scoring?: string },
  options: JudgingOptions,
): void {
  const { code, message } = failure.reason
  const json = failedResult(
    { runId: options.runId, id: item.id, inputHash: item.inputHash },
    'failed',
    { code, message },
    category?.verdict ?? null,
    { ...(category ? { categorization: category.receiptJson } : {}), ...receipts },
  )
  options.record(item, 'failed', json)
  options.onJudged(failure.reason, category?.verdict.categories ?? null)
}
