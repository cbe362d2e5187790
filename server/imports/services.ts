import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { ModelType } from '../../protocol/models.ts'
import type { ProviderConfig } from '../../protocol/providers.ts'
import { recognise } from '../models/recogniseAddress.ts'
import { adapterOf } from '../providers/registry.ts'
import type { Path } from './readConfigFile.ts'

/** One model, or the access to one service, as another program has it. */
export interface FoundModel {
  path: Path
  /** As that program calls the service. */
  service: string
  baseUrl: string | null
  /** Settings of the kind beyond the address, such as Azure's `api_version`. */
  extra?: ProviderConfig
  /** As it stands there; null: there is none. */
  key: { path: Path; text: string } | null
  /** Null: only the access. */
  model: string | null
  type: ModelType
  parameters: Record<string, unknown>
  /** A name of its own that it has there. */
  alias: string | null
}

/** A name that stands for a model, or for another name. */
export interface FoundAlias {
  path: Path
  alias: string
  means: string
}

export interface LeftOut {
  path: Path
  name: string
  sentence: LocalizableMessage
}

/** What a file of another program says of providers. */
export interface Reading {
  models: FoundModel[]
  aliases: FoundAlias[]
  left: LeftOut[]
}

/** What a provider would be set up with. */
export interface Place {
  kind: string
  config: ProviderConfig
  endpoint: string | null
  name: string
}

/** Services with a kind of their own, by the names that programs have for them. */
const kindOfService: Readonly<Record<string, string>> = {
  ...{ openai: 'openai', 'openai-native': 'openai', anthropic: 'anthropic', claude: 'anthropic' },
  ...{ azure: 'azure', azure_ai: 'azure', azureopenai: 'azure' },
  ...{ gemini: 'google', google: 'google', 'google-ai-studio': 'google', 'google-genai': 'google' },
  ...{ groq: 'groq', mistral: 'mistral', deepseek: 'deepseek', openrouter: 'openrouter' },
  ...{ cohere: 'cohere', cohere_chat: 'cohere', ollama: 'ollama', ollama_chat: 'ollama' },
}

/** Services that speak OpenAI's API, at their addresses; null: only where an address is named. */
const compatibleServices: Readonly<Record<string, string | null>> = {
  ...{ lmstudio: 'http://localhost:1234/v1', 'lm-studio': 'http://localhost:1234/v1', lm_studio: null },
  ...{ vllm: 'http://localhost:8000/v1', hosted_vllm: null, llamafile: 'http://localhost:8080/v1' },
  ...{ 'llama.cpp': 'http://localhost:8080/v1', 'llama-cpp': 'http://localhost:8080/v1', llamacpp: null },
  ...{ litellm: 'http://localhost:4000/v1', litellm_proxy: null },
  ...{ together: 'https://api.together.xyz/v1', together_ai: 'https://api.together.xyz/v1' },
  ...{ fireworks: 'https://api.fireworks.ai/inference/v1', fireworks_ai: 'https://api.fireworks.ai/inference/v1' },
  ...{ xai: 'https://api.x.ai/v1', perplexity: 'https://api.perplexity.ai', cerebras: 'https://api.cerebras.ai/v1' },
  ...{ nvidia: 'https://integrate.api.nvidia.com/v1', nvidia_nim: 'https://integrate.api.nvidia.com/v1' },
  ...{ deepinfra: 'https://api.deepinfra.com/v1/openai', sambanova: 'https://api.sambanova.ai/v1' },
  ...{ moonshot: 'https://api.moonshot.ai/v1', upstage: 'https://api.upstage.ai/v1' },
  ...{
    customoai: null,
    customendpoint: null,
    'openai-compatible': null,
    openai_like: null,
    text_completion_openai: null,
  },
}

/** Undefined: a service that nothing here speaks to, or an address that no provider may have. */
export function placeOf({
  service,
  baseUrl,
  extra = {},
}: Pick<FoundModel, 'service' | 'baseUrl' | 'extra'>): Place | undefined {
  const name = service.toLowerCase()
  const kind = Object.hasOwn(kindOfService, name) ? kindOfService[name] : undefined
  if (baseUrl === null) {
    if (kind !== undefined) return checked(kind, extra, kind)
    const usual = Object.hasOwn(compatibleServices, name) ? compatibleServices[name] : null
    return typeof usual === 'string' ? placeAt(usual, undefined, extra, name) : undefined
  }
  // What calls itself OpenAI and is elsewhere only speaks its API: by its address it may be of a kind of its own.
  const isElsewhere = kind === 'openai' && !/^https:\/\/api\.openai\.com(?:[/:]|$)/i.test(baseUrl.trim())
  const own = kind === undefined || isElsewhere ? undefined : kind
  return placeAt(baseUrl, own, extra, own ?? name)
}

function placeAt(address: string, kind: string | undefined, extra: ProviderConfig, service: string): Place | undefined {
  const found = recognise(address, { views: [] }, kind)
  if (found.what !== 'address') return undefined
  // A well-known service has a name of its own, whatever its host is called.
  const usual = Object.hasOwn(compatibleServices, service) && compatibleServices[service] ? service : found.name
  return checked(found.kind, { ...found.config, ...extra }, slugOf(usual) || found.kind)
}

/** Without what the kind does not take. */
function checked(kind: string, config: ProviderConfig, name: string): Place | undefined {
  const adapter = adapterOf(kind)
  for (const candidate of [
    config,
    Object.fromEntries(Object.entries(config).filter(([field]) => field === 'base_url')),
  ]) {
    const parsed = adapter?.configSchema.safeParse(candidate)
    if (adapter && parsed?.success) return { kind, config: candidate, endpoint: adapter.endpoint(parsed.data), name }
  }
  return undefined
}

/** A name as ids and aliases may be; empty where nothing of it may. */
export function slugOf(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  return plain
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|[-._]+$/g, '')
    .slice(0, 60)
}

/** The service of a model that is named without one; null: nobody can say. */
export function serviceOfModel(model: string): string | null {
  if (/^(?:gpt-|chatgpt-|o[1345](?:-|$)|text-embedding-)/.test(model)) return 'openai'
  if (model.startsWith('claude')) return 'anthropic'
  if (model.startsWith('gemini')) return 'gemini'
  return null
}

export function nothing(): Reading {
  return { models: [], aliases: [], left: [] }
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

export function keyAt(path: Path, value: unknown): FoundModel['key'] {
  const text = textOf(value)
  return text === null ? null : { path, text }
}

/** Stands for a key that its program keeps where it cannot be read. */
export const elsewhere = `\${input:elsewhere}`
