import type { ModelType, Price } from '../../protocol/models.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import type { Usage } from '../../protocol/results.ts'

/** What calls of one model cost. Both take the time of the call's start, because some prices depend on the hour. */
export interface ModelPrice {
  /** US dollars; null where the usage was not reported, or cannot be true. Never a guess. */
  costOf(usage: Usage, at: number): number | null
  /** US dollars that a call with so many tokens may cost at the most. */
  atMost(tokens: { input: number; output: number }, at: number): number
  /** Somebody said it: then it goes before what an answer says of its own cost. */
  isOwn?: true
}

/** Of what calls nobody. */
export const noPrice: ModelPrice = { costOf: () => 0, atMost: () => 0 }

/** A call's tokens as far as they agree with each other. */
export interface PlausibleUsage {
  input: number
  output: number
  cached: number
  reasoning: number
  written: number
}

const mostPlausible = 1e9

/**
 * Null: not reported, or not credible. A provider that reports no cache, or no thinking, has none: then all of it
 * is charged as ordinary tokens.
 */
export function plausibleUsage({ input, output, cached, reasoning, written }: Usage): PlausibleUsage | null {
  const counts = { input, output, cached: cached ?? 0, reasoning: reasoning ?? 0 }
  if (!isCount(counts.input) || !isCount(counts.output) || !isCount(counts.cached) || !isCount(counts.reasoning))
    return null
  const { input: sent, output: got } = counts
  if (counts.cached > sent || counts.reasoning > got) return null
  // What is not credible as that is charged as ordinary tokens.
  const kept = isCount(written) && counts.cached + written <= sent ? written : 0
  return { input: sent, output: got, cached: counts.cached, reasoning: counts.reasoning, written: kept }
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

/**
 * As somebody said it. `rest` fills what they left out; null: nobody knows. Then the price is unknown, unless what is missing is what
 * such a call does not have: vectors and decisions come without tokens of an answer.
 */
export function priceAsSaid(own: Price, rest: ModelPrice | null, type: ModelType | undefined): ModelPrice | null {
  const hasOutput = type !== 'embedding' && type !== 'decision'
  if (rest === null && (own.input === undefined || (hasOutput && own.output === undefined))) return null
  const millionths = (tokens: number, usd: number) => (tokens * usd) / 1e6
  const none: PlausibleUsage = { input: 0, output: 0, cached: 0, reasoning: 0, written: 0 }
  const sum = (parts: readonly (number | null | undefined)[]) =>
    parts.reduce<number | null>((total, part) => (total === null || part == null ? null : total + part), 0)
  return {
    isOwn: true,
    costOf(told, at) {
      const usage = plausibleUsage(hasOutput ? told : { ...told, output: told.output ?? 0 })
      if (usage === null) return null
      const { input, output, cached, reasoning } = usage
      const cachedUsd = own.cached_input ?? own.input
      const [fresh, read] = cachedUsd === undefined ? [input, cached] : [input - cached, 0]
      const sent =
        own.input === undefined
          ? rest?.costOf({ ...none, input: fresh, cached: read }, at)
          : millionths(fresh, own.input)
      const got =
        own.output === undefined
          ? hasOutput
            ? rest?.costOf({ ...none, output, reasoning }, at)
            : 0
          : millionths(output, own.output)
      return sum([sent, cachedUsd === undefined ? 0 : millionths(cached, cachedUsd), got])
    },
    atMost({ input, output }, at) {
      const fresh =
        own.input === undefined ? (rest?.atMost({ input, output: 0 }, at) ?? 0) : millionths(input, own.input)
      // All of it may be read from a cache, for which somebody may pay more.
      const sent = Math.max(fresh, millionths(input, own.cached_input ?? 0))
      const got = own.output === undefined ? rest?.atMost({ input: 0, output }, at) : millionths(output, own.output)
      return sent + (hasOutput ? (got ?? 0) : 0)
    },
  }
}

/**
 * What a million tokens cost that go into a decision, at the vendors' own addresses, as of 2026-11-30 (facts/decisions-api.md §1.6 and
 * §2.6, facts/decision-models.md §2). Answers cost nothing. `longFrom`: a request of more tokens costs double. Whether what was cached
 * costs less is told in two ways, so that it counts in full.
 */
const decisionPrices: readonly { host: RegExp; model: RegExp; input: number; longFrom?: number }[] = [
  { host: /^(?:\w+\.)?api\.openai\.com$/, model: /^gpt-6-luna(?:-\d{4}-\d{2}-\d{2})?$/, input: 0.1, longFrom: 272_000 },
  { host: /^generativelanguage\.googleapis\.com$/, model: /^(?:models\/)?gemini-decision-1(?:-\d{3})?$/, input: 0.1 },
  { host: /^api\.typesafe\.ai$/, model: /^jev-(?:latest|1\.\d+(?:\.\d+)?)$/, input: 0.042 },
]

/** `pricing`: as the provider's own list has it of a model that decides; that goes before. Null: unknown. */
export function decisionPrice(endpoint: string, model: string, pricing: ModelInfo['pricing']): ModelPrice | null {
  if (pricing) return inputPrice(() => pricing.input)
  const { hostname } = new URL(endpoint)
  const known = decisionPrices.find((row) => row.host.test(hostname) && row.model.test(model))
  return known ? inputPrice((tokens) => (tokens > (known.longFrom ?? tokens) ? 2 : 1) * known.input) : null
}

function inputPrice(perMillion: (input: number) => number): ModelPrice {
  const cost = (input: number) => (input * perMillion(input)) / 1e6
  return {
    costOf: ({ input }) => (isCount(input) ? cost(input) : null),
    atMost: ({ input }) => cost(input),
  }
}
