import type { ProviderView } from '../../protocol/providers.ts'

/** Where a provider's key would be sent, as the server names it when it asks for one; null: nothing is called. */
export function keyOrigin({ endpoint }: Pick<ProviderView, 'endpoint'>): string | null {
  return endpoint !== null && URL.canParse(endpoint) ? new URL(endpoint).origin : null
}
