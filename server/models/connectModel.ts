import type { GenerationParameters, ModelType, ProbeFindings } from '../../protocol/models.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import type { Directory } from '../directory/directory.ts'
import type { DecisionPort, ModelClient } from '../engine/modelClient.ts'
import type { RunSpending } from '../engine/runSpending.ts'
import type { CheckTools } from '../health/checkProvider.ts'
import type { HealthRecords } from '../health/healthRecords.ts'
import type { ProviderChecks } from '../health/providerChecks.ts'
import { canonicalJson, sha256 } from '../items/hashes.ts'
import {
  type CompletionOutcome,
  type CompletionRequest,
  type DecisionOutcome,
  type DecisionRequest,
  type ProviderAdapter,
  type ProviderCall,
  textsOf,
} from '../providers/adapter.ts'
import type { BatchApi } from '../providers/batchApi.ts'
import { checkCompletion } from '../providers/completionChecks.ts'
import { withRouteHeaders } from '../providers/customHeaders.ts'
import { decideWith } from '../providers/decide.ts'
import { isLoopback } from '../providers/endpointRules.ts'
import { noTransport } from '../providers/noTransport.ts'
import { captureRequest, replayAnswer } from '../providers/offlineCall.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import { readRateLimits } from '../providers/rateLimits.ts'
import type { ResponseHeaders } from '../providers/retryAfter.ts'
import { outputTokens } from '../providers/supportedParameters.ts'
import type { Transport } from '../providers/transport.ts'
import type { Store } from '../store/store.ts'
import { meterBatchPort, type RawBatchPort } from '../usage/meterBatches.ts'
import { countRunCalls } from '../usage/meterModelClient.ts'
import { mostOutputTokens } from '../usage/mostTokens.ts'
import type { MeteredModel, UsageMeter } from '../usage/usageMeter.ts'
import { decisionsKnownOf } from './knownDecisions.ts'
import type { LearnedModels } from './learnedModels.ts'
import { findListed, isMeasuredOfAnother } from './modelViews.ts'
import { findOwnPrice } from './ownPrice.ts'
import { orderOutputModes } from './probe.ts'
import { findRegistered } from './registeredModels.ts'

export interface ConnectModelParts extends MeterRouteParts {
  store: Pick<Store, 'read'>
  directory: Pick<Directory, 'open' | 'view'>
  tools: Pick<CheckTools, 'keys' | 'transport'>
  learned?: Pick<LearnedModels, 'open'>
  health: MeterRouteParts['health'] & Pick<HealthRecords, 'beginCall'>
}

/** The model of a run's route, ready for calls that are counted and held to their caps. */
export async function connectModel(parts: ConnectModelParts, run: RunOfRoute): Promise<Outcome<ModelClient>> {
  const judge = (await connectLearned(parts, run.route)) ?? (await connectUnmetered(parts, run.route))
  if (!judge.ok) return judge
  const { batches, ...client } = judge.value
  const counted = await countRunCalls(client, run.spending, (metered) => meterRoute(parts, metered, run))
  if (!counted.ok || run.request.lane !== 'batch' || !batches) return counted
  const meter = await parts.usage.openBatches(await meteredRoute(parts, run))
  if (!meter.ok) return meter
  const { mostOutputTokens } = client
  const batch = meterBatchPort(batches, meter.value, { spending: run.spending, mostOutputTokens })
  return succeed({ ...counted.value, batch })
}

/** Undefined: nothing was learned under this name, or its provider is not ready. */
async function connectLearned(
  { directory, learned }: ConnectModelParts,
  { provider, model }: ResolvedRoute,
): Promise<Outcome<ModelClient & { batches?: RawBatchPort }> | undefined> {
  const open = directory.open(provider)
  if (!open?.ok || open.value.adapter.kind !== 'builtin' || !directory.view(provider)?.enabled) return undefined
  const port = await learned?.open(provider, model)
  if (!port?.ok) return port
  return succeed({
    ...{ learned: port.value, optionsHash: port.value.version, outputModes: [], mostConcurrency: 8 },
    complete: async () => fail({ code: 'ask_unsupported', provider, model, ask: 'text', why: 'model' }),
    mostOutputTokens: () => 0,
  })
}

