import type { KindInfo } from '../../protocol/providers.ts'
import type { ProviderAdapter } from './adapter.ts'
import { anthropicAdapter } from './anthropic.ts'
import { builtinAdapter } from './builtin.ts'
import { kindInfoOf } from './kindInfo.ts'
import { ollamaAdapter } from './ollama.ts'
import { openaiAdapter } from './openai.ts'
import { openaiCompatibleAdapter } from './openaiCompatible.ts'

/** The kinds, in the order in which they are offered. A new one is one file and one line here. */
const adapters: readonly ProviderAdapter[] = [
  builtinAdapter,
  ollamaAdapter,
  openaiAdapter,
  anthropicAdapter,
  openaiCompatibleAdapter,
]

const adapterByKind = new Map(adapters.map((adapter) => [adapter.kind, adapter]))

/** Undefined: a kind that this version does not know. */
export function adapterOf(kind: string): ProviderAdapter | undefined {
  return adapterByKind.get(kind)
}

export function listKinds(): KindInfo[] {
  return adapters.map(kindInfoOf)
}
