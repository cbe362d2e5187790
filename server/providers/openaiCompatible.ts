import * as z from 'zod'
import { succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import { outputModes } from '../../protocol/routing.ts'
import type { CompletionRequest, ProviderAdapter } from './adapter.ts'
import { baseUrlField } from './endpointRules.ts'
import { keyFields } from './keyRules.ts'
import { completeChat, listChatModels } from './openaiChat.ts'
import type { ChatDialect } from './openaiChatRequest.ts'
import { openCall } from './openCall.ts'

const configSchema = z.strictObject({
  base_url: baseUrlField('inside').meta({
    title: 'Base URL',
    description: 'Where the API is, usually ending in /v1, such as http://localhost:1234/v1.',
  }),
  stream: z.boolean().default(false).meta({
    title: 'Stream',
    description: 'Read the answer while it is made. Slow servers need it, or proxies in between give up waiting.',
  }),
  output_mode: z
    .enum(['auto', ...outputModes])
    .default('auto')
    .meta({
      title: 'Output mode',
      description: 'How the shape of an answer is asked for. Auto begins with a JSON schema.',
    }),
  ...keyFields,
})

type Config = z.infer<typeof configSchema>

/** LM Studio, vLLM, llama.cpp, LiteLLM and everything else that speaks OpenAI's chat completions. */
export const openaiCompatibleAdapter: ProviderAdapter<Config> & { endpoint(config: Config): string } = {
  kind: 'openai-compatible',
  label: 'OpenAI-compatible server',
  description: 'LM Studio, vLLM, llama.cpp, LiteLLM and others with the same API. Your texts are sent to its base URL.',
  configSchema,
  key: { need: 'optional', customaryVariable: null, obtainAt: null },
  defaultEndpoint: null,
  capabilities: { embeddings: true, outputModes },
  outputModes: (config) => (config.output_mode === 'auto' ? outputModes : [config.output_mode]),
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
    return open.ok ? await completeChat(open.value, request, dialectOf(request, call.config)) : open
  },
}

/** vLLM and llama.cpp tell the context length, each in its own place. */
function readModel(model: { id: string }): ModelInfo {
  const { max_model_len, meta } = model as { max_model_len?: unknown; meta?: { n_ctx_train?: unknown } | null }
  const context = max_model_len ?? meta?.n_ctx_train
  const isKnown = typeof context === 'number' && Number.isInteger(context) && context > 0
  return { model: model.id, ...(isKnown ? { contextTokens: context } : {}) }
}

/** The oldest names of everything: servers that know the newer ones still take these. */
function dialectOf(request: CompletionRequest, config: Config): ChatDialect {
  const { thinking } = request
  const thinks = thinking !== undefined && thinking !== false
  return {
    stream: config.stream,
    tokenLimit: 'max_tokens',
    systemRole: 'system',
    temperature: 0,
    // Only when asked for: servers without it refuse the field.
    reasoningEffort: thinks ? (typeof thinking === 'string' ? thinking : 'medium') : undefined,
    thinkingTokens: thinks ? 16_384 : 0,
    strict: true,
  }
}
