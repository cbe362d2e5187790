import { setMaxListeners } from 'node:events'
import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { EstimateRequest, RunEstimate, RunSpent } from '../../protocol/runs.ts'
import { buildPrompt } from '../domain/buildPrompt.ts'
import { cutText } from '../domain/cutText.ts'
import { instant } from './clock.ts'
import { createFeed } from './engine/feed.ts'
import type { Lane } from './engine/lane.ts'
import { createRunSpending } from './engine/runSpending.ts'
import { foreseeMoney, foreseeSeconds } from './foresee.ts'
import { loadPlainText } from './items/plainText.ts'
import { createItemIndex, type ItemIndex, type ItemOrigin } from './journal/itemIndex.ts'
import { type JournalHeader, nothingUsed } from './journal/journalLines.ts'
import { connectLanes, type Judging, openEntries, openReuse, resolveRoutes } from './prepareRun.ts'
import type { RunContext } from './runContext.ts'
import { createSpread, judgeSample, type SampleFindings } from './sampleItems.ts'

/** The usual rule of thumb for English; other languages take more. */
const charactersPerToken = 4
/** What a usual answer takes for one item: the names and numbers, and for scoring a sentence or two. */
const tokensPerVerdict = { categorization: 45, scoring: 75 }
/** Read a little at a time, so that whoever waits can still give up. */
const portion = 256

/** Reads the whole source, and asks nobody unless a sample is wanted. */
export async function estimateRun(
  context: RunContext,
  request: EstimateRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<Outcome<RunEstimate>> {
  const routes = await resolveRoutes(context, request)
  if (!routes.ok) return routes
  const loaded = await context.loadProfile(request)
  if (!loaded.ok) return loaded
  const spending = createRunSpending(0, nothingUsed)
  const { profile, examples } = loaded.value
  const run = { request, routes: routes.value, profile, examples }
  const judging = await connectLanes(context, run, spending, () => undefined)
  if (!judging.ok) return judging
  try {
    const counted = await countItems(context, { ...run, judging: judging.value }, signal)
    if (!counted.ok) return counted
    const { spread, ...counts } = counted.value
    const lanes = lanesOf(judging.value)
    const sampled = spread.take()
    setMaxListeners(0, signal)
    const found =
      sampled.length === 0
        ? null
        : await judgeSample(sampled, judging.value, { clock: context.clock, signal, used: () => spending.used })
    if (signal.aborted) return fail({ code: 'cancelled' })
    if (found && 'code' in found) return { ok: false, reason: found }
    return succeed(await foresee(context, { counts, lanes, found }))
  } finally {
    judging.value.leave()
  }
}

function lanesOf({ lanes }: Judging): Lane[] {
  return [lanes.categorization, lanes.scoring].filter((lane) => lane !== null)
}

interface Counts {
  items: number
  unreadable: number
  toJudge: number
  reused: number
  identical: number
  characters: number
}

interface Run extends Pick<JournalHeader, 'request' | 'routes' | 'profile'> {
  request: EstimateRequest
  judging: Judging
}

/** Goes through the source as a run would, with everything that it does not ask about, but has each answer at once. */
async function countItems(
  context: RunContext,
  { request, routes, profile, judging }: Run,
  signal: AbortSignal,
): Promise<Outcome<Counts & { spread: ReturnType<typeof createSpread> }>> {
  const opened = await openEntries(context, request)
  if (!opened.ok) return opened
  const counts: Counts = { items: 0, unreadable: 0, toJudge: 0, reused: 0, identical: 0, characters: 0 }
  const spread = createSpread(request.sample ?? 0, context.random)
  const index = createItemIndex()
  const startedAt = instant(context.clock.now())
  const header: JournalHeader = {
    ...{ kind: 'run', version: 1, runId: '', request, routes, profile, inputs: [], resultsPath: null, startedAt },
  }
  const reuse = await openReuse(context, header, judging)
  const feed = createFeed(opened.value.entries, {
    index,
    toPlainText: await loadPlainText(),
    longestText: judging.longestText,
    limit: request.limit ?? null,
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
      shared: (_, { origin }) => void counts[origin === 'reused' ? 'reused' : 'identical']++,
    },
  })
  try {
    for (let items = await feed.take(portion); items.length > 0; items = await feed.take(portion)) {
      if (signal.aborted) return fail({ code: 'cancelled' })
      for (const item of items) {
        counts.toJudge++
        for (const { task, profile: compiled } of lanesOf(judging)) {
          const { categorizeChars, scoreChars } = compiled.limits
          counts.characters += cutText(item.text, task === 'categorization' ? categorizeChars : scoreChars).length
        }
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

const noVerdict = { id: '', categories: null, confidence: null, suggested: null, receipts: {} }

function anyResult(origin: ItemOrigin): string {
  return JSON.stringify(origin === 'reused' ? { ...noVerdict, reusedFrom: '' } : noVerdict)
}

function answer(
  index: ItemIndex,
  feed: { recorded: ReturnType<typeof createFeed>['recorded'] },
  item: number,
  origin: ItemOrigin,
): void {
  // By its input others with the same text are found.
  index.setFinal(item, 'ok', index.input(item), { offset: 0, length: 0 }, origin)
  feed.recorded(item, 'ok', anyResult(origin))
}

async function foresee(
  context: RunContext,
  { counts, lanes, found }: { counts: Counts; lanes: readonly Lane[]; found: SampleFindings | null },
): Promise<RunEstimate> {
  const { clock } = context
  const plans = lanes.map((lane) => planLane(context, lane, counts.toJudge))
  const sum = (read: (plan: (typeof plans)[number]) => number): number =>
    plans.reduce((all, each) => all + read(each), 0)
  const calls = sum((plan) => plan.calls)
  const inputTokens = Math.ceil((counts.characters + sum((plan) => plan.frameCharacters)) / charactersPerToken)
  const measured = found && found.sample.items > 0 ? counts.toJudge / found.sample.items : null
  const outputTokens =
    measured !== null && found && found.used.output > 0
      ? Math.ceil(found.used.output * measured)
      : sum((plan) => plan.outputTokens)
  const share = (plan: (typeof plans)[number]): number => plan.calls / Math.max(1, calls)
  return {
    ...counts,
    calls,
    inputTokens,
    outputTokens,
    costUsd: await foreseeMoney(
      context,
      plans.map((plan) => ({
        route: plan.lane.route,
        input: Math.ceil(inputTokens * share(plan)),
        output: plan.outputTokens,
      })),
      { at: clock.now(), sampledUsd: perItem(found, found?.used ?? null, counts.toJudge) },
    ),
    seconds: await foreseeSeconds(context, lanes, { toJudge: counts.toJudge, found }),
    sample: found?.sample ?? null,
    routes: lanes.map(({ route }) => route),
  }
}

function planLane(context: RunContext, lane: Lane, toJudge: number) {
  const calls = Math.ceil(toJudge / lane.batchSize)
  const frame = buildPrompt({ task: lane.task, items: [], profile: lane.profile }, context.drawMark())
  const frameCharacters = calls * (frame.system.length + frame.prompt.length + JSON.stringify(frame.schema).length)
  return { lane, calls, frameCharacters, outputTokens: toJudge * tokensPerVerdict[lane.task] }
}

/** What all items cost if they cost what those of the sample did; null: no sample, or no price. */
function perItem(found: SampleFindings | null, used: RunSpent | null, toJudge: number): number | null {
  if (!found || !used || used.unpricedCalls > 0 || found.sample.items === 0) return null
  return (used.costUsd / found.sample.items) * toJudge
}
