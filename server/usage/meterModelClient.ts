import type { Outcome } from '../../protocol/outcome.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import type { ModelClient } from '../engine/modelClient.ts'
import type { RunSpending } from '../engine/runSpending.ts'
import type { HealthRecords } from '../health/healthRecords.ts'
import type { ProviderChecks } from '../health/providerChecks.ts'
import type { CompletionRequest } from '../providers/adapter.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import { mayBeBilled } from './billing.ts'
import type { CallMeter } from './meterCalls.ts'
import { mostInputTokens } from './mostTokens.ts'
import type { UsageMeter } from './usageMeter.ts'

/** The judge with its calls accounted for, within the caps, and silent while the provider wants to be left alone. */
export function meterModelClient(judge: ModelClient, meter: CallMeter): ModelClient {
  return {
    ...judge,
    complete: (request, signal) =>
      meter(
        {
          task: request.work.task,
          items: request.work.items.length,
          mostTokens: () => ({ input: mostInputTokens(request), output: judge.mostOutputTokens(request) }),
          send: () => judge.complete(request, signal),
        },
        signal,
      ),
  }
}

/**
 * Counts the calls of a run by the rule of the accounts: one that its provider refused costs nothing, and one that was given up may
 * have been answered. `meter` makes the judge that knows prices and caps; a call that it holds back was never sent.
 */
export async function countRunCalls<Metered extends { ok: true; value: ModelClient } | { ok: false }>(
  judge: ModelClient,
  spending: RunSpending,
  meter: (judge: ModelClient) => Promise<Metered>,
): Promise<Metered> {
  const sent = new WeakSet<CompletionRequest>()
  const metered = await meter({
    ...judge,
    complete(request, signal) {
      sent.add(request)
      return judge.complete(request, signal)
    },
  })
  if (!metered.ok) return metered
  const { value } = metered
  const counted: ModelClient = {
    ...value,
    async complete(request, signal) {
      const outcome = await value.complete(request, signal)
      if (outcome.ok) spending.count({ usage: outcome.value.usage, costUsd: outcome.value.costUsd ?? null })
      else if (sent.has(request) && (outcome.reason.code === 'cancelled' || mayBeBilled(outcome.reason))) {
        spending.count({ usage: null, costUsd: null })
      }
      return outcome
    },
  }
  return { ...metered, value: counted }
}

export interface RunOfRoute {
  route: ResolvedRoute
  request: Pick<RunRequest, 'maxCostUsd'>
  spending: RunSpending
}

export interface MeterRouteParts {
  directory: { open(provider: string): Outcome<OpenProvider> | undefined }
  health: Pick<HealthRecords, 'of' | 'pausedForMs' | 'knownPauseMs'>
  checks: Pick<ProviderChecks, 'check' | 'recordPause'>
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
      onPaused: (ms) => checks.recordPause(provider, ms),
    },
  })
}
