import * as z from 'zod'
import { assertNever } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import { type DecisionDialect, type OutputMode, outputModes } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import { localizable } from '../../shared/message.ts'
import type { Completion, CompletionRequest, DecisionRequest, ProviderAdapter, ProviderCall } from './adapter.ts'
import { streamAnswer } from './answerPieces.ts'
import { completeMessage } from './anthropicMessages.ts'
import { checkWithoutList } from './checkWithoutList.ts'
import { compatiblePresets } from './compatiblePresets.ts'
import { headerFields, readCustomHeaders } from './customHeaders.ts'
import { type DecisionPlace, decideAt, decideAtFirst } from './decide.ts'
import { limitsAt, limitsOfOwner } from './decisionLimits.ts'
import { commonEmbeddingParameters, embedInBatches } from './embedInBatches.ts'
import { baseUrlField, isInOwnNetwork, isLoopback } from './endpointRules.ts'
import { asFields, type Fields } from './errorBody.ts'
import { invalidResponse } from './failureReason.ts'
import { costInHeaders, withGatewayFacts } from './gatewayPrices.ts'
import { keyFields } from './keyRules.ts'
import { isLlamaCpp, takesTools } from './llamaCppTools.ts'
import { asReadout, usualTopLogprobs } from './logprobs.ts'
import { countOf, decidingInfo, modelInfo, namesOf } from './modelFields.ts'
import { type ChatDialect, completeChat, plainDialect } from './openaiChat.ts'
import { embedOverOpenai } from './openaiEmbed.ts'
import { dimensionsField } from './openaiFamily.ts'
import { listChatModels, type ModelListing } from './openaiModels.ts'
import { completeResponse } from './openaiResponses.ts'
import { type OpenCall, openCall, requestJson } from './openCall.ts'
import { headerText } from './retryAfter.ts'
import { allTerms, inAcceptedTerms, plainTerms, type SchemaTerms } from './schemaTerms.ts'
import { withSupportedEmbedding, withSupportedParameters } from './supportedParameters.ts'
import { asksToThink, tokensForThinking } from './thinking.ts'

/** Gemini's form is spoken by nobody else. */
const compatibleDialects = ['systemone', 'openai'] as const

