import type { Reason } from '../../protocol/reasons.ts'
import { blockingCategory } from '../domain/compositeScore.ts'
import type { CategoryVerdict } from '../domain/work.ts'
import type { PaidCategorization } from '../journal/journalLines.ts'
import type { Verdicts } from './askStrategy.ts'
import type { CallOptions } from './callProvider.ts'
import { fallbackForItem, fallbackForRest } from './fallback.ts'
import type { ItemQueue } from './itemQueue.ts'
import { type Judgement, judgeItems, type ReceiptsJson } from './judgeItems.ts'
import { failedResult, judgedResult } from './resultJson.ts'
import type { FinalState } from './runTally.ts'
import { contextsInOrder, type TaskContext, type TaskContexts } from './taskContext.ts'
import type { WorkItem } from './workItem.ts'

export interface JudgingOptions extends CallOptions {
  runId: string
  contexts: TaskContexts
  queue: Pick<ItemQueue, 'next'>
  /** How many batches are in hand at once, and so at most how many are judged again after a crash. */
  workers: number
  /** Takes the final result of an item as JSON. */
  record(item: WorkItem, status: FinalState, resultJson: string): void
  /** Takes the categorization of an item that waits for its scoring. */
  recordCategorized(item: WorkItem, categorized: PaidCategorization): void
  /** Settles when all that was recorded so far would outlive this process. */
  whenWritten(): Promise<void>
  onCategorized(verdict: CategoryVerdict): void
  /** What was found of an item, whether it failed after all or not. Absent: nobody needs it before the result is recorded. */
  onVerdicts?(item: WorkItem, verdicts: Verdicts): void
  /** So many items go to this fallback. */
  onFallback(context: TaskContext, items: number): void
  /** An item has failed in judging, or not; its categories, where it was categorized. */
  onJudged(failure: Reason | null, categories: readonly string[] | null): void
}

/** Takes items from the queue and judges them, several calls at a time, until there are no more or the run stops. */
export async function judgeSource(options: JudgingOptions): Promise<void> {
  const { queue, contexts, stopping } = options
  const batch = firstBatch(contexts)
  let letOthersFollow = (): void => undefined
  const firstIsDone = contextsInOrder(contexts).some(({ strategy }) => strategy.warmsCache)
    ? new Promise<void>((resolve) => {
        letOthersFollow = resolve
      })
    : Promise.resolve()
  async function work(worker: number): Promise<void> {
    if (worker > 0) await firstIsDone
    while (!stopping.aborted) {
      await options.whenWritten()
      const items = await queue.next(batch?.current() ?? 1)
      if (items.length === 0 || stopping.aborted) return
      await judgeBatch(items, options)
      letOthersFollow()
    }
  }
  // However the first one ends, nobody waits for it any more.
  await Promise.all(Array.from({ length: options.workers }, (_, worker) => work(worker).finally(letOthersFollow)))
}

/** One that takes items singly leaves the size to the other: its own turns are as small as before, and the other's are not smaller. */
function firstBatch(contexts: TaskContexts): TaskContext['batch'] | undefined {
  const [first, second] = contextsInOrder(contexts)
  return first?.strategy.batchSize === 1 && second ? second.batch : first?.batch
}

/** What is known of an item so far. */
export interface Findings {
  item: WorkItem
  verdicts: Verdicts
  receipts: ReceiptsJson
}

async function judgeBatch(items: readonly WorkItem[], options: JudgingOptions): Promise<void> {
  let open: Findings[] = []
  for (const each of items.map(begin)) {
    if (isComplete(each, options.contexts)) finish(each, options)
    else open.push(each)
  }
  for (const context of contextsInOrder(options.contexts)) {
    const left: Findings[] = []
    const unasked: Findings[] = []
    for (const each of open) (each.verdicts[context.task] === undefined ? unasked : left).push(each)
    for (let from = 0, size = 0; from < unasked.length; from += size) {
      const group = unasked.slice(from, from + context.batch.current())
      size = context.strategy.room?.(group.map(({ item }) => item)) ?? group.length
      const asked = await judgeTask(context, group.slice(0, size), options)
      if (asked === null) return
      left.push(...asked)
      // What was answered outlives this process before the next call is paid for.
      await options.whenWritten()
    }
    open = left
  }
}

