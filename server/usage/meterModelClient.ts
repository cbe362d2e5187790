import type { ModelClient } from '../engine/modelClient.ts'
import type { RunSpending } from '../engine/runSpending.ts'
import type { CompletionRequest } from '../providers/adapter.ts'
import { mayBeBilled } from './billing.ts'
import type { CallMeter } from './meterCalls.ts'
import { mostInputTokens } from './mostTokens.ts'

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
      if (outcome.ok) {
        const { usage, costUsd = null, answeredBy } = outcome.value
        spending.count({ usage, costUsd, answeredBy })
      } else if (sent.has(request) && (outcome.reason.code === 'cancelled' || mayBeBilled(outcome.reason))) {
        spending.count({ usage: outcome.spent?.usage ?? null, costUsd: outcome.spent?.costUsd ?? null })
      }
      return outcome
    },
  }
  return { ...metered, value: counted }
}
