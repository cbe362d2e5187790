import { l10n } from 'vscode'
import type { KindInfo } from '../../protocol/providers.ts'
import { kindOfKey } from '../../shared/keys/foundKey.ts'
import { keyEnding } from '../../shared/keys/keyShape.ts'
import type { Secrets } from '../connection/secrets.ts'
import { typeKey } from './askKey.ts'

/** What may be told of a key: whose it is by its beginning, and its last characters. */
export interface KnownOfKey {
  kind: string | null
  ending: string | null
}

/**
 * The key of a provider that is not saved yet: in the memory of this process between the masked box and the secret store, and nowhere
 * else. There is at most one, since there is one form. It goes to one origin: the one that the box named, else the first that it is
 * used for, and then only to a well-known service.
 */
export class PendingKey {
  #key: string | null = null
  #origin: string | null = null

  /** Opens the masked box; null: the person left, and what was pending stays. */
  async ask(kinds: readonly KindInfo[], origin: string | null): Promise<KnownOfKey | null> {
    const where =
      origin === null
        ? l10n.t(
            'It is sent only to the service that it belongs to, and kept in the editor’s secret store once the provider is added.',
          )
        : l10n.t('It is sent to {0} only, and kept in the editor’s secret store once the provider is added.', origin)
    const key = await typeKey({ title: l10n.t('Paste the key'), prompt: where })
    if (key === undefined) return null
    this.#key = key
    this.#origin = origin
    return { kind: kindOfKey('', key, kinds), ending: keyEnding(key) }
  }

  /** The key, where it may go to an origin; null: there is none. `elsewhere`: there is one, for another origin. */
  for(origin: string, kinds: readonly KindInfo[]): string | { elsewhere: string } | null {
    if (this.#key === null) return null
    if (this.#origin === null && isServiceOf(kinds, origin)) this.#origin = origin
    return this.#origin === origin ? this.#key : { elsewhere: this.#origin ?? l10n.t('a well-known service') }
  }

  /** Into the secret store, for one origin; false: there was none for it. */
  async keep(secrets: Secrets, provider: string, origin: string, kinds: readonly KindInfo[]): Promise<boolean> {
    const key = this.for(origin, kinds)
    if (typeof key !== 'string') return false
    await secrets.store(provider, key, origin)
    this.forget()
    return true
  }

  forget(): void {
    this.#key = null
    this.#origin = null
  }
}

function isServiceOf(kinds: readonly KindInfo[], origin: string): boolean {
  const known = kinds.flatMap(({ defaultEndpoint, presets }) => [
    defaultEndpoint,
    ...presets.map(({ config }) => config.base_url),
  ])
  return known.some((address) => typeof address === 'string' && new URL(address).origin === origin)
}
