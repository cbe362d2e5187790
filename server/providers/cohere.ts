import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import { fail } from '../../shared/fail.ts'
import { localizable } from '../../shared/message.ts'
import type { CompletionRequest, EmbeddingRequest } from './adapter.ts'
import { commonEmbeddingParameters, type EmbeddedBatch } from './embedInBatches.ts'
import { asFields, type Fields } from './errorBody.ts'
import { invalidResponse } from './failureReason.ts'
import { hostedConfig } from './keyRules.ts'
import { countOf, isModelId, modelInfo, namesOf, tokens } from './modelFields.ts'
import { type ChatDialect, plainDialect } from './openaiChat.ts'
import { familyAdapter } from './openaiFamily.ts'
import { type ModelListing, noList } from './openaiModels.ts'
import { type OpenCall, requestJson } from './openCall.ts'
import { asksToThink, tokensForThinking } from './thinking.ts'

const defaultEndpoint = 'https://api.cohere.com'

export const cohereAdapter = familyAdapter({
  kind: 'cohere',
  label: 'Cohere',
  description: 'Models of Cohere, over its API. Your texts are sent to Cohere.',
  configSchema: hostedConfig(defaultEndpoint, 'Where the API is, without a version.'),
  liteLlm: { generation: 'cohere_chat', embedding: 'cohere' },
  key: { need: 'required', customaryVariable: 'COHERE_API_KEY', obtainAt: 'https://dashboard.cohere.com/api-keys' },
  defaultEndpoint,
  capabilities: {
    embeddings: true,
    outputModes: ['schema', 'json', 'text'],
    generationParameters: ['max_output_tokens', 'temperature', 'top_p', 'timeout_seconds', 'thinking'],
    embeddingParameters: ['dimensions', ...commonEmbeddingParameters],
  },
  endpoint: (config) => config.base_url,
  // Chat goes through the part that speaks OpenAI's API; the list and the vectors are asked of Cohere's own.
  place: (config) => ({ baseUrl: `${config.base_url}/compatibility/v1` }),
  dialect: dialectOf,
  list: listModels,
  embedding: { mostTexts: 96, send: embed },
})

function dialectOf(request: CompletionRequest): ChatDialect {
  const { thinking } = request
  const thinks = asksToThink(request)
  return {
    ...plainDialect,
    schemaIn: 'json_object',
    // Knows these two only.
    reasoningEffort: thinking === undefined ? undefined : thinks ? 'high' : 'none',
    thinkingTokens: thinks ? tokensForThinking : 0,
  }
}

const mostPages = 20

async function listModels(open: OpenCall): Promise<Outcome<ModelListing>> {
  const models: ModelInfo[] = []
  let token: string | null = null
  for (let page = 0; page < mostPages; page++) {
    const query = new URLSearchParams({ page_size: '1000', ...(token === null ? {} : { page_token: token }) })
    const body = await requestJson(open, `${open.endpoint}/v1/models?${query}`)
    if (!body.ok) return body
    const list = asFields(body.value)
    if (!Array.isArray(list?.models)) return fail(noList(open, body.value))
    models.push(...list.models.flatMap(readModel))
    if (typeof list.next_page_token !== 'string' || list.next_page_token === '') break
    token = list.next_page_token
  }
  return succeed({ models })
}

function readModel(entry: unknown): ModelInfo[] {
  const model = asFields(entry)
  if (!isModelId(model?.name)) return []
  const uses = namesOf(model.endpoints) ?? []
  const chats = uses.includes('chat') ? 'generation' : undefined
  return [
    modelInfo({
      model: model.name,
      type: uses.includes('embed') ? 'embedding' : chats,
      contextTokens: countOf(model.context_length),
      capabilities: namesOf(model.features),
      deprecated: model.is_deprecated === true ? true : undefined,
    }),
  ]
}

/** Vectors to keep and compare. What is too long is refused rather than cut without a word. */
async function embed(
  open: OpenCall,
  texts: readonly string[],
  { model, parameters }: EmbeddingRequest,
): Promise<Outcome<EmbeddedBatch>> {
  const body = {
    model,
    texts,
    input_type: 'search_document',
    embedding_types: ['float'],
    truncate: 'NONE',
    ...(parameters.dimensions === undefined ? {} : { output_dimension: parameters.dimensions }),
  }
  const answered = await requestJson(open, `${open.endpoint}/v2/embed`, { body })
  if (!answered.ok) return answered
  const answer = asFields(answered.value)
  const vectors = asFields(answer?.embeddings)?.float
  if (!Array.isArray(vectors))
    return fail(invalidResponse('schema', localizable('it holds no vectors'), open.context()))
  const billed: Fields | null = asFields(asFields(answer?.meta)?.billed_units)
  return succeed({ vectors, usage: { input: tokens(billed?.input_tokens), output: 0, cached: null } })
}
