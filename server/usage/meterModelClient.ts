import type { DecidedOutcome, DecisionPort, ModelClient } from '../engine/modelClient.ts'
import type { RunSpending } from '../engine/runSpending.ts'
import type { CompletionOutcome, CompletionRequest, DecisionRequest } from '../providers/adapter.ts'
import { mayBeBilled } from './billing.ts'
import type { CallMeter } from './meterCalls.ts'
import { mostDecisionTokens, mostInputTokens } from './mostTokens.ts'

/** The judge with its calls accounted for, within the caps, and silent while the provider wants to be left alone. */
export function meterModelClient(judge: ModelClient, meter: CallMeter, meterOfDecisions = meter): ModelClient {
  const { decisions } = judge
  return {
    ...judge,
    ...(decisions ? { decisions: meterDecisions(decisions, meterOfDecisions) } : {}),
    complete: (request, signal) =>
      meter(
        {
          task: request.conversation ? 'thread' : request.work.task,
          items: request.work.items.length,
          mostTokens: () => ({ input: mostInputTokens(request), output: judge.mostOutputTokens(request) }),
          send: () => judge.complete(request, signal),
        },
        signal,
      ),
  }
}

/** What carries the questions of several tasks is one call, and counts for the first of them. What is answered costs nothing. */
function meterDecisions(port: DecisionPort, meter: CallMeter): DecisionPort {
  return {
    ...port,
    decide: (request, tasks, signal) =>
      meter(
        {
          task: tasks[0] ?? 'test',
          items: 1,
          mostTokens: () => ({ input: mostDecisionTokens(request), output: 0 }),
          send: () => port.decide(request, tasks, signal),
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
  const sent = new Set<CompletionRequest | DecisionRequest>()
  const metered = await meter(noteSent(judge, sent))
  if (!metered.ok) return metered
  const { value } = metered
  const { decisions } = value
  const count = (request: CompletionRequest | DecisionRequest, outcome: CompletionOutcome | DecidedOutcome): void => {
    const wasSent = sent.delete(request)
    if (outcome.ok) {
      const { usage, costUsd = null, answeredBy } = outcome.value
      spending.count({ usage, costUsd, answeredBy })
    } else if (wasSent && (outcome.reason.code === 'cancelled' || mayBeBilled(outcome.reason))) {
      spending.count({ usage: outcome.spent?.usage ?? null, costUsd: outcome.spent?.costUsd ?? null })
    }
  }
  const counted: ModelClient = {
    ...value,
    async complete(request, signal) {
      const outcome = await value.complete(request, signal)
      count(request, outcome)
      return outcome
    },
  }
  if (decisions) {
    counted.decisions = {
      ...decisions,
      async decide(request, tasks, signal) {
        const outcome = await decisions.decide(request, tasks, signal)
        count(request, outcome)
        return outcome
      },
    }
  }
  return { ...metered, value: counted }
}

/** Remembers which requests went out. */
function noteSent(judge: ModelClient, sent: Set<CompletionRequest | DecisionRequest>): ModelClient {
  const { decisions } = judge
  const noted: ModelClient = {
    ...judge,
    complete(request, signal) {
      sent.add(request)
      return judge.complete(request, signal)
    },
  }
  if (decisions) {
    noted.decisions = {
      ...decisions,
      decide(request, tasks, signal) {
        sent.add(request)
        return decisions.decide(request, tasks, signal)
      },
    }
  }
  return noted
}
