import { createHash } from 'node:crypto'
import type { EntryKey, GatewayKeys } from '../../protocol/gateways.ts'
import type { EmbeddingParameters, GenerationParameters } from '../../protocol/models.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import { isLoopback } from '../providers/endpointRules.ts'
import type { Fields } from '../providers/errorBody.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import type { GatewayRow } from '../store/gatewayTable.ts'
import type { ModelRow } from '../store/modelTable.ts'
import type { NewEntry } from './liteLlm.ts'

/** A model as it is to stand at a gateway. */
export interface DesiredEntry {
  provider: string
  model: string
  uuid: string
  entry: NewEntry
  key: EntryKey
  /** The key itself, where it is sent. In memory only, and never told. */
  secret: string | null
  /** Of everything that is sent, the key among it: another digest means that the entry is not as it should be. */
  digest: string
}

/** Why a model cannot be there. `keeps`: what stands there of it stays, because that may pass. */
export interface RefusedEntry {
  provider: string
  model: string
  uuid: string | null
  reason: ReasonFacts
  keeps: boolean
}

/** The fields of `model_info` by which an entry is known to be ours. The proxy keeps what it does not know. */
export const markField = 'llm_providers_mark'
export const digestField = 'llm_providers_digest'

/** What an entry is called at the gateway. */
export function entryName(uuid: string): string {
  return `db-${uuid}`
}

/** What cannot be passed on by a gateway, whatever is set there; null: it can. */
export function whyUnsupported(
  { gateway, url }: Pick<GatewayRow, 'gateway' | 'url'>,
  { adapter, config, endpoint }: OpenProvider,
  { provider, model, type }: Pick<ModelRow, 'provider' | 'model' | 'type'>,
): ReasonFacts | null {
  const facts = { code: 'gateway_entry', gateway, provider, model } as const
  if (adapter.liteLlm === undefined || endpoint === null) return { ...facts, problem: 'kind_unsupported' }
  if (type === 'decision' || type === 'ner' || adapter.liteLlm[type] === undefined)
    return { ...facts, problem: 'type_unsupported' }
  if (isLoopback(endpoint) && !isLoopback(url)) return { ...facts, problem: 'own_machine' }
  const { headers, header_env: secretHeaders } = config as { headers?: string; header_env?: string }
  return headers || secretHeaders ? { ...facts, problem: 'headers_unsupported' } : null
}

/**
 * How the entry says its key. `read` is asked for the key itself, where it has to be known: to send it, or to find out whether there is
 * one at all.
 */
export async function keyOfEntry(
  keys: GatewayKeys,
  { provider, adapter, config }: OpenProvider,
  read: () => Promise<Outcome<string | null>>,
): Promise<Outcome<{ key: EntryKey; value: string | null }>> {
  const { key_env: named } = config as { key_env?: string }
  const none = { ok: true, value: { key: { kind: 'none' } as const, value: null } } as const
  if (adapter.key.need === 'none') return none
  if (keys === 'variables' && (named !== undefined || adapter.key.need === 'required')) {
    const name = named ?? adapter.key.customaryVariable ?? variableOf(provider)
    return { ok: true, value: { key: { kind: 'variable', name }, value: null } }
  }
  const found = await read()
  if (!found.ok) return found
  if (found.value === null) return none
  if (keys === 'values') return { ok: true, value: { key: { kind: 'value' }, value: found.value } }
  const name = adapter.key.customaryVariable ?? variableOf(provider)
  return { ok: true, value: { key: { kind: 'variable', name }, value: null } }
}

/** `my-vllm` has its key in MY_VLLM_API_KEY there. */
function variableOf(provider: string): string {
  const name = `${provider.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_API_KEY`
  return /^\d/.test(name) ? `_${name}` : name
}

/** LiteLLM sends the key of OpenAI's own variable to an address for which none is said: one that means nothing keeps it back. */
const noKey = 'none'

export function describeEntry(
  mark: string,
  uuid: string,
  row: ModelRow,
  open: OpenProvider,
  { key, value }: { key: EntryKey; value: string | null },
): DesiredEntry {
  const { provider, model, type, parameters } = row
  const said = type === 'embedding' ? embeddingFields(model, parameters) : generationFields(parameters)
  const litellm_params = {
    ...placeOf(open, row),
    api_key: key.kind === 'variable' ? `os.environ/${key.name}` : (value ?? noKey),
    ...said,
  }
  const window = (parameters as GenerationParameters).context_window
  const model_info = {
    id: uuid,
    mode: type === 'embedding' ? 'embedding' : 'chat',
    ...(window === undefined ? {} : { max_input_tokens: window }),
    [markField]: mark,
  }
  const entry = { model_name: entryName(uuid), litellm_params, model_info }
  // Salted by the mark, which is drawn at random: the digest tells nothing of a key to those who do not know both.
  const digest = createHash('sha256')
    .update(JSON.stringify([mark, entry]))
    .digest('hex')
    .slice(0, 32)
  return {
    provider,
    model,
    uuid,
    key,
    secret: value,
    digest,
    entry: { ...entry, model_info: { ...model_info, [digestField]: digest } },
  }
}

function placeOf({ adapter, config, endpoint }: OpenProvider, { model, type }: ModelRow): Fields {
  const { liteLlm } = adapter
  const prefix = type === 'embedding' ? liteLlm?.embedding : liteLlm?.generation
  const isUsual = endpoint === adapter.defaultEndpoint
  return {
    model: `${prefix}/${model}`,
    // It knows the well-known addresses, each in its own form.
    ...(isUsual && endpoint !== null && !isLoopback(endpoint) ? {} : { api_base: endpoint }),
    ...liteLlm?.parameters?.(config),
  }
}

function generationFields(parameters: ModelRow['parameters']): Fields {
  const { temperature, top_p, top_k, max_output_tokens, timeout_seconds } = parameters as GenerationParameters
  return withoutAbsent({ temperature, top_p, top_k, max_tokens: max_output_tokens, timeout: timeout_seconds })
}

/** LiteLLM refuses the length of a vector for every name of OpenAI's kind but this one, wherever the model is. */
const takesDimensions = /^text-embedding-3/

function embeddingFields(model: string, parameters: ModelRow['parameters']): Fields {
  const { dimensions, timeout_seconds } = parameters as EmbeddingParameters
  return withoutAbsent({
    dimensions: takesDimensions.test(model) ? dimensions : undefined,
    timeout: timeout_seconds,
  })
}

function withoutAbsent(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
