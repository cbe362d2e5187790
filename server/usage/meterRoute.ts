import type { Outcome } from '../../protocol/outcome.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { keepPause } from '../health/askedPauses.ts'
import { checkAndKeep, type RecordingServices } from '../health/checkProvider.ts'
import type { ModelClient } from '../runs/engine/modelClient.ts'
import type { RunSpending } from '../runs/engine/runSpending.ts'
import type { Services } from '../services.ts'

export interface RunOfRoute {
  route: ResolvedRoute
  request: Pick<RunRequest, 'maxCostUsd'>
  spending: RunSpending
}

/** The judge of a run's route, with the caps of the run and of the provider's settings. */
export async function meterRoute(
  services: RecordingServices & Pick<Services, 'directory' | 'usage' | 'log'>,
  judge: ModelClient,
  { route, request, spending }: RunOfRoute,
): Promise<Outcome<ModelClient>> {
  const { directory, health, usage } = services
  const { provider, model } = route
  const open = directory.open(provider)
  const config = open?.ok ? (open.value.config as { daily_cap_usd?: number }) : {}
  const isCapped = request.maxCostUsd !== undefined || config.daily_cap_usd !== undefined
  // The list may tell the price, and asking for it costs nothing.
  if (isCapped && health.of(provider).models.state === 'never') {
    await checkAndKeep(services, provider, new AbortController().signal)
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
      onPaused: (ms) => keepPause(services, provider, ms),
    },
  })
}
