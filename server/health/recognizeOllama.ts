import type { ModelInfo } from '../../protocol/providers.ts'
import { asFields, parseJson } from '../providers/errorBody.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import type { Transport } from '../providers/transport.ts'

/**
 * Whether an OpenAI-compatible server is an Ollama at its `/v1`, where no window can be set: it cuts long prompts without a word. Only
 * asked where the names of the models have tags as Ollama's do; without a key, which its version needs none of.
 */
export async function isOllama(
  { adapter, endpoint }: OpenProvider,
  models: readonly ModelInfo[],
  { transport, signal }: { transport: Transport; signal: AbortSignal },
): Promise<boolean> {
  if (adapter.kind !== 'openai-compatible' || endpoint === null || !endpoint.endsWith('/v1')) return false
  if (models.length === 0 || !models.every(({ model }) => model.includes(':'))) return false
  const exchange = transport.open({ signal, deadlines: { totalMs: 2_000 }, secrets: [] })
  const url = `${endpoint.replace(/\/v1$/, '')}/api/version`
  const response = await exchange.fetch(url, { headers: { accept: 'application/json' } }).catch(() => null)
  if (!response?.ok) return false
  return typeof asFields(parseJson(exchange.facts.body?.toString() ?? ''))?.version === 'string'
}
