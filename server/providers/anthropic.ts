import * as z from 'zod'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import { fail } from '../../shared/fail.ts'
import type { ProviderAdapter } from './adapter.ts'
import { streamAnswer } from './answerPieces.ts'
import { anthropicClientOf, completeMessage, mostOutputTokens, throughAnthropic } from './anthropicMessages.ts'
import { checkWithoutList } from './checkWithoutList.ts'
import { baseUrlField } from './endpointRules.ts'
import { asFields, type Fields } from './errorBody.ts'
import { reasonOfFailure, reasonOfUnusableBody } from './failureReason.ts'
import { keyFields } from './keyRules.ts'
import { messageBatches } from './messageBatches.ts'
import { countOf, labelOf, modelInfo, toInstant } from './modelFields.ts'
import { entriesOf, type ModelListing, noList, withId } from './openaiModels.ts'
import { type OpenCall, openCall, readWholeJson } from './openCall.ts'
import { reasonOfStatus } from './statusReason.ts'
import { withSupportedParameters } from './supportedParameters.ts'

const defaultEndpoint = 'https://api.anthropic.com'

const configSchema = z.strictObject({
  base_url: baseUrlField('inside').default(defaultEndpoint).meta({
    title: 'Base URL',
    description: 'Address of the API, without /v1. Change it only for a gateway of your own.',
  }),
  ...keyFields,
})

type Config = z.infer<typeof configSchema>

export const anthropicAdapter: ProviderAdapter<Config> & { endpoint(config: Config): string } = {
  kind: 'anthropic',
  label: 'Anthropic',
  description: 'Claude models of Anthropic, over its API. Your texts are sent to Anthropic.',
  configSchema,
  liteLlm: { generation: 'anthropic' },
  key: {
    need: 'required',
    customaryVariable: 'ANTHROPIC_API_KEY',
    obtainAt: 'https://platform.claude.com/settings/keys',
    beginsWith: ['sk-ant-'],
  },
  defaultEndpoint,
  capabilities: {
    embeddings: false,
    // There is no JSON mode: it would be plain text by another name.
    outputModes: ['schema', 'tool', 'text'],
    generationParameters: ['max_output_tokens', 'timeout_seconds', 'thinking'],
  },
  endpoint: (config) => config.base_url,
  // Other servers with this API ignore a schema without a word: a probe may show that one does not.
  outputModes: ({ base_url }) =>
    base_url === defaultEndpoint ? ['schema', 'tool', 'text'] : ['tool', 'schema', 'text'],
  defaultModel: () => null,

  async check(call) {
    const open = openCall(this, call, null)
    if (!open.ok) return open
    const listed = await listModels(open.value)
    if (!listed.ok) {
      return await checkWithoutList(listed.reason, {
        listed: open.value,
        open: () => openCall(this, call, null, { headers: { 'anthropic-version': '2023-06-01' } }),
        url: ({ endpoint }) => `${endpoint}/v1/messages`,
      })
    }
    const { models, isPartial } = listed.value
    const findings = { version: null, models, method: 'listed the models (no cost)' }
    return succeed(isPartial ? { ...findings, isListPartial: true } : findings)
  },

  async listModels(call) {
    const open = openCall(this, call, null)
    if (!open.ok) return open
    const listed = await listModels(open.value)
    return listed.ok ? succeed(listed.value.models) : listed
  },

  async complete(call, asked) {
    const request = withSupportedParameters(asked, this.capabilities)
    const open = openCall(this, call, request.model, { timeoutSeconds: request.parameters?.timeout_seconds })
    if (!open.ok) return open
    return await completeMessage(open.value, request, { baseUrl: open.value.endpoint, version: 'current' })
  },

  stream(call, asked) {
    return streamAnswer(asked, (request) => this.complete(call, request))
  },

  get batches() {
    return messageBatches(this)
  },

  mostOutputTokens(_, asked) {
    return mostOutputTokens(withSupportedParameters(asked, this.capabilities))
  },
}

const mostModels = 10_000

async function listModels(open: OpenCall): Promise<Outcome<ModelListing>> {
  const client = await anthropicClientOf(open.endpoint)
  const models: ModelInfo[] = []
  let after: string | null = null
  try {
    do {
      await client.models.list({ limit: 1000, ...(after === null ? {} : { after_id: after }) }, throughAnthropic(open))
      const page = readPage(open)
      if (!page.ok) return page
      models.push(...page.value.models)
      after = page.value.next
    } while (after !== null && models.length < mostModels)
  } catch (error) {
    return fail(reasonOfFailure(error, open.context(), reasonOfStatus))
  }
  return succeed(models.length === 0 || after !== null ? { models, isPartial: true } : { models })
}

/** Read from the body itself: what stands in front of other servers' lists differs from the SDK's types. */
function readPage(open: OpenCall): Outcome<{ models: ModelInfo[]; next: string | null }> {
  const unusable = reasonOfUnusableBody(open.context())
  if (unusable !== null) return fail(unusable)
  const body = readWholeJson(open)
  if (!body.ok) return body
  const page = asFields(body.value)
  const entries = entriesOf(body.value)
  if (entries === null) return fail(noList(open, body.value))
  const next = page?.has_more === true && typeof page.last_id === 'string' ? page.last_id : null
  return succeed({ models: entries.flatMap(readModel), next })
}

function readModel(entry: unknown): ModelInfo[] {
  const model = withId(entry)
  if (model === null || model.id.includes('*')) return []
  const { deprecated_at, retires_at } = model
  return [
    modelInfo({
      model: model.id,
      type: 'generation',
      label: labelOf(model.display_name),
      contextTokens: countOf(model.max_input_tokens),
      maxOutputTokens: countOf(model.max_tokens),
      capabilities: capabilitiesOf(asFields(model.capabilities)),
      // An announced end without dates counts as one all the same.
      deprecated: model.lifecycle === 'deprecated' || model.lifecycle === 'retired' ? true : undefined,
      deprecatedAt: deprecated_at === undefined ? undefined : toInstant(deprecated_at),
      shutdownAt: retires_at === undefined ? undefined : toInstant(retires_at),
    }),
  ]
}

/** `{structured_outputs: {supported: true}, …}`: the names of what is supported. */
function capabilitiesOf(capabilities: Fields | null): string[] | undefined {
  if (capabilities === null) return undefined
  return Object.entries(capabilities).flatMap(([name, value]) => (asFields(value)?.supported === true ? [name] : []))
}
