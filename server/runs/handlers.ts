import type { ParsedParams } from '../../protocol/contract.ts'
import { type Task, tasks } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { resultRequests } from '../../protocol/requests/resultRequests.ts'
import type { sourceRequests } from '../../protocol/requests/sourceRequests.ts'
import type { Explanation, ExplanationPlan, ItemRequest } from '../../protocol/resultQueries.ts'
import type { Resolution } from '../../protocol/routing.ts'
import type { RunAgain, RunRequest } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import type { FindInEditor } from '../sources/openedFile.ts'
import { findRun } from '../store/runTable.ts'
import type { Store } from '../store/store.ts'
import { withRemembered } from './rememberedSource.ts'
import type { Runs } from './runs.ts'

type OtherRequest = keyof typeof resultRequests | keyof typeof sourceRequests
type RunRequestName = Exclude<Extract<keyof Handlers, `run/${string}`>, OtherRequest>

interface RunHandlersParts {
  runs(): Promise<Runs>
  store: Pick<Store, 'read'>
  /** Looks at the providers that the run may use. */
  checkBeforeRun(
    request: Pick<ParsedParams<'run/start'>, 'tasks' | 'override'> &
      Partial<Pick<ParsedParams<'run/start'>, 'source' | 'workspaceFolder'>>,
    signal: AbortSignal,
  ): Promise<void>
  directory: { resolve(task: Task, override: RunRequest['override']): Resolution }
  /** Why a model should not be used without asking; null: nothing speaks against it. */
  missedGate(
    routes: { task: Task; provider: string; model: string }[],
    choice: Pick<RunRequest, 'profile' | 'workspaceFolder'>,
  ): Promise<Reason | null>
}

export function runHandlers(parts: RunHandlersParts): Pick<Handlers, RunRequestName> {
  const { runs, store, checkBeforeRun } = parts
  function requestOf(runId: string): Outcome<RunRequest> {
    const run = store.read((database) => findRun(database, runId))
    if (!run) return fail({ code: 'not_found', what: 'run', id: runId })
    const { source } = run.request
    return succeed({ ...run.request, source: source.kind === 'paths' ? { ...source, knownAs: undefined } : source })
  }

  function requestAgain({ runId, rows }: RunAgain): Outcome<RunRequest> {
    const before = requestOf(runId)
    if (!before.ok) return before
    // Also where the run of before was to judge everything: what is the same now need not be paid for twice.
    const request: RunRequest = { ...before.value, reuse: 'unchanged' }
    const { source } = request
    return succeed(rows && source.kind === 'paths' ? ofRows(request, source, rows) : request)
  }

  return {
    'run/estimate': async (request, { signal }) => (await runs()).estimate(withRemembered(store, request), signal),
    async 'run/start'({ confirm, ...request }, { signal }) {
      const unmet = confirm ? null : await gateOf(parts, request)
      if (unmet) return { ok: false, reason: unmet }
      await checkBeforeRun(request, signal)
      return await (await runs()).start(withRemembered(store, request))
    },
    'run/get': async ({ runId }) => (await runs()).get(runId),
    'run/request': async ({ runId }) => requestOf(runId),
    'run/pause': async ({ runId }) => (await runs()).pause(runId),
    'run/cancel': async ({ runId }) => (await runs()).cancel(runId),
    'run/resume': async ({ runId, ...changes }) => (await runs()).resume(runId, changes),
    'run/estimateSecond': async (request, { signal }) => (await runs()).estimateSecond(request, signal),
    async 'run/second'(request, { signal }) {
      const { provider, model } = request
      await checkBeforeRun({ tasks: [...tasks], override: { provider, ...(model ? { model } : {}) } }, signal)
      return await (await runs()).second(request, signal)
    },
    'run/announceInterrupted': async (wanted) => succeed(await (await runs()).announceInterrupted(wanted)),
    'run/list': async (page) => (await runs()).list(page),

    async 'run/estimateAgain'(again, { signal }) {
      const request = requestAgain(again)
      return request.ok ? await (await runs()).estimate(request.value, signal) : request
    },
    async 'run/startAgain'({ maxCostUsd, ...again }, { signal }) {
      const before = requestAgain(again)
      if (!before.ok) return before
      const request = maxCostUsd === undefined ? before.value : { ...before.value, maxCostUsd }
      await checkBeforeRun(request, signal)
      return await (await runs()).start(request)
    },
  }
}

/** Of a model that is chosen for this run alone: who set a route to it was asked then. */
async function gateOf(
  { directory, missedGate }: Pick<RunHandlersParts, 'directory' | 'missedGate'>,
  { tasks: wanted, override, ...choice }: RunRequest,
): Promise<Reason | null> {
  if (!override) return null
  const resolved = wanted.map((task) => directory.resolve(task, override))
  return await missedGate(
    resolved.flatMap((resolution) => (resolution.ok ? [resolution.value] : [])),
    choice,
  )
}

/** What was said of how the file is read counts for its rows, too. */
function ofRows(
  request: RunRequest,
  source: Extract<RunRequest['source'], { kind: 'paths' }>,
  { path, lines }: NonNullable<RunAgain['rows']>,
): RunRequest {
  const { limit: _, ...rest } = request
  return {
    ...rest,
    source: { ...source, paths: [path], lines },
    output: { ...request.output, path: null, none: true },
  }
}

type ResultRequest =
  | 'run/results'
  | 'run/review'
  | 'run/summary'
  | 'run/export'
  | 'run/rewrite'
  | 'results/merge'
  | 'run/item'
  | 'run/locate'
  | 'run/itemText'
  | 'run/planExplanation'
  | 'run/explain'
  | 'revision/diff'
  | 'revision/compare'

/** Asks a model that writes about a verdict that came without reasons. */
export interface Explanations {
  plan(item: ItemRequest, signal: AbortSignal): Promise<Outcome<ExplanationPlan>>
  explain(item: ItemRequest, signal: AbortSignal): Promise<Outcome<Explanation>>
}

export function resultHandlers(
  runs: () => Promise<Runs>,
  explanations: Explanations,
  findInEditor: FindInEditor,
): Pick<Handlers, ResultRequest> {
  return {
    'run/results': async ({ runId, ...page }, { signal }) => (await runs()).results(runId, page, signal),
    'run/summary': async ({ runId, filter }, { signal }) => (await runs()).summary(runId, filter, signal),
    'run/review': async ({ runId, ...wanted }, { signal }) => (await runs()).review(runId, wanted, signal),
    'run/export': async (request, { signal }) => (await runs()).exportResults(request, signal),
    'run/rewrite': async ({ runId, overwrite }) => {
      const written = await (await runs()).rewrite(runId, overwrite)
      return written.ok ? succeed({ path: written.value }) : written
    },
    'results/merge': async (request) => {
      const { mergeResults } = await import('../results/mergeResults.ts')
      return await mergeResults(request)
    },
    'run/item': async ({ runId, ...wanted }, { signal }) => (await runs()).item(runId, wanted, signal),
    'run/locate': async (item, { signal }) => (await runs()).locate(item, findInEditor, signal),
    'run/itemText': async (item, { signal }) => (await runs()).itemText(item, findInEditor, signal),
    'run/planExplanation': (item, { signal }) => explanations.plan(item, signal),
    'run/explain': (item, { signal }) => explanations.explain(item, signal),
    'revision/diff': async (request, { signal }) => (await runs()).diff(request, signal),
    'revision/compare': async (pair, { signal }) => (await runs()).compare(pair, signal),
  }
}
