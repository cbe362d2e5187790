import type { Outcome } from '../../protocol/outcome.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import type { Judge, RunSpending } from '../runs/runs.ts'
import type { Services } from '../services.ts'

export interface RunOfRoute {
  route: ResolvedRoute
  request: Pick<RunRequest, 'maxCostUsd'>
  spending: RunSpending
}

/** The judge of a run's route, with the caps of the run and of the provider's settings. */
export async function meterRoute(
  { directory, health, usage, log }: Pick<Services, 'directory' | 'health' | 'usage' | 'log'>,
  judge: Judge,
  { route, request, spending }: RunOfRoute,
): Promise<Outcome<Judge>> {
  const { provider, model } = route
  const open = directory.open(provider)
  const config = open?.ok ? (open.value.config as { daily_cap_usd?: number }) : {}
  const listed = health.of(provider).models.models.find((each) => each.model === model)
  return await usage.meter(judge, {
    route,
    pricing: listed?.pricing,
    maxCostUsd: request.maxCostUsd,
    dailyCapUsd: config.daily_cap_usd,
    spending,
    pause: {
      pausedForMs: () => health.pausedForMs(provider),
      onPaused: (ms) =>
        void health.pause(provider, ms).catch((error: unknown) => log.error('A pause was not kept', error)),
    },
  })
}
