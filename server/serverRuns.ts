import { join } from 'node:path'
import type { Connection } from 'vscode-languageserver'
import type { GenerationParameters, ProbeFindings } from '../protocol/models.ts'
import { fail, type Outcome, succeed } from '../protocol/outcome.ts'
import type { ResolvedRoute } from '../protocol/routing.ts'
import type { RunRequest, RunView } from '../protocol/runs.ts'
import { keepPause } from './health/askedPauses.ts'
import { withExamples } from './labels/profileExamples.ts'
import { runLabels } from './labels/runLabels.ts'
import { isMeasuredOfAnother } from './models/modelViews.ts'
import { orderOutputModes } from './models/orderOutputModes.ts'
import { findRegistered } from './models/registeredModels.ts'
import { noTransport } from './noTransport.ts'
import type { OpenProvider } from './openProvider.ts'
import { auditCategory } from './profiles/auditCategory.ts'
import { loadProfile } from './profiles/loadProfile.ts'
import { isLoopback } from './providers/endpointRules.ts'
import { readRateLimits } from './providers/rateLimits.ts'
import type { ResponseHeaders } from './providers/retryAfter.ts'
import type { Transport } from './providers/transport.ts'
import { mayWriteResults } from './revisions/keepInStore.ts'
import { createKeptFiles } from './revisions/keptFiles.ts'
import { sourceKeyOf } from './revisions/sourceKey.ts'
import { createRunLedger } from './runLedger.ts'
import type { ModelClient } from './runs/engine/modelClient.ts'
import type { SuggestedName } from './runs/engine/runTally.ts'
import { canonicalJson, sha256 } from './runs/items/hashes.ts'
import type { RunsOptions } from './runs/runOptions.ts'
import type { Runs } from './runs/runs.ts'
import type { ServerLabels } from './serverLabels.ts'
import { change, type Services } from './services.ts'
import { addSuggestion } from './store/categoryTable.ts'
import { findKept, isKeptElsewhere, listEarlierRuns } from './store/revisionTable.ts'
import { findRun } from './store/runTable.ts'
import { countRunCalls } from './usage/countRunCalls.ts'
import { findPrice } from './usage/findPrice.ts'
import { mostOutputTokens } from './usage/foreseenCost.ts'
import { meterRoute } from './usage/meterRoute.ts'

type Parts = Omit<Services, 'runs' | 'revisions' | 'labels' | 'golden' | 'evaluations'>

/** A suggestion that only one or two items made is noise; a person reads only so many. */
const suggestionsKept = 20

/** A run that was stopped, or was over fewer items, is newer than the kept one: more than these are hardly ever needed. */
const runsReused = 3

