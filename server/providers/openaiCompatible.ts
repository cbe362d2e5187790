import * as z from 'zod'
import { assertNever } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import { type OutputMode, outputModes } from '../../protocol/routing.ts'
import type { CheckFindings, CompletionRequest, ProviderAdapter, ProviderCall } from './adapter.ts'
import { completeMessage } from './anthropicMessages.ts'
import { compatiblePresets } from './compatiblePresets.ts'
import { headerFields, readCustomHeaders } from './customHeaders.ts'
import { commonEmbeddingParameters, embedInBatches } from './embedInBatches.ts'
import { baseUrlField } from './endpointRules.ts'
import { asFields } from './errorBody.ts'
import { costInHeaders } from './gatewayCost.ts'
import { withGatewayFacts } from './gatewayPrices.ts'
import { keyFields } from './keyRules.ts'
import { countOf, modelInfo } from './modelFields.ts'
import { type ChatDialect, completeChat, plainDialect } from './openaiChat.ts'
import { embedOverOpenai } from './openaiEmbed.ts'
import { dimensionsField } from './openaiFamily.ts'
import { listChatModels } from './openaiModels.ts'
import { completeResponse } from './openaiResponses.ts'
import { type OpenCall, openCall, requestJson } from './openCall.ts'
import { withSupportedEmbedding, withSupportedParameters } from './supportedParameters.ts'
import { asksToThink, tokensForThinking } from './thinking.ts'

const configSchema = z.strictObject({
  base_url: baseUrlField('inside').meta({
    title: 'Base URL',
    description: 'Where the API is, usually ending in /v1, such as http://localhost:1234/v1.',
  }),
  wire: z.enum(['chat_completions', 'responses', 'messages']).default('chat_completions').meta({
    title: 'Wire',
    description: 'Which API the server is asked by: chat completions (nearly all), responses, or Anthropic’s messages.',
    group: 'advanced',
  }),
  stream: z.boolean().default(false).meta({
    title: 'Stream',
    description: 'Read the answer while it is made. Slow servers need it, or proxies in between give up waiting.',
    group: 'advanced',
  }),
  output_mode: z
    .enum(['auto', ...outputModes])
    .default('auto')
    .meta({
      title: 'Output mode',
      description: 'How the shape of an answer is asked for. Auto begins with a JSON schema.',
      group: 'advanced',
    }),
  ...headerFields,
  ...keyFields,
})

type Config = z.infer<typeof configSchema>

/** LM Studio, vLLM, llama.cpp, LiteLLM and everything else that speaks OpenAI's API, or Anthropic's at another address. */
export const openaiCompatibleAdapter: ProviderAdapter<Config> & { endpoint(config: Config): string } = {
  kind: 'openai-compatible',
  label: 'OpenAI-compatible server',
  description: 'LM Studio, vLLM, llama.cpp, LiteLLM and others with the same API. Your texts are sent to its base URL.',
  configSchema,
  key: { need: 'optional', customaryVariable: null, obtainAt: null },
  defaultEndpoint: null,
  presets: compatiblePresets,
  capabilities: {
    embeddings: true,
    outputModes,
    generationParameters: ['max_output_tokens', 'temperature', 'top_p', 'top_k', 'timeout_seconds', 'thinking'],
    embeddingParameters: ['dimensions', ...commonEmbeddingParameters],
  },
  outputModes: ({ output_mode, wire }) => (output_mode === 'auto' ? modesOfWire(wire) : [output_mode]),
  endpoint: (config) => config.base_url,
  defaultModel: () => null,

  async check(call) {
    const open = openWith(call, null)
    if (!open.ok) return open
    const listed = await listChatModels(open.value, { readModel })
    if (listed.ok) {
      const { models, isPartial } = await withGatewayFacts(open.value, listed.value)
      const findings = { version: null, models, method: 'listed the models (no cost)' }
      return succeed(isPartial ? { ...findings, isListPartial: true } : findings)
    }
    return hasNoList(listed.reason) ? await checkWithoutList(call) : listed
  },

  async listModels(call) {
    const open = openWith(call, null)
    return open.ok ? await listChatModels(open.value, { readModel }) : open
  },

  async complete(call, asked) {
    const request = withSupportedParameters(asked, this.capabilities)
    const open = openWith(call, request.model, request.parameters?.timeout_seconds)
    if (!open.ok) return open
    const answer = await completeOverWire(call.config, open.value, request)
    // What the answer itself says goes before.
    return answer.ok ? succeed({ ...costInHeaders(open.value.exchange.facts.headers), ...answer.value }) : answer
  },

  async embed(call, asked) {
    const request = withSupportedEmbedding(asked, this.capabilities)
    const options = { model: request.model, extra: dimensionsField(request) }
    return await embedInBatches(request, {
      // Local servers hold a whole request in memory; 64 texts keep even a small one busy.
      mostTexts: 64,
      open: () => openWith(call, request.model, request.parameters.timeout_seconds),
      send: (open, texts) => embedOverOpenai(open, texts, options),
    })
  },
}

