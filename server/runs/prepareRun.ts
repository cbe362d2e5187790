import type { FileHandle } from 'node:fs/promises'
import type { PromptExamples } from '../../protocol/labels.ts'
import { type Task, tasks } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Profile } from '../../protocol/profile.ts'
import type { FallbackCause, Resolution, ResolvedRoute } from '../../protocol/routing.ts'
import type { CascadeCounts, RunPriority, RunRequest, RunView } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { fallbacksOf } from '../../shared/routeFallbacks.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import { withoutFloors } from '../domain/reviewFloors.ts'
import type { CompiledProfile } from '../domain/work.ts'
import type { Concurrency } from '../engine/adaptiveLimiter.ts'
import { TextStrategy } from '../engine/askByText.ts'
import type { AskStrategy } from '../engine/askStrategy.ts'
import { BatchSize } from '../engine/batchSize.ts'
import type { BreakerHandle } from '../engine/breakerHandle.ts'
import { canLearn } from '../engine/cascadeLabels.ts'
import { withOfflineTurns } from '../engine/modelClient.ts'
import type { JournaledSpending, RunSpending } from '../engine/runSpending.ts'
import type { TaskContext, TaskContexts, TaskFallback } from '../engine/taskContext.ts'
import type { Reuse } from '../engine/workItem.ts'
import { canonicalJson, sha256 } from '../items/hashes.ts'
import type { ItemIndex } from '../journal/itemIndex.ts'
import type { JournalHeader, ResolvedFallback } from '../journal/journalLines.ts'
import { isInOwnNetwork } from '../providers/endpointRules.ts'
import type { JudgedBy } from '../results/sameQuestion.ts'
import { openSource, type Source } from '../sources/openSource.ts'
import type { EntryStream } from '../sources/sourceEntry.ts'
import { chooseProxy, chooseStrategies, type RoutedModel } from './chooseStrategies.ts'
import type { RunOwner } from './ledger.ts'
import type { RunContext } from './runContext.ts'

/** All that a run needs to be worked on. */
export interface PreparedRun {
  header: JournalHeader
  owner: RunOwner
  opened: OpenedSource
  /** How many items its source had when somebody counted them before; null: nobody has. */
  total: number | null
  connected: ConnectedRun
  journal: { handle: FileHandle; position: number }
  index: ItemIndex
  /** A completed run is run again for its failed items. */
  retriesFailed: boolean
  spending: JournaledSpending
  /** Milliseconds in which others have worked on it before. */
  workedMs: number
  revision: RunView['revision']
  /** What was told of its verdicts before it was resumed. */
  hint?: RunView['hint']
  fellBack?: RunView['fellBack']
  /** What its cascade had done before it was resumed. Absent or null: nothing. */
  cascade?: CascadeCounts | null
  reuse: Reuse | null
}

/** In the order in which an item goes through them. */
function tasksOf(request: RunRequest): Task[] {
  return tasks.filter((task) => request.tasks.includes(task))
}

/** Where each task goes. This is decided once: a route that is changed meanwhile counts for the next run. */
export async function resolveRoutes(context: RunContext, request: RunRequest): Promise<Outcome<ResolvedRoute[]>> {
  const resolved = await resolveTasks(context, request)
  return resolved.ok ? succeed(resolved.value.map(({ value }) => value)) : resolved
}

/**
 * Those that the routes name for while a run goes on, as far as they are ready now; a route that was chosen for this run alone has none.
 */
export async function resolveFallbacks(
  context: RunContext,
  request: RunRequest,
  routes: readonly ResolvedRoute[],
): Promise<ResolvedFallback[]> {
  const found: ResolvedFallback[] = []
  for (const { task, provider, model, rule, options } of routes) {
    if (rule !== 'route') continue
    for (const fallback of fallbacksOf(options)) {
      const when = fallback.when.filter((cause) => cause !== 'not_ready')
      if (when.length === 0) continue
      const named = { provider: fallback.provider, ...(fallback.model === null ? {} : { model: fallback.model }) }
      const resolved = await context.resolve(task, named, request)
      if (!resolved.ok) {
        context.log(`the fallback ${fallback.provider} of ${task} is not ready: ${resolved.reason.message}`)
        continue
      }
      const fallbackFor = { provider, model, when: when[0] as FallbackCause }
      found.push({ when, route: { ...resolved.value, rule: 'fallback', fallbackFor } })
    }
  }
  return found
}

