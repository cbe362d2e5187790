import type { ModelType, Price } from '../../protocol/models.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import { isLoopback } from '../providers/endpointRules.ts'
import { decisionPrice, type ModelPrice, noPrice, priceAsListed, priceAsSaid } from './modelPrice.ts'

export interface PricedModel {
  /** Null: nothing is called (`builtin`), so nothing is owed. */
  endpoint: string | null
  model: string
  /** Absent: generation. A vector has no tokens, so nothing has to be known of their price. */
  type?: ModelType | undefined
  /** As the provider's own list has it; that goes before any other. */
  pricing?: ModelInfo['pricing'] | undefined
  /** What somebody said it costs; that goes before the list, figure by figure. Absent: nothing. */
  ownPrice?: Price | undefined
}

/**
 * What a model costs where it is called; null: unknown. A server on this machine has no price by itself: it may be a gateway that
 * passes calls on to somebody who sends a bill.
 */
export async function findPrice(priced: PricedModel, at: number): Promise<ModelPrice | null> {
  const { endpoint, type, ownPrice } = priced
  if (endpoint === null) return noPrice
  if (ownPrice === undefined) return await findTheirPrice(endpoint, priced, at)
  const isWhole = ownPrice.input !== undefined && ownPrice.output !== undefined
  return priceAsSaid(ownPrice, isWhole ? null : await findTheirPrice(endpoint, priced, at), type)
}

/** Batches cost half of single calls, as all six providers with a batch API say; what somebody said of theirs goes before. */
const batchShare = 0.5

/** The same in a batch. */
export async function findBatchPrice({ ownPrice, ...priced }: PricedModel, at: number): Promise<ModelPrice | null> {
  const single = await findPrice(priced, at)
  const half: ModelPrice | null = single && {
    costOf: (usage, callAt) => {
      const costUsd = single.costOf(usage, callAt)
      return costUsd === null ? null : costUsd * batchShare
    },
    atMost: (tokens, callAt) => single.atMost(tokens, callAt) * batchShare,
  }
  if (ownPrice === undefined || priced.endpoint === null) return half
  const { input, output, cached_input, batch_input, batch_output } = ownPrice
  const said = {
    input: batch_input ?? halved(input),
    output: batch_output ?? halved(output),
    cached_input: halved(cached_input),
  }
  return priceAsSaid(Object.fromEntries(Object.entries(said).filter(([, usd]) => usd !== undefined)), half, priced.type)
}

function halved(usd: number | undefined): number | undefined {
  return usd === undefined ? undefined : usd * batchShare
}

async function findTheirPrice(
  endpoint: string,
  { model, type, pricing }: PricedModel,
  at: number,
): Promise<ModelPrice | null> {
  if (type === 'decision') return decisionPrice(endpoint, model, pricing)
  if (pricing) return priceAsListed(pricing)
  if (isLoopback(endpoint)) return null
  const { findListedPrice } = await import('./priceList.ts')
  return await findListedPrice({ endpoint, model, type }, at)
}