/** Configuration and key are taken once, when the run starts or is resumed: a change meanwhile counts for the next run. */
async function connectUnmetered(
  { store, directory, health, tools }: ConnectModelParts,
  route: ResolvedRoute,
): Promise<Outcome<ModelClient & { batches?: RawBatchPort }>> {
  const { provider } = route
  const open = directory.open(provider)
  if (!open) return fail({ code: 'provider_unconfigured', provider })
  if (!open.ok) return open
  // A run that is resumed finds its provider as it is now.
  if (!directory.view(provider)?.enabled) return fail({ code: 'provider_disabled', provider })
  const { adapter, config, keyOwner } = open.value
  const registered = registeredFor({ store, health }, open.value, route)
  if (!registered.ok) return registered
  const { parameters, probe } = registered.value
  const listed = findListed(open.value, health.of(provider).models.models, route.model)
  const key = await tools.keys.read(keyOwner)
  if (!key.ok) return key
  const transport = open.value.endpoint === null ? noTransport : await tools.transport()
  const line: CallLine = {
    provider,
    config: withRouteHeaders(config, route.options.headers),
    key: key.value,
    transport,
    beginCall: () => health.beginCall(provider),
  }
  const deciding = decisionsOf(
    { open: open.value, model: route.model, listed, registered: registered.value },
    (request, signal) => callOver(line, signal, (call) => decideWith(adapter, call, request)),
  )
  const asWanted = (request: CompletionRequest) => ({ ...request, parameters, extraBody: route.options.extra_body })
  return succeed({
    ...(adapter.batches ? { batches: batchPortOf(adapter, adapter.batches, line, asWanted) } : {}),
    optionsHash: hashOptions(route, parameters),
    outputModes: orderOutputModes(
      adapter.outputModes?.(config) ?? adapter.capabilities.outputModes,
      probe,
      route.options.thinking,
    ),
    measuredBatch: probe?.batch ?? undefined,
    contextTokens: parameters.context_window ?? listed?.contextTokens,
    maxAnswerTokens: parameters.max_output_tokens ?? listed?.maxOutputTokens,
    readout: readoutOf(adapter.topLogprobs?.(config) ?? adapter.capabilities.topLogprobs ?? 0, probe),
    mostConcurrency: adapter.mostConcurrency ?? (isOnThisMachine(open.value.endpoint) ? 8 : 32),
    async complete(request, signal) {
      if (deciding.decisions?.isOnly) {
        return fail({ code: 'ask_unsupported', provider, model: request.model, ask: 'text', why: 'model' })
      }
      const asked = asWanted(request)
      const tooLong = outgrowsWindow(adapter, provider, asked)
      if (tooLong) return tooLong
      const checked = { provider, allowedTokens: outputTokens(asked, 0) }
      return await callOver(line, signal, async (call) =>
        checkCompletion(await answerOf(adapter, call, asked), asked, checked),
      )
    },
    ...deciding,
    mostOutputTokens: (request) => mostOutputTokens(adapter, config, { ...request, parameters }),
  })
}

/** The batch API of the provider, with what all its requests have in common. */
function batchPortOf(
  adapter: ProviderAdapter,
  api: BatchApi<ProviderCall<unknown>>,
  line: CallLine,
  asWanted: (request: CompletionRequest) => CompletionRequest & { parameters: GenerationParameters },
): RawBatchPort {
  const { provider } = line
  const never = new AbortController().signal
  const { upload, findFile } = api
  return {
    limits: api.limits,
    async prepare(customId, request) {
      const asked = asWanted(request)
      if (outgrowsWindow(adapter, provider, asked)) return null
      const sent = await captureRequest(adapter, { ...line, signal: never }, asked)
      return sent && api.line(customId, sent)
    },
    readLine: (read) => api.readLine(read),
    async read(answer, request) {
      const asked = asWanted(request)
      const read = await replayAnswer(adapter, { ...line, signal: never }, asked, answer)
      return checkCompletion(read, asked, { provider, allowedTokens: outputTokens(asked, 0) })
    },
    upload: upload ? (batch, signal) => upload({ ...line, signal }, batch) : null,
    findFile: async (batch, signal) => (await findFile?.({ ...line, signal }, batch)) ?? succeed(null),
    create: (batch, signal) => api.create({ ...line, signal }, batch),
    find: (batch, signal) => api.find({ ...line, signal }, batch),
    status: (id, signal) => api.status({ ...line, signal }, id),
    download: (result, signal) => api.download({ ...line, signal }, result),
    cancel: (id, signal) => api.cancel({ ...line, signal }, id),
    remove: (batch, signal) => api.remove({ ...line, signal }, batch),
  }
}