/** The model that decides in a cascade, with what there is to know of it. Null: none is named. It is resolved once, too, and has no fallback. */
export async function resolveProxy(
  context: RunContext,
  request: RunRequest,
): Promise<Outcome<Extract<Resolution, { ok: true }> | null>> {
  const proxy = request.cascade?.proxy
  if (!proxy) return succeed(null)
  const resolved = await context.resolve('categorization', proxy, request)
  return resolved.ok ? succeed(resolved) : { ok: false, reason: resolved.reason }
}

/** The same with what there is to know of each. */
export async function resolveTasks(
  context: RunContext,
  request: RunRequest,
): Promise<Outcome<Extract<Resolution, { ok: true }>[]>> {
  const resolved: Extract<Resolution, { ok: true }>[] = []
  for (const task of tasksOf(request)) {
    const resolution = await context.resolve(task, request.override, request)
    if (!resolution.ok) return { ok: false, reason: resolution.reason }
    resolved.push(resolution)
  }
  return succeed(resolved)
}

/** A task with all that its calls share but the way to its provider, which a run has only while it goes on. */
interface ConnectedTask extends Omit<TaskContext, 'breaker' | 'also' | 'fallbacks' | 'replacedBy'> {
  fallbacks: { when: readonly FallbackCause[]; task: ConnectedTask }[]
}

export interface ConnectedRun {
  tasks: readonly ConnectedTask[]
  /** What decides in a cascade. Null: a classifier, or there is none. */
  proxy: ConnectedTask | null
  /** Calls at the same time: to begin with, and at most when all goes well. */
  concurrency: Concurrency
  /** Its share beside other runs. */
  weight: number
  /** Characters of a text that any task looks at. */
  longestText: number
}

const cascadeInBatches = {
  path: 'cascade',
  ...withMessage('message', localizable('batches ask about every item, so that a cascade has nothing to decide')),
}

const nothingToDecide = {
  path: 'cascade',
  ...withMessage(
    'message',
    localizable(
      'a cascade decides categories, and criteria that are all yes or no or a choice: nothing of that is asked',
    ),
  ),
}

const noCategories = {
  path: 'cascade.proxy',
  ...withMessage('message', localizable('a model decides categories in the place of another one: none are asked for')),
}

/** As the receipts have it. */
export function profileHashOf({ tasks }: ConnectedRun): string {
  return tasks[0]?.profileHash ?? ''
}

interface RunToConnect {
  request: RunRequest
  routes: readonly ResolvedRoute[]
  /** What decides in a cascade. Absent or null: nothing of the registry. */
  proxy?: ResolvedRoute | null | undefined
  profile: Profile
  examples?: PromptExamples | undefined
  fallbacks?: readonly ResolvedFallback[] | undefined
}

/** Connects each task to its model. No provider knows of the run yet: what fails later leaves nothing to undo. */
export async function connectTasks(
  context: RunContext,
  run: RunToConnect,
  spending: RunSpending,
): Promise<Outcome<ConnectedRun>> {
  const compiled = compileProfile(run.profile, undefined, run.examples)
  if (!compiled.ok) return compiled
  const connected = await connectModels(context, run, spending)
  if (!connected.ok) return connected
  const models = connected.value
  const likeness = run.examples?.likeness?.embed
    ? await context.likeExamples?.(run.examples, run.request, spending)
    : undefined
  const strategies = chooseStrategies(context, run.request, models, compiled.value, likeness)
  if (!strategies.ok) return strategies
  const refused = refusedWay(run, strategies.value, compiled.value)
  if (refused) return refused
  const { categorizeChars, scoreChars } = compiled.value.limits
  const shared = {
    profile: compiled.value,
    // What is asked about the items has a hash of its own, and no answer depends on what a gate or a floor wants.
    profileHash: sha256(canonicalJson({ ...withoutFloors(run.profile), prompts: undefined, gate: undefined })),
    attempts: context.limits.attempts,
    clock: context.clock,
  }
  const taskBy = (routed: RoutedModel, strategy: AskStrategy): ConnectedTask => ({
    ...{ ...routed, ...shared, strategy, task: routed.route.task },
    batch: new BatchSize(strategy.batchSize),
    longestAnswered: { characters: 0 },
    fallbacks: [],
  })
  const tasks = strategies.value.map((strategy, index) => taskBy(models[index] as RoutedModel, strategy))
  for (const { when, route } of run.fallbacks ?? []) {
    const model = await context.connect(route, run.request, spending)
    const chosen = model.ok
      ? chooseStrategies(context, run.request, [{ route, model: model.value }], compiled.value, likeness)
      : model
    const [strategy] = chosen.ok ? chosen.value : []
    if (!model.ok || !strategy) {
      context.log(`the fallback ${route.provider} cannot be asked: ${chosen.ok ? '' : chosen.reason.message}`)
      continue
    }
    const task = taskBy({ route, model: model.value }, strategy)
    tasks.find((each) => each.task === route.task)?.fallbacks.push({ when, task })
  }
  const proxy = await connectProxy(context, run, compiled.value, spending)
  if (!proxy.ok) return proxy
  return succeed({
    tasks,
    proxy: proxy.value && taskBy(...proxy.value),
    concurrency: concurrencyOf(context, run.request, models),
    weight: weights[run.request.priority ?? 'normal'],
    longestText: Math.max(categorizeChars, scoreChars),
  })
}

