import type { CompletionRequest } from './adapter.ts'
import { asFields } from './errorBody.ts'
import { mistralBatches } from './fileBatches.ts'
import { countOf, labelOf, modelInfo, namesOf, toInstant } from './modelFields.ts'
import { type ChatDialect, cacheField, plainDialect } from './openaiChat.ts'
import { familyAdapter, hostedService } from './openaiFamily.ts'
import { listChatModels, type ReadModel } from './openaiModels.ts'
import { asksToThink, tokensForThinking } from './thinking.ts'

export const mistralAdapter = familyAdapter({
  ...hostedService('https://api.mistral.ai/v1'),
  kind: 'mistral',
  label: 'Mistral',
  description: 'Models of Mistral, over its API. Your texts are sent to Mistral.',
  liteLlm: { generation: 'mistral', embedding: 'mistral' },
  key: { need: 'required', customaryVariable: 'MISTRAL_API_KEY', obtainAt: 'https://console.mistral.ai/api-keys' },
  dialect: dialectOf,
  list: (open) => listChatModels(open, { readModel }),
  batches: { ...mistralBatches, place: (config) => ({ baseUrl: config.base_url }) },
  embedding: {
    mostTexts: 32,
    extra: ({ parameters: { dimensions } }) => (dimensions === undefined ? {} : { output_dimension: dimensions }),
  },
})

/** `deprecation` is the day from which a model is deprecated; when it is shut down after that, the list does not say. */
const readModel: ReadModel = (model) => {
  const { id, name, capabilities, max_context_length, deprecation, deprecation_replacement_model: instead } = model
  const chats = asFields(capabilities)?.completion_chat
  const type = id.includes('embed') ? 'embedding' : chats === true ? 'generation' : undefined
  return modelInfo({
    model: id,
    label: labelOf(name),
    type,
    contextTokens: countOf(max_context_length),
    capabilities: namesOf(capabilities),
    deprecatedAt: deprecation === undefined ? undefined : toInstant(deprecation),
    replacement: instead === undefined ? undefined : (labelOf(instead) ?? null),
  })
}

/** Fields that it does not know are refused, so thinking is sent only where it was asked for. */
function dialectOf(request: CompletionRequest): ChatDialect {
  const thinks = asksToThink(request)
  return {
    ...plainDialect,
    reasoningEffort: thinks ? (typeof request.thinking === 'string' ? request.thinking : 'high') : undefined,
    extra: cacheField(request),
    thinkingTokens: thinks || request.model.startsWith('magistral') ? tokensForThinking : 0,
  }
}
