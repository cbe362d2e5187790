import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import type { ReadinessFacts } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { CompletionRequest } from './adapter.ts'
import { decisionLimits } from './decisionLimits.ts'
import { commonEmbeddingParameters } from './embedInBatches.ts'
import { asFields, type ErrorBody } from './errorBody.ts'
import { type FailureContext, invalidResponse, quote, rawCause } from './failureReason.ts'
import { hostedConfig } from './keyRules.ts'
import { usualTopLogprobs } from './logprobs.ts'
import { countOf, decidingInfo, labelOf, modelInfo, namesOf, toInstant } from './modelFields.ts'
import { type ChatDialect, plainDialect } from './openaiChat.ts'
import { dimensionsField, familyAdapter } from './openaiFamily.ts'
import { isReasoningName } from './openaiModelNames.ts'
import { type ModelListing, type ReadModel, readModelList } from './openaiModels.ts'
import { type OpenCall, readWholeJson, requestJson } from './openCall.ts'
import { reasonOfStatus } from './statusReason.ts'
import { asksToThink, tokensForThinking } from './thinking.ts'

const defaultEndpoint = 'https://openrouter.ai/api/v1'

export const openrouterAdapter = familyAdapter({
  kind: 'openrouter',
  label: 'OpenRouter',
  description:
    'Models of many providers behind one API. Your texts are sent to OpenRouter and to whoever runs the model.',
  configSchema: hostedConfig(defaultEndpoint),
  liteLlm: { generation: 'openrouter' },
  key: {
    need: 'required',
    customaryVariable: 'OPENROUTER_API_KEY',
    obtainAt: 'https://openrouter.ai/settings/keys',
    beginsWith: ['sk-or-'],
  },
  defaultEndpoint,
  capabilities: {
    embeddings: true,
    outputModes: ['schema', 'tool', 'json', 'text'],
    stops: true,
    topLogprobs: usualTopLogprobs,
    generationParameters: ['max_output_tokens', 'temperature', 'top_p', 'top_k', 'timeout_seconds', 'thinking'],
    embeddingParameters: ['dimensions', ...commonEmbeddingParameters],
  },
  endpoint: (config) => config.base_url,
  dialect: dialectOf,
  list: listModels,
  rules: reasonOfOpenrouterStatus,
  embedding: { mostTexts: 64, extra: dimensionsField },
  decisions: {
    place: ({ base_url }) => ({
      url: `${base_url}/systemone`,
      dialect: 'systemone',
      limits: decisionLimits.openrouter,
    }),
  },
})

/** Without `require_parameters` a call may be routed to somebody who ignores the schema, or the wish for log probabilities. */
function dialectOf(request: CompletionRequest): ChatDialect {
  const { model, thinking, mode, topLogprobs } = request
  const thinks = asksToThink(request)
  const effort = typeof thinking === 'string' ? thinking : thinks ? 'medium' : 'none'
  return {
    ...plainDialect,
    // What a model refuses would leave no provider to route to.
    takesSampling: !refusesSampling(model),
    thinkingTokens: thinks ? tokensForThinking : 0,
    extra: {
      ...(thinking === undefined ? {} : { reasoning: { effort } }),
      ...(mode === 'text' && topLogprobs === undefined ? {} : { provider: { require_parameters: true } }),
    },
  }
}

