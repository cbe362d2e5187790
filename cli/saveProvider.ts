import type { Params } from '../protocol/contract.ts'
import type { Outcome } from '../protocol/outcome.ts'
import type { ProviderView } from '../protocol/providers.ts'
import type { Client } from './client.ts'

/**
 * Saves a provider; with `variable`, its key comes from there, for the origin that the settings lead to.
 * Only the server knows that origin, so the settings go first and the key's name follows: if we are interrupted in between,
 * there is a provider without a key, never a key without the place it was meant for.
 */
export async function saveWithKey(
  client: Client,
  save: Params<'provider/save'>,
  variable: string | undefined,
): Promise<Outcome<ProviderView>> {
  const saved = await client.request('provider/save', save)
  if (!saved.ok || variable === undefined) return saved
  const { provider, kind, config, endpoint, updatedAt } = saved.value
  const origin = endpoint === null ? {} : { key_origin: new URL(endpoint).origin }
  return client.request('provider/save', {
    provider,
    kind,
    config: { ...config, key_env: variable, ...origin },
    ifUpdatedAt: updatedAt,
  })
}
