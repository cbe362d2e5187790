import type { CompletionRequest } from './adapter.ts'
import { hostedConfig } from './keyRules.ts'
import { usualTopLogprobs } from './logprobs.ts'
import { type ChatDialect, plainDialect } from './openaiChat.ts'
import { familyAdapter } from './openaiFamily.ts'
import { listChatModels } from './openaiModels.ts'
import { asksToThink, tokensForThinking } from './thinking.ts'

const defaultEndpoint = 'https://api.deepseek.com'

export const deepseekAdapter = familyAdapter({
  kind: 'deepseek',
  label: 'DeepSeek',
  description: 'Models of DeepSeek, over its API. Your texts are sent to DeepSeek.',
  configSchema: hostedConfig(defaultEndpoint, 'Where the API is.'),
  liteLlm: { generation: 'deepseek' },
  key: { need: 'required', customaryVariable: 'DEEPSEEK_API_KEY', obtainAt: 'https://platform.deepseek.com/api_keys' },
  defaultEndpoint,
  capabilities: {
    embeddings: false,
    // It takes no schema: JSON mode, and what comes is checked here as always.
    outputModes: ['json', 'text'],
    stops: true,
    topLogprobs: usualTopLogprobs,
    generationParameters: ['max_output_tokens', 'temperature', 'top_p', 'timeout_seconds', 'thinking'],
  },
  endpoint: (config) => config.base_url,
  dialect: dialectOf,
  list: (open) => listChatModels(open, { readModel: ({ id }) => ({ model: id, type: 'generation' }) }),
})

/** It thinks unless told not to, and while it thinks, temperature and top_p have no effect. */
function dialectOf(request: CompletionRequest): ChatDialect {
  const { thinking } = request
  if (thinking === undefined) return { ...plainDialect, thinkingTokens: tokensForThinking }
  const thinks = asksToThink(request)
  return {
    ...plainDialect,
    takesSampling: !thinks,
    thinkingTokens: thinks ? tokensForThinking : 0,
    // The API knows "high" and "max" only.
    reasoningEffort: typeof thinking === 'string' ? 'high' : undefined,
    extra: { thinking: { type: thinks ? 'enabled' : 'disabled' } },
  }
}
