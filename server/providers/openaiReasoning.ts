import type OpenAI from 'openai'
import type { CompletionRequest } from './adapter.ts'
import type { ChatDialect } from './openaiChatRequest.ts'
import { plainDialect } from './openaiChatRequest.ts'
import { isReasoningName, leastEffort } from './openaiModelNames.ts'
import { tokensForThinking } from './thinking.ts'

/** How a model of OpenAI wants to be asked, at OpenAI or at Azure. */
export function openaiDialect(request: CompletionRequest): ChatDialect {
  const reasons = isReasoningName(request.model)
  const reasoningEffort = reasons ? effortOf(request) : undefined
  return {
    ...plainDialect,
    tokenLimit: 'max_completion_tokens',
    systemRole: reasons ? 'developer' : 'system',
    takesSampling: !reasons,
    reasoningEffort,
    thinkingTokens: reasons && reasoningEffort !== 'none' ? tokensForThinking : 0,
  }
}

/** The least that the model knows when thinking is off; the model's own default when nobody says. */
function effortOf({ model, thinking }: CompletionRequest): OpenAI.ReasoningEffort | undefined {
  if (thinking === undefined) return undefined
  if (typeof thinking === 'string') return thinking
  return thinking ? 'medium' : leastEffort(model)
}
