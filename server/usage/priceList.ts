import type * as GenaiPrices from '@pydantic/genai-prices'
import type { ModelType } from '../../protocol/models.ts'
import { type ModelPrice, plausibleUsage } from './modelPrice.ts'

type MatchLogic = GenaiPrices.MatchLogic
type PricedUsage = Record<string, number>

/**
 * What a model costs at an endpoint, by the bundled list; null: unknown. A price belongs to the party that sends the bill, so it is looked up
 * by the address that is called, and not by what a kind or a model is named like: the same name behind a proxy costs something else.
 */
export async function findListedPrice(
  { endpoint, model, type }: { endpoint: string; model: string; type?: ModelType | undefined },
  at: number,
): Promise<ModelPrice | null> {
  const list = await import('@pydantic/genai-prices')
  const seller = list.findProvider({ providerApiUrl: endpoint })
  if (!seller || !isWholeHost(seller.api_pattern, endpoint) || sellersWithOwnNames.has(seller.id)) return null
  const price = (usage: PricedUsage, when: number, provider = seller) =>
    list.calcPrice(usage, model, { provider, timestamp: new Date(when) })
  try {
    const found = price({ input_tokens: 1, output_tokens: 1 }, at)
    if (!found || !isNamed(found.model.match, model)) return null
    const { input_mtok, output_mtok } = found.model_price
    if (input_mtok === undefined || (output_mtok === undefined && type !== 'embedding')) return null
    // With one model in it, the list is not searched again for each call.
    const only = { ...seller, models: [found.model], fallback_model_providers: [] }
    return priceBy((usage, when) => price(usage, when, only)?.total_price ?? null)
  } catch {
    // The list is data from elsewhere: an entry that contradicts itself is no price.
    return null
  }
}

/** Where a model's name is what its user called a deployment: it says nothing about what runs there. */
const sellersWithOwnNames = new Set(['azure'])

function priceBy(total: (usage: PricedUsage, at: number) => number | null): ModelPrice {
  return {
    costOf(told, at) {
      const usage = plausibleUsage(told)
      if (usage === null) return null
      const { input, output, cached, reasoning, written } = usage
      const sent = {
        input_tokens: input,
        cache_read_tokens: cached,
        ...(written > 0 ? { cache_write_tokens: written } : {}),
      }
      return total({ ...sent, output_tokens: output, output_reasoning_tokens: reasoning }, at)
    },
    // Thinking has a price of its own here and there.
    atMost({ input, output }, at) {
      const tokens = { input_tokens: input, output_tokens: output }
      return Math.max(total(tokens, at) ?? 0, total({ ...tokens, output_reasoning_tokens: output }, at) ?? 0)
    },
  }
}

/** The list's patterns match a beginning: `https://api.openai.com` must not mean `https://api.openai.com.example`. */
function isWholeHost(pattern: string, endpoint: string): boolean {
  return new RegExp(`^(?:${pattern})(?:(?<=/)|(?=[/:]|$))`).test(endpoint)
}

/** A date, a number of a release, or a word for it: what does not make another model. */
const release = /^(?:latest|preview|exp|\d{2,8})?(?:[-@:](?:latest|preview|exp|\d{2,8}))*$/

/**
 * Whether the list means this very model. It also takes names that only begin like one that it knows, and a newer model's name often
 * does: "claude-sonnet-5-5" is not "claude-sonnet-5" and does not cost the same.
 */
export function isNamed(match: MatchLogic, model: string): boolean {
  const name = model.toLowerCase().replace(/^models\//, '')
  if ('or' in match) return match.or.some((each) => isNamed(each, model))
  if ('and' in match) return match.and.every((each) => isNamed(each, model))
  if ('equals' in match) return name === match.equals.toLowerCase()
  if ('regex' in match) return new RegExp(match.regex).test(model)
  if ('ends_with' in match) return name === match.ends_with.toLowerCase()
  const known = ('starts_with' in match ? match.starts_with : match.contains).toLowerCase()
  return name.startsWith(known) && release.test(name.slice(known.length))
}
