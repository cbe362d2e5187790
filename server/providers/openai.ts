import * as z from 'zod'
import { succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import type { CompletionRequest, ProviderAdapter } from './adapter.ts'
import { baseUrlField } from './endpointRules.ts'
import { keyFields } from './keyRules.ts'
import { toInstant } from './modelDates.ts'
import { completeChat, listChatModels } from './openaiChat.ts'
import type { ChatDialect } from './openaiChatRequest.ts'
import { openCall } from './openCall.ts'

const defaultEndpoint = 'https://api.openai.com/v1'

const configSchema = z.strictObject({
  base_url: baseUrlField('inside').default(defaultEndpoint).meta({
    title: 'Base URL',
    description: 'Where the API is, version included. Change it only for a gateway of your own.',
  }),
  ...keyFields,
})

type Config = z.infer<typeof configSchema>

export const openaiAdapter: ProviderAdapter<Config> & { endpoint(config: Config): string } = {
  kind: 'openai',
  label: 'OpenAI',
  description: 'Models of OpenAI, over its API. Your texts are sent to OpenAI.',
  configSchema,
  key: { need: 'required', customaryVariable: 'OPENAI_API_KEY', obtainAt: 'https://platform.openai.com/api-keys' },
  defaultEndpoint,
  capabilities: { embeddings: true, outputModes: ['schema', 'tool', 'json', 'text'] },
  endpoint: (config) => config.base_url,
  defaultModel: () => null,

  async check(call) {
    const models = await this.listModels(call)
    if (!models.ok) return models
    return succeed({ version: null, models: models.value, method: 'listed the models (no cost)' })
  },

  async listModels(call) {
    const open = openCall(this, call, null)
    return open.ok ? await listChatModels(open.value, readModel) : open
  },

  async complete(call, request) {
    const open = openCall(this, call, request.model)
    return open.ok ? await completeChat(open.value, request, dialectOf(request)) : open
  },
}

/** OpenAI lists ids and, since 2026, when a model is shut down; what a model does has to be read from its name. */
function readModel(model: { id: string; shutdown_date?: unknown }): ModelInfo {
  const type = model.id.includes('embedding') ? 'embedding' : isGenerative(model.id) ? 'generation' : undefined
  const isDated = model.shutdown_date !== undefined
  return {
    model: model.id,
    ...(type ? { type } : {}),
    ...(isDated ? { shutdownAt: toInstant(model.shutdown_date) } : {}),
  }
}

function isGenerative(id: string): boolean {
  return /^(gpt-|o\d|chatgpt-|ft:)/.test(id) && !/(audio|realtime|tts|transcribe|image|search)/.test(id)
}

/**
 * Models that reason refuse temperature, and count their thoughts as output. gpt-5.1 to 5.x would take a temperature
 * with effort "none" only, gpt-6 and later never, so none of them is sent one (facts/providers.md §3).
 */
function dialectOf(request: CompletionRequest): ChatDialect {
  const reasons = /^(ft:)?(o\d|gpt-([5-9]|\d\d))/.test(request.model) && !request.model.includes('-chat')
  const effort = reasons ? effortOf(request) : undefined
  return {
    stream: false,
    tokenLimit: 'max_completion_tokens',
    systemRole: reasons ? 'developer' : 'system',
    temperature: reasons ? null : 0,
    reasoningEffort: effort,
    thinkingTokens: reasons && effort !== 'none' ? 16_384 : 0,
    strict: true,
  }
}

/** The least that the model knows when thinking is off; the model's own default when the route does not say. */
function effortOf({ model, thinking }: CompletionRequest): ChatDialect['reasoningEffort'] {
  if (thinking === undefined) return undefined
  if (typeof thinking === 'string') return thinking
  if (thinking) return 'medium'
  if (/^(ft:)?o\d/.test(model)) return 'low'
  return /^(ft:)?gpt-5(-|$)/.test(model) ? 'minimal' : 'none'
}
