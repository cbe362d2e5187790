import type { KindInfo } from '../../protocol/providers.ts'
import type { ProviderAdapter } from './adapter.ts'
import { anthropicAdapter } from './anthropic.ts'
import { azureAdapter } from './azure.ts'
import { builtinAdapter } from './builtin.ts'
import { cohereAdapter } from './cohere.ts'
import { deepseekAdapter } from './deepseek.ts'
import { googleAdapter } from './google.ts'
import { groqAdapter } from './groq.ts'
import { kindInfoOf } from './kindInfo.ts'
import { mistralAdapter } from './mistral.ts'
import { ollamaAdapter } from './ollama.ts'
import { openaiAdapter } from './openai.ts'
import { openaiCompatibleAdapter } from './openaiCompatible.ts'
import { openrouterAdapter } from './openrouter.ts'
import { typesafeAdapter } from './typesafe.ts'
import { vscodeLmAdapter } from './vscodeLm.ts'

/** The kinds, in the order in which they are offered. A new one is one file and one line here. */
const adapters: readonly ProviderAdapter[] = [
  builtinAdapter,
  ollamaAdapter,
  openaiAdapter,
  anthropicAdapter,
  googleAdapter,
  deepseekAdapter,
  groqAdapter,
  mistralAdapter,
  openrouterAdapter,
  azureAdapter,
  cohereAdapter,
  typesafeAdapter,
  openaiCompatibleAdapter,
  vscodeLmAdapter,
]

const adapterByKind = new Map(adapters.map((adapter) => [adapter.kind, adapter]))

/** Undefined: a kind that this version does not know. */
export function adapterOf(kind: string): ProviderAdapter | undefined {
  return adapterByKind.get(kind)
}

export function listKinds(): KindInfo[] {
  return adapters.map(kindInfoOf)
}
