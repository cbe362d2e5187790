import type { ModelType } from '../../protocol/models.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import type { Usage } from '../../protocol/results.ts'
import type { OutputMode } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, localizableText, withMessage } from '../../shared/message.ts'
import { sumUsage } from '../domain/sumUsage.ts'
import type {
  Completion,
  CompletionRequest,
  DecisionOutcome,
  DecisionRequest,
  EmbeddingRequest,
  Embeddings,
  ProviderCall,
} from '../providers/adapter.ts'
import { decideWith } from '../providers/decide.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import type { Store } from '../store/store.ts'
import type { CallMeter } from '../usage/meterCalls.ts'
import { mostDecisionTokens, mostEmbeddedTokens, mostInputTokens, mostOutputTokens } from '../usage/mostTokens.ts'
import type { UsageMeter } from '../usage/usageMeter.ts'
import { findOwnPrice } from './ownPrice.ts'

/** The real calls that a test makes. */
export interface TestCalls {
  complete(request: CompletionRequest): Promise<Outcome<Completion>>
  /** Fails where the kind has no call for it. */
  decide(request: DecisionRequest): Promise<DecisionOutcome>
  /** Fails where the kind has no embeddings. */
  embed(request: EmbeddingRequest): Promise<Outcome<Embeddings>>
}

/** The meter for the calls of one model's test; fails before anything is sent where no call may be. */
export type OpenMeter = (
  open: OpenProvider,
  model: { model: string; type: ModelType; listed: ModelInfo | undefined },
) => Promise<Outcome<CallMeter>>

/**
 * Of a saved provider: accounted for as `test`, and held to its daily cap. A test is asked for by a person, and is how one finds out
 * that a provider answers again, so it does not wait for a pause to be over.
 */
export function meterSaved({
  usage,
  store,
}: {
  usage: Pick<UsageMeter, 'open'>
  store: Pick<Store, 'read'>
}): OpenMeter {
  return (open, { model, type, listed }) => {
    const { provider, endpoint, config } = open
    const { daily_cap_usd: dailyCapUsd } = config as { daily_cap_usd?: number }
    const ownPrice = store.read((database) => findOwnPrice(database, open, model))
    return usage.open({ model: { provider, model, endpoint }, type, pricing: listed?.pricing, ownPrice, dailyCapUsd })
  }
}

/**
 * Of values that are not saved: accounted for nowhere, and held to no cap. Nothing of such a test is kept, and there is no provider
 * that its cost could be reported; the most that it may take is shown before it is sent.
 */
export const meterUnsaved: OpenMeter = async () => succeed((call) => call.send())

/** Told before each call: how many it is, how it is asked, and what those before it used. */
export type OnTestCall = (call: { call: number; mode: OutputMode | null; usage: Usage }) => void

export function openTestCalls(
  { provider, adapter, config }: OpenProvider,
  call: ProviderCall<unknown>,
  meter: CallMeter,
  onCall: OnTestCall = () => {},
): TestCalls {
  const { signal } = call
  let calls = 0
  const usages: Usage[] = []
  const begin = (mode: OutputMode | null): void => {
    calls++
    onCall({ call: calls, mode, usage: sumUsage(usages) })
  }
  // What is sent is made up, so no item was judged.
  const test = { task: 'test', items: 0 } as const
  return {
    async complete(request) {
      begin(request.mode)
      const answer = await meter(
        {
          ...test,
          mostTokens: () => ({ input: mostInputTokens(request), output: mostOutputTokens(adapter, config, request) }),
          send: () => adapter.complete(call, request),
        },
        signal,
      )
      if (answer.ok) usages.push(answer.value.usage)
      return answer
    },
    async decide(request) {
      begin(null)
      const mostTokens = () => ({ input: mostDecisionTokens(request), output: 0 })
      const answer = await meter({ ...test, mostTokens, send: () => decideWith(adapter, call, request) }, signal)
      if (answer.ok) usages.push(answer.value.usage)
      return answer
    },
    async embed(request) {
      const { embed } = adapter
      if (!embed) {
        const message = withMessage('message', localizable('{0} has no embeddings', localizableText(adapter.label)))
        const problems = [{ path: 'type', ...message }]
        return fail({ code: 'config_invalid', provider, problems })
      }
      begin(null)
      const mostTokens = () => ({ input: mostEmbeddedTokens(request), output: 0 })
      return await meter({ ...test, mostTokens, send: () => embed.call(adapter, call, request) }, signal)
    },
  }
}

/** A provider only knows that its call was cancelled; after a cancelled test people are offered another test, not a run to resume. */
export function cancelledAsTest<Value>(outcome: Outcome<Value>): Outcome<Value> {
  return !outcome.ok && outcome.reason.code === 'cancelled' ? fail({ code: 'cancelled', doing: 'test' }) : outcome
}
