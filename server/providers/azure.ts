import * as z from 'zod'
import { formOf } from '../../shared/describe/issue.ts'
import { localizable } from '../../shared/message.ts'
import type { DecisionPlace } from './decide.ts'
import { decisionLimits } from './decisionLimits.ts'
import { commonEmbeddingParameters } from './embedInBatches.ts'
import { baseUrlField } from './endpointRules.ts'
import { asFields, type Fields } from './errorBody.ts'
import { azureBatches } from './fileBatches.ts'
import { keyFields } from './keyRules.ts'
import { usualTopLogprobs } from './logprobs.ts'
import { modelInfo, namesOf, toInstant } from './modelFields.ts'
import { cacheField, type SdkPlace } from './openaiChat.ts'
import { dimensionsField, familyAdapter } from './openaiFamily.ts'
import { openaiDialect } from './openaiModelNames.ts'
import { listChatModels, type ReadModel } from './openaiModels.ts'
import { unboundedTerms } from './schemaTerms.ts'

const configSchema = z.strictObject({
  base_url: baseUrlField('inside').meta({
    title: 'Endpoint',
    description: 'The endpoint of your resource, such as https://my-resource.openai.azure.com.',
  }),
  api_version: z
    .string()
    .regex(
      ...formOf(
        /^(v1|\d{4}-\d{2}-\d{2}(-preview)?)$/,
        localizable('"v1" is needed, or a dated version such as 2024-10-21'),
      ),
    )
    .default('v1')
    .meta({ title: 'API version', description: 'v1, or the dated version that your resource uses.' }),
  ...keyFields,
})

type Config = z.infer<typeof configSchema>

/** The list of models has a documented address in the dated API only; both surfaces serve it. */
const listVersion = '2024-10-21'

export const azureAdapter = familyAdapter({
  kind: 'azure',
  label: 'Azure OpenAI',
  description: 'Deployments in your own Azure OpenAI resource. The model is the name of a deployment.',
  configSchema,
  liteLlm: {
    generation: 'azure',
    embedding: 'azure',
    parameters: ({ api_version }) => ({ api_version }),
  },
  key: { need: 'required', customaryVariable: 'AZURE_OPENAI_API_KEY', obtainAt: 'https://portal.azure.com' },
  defaultEndpoint: null,
  hostsEndWith: ['.openai.azure.com', '.services.ai.azure.com', '.cognitiveservices.azure.com'],
  capabilities: {
    embeddings: true,
    outputModes: ['schema', 'tool', 'json', 'text'],
    topLogprobs: usualTopLogprobs,
    generationParameters: ['max_output_tokens', 'temperature', 'top_p', 'timeout_seconds', 'thinking'],
    embeddingParameters: ['dimensions', ...commonEmbeddingParameters],
  },
  // People paste the address with its path, too.
  endpoint: (config) => config.base_url.replace(/\/openai(\/v1)?$/, ''),
  keyHeaders: (key) => ({ 'api-key': key }),
  place: placeOf,
  // A deployment may have any name; where it does not reveal the model behind, what that refuses is left out next time.
  dialect: (request, { api_version }) => ({
    ...openaiDialect(request),
    terms: unboundedTerms,
    ...(api_version === 'v1' ? { extra: cacheField(request) } : {}),
  }),
  // These are the models that could be deployed; the deployments themselves are listed to administrators only.
  listIsPartial: true,
  list: (open, { api_version }) =>
    listChatModels(open, {
      readModel,
      place: {
        baseUrl: `${open.endpoint}/openai`,
        query: { 'api-version': api_version === 'v1' ? listVersion : api_version },
      },
    }),
  batches: { ...azureBatches, place: batchPlaceOf },
  embedding: { mostTexts: 2048, extra: dimensionsField },
  decisions: { place: decisionPlaceOf, isUnlisted: true },
})

function placeOf(config: Config, deployment: string): SdkPlace {
  const root = `${azureAdapter.endpoint(config)}/openai`
  if (config.api_version === 'v1') return { baseUrl: `${root}/v1` }
  const query = { 'api-version': config.api_version }
  return { baseUrl: `${root}/deployments/${encodeURIComponent(deployment)}`, query }
}

/** Files and batches are those of the resource; each line names its deployment. */
function batchPlaceOf({ api_version, base_url }: Config): { baseUrl: string; query?: string } {
  const root = `${base_url.replace(/\/openai(\/v1)?$/, '')}/openai`
  return api_version === 'v1' ? { baseUrl: `${root}/v1` } : { baseUrl: root, query: `api-version=${api_version}` }
}

/** Microsoft's own model has its own place, at the newer name of the resource only: the key goes to no other host than the one it is for. */
function decisionPlaceOf({ base_url }: Config, deployment: string): DecisionPlace {
  const { origin, hostname } = new URL(base_url)
  if (hostname.endsWith('.services.ai.azure.com') && /microsoft-decision/i.test(deployment)) {
    const url = `${origin}/providers/microsoft/v1/systemone`
    return { url, dialect: 'systemone', limits: decisionLimits.typesafe }
  }
  const root = base_url.replace(/\/openai(\/v1)?$/, '')
  return { url: `${root}/openai/v1/decisions`, dialect: 'openai', limits: decisionLimits.openai }
}

const readModel: ReadModel = ({ id, capabilities, deprecation, lifecycle_status }) => {
  const able = asFields(capabilities)
  const end = asFields(deprecation)?.inference
  return modelInfo({
    model: id,
    type: typeOf(able),
    capabilities: namesOf(able),
    deprecated: lifecycle_status === 'deprecating' || lifecycle_status === 'deprecated' ? true : undefined,
    shutdownAt: end === undefined ? undefined : toInstant(end),
  })
}

function typeOf(capabilities: Fields | null): 'embedding' | 'generation' | undefined {
  if (capabilities?.embeddings === true) return 'embedding'
  return capabilities?.chat_completion === true ? 'generation' : undefined
}
