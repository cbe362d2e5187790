import * as z from 'zod'
import { decisionLimits } from './decisionLimits.ts'
import { commonEmbeddingParameters } from './embedInBatches.ts'
import { baseUrlField } from './endpointRules.ts'
import { openaiBatches } from './fileBatches.ts'
import { keyFields } from './keyRules.ts'
import { usualTopLogprobs } from './logprobs.ts'
import { decidingInfo, modelInfo, toInstant } from './modelFields.ts'
import { cacheField } from './openaiChat.ts'
import { dimensionsField, familyAdapter } from './openaiFamily.ts'
import { decidesByName, isReasoningName, openaiDialect, typeOfName } from './openaiModelNames.ts'
import { listChatModels } from './openaiModels.ts'

const defaultEndpoint = 'https://api.openai.com/v1'

/** Its regions have hosts of their own. */
const isOpenai = (baseUrl: string) => /(^|\.)api\.openai\.com$/.test(new URL(baseUrl).hostname)

export const openaiAdapter = familyAdapter({
  kind: 'openai',
  label: 'OpenAI',
  description: 'Models of OpenAI, over its API. Your texts are sent to OpenAI.',
  configSchema: z.strictObject({
    base_url: baseUrlField('inside').default(defaultEndpoint).meta({
      title: 'Base URL',
      description: 'Address of the API, including the version. Change it only for a gateway of your own.',
    }),
    ...keyFields,
  }),
  liteLlm: { generation: 'openai', embedding: 'openai' },
  key: {
    need: 'required',
    customaryVariable: 'OPENAI_API_KEY',
    obtainAt: 'https://platform.openai.com/api-keys',
    beginsWith: ['sk-proj-', 'sk-svcacct-', 'sk-admin-'],
  },
  defaultEndpoint,
  capabilities: {
    embeddings: true,
    outputModes: ['schema', 'tool', 'json', 'text'],
    topLogprobs: usualTopLogprobs,
    generationParameters: ['max_output_tokens', 'temperature', 'top_p', 'timeout_seconds', 'thinking'],
    embeddingParameters: ['dimensions', ...commonEmbeddingParameters],
  },
  endpoint: (config) => config.base_url,
  dialect: (request, { base_url }) => ({
    ...openaiDialect(request),
    ...(isOpenai(base_url) ? { extra: cacheField(request) } : {}),
    // Older servers do not know the newer name, and then let a model run on; models at OpenAI refuse the older one.
    ...(isOpenai(base_url) || isReasoningName(request.model) ? {} : { tokenLimit: 'max_tokens' as const }),
  }),
  // OpenAI lists ids and, since 2026, when a model is shut down.
  list: (open) =>
    listChatModels(open, {
      readModel: ({ id, shutdown_date: end }) =>
        modelInfo({
          model: id,
          type: typeOfName(id),
          ...decidingInfo({ writes: true, decides: decidesByName(id) }, decisionLimits.openai, undefined),
          shutdownAt: end === undefined ? undefined : toInstant(end),
        }),
    }),
  batches: { ...openaiBatches, place: (config) => ({ baseUrl: config.base_url }) },
  embedding: { mostTexts: 2048, extra: dimensionsField },
  decisions: {
    place: ({ base_url }) => ({
      url: `${base_url}/decisions`,
      dialect: 'openai',
      limits: isOpenai(base_url) ? decisionLimits.openai : {},
    }),
  },
})
