import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import { fail } from '../../shared/fail.ts'
import type { CompletionRequest } from './adapter.ts'
import { decisionLimits } from './decisionLimits.ts'
import { asFields } from './errorBody.ts'
import { googleBatches } from './fileBatches.ts'
import { countOf, decidingInfo, isModelId, labelOf, modelInfo } from './modelFields.ts'
import { type ChatDialect, plainDialect } from './openaiChat.ts'
import { dimensionsField, familyAdapter, hostedService } from './openaiFamily.ts'
import { type ModelListing, noList } from './openaiModels.ts'
import { type KeyHeaders, type OpenCall, requestJson } from './openCall.ts'
import { tokensForThinking } from './thinking.ts'

const googleKey: KeyHeaders = (key) => ({ 'x-goog-api-key': key })

export const googleAdapter = familyAdapter({
  ...hostedService('https://generativelanguage.googleapis.com/v1beta'),
  kind: 'google',
  label: 'Google Gemini',
  description: 'Gemini models of Google, over the Gemini API. Your texts are sent to Google.',
  liteLlm: { generation: 'gemini', embedding: 'gemini' },
  key: {
    need: 'required',
    customaryVariable: 'GEMINI_API_KEY',
    obtainAt: 'https://aistudio.google.com/apikey',
    beginsWith: ['AIza'],
  },
  // The part that speaks OpenAI's API; the list is asked of Google's own, which alone has the limits.
  place: (config) => ({ baseUrl: `${config.base_url}/openai` }),
  listKeyHeaders: googleKey,
  isSameModel: (wanted, listed) => wanted.replace(/^models\//, '') === listed,
  dialect: dialectOf,
  list: listModels,
  batches: {
    ...googleBatches,
    place: (config) => ({ baseUrl: config.base_url }),
    nativeKeyHeaders: googleKey,
  },
  embedding: { mostTexts: 100, extra: dimensionsField },
  decisions: {
    place: ({ base_url }) => ({ url: `${base_url}/decisions`, dialect: 'gemini', limits: decisionLimits.gemini }),
    keyHeaders: googleKey,
  },
})

/**
 * Gemini thinks from 2.5 on, and its thoughts count as output. Only the Flash models of 2.5 can be told not to think;
 * the others are asked for little.
 */
function dialectOf({ model, thinking }: CompletionRequest): ChatDialect {
  const canThink = /gemini-(2\.5|[3-9]|\d\d)/.test(model)
  if (!canThink) return plainDialect
  const least = /gemini-2\.5-flash/.test(model) ? 'none' : 'low'
  const asked = typeof thinking === 'string' ? thinking : thinking ? 'medium' : least
  const reasoningEffort = thinking === undefined ? undefined : asked
  return { ...plainDialect, reasoningEffort, thinkingTokens: reasoningEffort === 'none' ? 0 : tokensForThinking }
}

const mostPages = 20

async function listModels(open: OpenCall): Promise<Outcome<ModelListing>> {
  const models: ModelInfo[] = []
  let token: string | null = null
  for (let page = 0; page < mostPages; page++) {
    const query = new URLSearchParams({ pageSize: '1000', ...(token === null ? {} : { pageToken: token }) })
    const body = await requestJson(open, `${open.endpoint}/models?${query}`)
    if (!body.ok) return body
    const list = asFields(body.value)
    if (!Array.isArray(list?.models)) return fail(noList(open, body.value))
    models.push(...list.models.flatMap(readModel))
    if (typeof list.nextPageToken !== 'string' || list.nextPageToken === '') break
    token = list.nextPageToken
  }
  return succeed({ models })
}

function readModel(entry: unknown): ModelInfo[] {
  const model = asFields(entry)
  if (!isModelId(model?.name)) return []
  const methods = Array.isArray(model.supportedGenerationMethods) ? model.supportedGenerationMethods : []
  const generates = methods.includes('generateContent') ? 'generation' : undefined
  const says = {
    writes: generates !== undefined,
    decides: model.name.replace(/^models\//, '').startsWith('gemini-decision-'),
  }
  return [
    modelInfo({
      model: model.name.replace(/^models\//, ''),
      label: labelOf(model.displayName),
      type: methods.includes('embedContent') ? 'embedding' : generates,
      ...decidingInfo(says, decisionLimits.gemini, undefined),
      contextTokens: countOf(model.inputTokenLimit),
      maxOutputTokens: countOf(model.outputTokenLimit),
      capabilities: model.thinking === true ? ['thinking'] : undefined,
    }),
  ]
}