/** Fails where it cannot decide: it tells no probabilities, is the very model that is asked, or was learned for another profile. */
async function connectProxy(
  context: RunContext,
  { request, routes, proxy: route }: RunToConnect,
  profile: CompiledProfile,
  spending: RunSpending,
): Promise<Outcome<[RoutedModel, AskStrategy] | null>> {
  if (!route) return succeed(null)
  const { provider, model } = route
  const asked = routes.find(({ task }) => task === 'categorization')
  if (!asked) return fail({ code: 'questions_invalid', problems: [noCategories] })
  if (asked.provider === provider && asked.model === model)
    return fail({ code: 'proxy_unfit', provider, model, why: 'same_model' })
  const connected = await context.connect(route, request, spending)
  if (!connected.ok) return connected
  const routed = { route, model: connected.value }
  const strategy = chooseProxy(context, request, routed, profile)
  return strategy.ok ? succeed([routed, strategy.value]) : strategy
}

async function connectModels(
  context: RunContext,
  { request, routes }: { request: RunRequest; routes: readonly ResolvedRoute[] },
  spending: RunSpending,
): Promise<Outcome<RoutedModel[]>> {
  const isBatch = request.lane === 'batch'
  const models: RoutedModel[] = []
  for (const route of routes) {
    const model = await context.connect(route, request, spending)
    if (!model.ok) return model
    if (isBatch && !model.value.batch) return laneUnsupported(route, 'kind')
    models.push({ route, ...(isBatch ? withOfflineTurns(model.value) : { model: model.value }) })
  }
  return succeed(models)
}

/** Null: it can go through batches, or have a cascade, as it wants. */
function refusedWay(
  { request, routes }: { request: RunRequest; routes: readonly ResolvedRoute[] },
  strategies: readonly AskStrategy[],
  profile: CompiledProfile,
): Outcome<never> | null {
  const isBatch = request.lane === 'batch'
  const byOther = strategies.findIndex((strategy) => !(strategy instanceof TextStrategy))
  if (isBatch && byOther !== -1) return laneUnsupported(routes[byOther] as ResolvedRoute, 'ask')
  if (!request.cascade) return null
  if (isBatch) return fail({ code: 'questions_invalid', problems: [cascadeInBatches] })
  return canLearn(request.tasks, profile) ? null : fail({ code: 'questions_invalid', problems: [nothingToDecide] })
}

function laneUnsupported({ provider, model }: ResolvedRoute, why: 'kind' | 'ask'): Outcome<never> {
  return fail({ code: 'lane_unsupported', provider, model, why })
}

/** Calls that a run gets beside those of another one. */
const weights: Record<RunPriority, number> = { low: 1, normal: 3, high: 9 }

/**
 * A worker takes its items through both tasks, so the narrower route counts for both. What somebody has said counts from the first
 * call on; otherwise it begins small and grows as long as the provider bears it.
 */
function concurrencyOf({ limits }: RunContext, request: RunRequest, models: readonly RoutedModel[]): Concurrency {
  const wished = models.map(({ route }) => route.options.concurrency).filter((each) => each !== undefined)
  const said = request.concurrency ?? (wished.length > 0 ? Math.min(...wished) : null)
  if (said !== null) return { first: said, most: said }
  const most = Math.min(...models.map(({ model }) => model.mostConcurrency ?? limits.concurrency))
  // A server next door often works on one call at a time: a second one would only wait, and time out waiting.
  const isNextDoor = models.some(({ route }) => route.endpoint !== null && isInOwnNetwork(route.endpoint))
  return isNextDoor ? { first: 1, most, isMeasured: true } : { first: Math.min(limits.concurrency, most), most }
}

