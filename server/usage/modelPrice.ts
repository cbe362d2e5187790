import type { ModelInfo } from '../../protocol/providers.ts'
import type { Usage } from '../../protocol/results.ts'

/** What calls of one model cost. Both take the time of the call's start, because some prices depend on the hour. */
export interface ModelPrice {
  /** US dollars; null where the usage was not reported, or cannot be true. Never a guess. */
  costOf(usage: Usage, at: number): number | null
  /** US dollars that a call with so many tokens may cost at the most. */
  atMost(tokens: { input: number; output: number }, at: number): number
}

/** Of what calls nobody. */
export const noPrice: ModelPrice = { costOf: () => 0, atMost: () => 0 }

/** A call's tokens as far as they agree with each other. */
export interface PlausibleUsage {
  input: number
  output: number
  cached: number
  reasoning: number
}

const mostPlausible = 1e9

/**
 * Null: not reported, or not credible. A provider that reports no cache, or no thinking, has none: then all of it
 * is charged as ordinary tokens.
 */
export function plausibleUsage({ input, output, cached, reasoning }: Usage): PlausibleUsage | null {
  const counts = { input, output, cached: cached ?? 0, reasoning: reasoning ?? 0 }
  if (!isCount(counts.input) || !isCount(counts.output) || !isCount(counts.cached) || !isCount(counts.reasoning))
    return null
  const { input: sent, output: got } = counts
  if (counts.cached > sent || counts.reasoning > got) return null
  return { input: sent, output: got, cached: counts.cached, reasoning: counts.reasoning }
}

export function isCount(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= mostPlausible
}

/** As the provider's own list has it. It says nothing about cached tokens, so neither do we. */
export function priceAsListed({ input, output }: NonNullable<ModelInfo['pricing']>): ModelPrice {
  const cost = (tokens: { input: number; output: number }) => (tokens.input * input + tokens.output * output) / 1e6
  return {
    costOf(told) {
      const usage = plausibleUsage(told)
      return usage === null || usage.cached > 0 ? null : cost(usage)
    },
    atMost: cost,
  }
}