function refusesSampling(model: string): boolean {
  return model.startsWith('anthropic/') || isReasoningName(model.replace(/^openai\//, ''))
}

/** The lists need no key, so the key is asked about first: that costs nothing and shows whether credit is left. */
async function listModels(open: OpenCall): Promise<Outcome<ModelListing>> {
  const key = await requestJson(open, `${open.endpoint}/key`, { rules: reasonOfOpenrouterStatus })
  if (!key.ok) return key
  const left = asFields(asFields(key.value)?.data)?.limit_remaining
  if (typeof left === 'number' && left <= 0) {
    return fail({ code: 'quota_exceeded', provider: open.context().provider, raw: rawCause(open.context()) })
  }
  const models = await readPages(open, `${open.endpoint}/models`)
  if (!models.ok) return models
  const embeddings = await readPages(open, `${open.endpoint}/embeddings/models`)
  // The second list is newer than the first: where a gateway lacks it, there are no embeddings to offer.
  if (!embeddings.ok) return embeddings.reason.code === 'cancelled' ? embeddings : models
  const vectors = embeddings.value.models.map((model) => ({ ...model, type: 'embedding' as const }))
  const deciders = await readPages(open, `${open.endpoint}/models?output_modalities=decisions`)
  if (!deciders.ok && deciders.reason.code === 'cancelled') return deciders
  // A gateway that does not know the question answers with the whole list.
  const deciding = deciders.ok ? deciders.value.models.filter(({ decisions }) => decisions !== undefined) : []
  const apart = [...vectors, ...deciding]
  const names = new Set(apart.map(({ model }) => model))
  return succeed({
    ...models.value,
    models: [...models.value.models.filter(({ model }) => !names.has(model)), ...apart],
  })
}

const mostModels = 10_000

/** In one piece, unless the list says that there are more. */
async function readPages(open: OpenCall, url: string): Promise<Outcome<ModelListing>> {
  const models: ModelInfo[] = []
  for (;;) {
    const page = await requestJson(
      open,
      models.length === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}offset=${models.length}`,
    )
    if (!page.ok) return page
    const read = readModelList(open, readModel)
    if (!read.ok) return read
    models.push(...read.value.models)
    const total = totalOf(open)
    const isWhole = read.value.models.length === 0 || models.length >= Math.min(total, mostModels)
    if (isWhole) return succeed(models.length === 0 ? { models, isPartial: true } : { models })
  }
}

function totalOf(open: OpenCall): number {
  const body = readWholeJson(open)
  return (body.ok ? countOf(asFields(body.value)?.total_count) : undefined) ?? 0
}

const readModel: ReadModel = (model) => {
  const { id, name, context_length, architecture, supported_parameters, pricing, expiration_date: end } = model
  const top = asFields(model.top_provider)
  const outputs = namesOf(asFields(architecture)?.output_modalities) ?? []
  const contextTokens = countOf(top?.context_length) ?? countOf(context_length)
  const says = { writes: outputs.includes('text'), decides: outputs.includes('decisions') }
  return modelInfo({
    model: id,
    label: labelOf(name),
    type: outputs.includes('embeddings') ? 'embedding' : outputs.includes('text') ? 'generation' : undefined,
    ...decidingInfo(says, decisionLimits.openrouter, contextTokens),
    contextTokens,
    maxOutputTokens: countOf(top?.max_completion_tokens),
    capabilities: namesOf(supported_parameters)?.filter((parameter) => tellingParameters.has(parameter)),
    pricing: priceOf(pricing),
    shutdownAt: end === undefined ? undefined : toInstant(end),
  })
}

const tellingParameters = new Set(['structured_outputs', 'response_format', 'tools', 'reasoning'])

/** Given as text, in dollars a token; a negative one marks a router whose price depends on where it sends a call. */
function priceOf(pricing: unknown): { input: number; output: number } | undefined {
  const fields = asFields(pricing)
  const millions = (value: unknown) => (typeof value === 'string' && value !== '' ? Number(value) * 1e6 : Number.NaN)
  const price = { input: millions(fields?.prompt), output: millions(fields?.completion) }
  const isTold = [price.input, price.output].every((value) => Number.isFinite(value) && value >= 0)
  return isTold ? { input: round(price.input), output: round(price.output) } : undefined
}

function round(value: number): number {
  return Number(value.toPrecision(6))
}

/** There is no code for either: the status is that of a bad request, and the message names the model. */
const noSuchModelText = /not a valid model|no endpoints found for/i

function reasonOfOpenrouterStatus(status: number, body: ErrorBody, context: FailureContext): ReadinessFacts {
  const { provider, model } = context
  const raw = rawCause(context, body)
  if (model !== null && (status === 400 || status === 404) && noSuchModelText.test(body.message)) {
    return { code: 'model_missing', provider, model, alternatives: [], raw }
  }
  // The model is there, but nobody who runs it takes what was asked: another output mode may do.
  if (model !== null && status === 404 && body.isApi) {
    return invalidResponse(
      'rejected_request',
      localizable('it refused the request: {0}', quote(body.message, context)),
      context,
      body,
    )
  }
  // Moderation; without what it flagged it is about the key.
  if (model !== null && status === 403 && body.isFlagged) {
    const said = quote(body.message, context)
    const detail = said ? localizable('{0}', said) : localizable('its moderation stopped the request')
    return { code: 'content_filtered', provider, model, ...withMessage('detail', detail), raw }
  }
  return reasonOfStatus(status, body, context)
}