/** Of an English text; what has more tokens than this, its server refuses itself. */
const charactersPerToken = 4

/** A window that the calls of a kind cannot name still limits what is packed into one. Null: it fits, or its server sees to it. */
function outgrowsWindow(
  { capabilities }: ProviderAdapter,
  provider: string,
  request: CompletionRequest & { parameters: GenerationParameters },
): Outcome<never> | null {
  const { context_window: window } = request.parameters
  if (window === undefined || capabilities.generationParameters?.includes('context_window')) return null
  const characters = textsOf(request).reduce((sum, text) => sum + text.length, 0)
  const neededTokens = Math.ceil(characters / charactersPerToken) + request.maxOutputTokens
  if (neededTokens <= window) return null
  return fail({ code: 'context_too_long', provider, model: request.model, limitTokens: window, neededTokens })
}

async function answerOf(
  adapter: ProviderAdapter,
  call: ProviderCall<unknown>,
  { conversation, ...request }: CompletionRequest,
): Promise<CompletionOutcome> {
  if (conversation === undefined) return await adapter.complete(call, request)
  if (adapter.stream) return await adapter.stream(call, { ...request, conversation })
  const { provider } = call
  return fail({ code: 'ask_unsupported', provider, model: request.model, ask: 'text', why: 'model' })
}

/** What all calls of a run to its model have in common. */
interface CallLine extends Omit<ProviderCall<unknown>, 'signal'> {
  /** Answers what tells that the call is over. */
  beginCall(): () => void
}

/** One call, with what its answer's headers say of limits. */
async function callOver<Answer extends { ok: boolean }>(
  { beginCall, ...line }: CallLine,
  signal: AbortSignal,
  send: (call: ProviderCall<unknown>) => Promise<Answer>,
): Promise<Answer> {
  const watched = watchHeaders(line.transport)
  const endCall = beginCall()
  let answer: Answer
  try {
    answer = await send({ ...line, transport: watched.transport, signal })
  } finally {
    endCall()
  }
  const limits = answer.ok ? readRateLimits(watched.headers(), line.transport.now()) : []
  return 'value' in answer && limits.length > 0 ? { ...answer, value: { ...(answer.value as object), limits } } : answer
}

interface DecidingModel {
  open: OpenProvider
  model: string
  listed: ModelInfo | undefined
  registered: RegisteredForRun
}

/** The port for native decisions; nothing where the kind has none, or somebody has found out that the model has none. */
function decisionsOf(
  { open, model, listed, registered: { parameters, probe, type } }: DecidingModel,
  ask: (request: DecisionRequest, signal: AbortSignal) => Promise<DecisionOutcome>,
): { decisions?: DecisionPort } {
  const known = decisionsKnownOf(open, model, { listed, probe, type })
  if (known === null) return {}
  const limits = { ...listed?.decisions, ...probe?.decisions?.limits }
  const { timeout_seconds } = parameters
  const how = {
    ...{ dialect: probe?.decisions?.dialect, limits },
    parameters: timeout_seconds === undefined ? {} : { timeout_seconds },
  }
  return {
    decisions: {
      ...known,
      decide: (request, _tasks, signal) => ask({ ...request, ...how, dialect: request.dialect ?? how.dialect }, signal),
    },
  }
}

/** How many items a call judges, or how many calls go at once, changes no answer that could be told apart. */
function hashOptions({ options }: ResolvedRoute, parameters: GenerationParameters): string {
  const { thinking, outputMode, extra_body } = options
  return sha256(canonicalJson({ parameters, thinking, outputMode, ...(extra_body && { extra_body }) }))
}

