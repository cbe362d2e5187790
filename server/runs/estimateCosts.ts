import type { ResolvedRoute } from '../../protocol/routing.ts'
import { type Lane, lastedMs, type RunEstimate, type RunView } from '../../protocol/runs.ts'
import type { RunContext } from './runContext.ts'
import type { SampleFindings } from './sampleItems.ts'

/** Tokens are guessed from characters, so money is a range; what a sample has shown is closer. */
const guessed = { low: 0.6, high: 2 }
const sampled = { low: 0.8, high: 1.3 }

export async function estimateMoney(
  context: RunContext,
  parts: readonly { route: ResolvedRoute; input: number; cached: number; mostInput: number; output: number }[],
  {
    at,
    embeddingUsd,
    sampledUsd,
    lane,
  }: { at: number; embeddingUsd: number | null; sampledUsd: number | null; lane?: Lane | undefined },
): Promise<RunEstimate['costUsd']> {
  if (sampledUsd !== null) return { low: sampledUsd * sampled.low, high: sampledUsd * sampled.high }
  if (embeddingUsd === null) return null
  let low = embeddingUsd * guessed.low
  let high = embeddingUsd * guessed.high
  for (const { route, input, cached, mostInput, output } of parts) {
    // Where nothing is called, nothing is owed, whatever it would cost.
    if (input === 0 && output === 0) continue
    const price = await context.priceOf?.(route, lane)
    // By the call: a price may have steps, but hardly for calls as small as ours.
    // Nobody promises that a cache still has what was there: only the lower figure counts on it.
    const costUsd = price?.costOf({ input, output, cached: cached > 0 ? Math.min(cached, input) : null }, at) ?? null
    const mostUsd = price?.costOf({ input: mostInput, output, cached: null }, at) ?? null
    if (costUsd === null || mostUsd === null) return null
    low += costUsd * guessed.low
    high += mostUsd * guessed.high
  }
  return { low, high }
}

/** Runs with fewer items say more about their start than about their pace. */
const enoughItems = 20
const runsLookedAt = 50

/** By the sample, else by the last run that went the same way; null: nobody has measured it. */
export async function estimateSeconds(
  context: RunContext,
  routes: readonly ResolvedRoute[],
  { toJudge, found }: { toJudge: number; found: SampleFindings | null },
): Promise<number | null> {
  if (toJudge === 0) return 0
  if (found && found.sample.items > 0) {
    // A small sample is over before all workers have had a turn.
    const turns = Math.min(4, Math.max(1, toJudge / found.sample.items))
    return (found.sample.seconds / found.sample.items) * (toJudge / turns)
  }
  const rows = await context.ledger.list({ cursor: null, limit: runsLookedAt })
  if (!rows.ok) return null
  const alike = rows.value.rows.find(({ view }) => wentTheSameWay(view, routes))
  return alike ? secondsPerItem(alike.view) * toJudge : null
}

function wentTheSameWay(view: RunView, routes: readonly ResolvedRoute[]): boolean {
  const way = (routes: readonly Pick<ResolvedRoute, 'task' | 'provider' | 'model'>[]): string =>
    routes.map(({ task, provider, model }) => `${task} ${provider} ${model}`).join()
  return view.finishedAt !== null && askedItems(view) >= enoughItems && way(view.routes) === way(routes)
}

function askedItems({ counts }: RunView): number {
  return counts.ok - (counts.reused ?? 0) - (counts.identical ?? 0) - (counts.similar ?? 0)
}

function secondsPerItem(view: RunView): number {
  return (lastedMs(view) ?? 0) / 1000 / askedItems(view)
}
