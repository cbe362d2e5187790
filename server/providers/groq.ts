import type { ReadinessFacts } from '../../protocol/reasons.ts'
import { localizable } from '../../shared/message.ts'
import type { CompletionRequest } from './adapter.ts'
import { commonEmbeddingParameters } from './embedInBatches.ts'
import type { ErrorBody } from './errorBody.ts'
import { type FailureContext, invalidResponse, rawCause } from './failureReason.ts'
import { groqBatches } from './fileBatches.ts'
import { hostedConfig } from './keyRules.ts'
import { countOf, modelInfo } from './modelFields.ts'
import { type ChatDialect, plainDialect } from './openaiChat.ts'
import { familyAdapter } from './openaiFamily.ts'
import { listChatModels, type ReadModel } from './openaiModels.ts'
import { readRetryAfter } from './retryAfter.ts'
import { reasonOfStatus } from './statusReason.ts'
import { asksToThink, tokensForThinking } from './thinking.ts'

const defaultEndpoint = 'https://api.groq.com/openai/v1'

export const groqAdapter = familyAdapter({
  kind: 'groq',
  label: 'Groq',
  description: 'Open models on Groq’s fast hardware, over its API. Your texts are sent to Groq.',
  configSchema: hostedConfig(defaultEndpoint),
  liteLlm: { generation: 'groq' },
  key: {
    need: 'required',
    customaryVariable: 'GROQ_API_KEY',
    obtainAt: 'https://console.groq.com/keys',
    beginsWith: ['gsk_'],
  },
  defaultEndpoint,
  capabilities: {
    embeddings: true,
    outputModes: ['schema', 'tool', 'json', 'text'],
    stops: true,
    generationParameters: ['max_output_tokens', 'temperature', 'top_p', 'timeout_seconds', 'thinking'],
    embeddingParameters: commonEmbeddingParameters,
  },
  endpoint: (config) => config.base_url,
  dialect: dialectOf,
  list: (open) => listChatModels(open, { readModel }),
  rules: reasonOfGroqStatus,
  batches: { ...groqBatches, place: (config) => ({ baseUrl: config.base_url }) },
  embedding: { mostTexts: 64 },
})

/** Fields beyond OpenAI's are sent but documented nowhere, so each may be absent. */
const readModel: ReadModel = ({ id, active, context_window, max_completion_tokens }) => {
  if (active === false) return null
  return modelInfo({
    model: id,
    type: typeOf(id),
    contextTokens: countOf(context_window),
    maxOutputTokens: countOf(max_completion_tokens),
  })
}

/** Speech and guard models answer in ways of their own. */
function typeOf(id: string): 'embedding' | 'generation' | undefined {
  if (id.includes('embed')) return 'embedding'
  return /(whisper|tts|orpheus|guard)/.test(id) ? undefined : 'generation'
}

/** Holds to a schema for some models only; the others make an effort, and refuse what did not come out well. */
function dialectOf(request: CompletionRequest): ChatDialect {
  const effort = effortOf(request)
  const thinks = isGptOss(request.model) || isQwen(request.model)
  return {
    ...plainDialect,
    tokenLimit: 'max_completion_tokens',
    strict: isGptOss(request.model),
    reasoningEffort: effort,
    thinkingTokens: thinks && effort !== 'none' ? tokensForThinking : 0,
  }
}

/** Each family has words of its own for how much it thinks; the others do not know the field. */
function effortOf(request: CompletionRequest): ChatDialect['reasoningEffort'] {
  const { model, thinking } = request
  if (thinking === undefined) return undefined
  if (isGptOss(model)) return typeof thinking === 'string' ? thinking : thinking ? 'medium' : 'low'
  // "default" is Groq's word; the SDK's types do not know it.
  return isQwen(model) ? ((asksToThink(request) ? 'default' : 'none') as ChatDialect['reasoningEffort']) : undefined
}

const isGptOss = (model: string) => model.includes('gpt-oss')
const isQwen = (model: string) => model.includes('qwen')

/** The model's answer did not hold to what was asked; the next one may. */
const misshapenCodes = ['json_validate_failed', 'tool_use_failed']

function reasonOfGroqStatus(status: number, body: ErrorBody, context: FailureContext): ReadinessFacts {
  const { provider, exchange, now } = context
  // Where others mean a bad key, Groq's flex tier has no capacity.
  if (status === 498) {
    return {
      code: 'overloaded',
      provider,
      retryAfterMs: readRetryAfter(exchange.facts.headers, now) ?? body.retryAfterMs,
      raw: rawCause(context, body),
    }
  }
  // What a limit on spending, set by the account's owner, answers with.
  if (body.codes.has('blocked_api_access')) return { code: 'quota_exceeded', provider, raw: rawCause(context, body) }
  if (status === 400 && misshapenCodes.some((code) => body.codes.has(code))) {
    return invalidResponse('schema', localizable('the model did not keep to the requested structure'), context, body)
  }
  return reasonOfStatus(status, body, context)
}