export interface JoinedRun {
  contexts: TaskContexts
  /** What decides in a cascade. Null: no model of the registry. */
  proxy: TaskContext | null
  /** The run makes no more calls. */
  leave(): void
}

/** From now on the run has its part of its providers' calls. Tasks of one provider share its breaker, so they wait together. */
export function joinProviders(
  context: RunContext,
  { tasks, proxy, weight, concurrency }: ConnectedRun,
  onPause: (until: number | null) => void,
): JoinedRun {
  const breakers = new Map<string, BreakerHandle>()
  const contexts: TaskContexts = { categorization: null, scoring: null }
  // The last first: a task that is answered along with another one has its context by then.
  function breakerTo({ provider }: ResolvedRoute): BreakerHandle {
    const breaker = breakers.get(provider) ?? context.breakerOf(provider).join({ weight, concurrency, onPause })
    breakers.set(provider, breaker)
    return breaker
  }
  for (const { fallbacks, ...connected } of tasks.toReversed()) {
    const [, second] = connected.strategy.tasks
    contexts[connected.task] = {
      ...connected,
      breaker: breakerTo(connected.route),
      also: second ? contexts[second] : null,
      fallbacks: fallbacks.map((fallback) => taskFallback(fallback, breakerTo)),
      ...(fallbacks.length > 0 ? { givenUp: new AbortController() } : {}),
    }
  }
  return {
    contexts,
    proxy: proxy && { ...proxy, breaker: breakerTo(proxy.route), also: null, fallbacks: [] },
    leave() {
      for (const breaker of breakers.values()) breaker.leave()
    },
  }
}

/** It joins its provider when it is first asked. */
function taskFallback(
  { when, task: { fallbacks: _, ...connected } }: ConnectedTask['fallbacks'][number],
  breakerTo: (route: ResolvedRoute) => BreakerHandle,
): TaskFallback {
  const known = new Map<FallbackCause, TaskContext>()
  return {
    when,
    contextFor(cause) {
      const { route } = connected
      const { provider = route.provider, model = route.model } = route.fallbackFor ?? {}
      const context = known.get(cause) ?? {
        ...{ ...connected, also: null, breaker: breakerTo(route) },
        route: { ...route, fallbackFor: { provider, model, when: cause } },
      }
      known.set(cause, context)
      return context
    },
  }
}

/** Null: nothing is taken over. */
export async function openReuse(
  context: RunContext,
  header: JournalHeader,
  connected: ConnectedRun,
): Promise<Reuse | null> {
  const profile = connected.tasks[0]?.profile
  if (header.request.reuse === 'none' || !profile) return null
  const judged = connected.tasks.map((task) => ({
    ...judgedBy(task),
    // What a fallback has found is as good as it was then: who it stood in for would fail again.
    fallbacks: task.fallbacks.map((fallback) => judgedBy(fallback.task)),
  }))
  const earlier = (await context.openReuse?.({ header, profile, tasks: judged })) ?? null
  return context.previews.after(earlier, connected, header.runId)
}

function judgedBy({ task, route, strategy, profileHash, model }: ConnectedTask): JudgedBy {
  const { provider, kind, endpoint } = route
  const by = { provider, kind, model: route.model, endpoint }
  const { questionHash: promptHash, alsoAsked } = strategy
  return { ...by, task, promptHash, alsoAsked, profileHash, optionsHash: model.optionsHash }
}

export interface OpenedSource {
  source: Source
  entries: EntryStream
  /** Lets its files go, read or not. */
  close(): Promise<void>
}

/** Opens the source and reads its first entries, so that one that cannot work fails before the run starts. */
export async function openEntries(context: RunContext, request: RunRequest): Promise<Outcome<OpenedSource>> {
  const source = await openSource(request, context.files, context.limits)
  if (!source.ok) return source
  const stream = source.value.read()
  const first = await stream.next()
  if (first.done && !first.value.ok) return first.value
  const close = async (): Promise<void> => {
    await stream.return(succeed(null))
  }
  return succeed({ source: source.value, entries: withFirst(first, stream), close })
}

async function* withFirst(first: Awaited<ReturnType<EntryStream['next']>>, rest: EntryStream): EntryStream {
  if (first.done) return first.value
  yield first.value
  return yield* rest
}
