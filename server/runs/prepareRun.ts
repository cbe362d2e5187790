import type { PromptExamples } from '../../protocol/labels.ts'
import { type Task, tasks } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Profile } from '../../protocol/profile.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { RunPriority, RunRequest } from '../../protocol/runs.ts'
import { promptText } from '../domain/buildPrompt.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import type { CompiledProfile } from '../domain/work.ts'
import type { Lanes } from './engine/judgeSource.ts'
import type { Lane } from './engine/lane.ts'
import type { ModelClient } from './engine/modelClient.ts'
import { createOutputModeLadder } from './engine/outputModeLadder.ts'
import type { Door } from './engine/providerGate.ts'
import type { RunSpending } from './engine/runSpending.ts'
import type { Reuse } from './engine/workItem.ts'
import { canonicalJson, sha256 } from './items/hashes.ts'
import type { JournalHeader } from './journal/journalLines.ts'
import type { RunContext } from './runContext.ts'
import { openSource, type Source } from './sources/openSource.ts'
import type { EntryStream } from './sources/sourceEntry.ts'

/** In the order in which an item goes through them. */
export function tasksOf(request: RunRequest): Task[] {
  return tasks.filter((task) => request.tasks.includes(task))
}

/** Where each task goes. This is decided once: a route that is changed meanwhile counts for the next run. */
export async function resolveRoutes(context: RunContext, request: RunRequest): Promise<Outcome<ResolvedRoute[]>> {
  const routes: ResolvedRoute[] = []
  for (const task of tasksOf(request)) {
    const resolution = await context.resolve(task, request.override)
    if (!resolution.ok) return { ok: false, reason: resolution.reason }
    routes.push(resolution.value)
  }
  return succeed(routes)
}

export interface Judging {
  lanes: Lanes
  workers: number
  longestText: number
  /** The run makes no more calls. */
  leave(): void
}

/** As the receipts have it. */
export function profileHashOf({ lanes }: Judging): string {
  return (lanes.categorization ?? lanes.scoring)?.profileHash ?? ''
}

/** Connects each task to its provider. Tasks of one provider share its gate, so they wait together. */
export async function connectLanes(
  context: RunContext,
  run: {
    request: RunRequest
    routes: readonly ResolvedRoute[]
    profile: Profile
    examples?: PromptExamples | undefined
  },
  spending: RunSpending,
  onPause: (until: number | null) => void,
): Promise<Outcome<Judging>> {
  const compiled = compileProfile(run.profile, undefined, run.examples)
  if (!compiled.ok) return compiled
  const judges: { route: ResolvedRoute; judge: ModelClient }[] = []
  for (const route of run.routes) {
    const judge = await context.connect(route, run.request, spending)
    if (!judge.ok) return judge
    judges.push({ route, judge: judge.value })
  }
  const concurrency = concurrencyOf(context, run.request, judges)
  const weight = weights[run.request.priority ?? 'normal']
  const doors = new Map<string, Door>()
  const lanes: Lanes = { categorization: null, scoring: null }
  for (const { route, judge } of judges) {
    const gate = doors.get(route.provider) ?? context.gateOf(route.provider).join({ weight, concurrency, onPause })
    doors.set(route.provider, gate)
    lanes[route.task] = makeLane(context, run, { route, judge, gate, profile: compiled.value })
  }
  const { categorizeChars, scoreChars } = compiled.value.limits
  return succeed({
    lanes,
    workers: concurrency.most,
    longestText: Math.max(categorizeChars, scoreChars),
    leave() {
      for (const door of doors.values()) door.leave()
    },
  })
}

/** Calls that a run gets beside those of another one. */
const weights: Record<RunPriority, number> = { low: 1, normal: 3, high: 9 }

function makeLane(
  context: RunContext,
  run: { request: RunRequest; profile: Profile },
  parts: Pick<Lane, 'route' | 'judge' | 'gate'> & { profile: CompiledProfile },
): Lane {
  const { limits, clock, drawMark } = context
  const { route, judge } = parts
  return {
    ...parts,
    task: route.task,
    modes: createOutputModeLadder({
      offered: judge.outputModes,
      chosen: route.options.outputMode,
      failuresBeforeStepDown: limits.schemaFailuresBeforeStepDown,
    }),
    promptHash: sha256(promptText(route.task, parts.profile.prompts, parts.profile.examples)),
    // What is told of the items has a hash of its own.
    profileHash: sha256(canonicalJson({ ...run.profile, prompts: undefined })),
    batchSize: batchSizeOf(context, run.request, route),
    limits,
    clock,
    drawMark,
  }
}

export function batchSizeOf({ limits }: RunContext, request: RunRequest, route: ResolvedRoute): number {
  return request.batchSize ?? route.options.batchSize ?? limits.batchSize
}

/**
 * A worker takes its items through both tasks, so the narrower route counts for both. What somebody has said counts from the first
 * call on; otherwise it begins small and grows as long as the provider bears it.
 */
function concurrencyOf(
  { limits }: RunContext,
  request: RunRequest,
  judges: readonly { route: ResolvedRoute; judge: ModelClient }[],
): { first: number; most: number } {
  const wished = judges.map(({ route }) => route.options.concurrency).filter((each) => each !== undefined)
  const said = request.concurrency ?? (wished.length > 0 ? Math.min(...wished) : null)
  if (said !== null) return { first: said, most: said }
  const most = Math.min(...judges.map(({ judge }) => judge.mostConcurrency ?? limits.concurrency))
  return { first: Math.min(limits.concurrency, most), most }
}

/** Null: nothing is taken over. */
export async function openReuse(context: RunContext, header: JournalHeader, { lanes }: Judging): Promise<Reuse | null> {
  if (header.request.reuse === 'none') return null
  const asked = [lanes.categorization, lanes.scoring].filter((lane) => lane !== null)
  return (
    (await context.openReuse?.({
      header,
      lanes: asked.map(({ task, route: { provider, model }, promptHash, profileHash, judge: { optionsHash } }) => ({
        ...{ task, provider, model, promptHash, profileHash, optionsHash },
      })),
    })) ?? null
  )
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