export function begin(item: WorkItem): Findings {
  const found: Findings = { item, verdicts: {}, receipts: {} }
  const { categorized, scored } = item
  if (categorized) {
    found.verdicts.categorization = categorized.verdict
    found.receipts.categorization = categorized.receiptJson
  }
  if (scored) {
    found.verdicts.scoring = scored.verdict
    found.receipts.scoring = scored.receiptJson
  }
  return found
}

/**
 * Answers those that still lack a task; null: the run stops. What is complete by then is recorded. Items that the model fails at, and all
 * that are left where it is given up, go to the fallback that the route names for that.
 */
async function judgeTask(
  context: TaskContext,
  group: readonly Findings[],
  options: JudgingOptions,
): Promise<Findings[] | null> {
  if (context.replacedBy) return await judgeElsewhere(new Map([[context.replacedBy, [...group]]]), options)
  const byItem = new Map(group.map((each) => [each.item, each]))
  const waiting = new Set(group)
  const open: Findings[] = []
  const elsewhere = new Map<TaskContext, Findings[]>()
  function settle(item: WorkItem, judgement: Judgement): void {
    const before = byItem.get(item) as Findings
    waiting.delete(before)
    const receipts = { ...before.receipts, ...judgement.receipts }
    if (!judgement.ok) {
      const other = fallbackForItem(context, judgement.reason)
      if (other === null) return fail({ ...before, receipts }, judgement.reason, options)
      elsewhere.set(other, [...(elsewhere.get(other) ?? []), before])
      return
    }
    const found = { item, verdicts: { ...before.verdicts, ...judgement.verdicts }, receipts }
    if (isComplete(found, options.contexts)) return finish(found, options)
    open.push(found)
    const { categorization } = judgement.verdicts
    const receiptJson = receipts.categorization
    if (categorization && receiptJson) options.recordCategorized(item, { verdict: categorization, receiptJson })
  }
  const stop = (reason: Reason): void => {
    context.replacedBy ??= fallbackForRest(context, reason)
    if (!context.replacedBy) return options.stop(reason)
    context.givenUp?.abort()
  }
  const { givenUp } = context
  const stopping = givenUp ? AbortSignal.any([options.stopping, givenUp.signal]) : options.stopping
  const ended = await judgeItems(context, [...byItem.keys()], { ...options, stop, stopping }, settle)
  if (ended === 'stopped') {
    if (!context.replacedBy || options.stopping.aborted) return null
    elsewhere.set(context.replacedBy, [...(elsewhere.get(context.replacedBy) ?? []), ...waiting])
  }
  const asked = await judgeElsewhere(elsewhere, options)
  return asked && [...open, ...asked]
}

async function judgeElsewhere(
  groups: ReadonlyMap<TaskContext, Findings[]>,
  options: JudgingOptions,
): Promise<Findings[] | null> {
  const open: Findings[] = []
  for (const [context, items] of groups) {
    options.onFallback(context, items.length)
    const asked = await judgeTask(context, items, options)
    if (asked === null) return null
    open.push(...asked)
  }
  return open
}

export function isComplete({ verdicts: { categorization, scoring } }: Findings, contexts: TaskContexts): boolean {
  if (contexts.categorization !== null && categorization === undefined) return false
  if (contexts.scoring === null || scoring !== undefined) return true
  // A blocked item's score is 0 whatever a model would say, so nothing is paid for it.
  return categorization !== undefined && blockingCategory(categorization.categories, contexts.scoring.profile) !== null
}

export function finish({ item, verdicts, receipts }: Findings, options: JudgingOptions): void {
  const { runId, contexts } = options
  const { categorization = null, scoring = null } = verdicts
  const profile = (contexts.scoring ?? contexts.categorization)?.profile
  if (!profile) return
  const json = judgedResult(
    { runId, id: item.id, inputHash: item.inputHash, ...item.shown },
    { category: categorization, score: scoring },
    receipts,
    { profile, wantsScore: contexts.scoring !== null },
  )
  options.record(item, 'ok', json)
  options.onVerdicts?.(item, verdicts)
  if (categorization) options.onCategorized(categorization)
  options.onJudged(null, categorization?.categories ?? null)
}

function fail({ item, verdicts, receipts }: Findings, reason: Reason, options: JudgingOptions): void {
  const { categorization = null } = verdicts
  const { code, message } = reason
  const subject = { runId: options.runId, id: item.id, inputHash: item.inputHash, ...item.shown }
  const json = failedResult(subject, 'failed', { code, message }, categorization, receipts)
  options.record(item, 'failed', json)
  options.onVerdicts?.(item, verdicts)
  options.onJudged(reason, categorization?.categories ?? null)
}
