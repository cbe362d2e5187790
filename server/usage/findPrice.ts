import type { ModelType } from '../../protocol/models.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import { isLoopback } from '../providers/endpointRules.ts'
import { decisionPrice, type ModelPrice, noPrice, priceAsListed } from './modelPrice.ts'

export interface PricedModel {
  /** Null: nothing is called (`builtin`), so nothing is owed. */
  endpoint: string | null
  model: string
  /** Absent: generation. A vector has no tokens, so nothing has to be known of their price. */
  type?: ModelType | undefined
  /** As the provider's own list has it; that goes before any other. */
  pricing?: ModelInfo['pricing'] | undefined
}

/**
 * What a model costs where it is called; null: unknown. A server on this machine has no price either: it may be a gateway that
 * passes calls on to somebody who sends a bill.
 */
export async function findPrice(
  { endpoint, model, type, pricing }: PricedModel,
  at: number,
): Promise<ModelPrice | null> {
  if (endpoint === null) return noPrice
  if (type === 'decision') return decisionPrice(endpoint, model, pricing)
  if (pricing) return priceAsListed(pricing)
  if (isLoopback(endpoint)) return null
  const { findListedPrice } = await import('./priceList.ts')
  return await findListedPrice({ endpoint, model, type }, at)
}
