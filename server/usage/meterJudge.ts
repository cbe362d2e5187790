import type { ModelClient } from '../runs/engine/modelClient.ts'
import { mostInputTokens } from './foreseenCost.ts'
import type { CallMeter } from './meterCalls.ts'

/** The judge with its calls accounted for, within the caps, and silent while the provider wants to be left alone. */
export function meterJudge(judge: ModelClient, meter: CallMeter): ModelClient {
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
