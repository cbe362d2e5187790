import type { Anthropic } from '@anthropic-ai/sdk'
import * as z from 'zod'
import { fail, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import type { CompletionRequest, ProviderAdapter } from './adapter.ts'
import { readMessage } from './anthropicAnswer.ts'
import { baseUrlField } from './endpointRules.ts'
import { asFields, parseJson } from './errorBody.ts'
import { invalidResponse, reasonOfFailure, reasonOfUnusableBody } from './failureReason.ts'
import { keyFields } from './keyRules.ts'
import { toInstant } from './modelDates.ts'
import { type OpenCall, openCall } from './openCall.ts'
import { beyondOurDeadlinesMs, keyIsAddedLater, rememberClients, sharedFetch } from './sdkFetch.ts'
import { reasonOfStatus } from './statusReason.ts'

const defaultEndpoint = 'https://api.anthropic.com'

const configSchema = z.strictObject({
  base_url: baseUrlField('inside').default(defaultEndpoint).meta({
    title: 'Base URL',
    description: 'Where the API is, without /v1. Change it only for a gateway of your own.',
  }),
  ...keyFields,
})

type Config = z.infer<typeof configSchema>

/** The one place that loads the Anthropic SDK. Everything explicit: what is left out, it takes from variables and profiles. */
const clientOf = rememberClients(async (baseURL) => {
  const { Anthropic: Client } = await import('@anthropic-ai/sdk')
  return new Client({
    baseURL,
    apiKey: keyIsAddedLater,
    maxRetries: 0,
    timeout: beyondOurDeadlinesMs,
    logLevel: 'off',
    openTelemetry: false,
    fetch: sharedFetch,
  })
})

const through = ({ exchange }: OpenCall) => ({ fetchOptions: { exchange } as object })

export const anthropicAdapter: ProviderAdapter<Config> & { endpoint(config: Config): string } = {
  kind: 'anthropic',
  label: 'Anthropic',
  description: 'Claude models of Anthropic, over its API. Your texts are sent to Anthropic.',
  configSchema,
  key: {
    need: 'required',
    customaryVariable: 'ANTHROPIC_API_KEY',
    obtainAt: 'https://platform.claude.com/settings/keys',
  },
  defaultEndpoint,
  // There is no JSON mode: it would be plain text by another name.
  capabilities: { embeddings: false, outputModes: ['schema', 'tool', 'text'] },
  endpoint: (config) => config.base_url,
  defaultModel: () => null,

  async check(call) {
    const models = await this.listModels(call)
    if (!models.ok) return models
    return succeed({ version: null, models: models.value, method: 'listed the models (no cost)' })
  },

  async listModels(call) {
    const opened = openCall(this, call, null)
    if (!opened.ok) return opened
    const open = opened.value
    const client = await clientOf(open.endpoint)
    const models: ModelInfo[] = []
    let after: string | null = null
    try {
      do {
        await client.models.list({ limit: 1000, ...(after === null ? {} : { after_id: after }) }, through(open))
        const page = readPage(open)
        if (!page.ok) return page
        models.push(...page.value.models)
        after = page.value.next
      } while (after !== null && models.length < 10_000)
    } catch (error) {
      return fail(reasonOfFailure(error, open.context(), reasonOfStatus))
    }
    return succeed(models)
  },

  async complete(call, request) {
    const opened = openCall(this, call, request.model)
    if (!opened.ok) return opened
    const open = opened.value
    const client = await clientOf(open.endpoint)
    try {
      const message = await client.messages.create(messageRequest(request), through(open))
      return readMessage(message, open)
    } catch (error) {
      return fail(reasonOfFailure(error, open.context(), reasonOfStatus))
    }
  },
}

/** Since 2026-10-21 the API refuses temperature, top_p and top_k, at their defaults, too. */
function messageRequest(request: CompletionRequest): Anthropic.MessageCreateParamsNonStreaming {
  const { name, schema } = request.output
  const effort = typeof request.thinking === 'string' ? { effort: request.thinking } : {}
  const format = request.mode === 'schema' ? { format: { type: 'json_schema' as const, schema } } : {}
  const tools = [{ name, strict: true, input_schema: { ...schema, type: 'object' as const } }]
  const output = { ...effort, ...format }
  return {
    model: request.model,
    system: request.system,
    messages: [{ role: 'user', content: request.prompt }],
    max_tokens: request.maxOutputTokens + (thinks(request) ? 16_384 : 0),
    ...(Object.keys(output).length > 0 ? { output_config: output } : {}),
    ...(request.thinking === undefined ? {} : { thinking: { type: thinks(request) ? 'adaptive' : 'disabled' } }),
    ...(request.mode === 'tool' ? { tools, tool_choice: { type: 'tool' as const, name } } : {}),
  }
}

/** A forced tool call and thinking exclude each other. */
function thinks({ thinking, mode }: CompletionRequest): boolean {
  return thinking !== undefined && thinking !== false && mode !== 'tool'
}

/** Read from the body itself: what stands in front of other servers' lists differs from the SDK's types. */
function readPage(open: OpenCall) {
  const unusable = reasonOfUnusableBody(open.context())
  if (unusable !== null) return fail(unusable)
  const page = asFields(parseJson(open.exchange.facts.body?.toString() ?? ''))
  if (page === null) return fail(invalidResponse('not_json', 'it is not valid JSON', open.context()))
  if (!Array.isArray(page.data)) {
    const isError = page.error != null
    const detail = isError ? 'it reports an error with a status of success' : 'it is no list of models'
    return fail(invalidResponse(isError ? 'error_body' : 'not_the_api', detail, open.context()))
  }
  const next = page.has_more === true && typeof page.last_id === 'string' ? page.last_id : null
  return succeed({ models: page.data.flatMap(readModel), next })
}

function readModel(entry: unknown): ModelInfo[] {
  const model = asFields(entry)
  if (typeof model?.id !== 'string' || model.id === '' || model.id.length > 256) return []
  const context = model.max_input_tokens
  const info: ModelInfo = { model: model.id, type: 'generation' }
  if (typeof model.display_name === 'string') info.label = model.display_name
  if (typeof context === 'number' && Number.isInteger(context) && context > 0) info.contextTokens = context
  if (model.deprecated_at !== undefined) info.deprecatedAt = toInstant(model.deprecated_at)
  if (model.retires_at !== undefined) info.shutdownAt = toInstant(model.retires_at)
  return [info]
}
