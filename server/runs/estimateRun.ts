import { setMaxListeners } from 'node:events'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { EstimateRequest, RunEstimate, RunSpent } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { auditShare, sampleSize } from '../domain/cascade/cascadePortion.ts'
import type { AskStrategy, CallEstimate } from '../engine/askStrategy.ts'
import { canLearn } from '../engine/cascadeLabels.ts'
import { ItemQueue } from '../engine/itemQueue.ts'
import { JournaledSpending } from '../engine/runSpending.ts'
import type { WorkItem } from '../engine/workItem.ts'
import { instant } from '../files/clock.ts'
import { ItemIndex, type ItemOrigin } from '../journal/itemIndex.ts'
import { type JournalHeader, nothingUsed } from '../journal/journalLines.ts'
import { loadPlainText } from '../sources/plainText.ts'
import { batchFor } from './chooseStrategies.ts'
import { estimateMoney, estimateSeconds } from './estimateCosts.ts'
import { howAsked } from './joinTasks.ts'
import { findNewDestinations } from './newDestinations.ts'
import {
  type ConnectedRun,
  connectTasks,
  joinProviders,
  openEntries,
  openReuse,
  resolveProxy,
  resolveTasks,
} from './prepareRun.ts'
import type { RunContext } from './runContext.ts'
import type { LoadedProfile } from './runOptions.ts'
import { createSpread, judgeSample, type SampleFindings } from './sampleItems.ts'

/** The usual rule of thumb for English; other languages take more. */
const charactersPerToken = 4
/** Read a little at a time, so that whoever waits can still give up. */
const portion = 256