/** Gives the run engine its providers, profiles and table, and its progress to the clients. */
export function createServerRuns(
  dataDir: string,
  parts: Parts,
  connection: Pick<Connection, 'sendNotification'>,
  random: () => number,
  { golden, heard }: Pick<ServerLabels, 'golden'> & { heard(view: RunView): void },
): Runs {
  const keptOf = (source: string): string | null => parts.store.read((database) => findKept(database, source))
  const keptFiles = createKeptFiles({
    folder: join(dataDir, 'runs'),
    keptOf,
    rewrite: (runId) => runs.rewrite(runId),
  })
  const runs = createLazyRuns({
    dataDir,
    ledger: createRunLedger(parts),
    resolve: async (task, override) => parts.directory.resolve(task, override),
    async connect(route, request, spending) {
      const judge = await connect(parts, route)
      if (!judge.ok) return judge
      const metered = (counted: ModelClient) => meterRoute(parts, counted, { route, request, spending })
      return await countRunCalls(judge.value, spending, metered)
    },
    async priceOf({ provider, model, endpoint }) {
      const listed = parts.health.of(provider).models.models.find((each) => each.model === model)
      return await findPrice({ endpoint, model, pricing: listed?.pricing }, Date.parse(parts.now()))
    },
    loadProfile: async (request) =>
      withExamples(await loadProfile(parts.store, request), request.workspaceFolder, golden),
    onProgress(view) {
      void connection.sendNotification('run/progress', view)
      heard(view)
      void keepStopReason(parts, view)
      if (view.finishedAt !== null) void parts.usage.flush()
    },
    openReuse: async (question) => {
      const { runId, request, routes } = question.header
      const stored = parts.store.read((database) => findRun(database, runId))
      // An estimate is of no run yet; whatever a run would look at, it looks at.
      const source = stored ? (stored.view.revision?.source ?? null) : await sourceKeyOf(request.source)
      if (source === null) return null
      const earlier = parts.store.read((database) =>
        listEarlierRuns(database, source, { routes, except: runId, most: runsReused }),
      )
      const { openReuse } = await import('./runs/revisions/reuse.ts')
      return openReuse(dataDir, earlier, question)
    },
    labelsOf: (request) => runLabels(golden, request),
    async settleResults(source, path) {
      const kept = keptOf(source)
      const place = kept && parts.store.read((database) => findRun(database, kept)?.view.resultsPath)
      if (place !== path) return
      const settled = await keptFiles.settle(source)
      if (!settled.ok) parts.log.warn(settled.reason.message)
    },
    async isResultsOfAnother(path, source) {
      const key = await sourceKeyOf(source)
      return parts.store.read((database) => isKeptElsewhere(database, path, key))
    },
    mayWriteResults: (runId, isCompleted) =>
      parts.store.read((database) => mayWriteResults(database, runId, isCompleted)),
    onChange: () => parts.tellChanged('runs'),
    onSuggestions: (suggestions, request) => void keepSuggestions(parts, suggestions, request),
    onPauseAsked: (provider, ms) => keepPause(parts, provider, ms),
    log: (line) => parts.log.info(line),
    random,
  })
  return runs
}

/** Parsers for every format come with the engine: they are loaded when somebody runs something. */
function createLazyRuns(options: RunsOptions): Runs {
  let loading: Promise<Runs> | null = null
  function engine(): Promise<Runs> {
    loading ??= import('./runs/createRuns.ts').then(({ createRuns }) => createRuns(options))
    return loading
  }
  return {
    estimate: async (...request) => (await engine()).estimate(...request),
    start: async (...request) => (await engine()).start(...request),
    get: async (runId) => (await engine()).get(runId),
    pause: async (runId) => (await engine()).pause(runId),
    cancel: async (runId) => (await engine()).cancel(runId),
    resume: async (...run) => (await engine()).resume(...run),
    list: async (page) => (await engine()).list(page),
    results: async (...query) => (await engine()).results(...query),
    summary: async (...query) => (await engine()).summary(...query),
    exportResults: async (...query) => (await engine()).exportResults(...query),
    item: async (...query) => (await engine()).item(...query),
    locate: async (...query) => (await engine()).locate(...query),
    diff: async (...query) => (await engine()).diff(...query),
    compare: async (...query) => (await engine()).compare(...query),
    withResults: async (...query) => (await engine()).withResults(...query),
    rewrite: async (runId) => (await engine()).rewrite(runId),
    remove: async (runId) => (await engine()).remove(runId),
    endPause: (provider) => void loading?.then((engine) => engine.endPause(provider)),
    shutdown: async () => void (loading && (await (await loading).shutdown())),
  }
}

