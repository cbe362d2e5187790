import type { Outcome } from '../../protocol/outcome.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import type { ModelClient } from '../engine/modelClient.ts'
import type { RunSpending } from '../engine/runSpending.ts'
import type { HealthRecords } from '../health/healthRecords.ts'
import type { ProviderChecks } from '../health/providerChecks.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import type { UsageMeter } from './usageMeter.ts'

export interface RunOfRoute {
  route: ResolvedRoute
  request: Pick<RunRequest, 'maxCostUsd'>
  spending: RunSpending
}

export interface MeterRouteParts {
  directory: { open(provider: string): Outcome<OpenProvider> | undefined }
  health: Pick<HealthRecords, 'of' | 'pausedForMs' | 'knownPauseMs'>
  checks: Pick<ProviderChecks, 'check'>
  usage: Pick<UsageMeter, 'meter'>
}

/** The judge of a run's route, with the caps of the run and of the provider's settings. */
export async function meterRoute(
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
