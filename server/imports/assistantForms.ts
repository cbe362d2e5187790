import { isRecord } from '../../protocol/names.ts'
import { localizable } from '../../shared/message.ts'
import type { Path } from './readConfigFile.ts'
import { keyAt, nothing, type Reading, textOf } from './services.ts'

type Fields = Record<string, unknown>

/** Which fields of Roo and Cline belong to a service; several names where the two, or their versions, differ. */
interface ServiceFields {
  service: string
  key?: readonly string[]
  base?: readonly string[]
  model: readonly string[]
}

const servicesOfAssistants: Readonly<Record<string, ServiceFields>> = {
  anthropic: {
    service: 'anthropic',
    key: ['apiKey', 'anthropicApiKey'],
    base: ['anthropicBaseUrl'],
    model: ['apiModelId'],
  },
  openai: { service: 'openai-compatible', key: ['openAiApiKey'], base: ['openAiBaseUrl'], model: ['openAiModelId'] },
  'openai-native': {
    ...{ service: 'openai', key: ['openAiNativeApiKey'], base: ['openAiNativeBaseUrl'], model: ['apiModelId'] },
  },
  openrouter: {
    ...{ service: 'openrouter', key: ['openRouterApiKey'], base: ['openRouterBaseUrl'], model: ['openRouterModelId'] },
  },
  ollama: { service: 'ollama', key: ['ollamaApiKey'], base: ['ollamaBaseUrl'], model: ['ollamaModelId'] },
  lmstudio: { service: 'lmstudio', base: ['lmStudioBaseUrl'], model: ['lmStudioModelId'] },
  gemini: {
    ...{
      service: 'gemini',
      key: ['geminiApiKey'],
      base: ['googleGeminiBaseUrl', 'geminiBaseUrl'],
      model: ['apiModelId'],
    },
  },
  deepseek: { service: 'deepseek', key: ['deepSeekApiKey'], base: ['deepSeekBaseUrl'], model: ['apiModelId'] },
  mistral: { service: 'mistral', key: ['mistralApiKey'], model: ['apiModelId'] },
  groq: { service: 'groq', key: ['groqApiKey'], model: ['groqModelId', 'apiModelId'] },
  xai: { service: 'xai', key: ['xaiApiKey'], model: ['apiModelId'] },
  litellm: {
    service: 'litellm',
    key: ['litellmApiKey', 'liteLlmApiKey'],
    base: ['litellmBaseUrl', 'liteLlmBaseUrl'],
    model: ['litellmModelId', 'liteLlmModelId'],
  },
  fireworks: { service: 'fireworks', key: ['fireworksApiKey'], model: ['fireworksModelId', 'apiModelId'] },
  together: { service: 'together', key: ['togetherApiKey'], model: ['togetherModelId'] },
  cerebras: { service: 'cerebras', key: ['cerebrasApiKey'], model: ['apiModelId'] },
}

/** Roo exports profiles by name, Cline one state with what each of its two modes uses. */
export function readAssistant(value: Fields): Reading {
  const holder = isRecord(value.providerProfiles) ? value.providerProfiles : value
  if (!isRecord(holder.apiConfigs)) return readCline(value)
  const at: Path = holder === value ? ['apiConfigs'] : ['providerProfiles', 'apiConfigs']
  const read = nothing()
  for (const [name, config] of Object.entries(holder.apiConfigs))
    if (isRecord(config)) addConfig(read, config, { path: [...at, name], name, prefix: '' })
  return read
}

function readCline(value: Fields): Reading {
  const read = nothing()
  const modes = ['actMode', 'planMode'].filter((mode) => textOf(value[`${mode}ApiProvider`]) !== null)
  for (const prefix of modes.length > 0 ? modes : ['']) addConfig(read, value, { path: [], name: null, prefix })
  return read
}

function addConfig(
  read: Reading,
  config: Fields,
  { path, name, prefix }: { path: Path; name: string | null; prefix: string },
): void {
  const inMode = (field: string): string =>
    prefix === '' ? field : `${prefix}${field.charAt(0).toUpperCase()}${field.slice(1)}`
  const provider = textOf(config[inMode('apiProvider')])
  const fields =
    provider !== null && Object.hasOwn(servicesOfAssistants, provider) ? servicesOfAssistants[provider] : undefined
  if (!fields) {
    const sentence = localizable('no kind of provider here is for {0}', provider ?? '?')
    read.left.push({ path: [...path, inMode('apiProvider')], name: name ?? provider ?? '?', sentence })
    return
  }
  const first = (names: readonly string[] = []): string | undefined =>
    names.find((each) => textOf(config[each]) !== null)
  const [key, base] = [first(fields.key), first(fields.base)]
  const model = first(fields.model.flatMap((each) => [inMode(each), each]))
  const info = config[inMode('openAiModelInfo')] ?? config.openAiCustomModelInfo
  const { contextWindow, maxTokens } = isRecord(info) && fields.service === 'openai-compatible' ? info : {}
  read.models.push({
    path,
    service: fields.service,
    baseUrl: base === undefined ? null : textOf(config[base]),
    key: key === undefined ? null : keyAt([...path, key], config[key]),
    model: model === undefined ? null : textOf(config[model]),
    type: 'generation',
    parameters: {
      context_window: contextWindow,
      max_output_tokens: maxTokens,
      temperature: config.modelTemperature ?? undefined,
    },
    alias: name,
  })
}