/** Configuration and key are taken once, when the run starts or is resumed: a change meanwhile counts for the next run. */
async function connect(parts: Parts, route: ResolvedRoute): Promise<Outcome<ModelClient>> {
  const { directory, keys, check } = parts
  const { provider } = route
  const open = directory.open(provider)
  if (!open) return fail({ code: 'provider_unconfigured', provider })
  if (!open.ok) return open
  // A run that is resumed finds its provider as it is now.
  if (!directory.view(provider)?.enabled) return fail({ code: 'provider_disabled', provider })
  const { adapter, config, keyOwner } = open.value
  const registered = registeredFor(parts, open.value, route)
  if (!registered.ok) return registered
  const { parameters, probe } = registered.value
  const key = await keys.read(keyOwner)
  if (!key.ok) return key
  const transport = open.value.endpoint === null ? noTransport : await check.transport()
  return succeed({
    optionsHash: hashOptions(route, parameters),
    outputModes: orderOutputModes(
      adapter.outputModes?.(config) ?? adapter.capabilities.outputModes,
      probe,
      route.options.thinking,
    ),
    mostConcurrency: adapter.mostConcurrency ?? (isOnThisMachine(open.value.endpoint) ? 8 : 32),
    async complete(request, signal) {
      const watched = watchHeaders(transport)
      const call = { provider, config, key: key.value, transport: watched.transport, signal }
      const answer = await adapter.complete(call, { ...request, parameters })
      const limits = answer.ok ? readRateLimits(watched.headers(), transport.now()) : []
      return answer.ok && limits.length > 0 ? succeed({ ...answer.value, limits }) : answer
    },
    mostOutputTokens: (request) => mostOutputTokens(adapter, config, { ...request, parameters }),
  })
}

/** How many items a call judges, or how many calls go at once, changes no answer that could be told apart. */
function hashOptions({ options: { thinking, outputMode } }: ResolvedRoute, parameters: GenerationParameters): string {
  return sha256(canonicalJson({ parameters, thinking, outputMode }))
}

function isOnThisMachine(endpoint: string | null): boolean {
  return endpoint === null || isLoopback(endpoint)
}

/** The transport for one call, and the headers of its answer. */
function watchHeaders(transport: Transport): { transport: Transport; headers(): ResponseHeaders } {
  let exchange: ReturnType<Transport['open']> | null = null
  return {
    transport: {
      ...transport,
      open(options) {
        exchange = transport.open(options)
        return exchange
      },
    },
    headers: () => exchange?.facts.headers ?? {},
  }
}

/**
 * What is registered of the route's model: its parameters, and what a probe measured unless the server has changed since.
 * The route's own word on thinking goes before the model's.
 */
function registeredFor(
  { store, health }: Parts,
  open: OpenProvider,
  { provider, model, options }: ResolvedRoute,
): Outcome<{ parameters: GenerationParameters; probe: ProbeFindings | null }> {
  const row = store.read((database) => findRegistered(database, open, model))
  if (row?.type !== 'generation') return succeed({ parameters: {}, probe: null })
  if (row.status === 'inactive') return fail({ code: 'model_unconfigured', provider, inactive: model })
  const { thinking, ...others } = row.parameters as GenerationParameters
  const isOutdated = row.probe !== null && isMeasuredOfAnother(row.probe, health.of(provider).health.version)
  const parameters = options.thinking === undefined && thinking !== undefined ? { ...others, thinking } : others
  return succeed({ parameters, probe: isOutdated ? null : row.probe })
}

/** Names wait for approval only where they could be approved: in the stored profile. */
async function keepSuggestions(
  parts: Parts,
  suggestions: readonly SuggestedName[],
  request: RunRequest,
): Promise<void> {
  if (suggestions.length === 0) return
  const profile = await loadProfile(parts.store, request)
  if (!profile.ok || profile.value.from.origin !== 'stored') return
  await change(parts, ['categories', 'audit'], (database) => {
    for (const { name, parent } of suggestions.slice(0, suggestionsKept)) {
      const kept = addSuggestion(database, { name, parent }, parts.now())
      if (kept) auditCategory(database, parts.now(), { action: 'suggest', before: null, after: kept })
    }
    return succeed(null)
  })
}

/** A run that was stopped by its provider found out what a check would: the status tells it at once. */
async function keepStopReason({ directory, health, tellChanged }: Parts, { state, reason }: RunView): Promise<void> {
  // A cap is the user's word and none of the provider's.
  if (state !== 'stopped' || !reason || !('provider' in reason) || reason.code === 'spend_cap') return
  const open = directory.open(reason.provider)
  if (!open?.ok) return
  await health.keep(open.value, { ok: false, reason })
  tellChanged('providers')
}