async function completeOverWire(
  config: Config,
  open: OpenCall,
  request: CompletionRequest,
): ReturnType<ProviderAdapter<Config>['complete']> {
  const { wire, stream } = config
  switch (wire) {
    case 'chat_completions':
      return await completeChat(open, request, { dialect: dialectOf(request, stream) })
    case 'responses':
      return await completeResponse(open, request, stream)
    case 'messages':
      return await completeMessage(open, request, { baseUrl: messagesBase(config), version: 'older' })
    default:
      return assertNever(wire)
  }
}

function modesOfWire(wire: Config['wire']): readonly OutputMode[] {
  return wire === 'messages' ? ['tool', 'text'] : outputModes
}

/** Others' servers with Anthropic's API want the key and the version as they were before October 2026. */
const olderKey = (key: string) => ({ 'x-api-key': key })
const olderVersion = { 'anthropic-version': '2023-06-01' }

function openWith(call: ProviderCall<Config>, model: string | null, timeoutSeconds?: number): Outcome<OpenCall> {
  const { provider, config, transport } = call
  const custom = readCustomHeaders({ provider, endpoint: config.base_url, config, transport })
  if (!custom.ok) return custom
  const isMessages = config.wire === 'messages'
  return openCall(openaiCompatibleAdapter, call, model, {
    keyHeaders: isMessages ? olderKey : undefined,
    headers: { ...custom.value.headers, ...(isMessages ? olderVersion : {}) },
    secrets: custom.value.secrets,
    timeoutSeconds,
  })
}

/** The SDK of this wire adds /v1 by itself. */
function messagesBase({ base_url }: Config): string {
  return base_url.replace(/\/v1$/, '')
}

function hasNoList(reason: { code: string; raw?: { status?: number | null | undefined } | undefined }): boolean {
  return reason.code === 'invalid_response' && (reason.raw?.status === 404 || reason.raw?.status === 405)
}

/**
 * A server need not list its models. Asked with an empty request, which no server can answer and so none can charge for,
 * it refuses as an API if it is one; without an API at this address it says once more that there is nothing.
 */
async function checkWithoutList(call: ProviderCall<Config>): Promise<Outcome<CheckFindings>> {
  const open = openWith(call, null)
  if (!open.ok) return open
  const asked = await requestJson(open.value, pathOfWire(call.config), { body: {} })
  const { status, bodyKind } = open.value.exchange.facts
  const isRefusalOfApi = (status === 400 || status === 422) && bodyKind === 'json'
  if (!asked.ok && !isRefusalOfApi) return asked
  const method = 'asked with an empty request (no cost); the server does not list its models'
  return succeed({ version: null, models: [], isListPartial: true, method })
}

function pathOfWire(config: Config): string {
  switch (config.wire) {
    case 'chat_completions':
      return `${config.base_url}/chat/completions`
    case 'responses':
      return `${config.base_url}/responses`
    case 'messages':
      return `${messagesBase(config)}/v1/messages`
    default:
      return assertNever(config.wire)
  }
}

/** vLLM and llama.cpp report the context length, each in its own place; llama.cpp the length of vectors, too. */
function readModel(model: { id: string; max_model_len?: unknown; meta?: unknown }): ModelInfo {
  const meta = asFields(model.meta)
  return modelInfo({
    model: model.id,
    contextTokens: countOf(model.max_model_len) ?? countOf(meta?.n_ctx_train),
    sizeBytes: countOf(meta?.size),
  })
}

function dialectOf(request: CompletionRequest, stream: boolean): ChatDialect {
  const { thinking } = request
  const thinks = asksToThink(request)
  return {
    ...plainDialect,
    stream,
    // Only when asked for: servers without it refuse the field.
    reasoningEffort: thinks ? (typeof thinking === 'string' ? thinking : 'medium') : undefined,
    thinkingTokens: thinks ? tokensForThinking : 0,
  }
}
