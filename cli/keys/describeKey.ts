import type { Outcome } from '../../protocol/outcome.ts'
import type { ProviderView } from '../../protocol/providers.ts'
import { keyEnding } from '../../shared/keys/keyShape.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { KeyStore, keyOrigin } from './keyStore.ts'

/** A list that waits for a locked keyring would be no list: after this the key counts as not asked for. */
const patienceMs = 3000

/** What is said of each provider's key, by the provider's id: its state in words, and its last characters where they are known. */
export async function readKeyWords(
  terminal: Pick<Terminal, 'environment' | 'openKeyring' | 'wait'>,
  views: readonly ProviderView[],
): Promise<Map<string, string>> {
  const store = new KeyStore(terminal, patienceMs)
  const words = views.map(async (view) => [view.provider, await wordsFor(view, store, terminal.environment)] as const)
  return new Map(await Promise.all(words))
}

async function wordsFor(view: ProviderView, store: KeyStore, environment: Terminal['environment']): Promise<string> {
  const variable = view.config.key_env
  if (typeof variable === 'string') {
    const key = view.key === 'present' ? environment[variable] : undefined
    return key === undefined ? stateWords[view.key] : presentWords(key)
  }
  const origin = keyOrigin(view)
  if (origin === null || (view.key === 'not_needed' && !view.keyKeptBy)) return stateWords[view.key]
  return storedWords(view, await store.read(view.provider, origin))
}

function storedWords(view: ProviderView, found: Outcome<{ key: string }>): string {
  if (found.ok) return presentWords(found.value.key)
  const { reason } = found
  if (reason.code !== 'secret_missing') return stateWords[view.key]
  if (reason.store === 'damaged') return 'unreadable'
  if (reason.boundTo === undefined && view.keyKeptBy === 'editor') return 'in the editor only'
  return reason.boundTo === undefined ? stateWords[view.key] : 'for another endpoint'
}

function presentWords(key: string): string {
  return ['present', keyEnding(key) ?? ''].join(' ').trim()
}

export const stateWords = { not_needed: 'not needed', present: 'present', missing: 'missing', unknown: 'not asked' }