/** As it was measured, and where nobody has, as the kind promises. */
function readoutOf(topLogprobs: number, probe: ProbeFindings | null): ModelClient['readout'] {
  if (topLogprobs === 0) return { labels: 0, problem: 'no_logprobs' }
  if (probe?.readout === null) return { labels: 0, problem: probe.readoutProblem ?? 'no_logprobs' }
  const labels = Math.min(topLogprobs, probe?.readout?.labels ?? topLogprobs)
  return probe?.readout ? { labels, isMeasured: true } : { labels }
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

interface RegisteredForRun {
  parameters: GenerationParameters
  probe: ProbeFindings | null
  /** Null: it is not registered for either. */
  type: ModelType | null
}

/**
 * What is registered of the route's model: its parameters, and what a probe measured unless the server has changed since.
 * What the route says goes before the model's word.
 */
function registeredFor(
  { store, health }: Pick<ConnectModelParts, 'store'> & { health: Pick<HealthRecords, 'of'> },
  open: OpenProvider,
  { provider, model, options }: ResolvedRoute,
): Outcome<RegisteredForRun> {
  const said = parametersOfRoute(options)
  const row = store.read((database) => findRegistered(database, open, model))
  if (row === undefined || row.type === 'embedding' || row.type === 'ner')
    return succeed({ parameters: said, probe: null, type: null })
  if (row.status === 'inactive') return fail({ code: 'model_unconfigured', provider, inactive: model })
  const { thinking, ...others } = row.parameters as GenerationParameters
  const isOutdated = row.probe !== null && isMeasuredOfAnother(row.probe, health.of(provider).health.version)
  const own = options.thinking === undefined && thinking !== undefined ? { ...others, thinking } : others
  return succeed({ parameters: { ...own, ...said }, probe: isOutdated ? null : row.probe, type: row.type })
}

function parametersOfRoute(options: ResolvedRoute['options']): GenerationParameters {
  const { temperature, top_p, max_output_tokens, timeout_seconds } = options
  const said = Object.entries({ temperature, top_p, max_output_tokens, timeout_seconds })
  return Object.fromEntries(said.filter(([, value]) => value !== undefined))
}

interface RunOfRoute {
  route: ResolvedRoute
  /** `dailyCapUsd`: of the folder's rules, beside that of the provider's settings. */
  request: Pick<RunRequest, 'maxCostUsd' | 'lane'> & { dailyCapUsd?: number | undefined }
  spending: RunSpending
}

interface MeterRouteParts {
  store: Pick<Store, 'read'>
  directory: { open(provider: string): Outcome<OpenProvider> | undefined }
  health: Pick<HealthRecords, 'of' | 'pausedForMs' | 'knownPauseMs'>
  checks: Pick<ProviderChecks, 'check'>
  usage: Pick<UsageMeter, 'meter' | 'openBatches'>
}

/** The judge of a run's route, with the caps of the run and of the provider's settings. */
async function meterRoute(parts: MeterRouteParts, judge: ModelClient, run: RunOfRoute): Promise<Outcome<ModelClient>> {
  return await parts.usage.meter(judge, await meteredRoute(parts, run))
}

/** What a route's model costs, and what holds it. */
async function meteredRoute(
  { store, directory, health, checks }: MeterRouteParts,
  { route, request, spending }: RunOfRoute,
): Promise<MeteredModel> {
  const { provider, model } = route
  const open = directory.open(provider)
  const config = open?.ok ? (open.value.config as { daily_cap_usd?: number }) : {}
  const daily = [config.daily_cap_usd, request.dailyCapUsd].filter((cap) => cap !== undefined)
  const dailyCapUsd = daily.length === 0 ? undefined : Math.min(...daily)
  const isCapped = request.maxCostUsd !== undefined || dailyCapUsd !== undefined
  // The list may have the price, and asking for it costs nothing.
  if (isCapped && health.of(provider).models.state === 'never') {
    await checks.check(provider, new AbortController().signal)
  }
  const listed = health.of(provider).models.models.find((each) => each.model === model)
  // From now on what is stored of a pause is known.
  health.pausedForMs(provider)
  return {
    model: route,
    pricing: listed?.pricing,
    ownPrice: open?.ok ? store.read((database) => findOwnPrice(database, open.value, model)) : undefined,
    dailyCapUsd,
    run: request.maxCostUsd === undefined ? undefined : { maxCostUsd: request.maxCostUsd, spending },
    pause: {
      pausedForMs: () => health.knownPauseMs(provider),
      // Whether one refused call means all of them, the run's circuit breaker knows, and reports it.
      onPaused: () => {},
    },
  }
}
