import type { GenerationParameters, ProbeFindings } from '../../protocol/models.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import type { Directory } from '../directory/directory.ts'
import type { ModelClient } from '../engine/modelClient.ts'
import type { RunSpending } from '../engine/runSpending.ts'
import type { CheckTools } from '../health/checkProvider.ts'
import type { HealthRecords } from '../health/healthRecords.ts'
import type { ProviderChecks } from '../health/providerChecks.ts'
import { canonicalJson, sha256 } from '../items/hashes.ts'
import { checkCompletion } from '../providers/completionChecks.ts'
import { isLoopback } from '../providers/endpointRules.ts'
import { noTransport } from '../providers/noTransport.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import { readRateLimits } from '../providers/rateLimits.ts'
import type { ResponseHeaders } from '../providers/retryAfter.ts'
import { outputTokens } from '../providers/supportedParameters.ts'
import type { Transport } from '../providers/transport.ts'
import type { Store } from '../store/store.ts'
import { countRunCalls } from '../usage/meterModelClient.ts'
import { mostOutputTokens } from '../usage/mostTokens.ts'
import type { UsageMeter } from '../usage/usageMeter.ts'
import { isMeasuredOfAnother } from './modelViews.ts'
import { orderOutputModes } from './probe.ts'
import { findRegistered } from './registeredModels.ts'

export interface ConnectModelParts extends MeterRouteParts {
  store: Pick<Store, 'read'>
  directory: Pick<Directory, 'open' | 'view'>
  tools: Pick<CheckTools, 'keys' | 'transport'>
  health: MeterRouteParts['health'] & Pick<HealthRecords, 'beginCall'>
}

/** The model of a run's route, ready for calls that are counted and held to their caps. */
export async function connectModel(parts: ConnectModelParts, run: RunOfRoute): Promise<Outcome<ModelClient>> {
  const judge = await connectUnmetered(parts, run.route)
  if (!judge.ok) return judge
  return await countRunCalls(judge.value, run.spending, (counted) => meterRoute(parts, counted, run))
}

/** Configuration and key are taken once, when the run starts or is resumed: a change meanwhile counts for the next run. */
async function connectUnmetered(
  { store, directory, health, tools }: ConnectModelParts,
  route: ResolvedRoute,
): Promise<Outcome<ModelClient>> {
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
  const key = await tools.keys.read(keyOwner)
  if (!key.ok) return key
  const transport = open.value.endpoint === null ? noTransport : await tools.transport()
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
      const endCall = health.beginCall(provider)
      const asked = { ...request, parameters }
      const answered = await adapter.complete(call, asked).finally(endCall)
      const answer = checkCompletion(answered, asked, {
        provider,
        allowedTokens: outputTokens(asked, 0),
      })
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
  { store, health }: Pick<ConnectModelParts, 'store'> & { health: Pick<HealthRecords, 'of'> },
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

interface RunOfRoute {
  route: ResolvedRoute
  request: Pick<RunRequest, 'maxCostUsd'>
  spending: RunSpending
}

interface MeterRouteParts {
  directory: { open(provider: string): Outcome<OpenProvider> | undefined }
  health: Pick<HealthRecords, 'of' | 'pausedForMs' | 'knownPauseMs'>
  checks: Pick<ProviderChecks, 'check'>
  usage: Pick<UsageMeter, 'meter'>
}

/** The judge of a run's route, with the caps of the run and of the provider's settings. */
async function meterRoute(
  { directory, health, checks, usage }: MeterRouteParts,
  judge: ModelClient,
  { route, request, spending }: RunOfRoute,
): Promise<Outcome<ModelClient>> {
  const { provider, model } = route
  const open = directory.open(provider)
  const config = open?.ok ? (open.value.config as { daily_cap_usd?: number }) : {}
  const isCapped = request.maxCostUsd !== undefined || config.daily_cap_usd !== undefined
  // The list may have the price, and asking for it costs nothing.
  if (isCapped && health.of(provider).models.state === 'never') {
    await checks.check(provider, new AbortController().signal)
  }
  const listed = health.of(provider).models.models.find((each) => each.model === model)
  // From now on what is stored of a pause is known.
  health.pausedForMs(provider)
  return await usage.meter(judge, {
    model: route,
    pricing: listed?.pricing,
    dailyCapUsd: config.daily_cap_usd,
    run: request.maxCostUsd === undefined ? undefined : { maxCostUsd: request.maxCostUsd, spending },
    pause: {
      pausedForMs: () => health.knownPauseMs(provider),
      // Whether one refused call means all of them, the run's circuit breaker knows, and reports it.
      onPaused: () => {},
    },
  })
}
