import type { KindInfo, ProviderConfig, ProviderView } from '../../protocol/providers.ts'
import { keyInSetting } from './foundKey.ts'
import { headerIn, headerParts } from './headerLines.ts'

/** A key in plain text among the settings of a provider: written by hand, or by a version that did not refuse it yet. */
export interface StoredKey {
  /** The field, and the header where the field holds headers: `headers.Authorization`. */
  name: string
  key: string
  /**
   * True: the product sends it itself, once the key store has it. False: it is a header of a gateway, whose value only a variable can
   * hold, named in `header_env`.
   */
  isOwnKey: boolean
  /** The settings that are left without it. */
  rest: ProviderConfig
}

/** Fields whose values name or describe something, and are no secrets. */
const openFields = new Set(['header_env', 'header_origin', 'key_env', 'key_origin', 'base_url'])
/** What the kinds make of a provider's key. */
const keyHeaders = new Set(['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'])

export function keysInConfig(config: ProviderConfig): StoredKey[] {
  return Object.entries(config).flatMap(([field, value]) => {
    if (typeof value !== 'string' || openFields.has(field)) return []
    if (field === 'headers') return keysInHeaders(config, value)
    const key = keyInSetting(field, value)
    const { [field]: _, ...rest } = config
    return key === null ? [] : [{ name: field, key, isOwnKey: true, rest }]
  })
}

function keysInHeaders(config: ProviderConfig, headers: string): StoredKey[] {
  const parts = headerParts(headers)
  return parts.flatMap((part, place) => {
    const header = headerIn(part)
    const key = header && keyInSetting(header.name, header.value)
    if (!key) return []
    const left = parts.filter((_, index) => index !== place).map((other) => other.trim())
    return [
      {
        name: `headers.${header.name}`,
        key,
        isOwnKey: keyHeaders.has(header.name.toLowerCase()),
        rest: { ...config, headers: left.join('; ') },
      },
    ]
  })
}

/** Where a provider is called once its settings are in order: those with a key among them are refused, and have no endpoint yet. */
export function endpointOnceMended(
  { endpoint, config, kind }: ProviderView,
  kinds: readonly KindInfo[],
): string | null {
  const written = typeof config.base_url === 'string' ? config.base_url : null
  return endpoint ?? written ?? kinds.find((each) => each.kind === kind)?.defaultEndpoint ?? null
}
