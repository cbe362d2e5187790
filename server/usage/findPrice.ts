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