const configSchema = z.strictObject({
  base_url: baseUrlField('inside').meta({
    title: 'Base URL',
    description: 'Address of the API, usually ending in /v1, such as http://localhost:1234/v1.',
  }),
  wire: z.enum(['chat_completions', 'responses', 'messages']).default('chat_completions').meta({
    title: 'Wire',
    description: 'Which API of the server is used: chat completions (nearly all), responses, or Anthropic’s messages.',
    group: 'advanced',
  }),
  stream: z.boolean().optional().meta({
    title: 'Stream',
    description:
      'Read the answer while it is being written. Slow servers need this, or proxies in between time out. If not set: on for a server on this machine.',
    group: 'advanced',
  }),
  output_mode: z
    .enum(['auto', ...outputModes])
    .default('auto')
    .meta({
      title: 'Output mode',
      description: 'How structured output is requested. Auto starts with a JSON schema.',
      group: 'advanced',
    }),
  decisions: z
    .enum(['auto', ...compatibleDialects, 'none'])
    .default('auto')
    .meta({
      title: 'Decisions',
      description: 'How its decision models are asked. Auto tries System One, then OpenAI.',
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
  liteLlm: { generation: 'openai', embedding: 'openai' },
  key: { need: 'optional', customaryVariable: null, obtainAt: null },
  defaultEndpoint: null,
  presets: compatiblePresets,
  capabilities: {
    embeddings: true,
    outputModes,
    stops: true,
    topLogprobs: usualTopLogprobs,
    generationParameters: ['max_output_tokens', 'temperature', 'top_p', 'top_k', 'timeout_seconds', 'thinking'],
    embeddingParameters: ['dimensions', ...commonEmbeddingParameters],
  },
  outputModes: ({ output_mode, wire }) => (output_mode === 'auto' ? modesOfWire(wire) : [output_mode]),
  // Anthropic's messages have them nowhere.
  topLogprobs: ({ wire }) => (wire === 'messages' ? 0 : usualTopLogprobs),
  endpoint: (config) => config.base_url,
  defaultModel: () => null,
  probesDecisions: true,

  async check(call) {
    const open = openWith(call, null)
    if (!open.ok) return open
    const listed = await listChatModels(open.value, { readModel })
    if (!listed.ok) {
      const url = () => pathOfWire(call.config)
      return await checkWithoutList(listed.reason, { listed: open.value, open: () => openWith(call, null), url })
    }
    const priced = await withGatewayFacts(open.value, listed.value.models)
    const { models } = await withSlotWindow(open.value, priced)
    const isPartial = priced.isPartial || listed.value.isPartial === true
    const findings = { version: null, models, method: 'listed the models (no cost)' }
    return succeed(isPartial ? { ...findings, isListPartial: true } : findings)
  },

  async listModels(call) {
    const open = openWith(call, null)
    if (!open.ok) return open
    const listed = await listChatModels(open.value, { readModel })
    return listed.ok ? succeed(listed.value.models) : listed
  },

  async complete(call, asked) {
    const request = asReadout(withSupportedParameters(asked, this.capabilities))
    const open = openWith(call, request.model, request.parameters?.timeout_seconds)
    if (!open.ok) return open
    const answer = await completeOverWire(call, open.value, request)
    // What the answer itself says goes before.
    return answer.ok ? succeed({ ...costInHeaders(open.value.exchange.facts.headers), ...answer.value }) : answer
  },

  stream(call, asked) {
    return streamAnswer(asked, (request) => this.complete(call, request))
  },

  async decide(call, request) {
    const { provider, config } = call
    const { model, parameters } = request
    if (config.decisions === 'none')
      return fail({ code: 'ask_unsupported', provider, model, ask: 'decisions', why: 'server' })
    return await decideAtFirst(placesOf(config, request), async (place) => {
      const open = openWith(call, model, parameters?.timeout_seconds)
      if (!open.ok) return open
      const outcome = await decideAt(open.value, request, place)
      if (outcome.ok) placesFound.set(config.base_url, nameOf(place))
      return outcome
    })
  },

  decisionLimits: ({ base_url, decisions }) => (decisions === 'none' ? null : limitsAt(base_url)),

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

/** By address: where and in which form something has been answered there in this process. */
const placesFound = new Map<string, string>()

const nameOf = ({ dialect, url }: DecisionPlace): string => `${dialect} ${url}`

/** Where to ask, one after the other: only at the last resort in System One where OpenAI's form has its address, as a few services do. */
function placesOf(config: Config, { model, dialect }: Pick<DecisionRequest, 'model' | 'dialect'>): DecisionPlace[] {
  const dialects = dialectsOf(config, dialect)
  const places = dialects.map((each) => decisionPlaceOf(config, model, each))
  if (dialects.includes('systemone')) places.push({ ...decisionPlaceOf(config, model, 'openai'), dialect: 'systemone' })
  const found = placesFound.get(config.base_url)
  const known = places.find((place) => nameOf(place) === found)
  return known
    ? [known]
    : places.filter((place, at) => places.findIndex((each) => nameOf(each) === nameOf(place)) === at)
}

/** What a person says goes first, then what was found. System One before the other: what it is called stands in its path. */
function dialectsOf({ decisions }: Config, probed: DecisionDialect | undefined): readonly DecisionDialect[] {
  if (decisions === 'systemone' || decisions === 'openai') return [decisions]
  return probed === undefined ? compatibleDialects : [probed]
}

function decisionPlaceOf(config: Config, model: string, dialect: DecisionDialect): DecisionPlace {
  const limits = limitsAt(config.base_url)
  // Workers AI has no path of its own for them: a model is asked by its name, whatever it is for.
  const cloudflare = /^(https:\/\/api\.cloudflare\.com\/client\/v4\/accounts\/[^/]+\/ai)(\/v1)?$/.exec(config.base_url)
  if (cloudflare) return { url: `${cloudflare[1]}/run/${model}`, dialect: 'systemone', limits }
  const base = config.wire === 'messages' ? `${messagesBase(config)}/v1` : config.base_url
  return { url: `${base}/${dialect === 'systemone' ? 'systemone' : 'decisions'}`, dialect, limits }
}

async function completeOverWire(
  call: ProviderCall<Config>,
  open: OpenCall,
  request: CompletionRequest,
): Promise<Outcome<Completion>> {
  const { wire, base_url, stream = isLoopback(base_url) } = call.config
  switch (wire) {
    case 'chat_completions':
      return await completeWithTools(call, open, request, stream)
    case 'responses':
      return await completeResponse(open, request, stream)
    case 'messages':
      return await completeMessage(open, request, { baseUrl: messagesBase(call.config), version: 'older' })
    default:
      return assertNever(wire)
  }
}

/** A forced tool call that the server would answer in prose is refused here, so that the next way of asking is taken. */
async function completeWithTools(
  call: ProviderCall<Config>,
  open: OpenCall,
  request: CompletionRequest,
  stream: boolean,
): Promise<Outcome<Completion>> {
  const { base_url } = call.config
  const openOther = () => {
    const other = openWith(call, null)
    return other.ok ? other.value : null
  }
  if (request.mode === 'tool' && llamaCpps.has(base_url) && !(await takesTools(base_url, openOther))) {
    const detail = localizable('the chat template of its model knows no tools')
    return fail(invalidResponse('rejected_request', detail, open.context()))
  }
  const outcome = await inAcceptedTerms(open.endpoint, request, termsAt(call.config), (terms) =>
    completeChat(open, request, { dialect: { ...dialectOf(request, stream), terms } }),
  )
  if (isLlamaCpp(open)) llamaCpps.add(base_url)
  return outcome
}

/** Addresses where llama.cpp has answered in this process. */
const llamaCpps = new Set<string>()

/** Versions of llama.cpp whose list knows only what the model was trained for say in their properties what a call gets: one slot's share. */
async function withSlotWindow(open: OpenCall, listing: ModelListing): Promise<ModelListing> {
  const [model, ...others] = listing.models
  if (headerText(open.exchange.facts.headers, 'server') !== 'llama.cpp') return listing
  if (model === undefined || others.length > 0 || model.trainedContextTokens !== undefined) return listing
  const props = await requestJson(open, `${open.endpoint.replace(/\/v1$/, '')}/props`)
  const settings = props.ok ? asFields(asFields(props.value)?.default_generation_settings) : null
  const served = countOf(settings?.n_ctx)
  if (served === undefined) return listing
  return {
    ...listing,
    models: [modelInfo({ ...model, contextTokens: served, trainedContextTokens: model.contextTokens })],
  }
}

/** Servers of one's own have llama.cpp's grammars or better ones; what hosted services take differs, and some refuse what they do not. */
function termsAt({ base_url }: Config): SchemaTerms {
  return isInOwnNetwork(base_url) ? allTerms : plainTerms
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

/**
 * vLLM, llama.cpp and LiteLLM report the context length, each in its own place. `n_ctx` is what a call gets, one slot's share of what
 * the server was started with; `n_ctx_train` what the model was made for.
 */
function readModel(model: Fields & { id: string }): ModelInfo {
  const meta = asFields(model.meta)
  const [served, trained] = [countOf(meta?.n_ctx), countOf(meta?.n_ctx_train)]
  const { mode } = model
  const type = typeOfMode(mode)
  // llama.cpp names what comes out, also of models that are not loaded; LiteLLM what a model is for.
  const outputs = namesOf(asFields(model.architecture)?.output_modalities) ?? []
  const decides = outputs.includes('decisions') || type === 'decision'
  const contextTokens = countOf(model.max_model_len) ?? served ?? trained ?? countOf(model.max_input_tokens)
  return modelInfo({
    model: model.id,
    type,
    contextTokens,
    ...decidingInfo({ writes: outputs.includes('text'), decides }, limitsOfOwner(model.owned_by), contextTokens),
    trainedContextTokens: served === undefined ? undefined : trained,
    maxOutputTokens: countOf(model.max_output_tokens),
    sizeBytes: countOf(meta?.size),
    loaded: loadedOf(asFields(model.status)?.value),
    // What is neither is told as it is called, such as image_generation.
    capabilities: type === undefined && typeof mode === 'string' ? [mode.slice(0, 50)] : undefined,
  })
}

/** LiteLLM's word for what a model is for. */
function typeOfMode(mode: unknown): ModelInfo['type'] {
  if (mode === 'chat' || mode === 'completion' || mode === 'responses') return 'generation'
  if (mode === 'evaluation' || mode === 'decision' || mode === 'decisions') return 'decision'
  return mode === 'embedding' ? 'embedding' : undefined
}

/** llama.cpp with several models: the first call loads one that is not. */
function loadedOf(state: unknown): boolean | undefined {
  if (state === 'loaded') return true
  return typeof state === 'string' ? false : undefined
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
    // llama.cpp, vLLM and SGLang know it, and hand it to the template of the model; others do not look at it, or refuse it.
    ...(request.topLogprobs === undefined ? {} : { extra: { chat_template_kwargs: { enable_thinking: false } } }),
  }
}