/** Reads the whole source, and asks nobody unless a sample is wanted. */
export async function estimateRun(
  context: RunContext,
  request: EstimateRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<Outcome<RunEstimate>> {
  const resolved = await resolveTasks(context, request)
  if (!resolved.ok) return resolved
  const routes = resolved.value.map(({ value }) => value)
  const { draft, ...rest } = request
  const loaded: Outcome<LoadedProfile> =
    draft === undefined
      ? await context.loadProfile(rest)
      : succeed({ profile: draft, from: { origin: 'workspace', name: null } })
  if (!loaded.ok) return loaded
  const spending = new JournaledSpending(0, nothingUsed)
  const { profile, examples } = loaded.value
  const proxy = await resolveProxy(context, rest)
  if (!proxy.ok) return proxy
  const run = { request, routes, profile, proxy: proxy.value?.value, ...(examples ? { examples } : {}) }
  const connected = await connectTasks(context, run, spending)
  if (!connected.ok) return connected
  const counted = await countItems(context, { ...run, connected: connected.value }, signal)
  if (!counted.ok) return counted
  const { spread, ...counts } = counted.value
  const found = await judgeSpread(context, connected.value, spread.take(), { signal, used: () => spending.used })
  if (signal.aborted) return fail({ code: 'cancelled' })
  if (found && 'code' in found) return { ok: false, reason: found }
  return succeed({
    ...(await estimate(context, { counts, connected: connected.value, found, request })),
    ...askedOf(context, request, connected.value),
    categories: offered(loaded.value),
    ...(await findNewDestinations(context, request, [...resolved.value, ...(proxy.value ? [proxy.value] : [])])),
  })
}

function askedOf(
  { limits }: RunContext,
  request: EstimateRequest,
  { tasks }: ConnectedRun,
): Pick<RunEstimate, 'asked' | 'batchCap'> {
  const asked = howAsked(request, tasks)
  const capped = tasks.filter((task) => task.strategy.batchSize > 1).map((task) => batchFor(request, task, limits))
  const caps = capped.filter(({ isCapped }) => isCapped).map(({ size }) => size)
  return { ...(asked ? { asked } : {}), ...(caps.length > 0 ? { batchCap: Math.min(...caps) } : {}) }
}

const shownCategories = 8

function offered({ profile, from: { origin, name } }: LoadedProfile): RunEstimate['categories'] {
  const roots = profile.categories.filter(({ hidden }) => !hidden).map((category) => category.name)
  return { origin, name, names: roots.slice(0, shownCategories), roots: roots.length }
}

async function judgeSpread(
  context: RunContext,
  connected: ConnectedRun,
  items: readonly WorkItem[],
  { signal, used }: { signal: AbortSignal; used(): RunSpent },
): Promise<SampleFindings | Reason | null> {
  if (items.length === 0) return null
  setMaxListeners(0, signal)
  const joined = joinProviders(context, connected, () => undefined)
  try {
    const by = { contexts: joined.contexts, workers: connected.concurrency.most }
    const onJudged = (item: WorkItem, json: string) => context.previews.remember(connected, item, json)
    return await judgeSample(items, by, { clock: context.clock, signal, used, onJudged })
  } finally {
    joined.leave()
  }
}

interface Counts {
  items: number
  unreadable: number
  toJudge: number
  reused: number
  identical: number
  similar: number
  characters: number
  /** The same for the model that decides in a cascade. */
  proxied: number
  /** Of those to judge: were categorized before, and only wait for their score. */
  categorized: number
  /** The same the other way round. */
  scored: number
  /** Of those whose examples are chosen by what they are like. */
  likened: { count: number; characters: number }
}

interface Run extends Pick<JournalHeader, 'request' | 'routes' | 'profile'> {
  request: EstimateRequest
  connected: ConnectedRun
}

function noCounts(): Counts {
  return {
    ...{ items: 0, unreadable: 0, toJudge: 0, characters: 0, proxied: 0, categorized: 0, scored: 0 },
    ...{ reused: 0, identical: 0, similar: 0 },
    likened: { count: 0, characters: 0 },
  }
}

/** Goes through the source as a run would, with everything that it does not ask about, but has each answer at once. */
async function countItems(
  context: RunContext,
  { request, routes, profile, connected }: Run,
  signal: AbortSignal,
): Promise<Outcome<Counts & { spread: ReturnType<typeof createSpread<WorkItem>> }>> {
  const opened = await openEntries(context, request)
  if (!opened.ok) return opened
  const counts = noCounts()
  const spread = createSpread(request.sample ?? 0, context.random)
  const index = new ItemIndex()
  const startedAt = instant(context.clock.now())
  const header: JournalHeader = {
    ...{ kind: 'run', version: 3, runId: '', request, routes, profile, inputs: [], resultsPath: null, startedAt },
  }
  const reuse = await openReuse(context, header, connected)
  const feed = new ItemQueue(opened.value.entries, {
    index,
    toPlainText: await loadPlainText(),
    longestText: connected.longestText,
    limit: request.limit ?? null,
    nearDuplicates: request.nearDuplicates ?? null,
    readAhead: portion,
    readAheadCharacters: context.limits.readAheadCharacters,
    retriesFailed: false,
    whenWritten: () => Promise.resolve(),
    reuse,
    readResult: async (item) => anyResult(index.origin(item)),
    events: {
      kept: () => undefined,
      reopened: () => undefined,
      broken: () => void counts.unreadable++,
      reused(item) {
        counts.reused++
        answer(index, feed, item.item, 'reused')
      },
      // As a run counts them: one that shares a result which was taken over is taken over, too.
      shared: (_, { origin }) => void counts[origin === 'judged' ? 'identical' : origin]++,
    },
  })
  try {
    for (let items = await feed.next(portion); items.length > 0; items = await feed.next(portion)) {
      if (signal.aborted) return fail({ code: 'cancelled' })
      for (const item of items) {
        countItem(counts, item, connected)
        if (request.sample !== undefined) spread.meet(item)
        answer(index, feed, item.item, 'judged')
      }
    }
    const failure = feed.failure()
    if (failure) return { ok: false, reason: failure }
    return succeed({ ...counts, items: feed.met(), spread })
  } finally {
    await feed.close()
    await opened.value.close()
    await reuse?.close()
  }
}

function countItem(counts: Counts, item: WorkItem, connected: ConnectedRun): void {
  counts.toJudge++
  if (item.categorized !== undefined) counts.categorized++
  if (item.scored !== undefined) counts.scored++
  const strategies = strategiesFor(item, connected)
  for (const strategy of strategies) counts.characters += strategy.charactersOf(item)
  if (connected.proxy?.route.endpoint != null) counts.proxied += connected.proxy.strategy.charactersOf(item)
  // Both tasks ask for the same vectors.
  const likened = strategies.find(({ likeness }) => likeness)
  if (!likened) return
  counts.likened.count++
  counts.likened.characters += likened.charactersOf(item)
}

/** Those that ask somebody about the item, for the tasks that it lacks. */
function strategiesFor({ categorized, scored }: WorkItem, { tasks }: ConnectedRun): AskStrategy[] {
  const missing = tasks.filter(({ task }) => (task === 'scoring' ? scored : categorized) === undefined)
  const also = new Set(missing.flatMap(({ strategy }) => strategy.tasks.slice(1)))
  return missing.filter(({ task, route }) => !also.has(task) && route.endpoint !== null).map(({ strategy }) => strategy)
}

const noVerdict = { id: '', categories: null, confidence: null, suggested: null, receipts: {} }

function anyResult(origin: ItemOrigin): string {
  return JSON.stringify(origin === 'reused' ? { ...noVerdict, reusedFrom: '' } : noVerdict)
}

function answer(index: ItemIndex, feed: Pick<ItemQueue, 'recorded'>, item: number, origin: ItemOrigin): void {
  // By its input others with the same text are found.
  index.setFinal(item, 'ok', index.input(item), { offset: 0, length: 0 }, origin)
  feed.recorded(item, 'ok', anyResult(origin))
}

/** What each task takes, of the items that lack it. */
function plansOf(
  { toJudge, categorized, scored }: Counts,
  tasks: ConnectedRun['tasks'],
  request: EstimateRequest,
): (CallEstimate & { route: ResolvedRoute })[] {
  const also = new Set(tasks.flatMap(({ strategy }) => strategy.tasks.slice(1)))
  return tasks.map(({ task, route, strategy, profile }) => {
    // It is done here: nobody is called, and nothing is sent.
    if (route.endpoint === null) return { route, calls: 0, frameCharacters: 0, outputTokens: 0 }
    if (also.has(task)) return { route, ...strategy.estimate(categorized) }
    const all = toJudge - (task === 'scoring' ? scored : categorized)
    if (request.cascade && canLearn([task], profile)) return { route, ...rangeOf(strategy, leastAsked(all), all) }
    return { route, ...strategy.estimate(all) }
  })
}

async function estimate(
  context: RunContext,
  {
    counts,
    connected: { tasks, proxy },
    found,
    request,
  }: { counts: Counts; connected: ConnectedRun; found: SampleFindings | null; request: EstimateRequest },
): Promise<RunEstimate> {
  const isBatch = tasks.some(({ turns }) => turns !== undefined)
  const { clock } = context
  const routes = tasks.map(({ route }) => route)
  const { categorized: _, scored: __, likened, proxied: ___, ...shown } = counts
  const embedding = await tasks.find(({ strategy }) => strategy.likeness)?.strategy.likeness?.estimate(likened)
  const plans = plansOf(counts, tasks, request)
  const sum = (read: (plan: (typeof plans)[number]) => number): number =>
    plans.reduce((all, each) => all + read(each), 0)
  const calls = sum((plan) => plan.calls)
  // Of a cascade, that the model is surely asked.
  const callsOfAll = sum((plan) => (request.cascade ? (plan.mostCalls ?? plan.calls) : plan.calls))
  const share = Math.min(1, calls / Math.max(1, callsOfAll))
  const inputTokens = Math.ceil((counts.characters * share + sum((plan) => plan.frameCharacters)) / charactersPerToken)
  const measured = found && found.sample.items > 0 ? counts.toJudge / found.sample.items : null
  const outputTokens =
    measured !== null && found && found.used.output > 0
      ? Math.ceil(found.used.output * measured)
      : sum((plan) => plan.outputTokens)
  const mostCalls = sum((plan) => plan.mostCalls ?? plan.calls)
  const deciding = proxy && planProxy(counts, proxy)
  const partOf = (plan: (typeof plans)[number]): number => plan.calls / Math.max(1, calls)
  return {
    ...shown,
    calls: calls + (deciding?.calls ?? 0),
    ...(mostCalls > calls ? { mostCalls: mostCalls + (deciding?.calls ?? 0) } : {}),
    inputTokens: inputTokens + (deciding?.input ?? 0),
    outputTokens: outputTokens + (deciding?.output ?? 0),
    ...(embedding && { embedding }),
    ...cascadeOf(request, counts, deciding),
    costUsd: await estimateMoney(
      context,
      [...(deciding ? [deciding] : []), ...plans.map((plan) => pricedPart(plan, inputTokens * partOf(plan)))],
      {
        at: clock.now(),
        embeddingUsd: embedding ? embedding.costUsd : 0,
        // A sample is judged by single calls, at their price, and by nobody in another's place.
        sampledUsd: isBatch || proxy ? null : perItem(found, found?.used ?? null, counts.toJudge),
        ...(isBatch ? { lane: 'batch' as const } : {}),
      },
    ),
    seconds: isBatch ? null : await estimateSeconds(context, routes, { toJudge: counts.toJudge, found }),
    sample: found?.sample ?? null,
    routes,
  }
}

function pricedPart({ route, calls, mostCalls, outputTokens }: CallEstimate & { route: ResolvedRoute }, input: number) {
  const most = (mostCalls ?? calls) / Math.max(1, calls)
  return { route, input: Math.ceil(input), mostInput: Math.ceil(input * most), output: outputTokens }
}

/** It is asked about each item, one time or another. */
function planProxy({ toJudge, proxied }: Counts, { route, strategy }: NonNullable<ConnectedRun['proxy']>) {
  const { calls, frameCharacters, outputTokens } =
    route.endpoint === null ? { calls: 0, frameCharacters: 0, outputTokens: 0 } : strategy.estimate(toJudge)
  const input = Math.ceil((proxied + frameCharacters) / charactersPerToken)
  return { route, calls, input, mostInput: input, output: outputTokens }
}

function cascadeOf(
  { cascade }: EstimateRequest,
  { toJudge }: Counts,
  deciding: ReturnType<typeof planProxy> | null,
): Pick<RunEstimate, 'cascade'> {
  if (!cascade) return {}
  const { proxy } = cascade
  const named = proxy && deciding ? { proxy: { ...proxy, calls: deciding.calls } } : {}
  return { cascade: { leastAsked: leastAsked(toJudge), ...named } }
}

/** The sample, and the audit of all the others. */
function leastAsked(items: number): number {
  return Math.min(items, sampleSize + Math.ceil(auditShare * Math.max(0, items - sampleSize)))
}

/** Calls about the least, up to those about all of them. */
function rangeOf(strategy: AskStrategy, least: number, most: number): CallEstimate {
  const all = strategy.estimate(most)
  return { ...strategy.estimate(least), mostCalls: all.mostCalls ?? all.calls }
}

/** What all items cost if they cost what those of the sample did; null: no sample, or no price. */
function perItem(found: SampleFindings | null, used: RunSpent | null, toJudge: number): number | null {
  if (!found || !used || used.unpricedCalls > 0 || found.sample.items === 0) return null
  return (used.costUsd / found.sample.items) * toJudge
}
