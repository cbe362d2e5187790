import type OpenAI from 'openai'
import type { CompletionRequest } from './adapter.ts'
import { type ChatDialect, plainDialect } from './openaiChat.ts'
import { strictTerms } from './schemaTerms.ts'
import { tokensForThinking } from './thinking.ts'

/**
 * What only the name of a model of OpenAI reveals, wherever it is served. Models that reason refuse temperature and top_p,
 * and count their thoughts as output. gpt-5.1 to 5.x would take a temperature with effort "none" only, gpt-6 and later
 * never, so none of them is sent one (facts/providers.md §3).
 */
export function isReasoningName(model: string): boolean {
  return /^(ft:)?(o\d|gpt-([5-9]|\d\d))/.test(model) && !model.includes('-chat')
}

/** The least effort that the model knows. */
function leastEffort(model: string): 'low' | 'minimal' | 'none' {
  if (/^(ft:)?o\d/.test(model)) return 'low'
  return /^(ft:)?gpt-5(-|$)/.test(model) ? 'minimal' : 'none'
}

/** Whether a name is one of a model that gives vectors, or text; undefined for sound, pictures and what nobody knows. */
export function typeOfName(id: string): 'embedding' | 'generation' | undefined {
  if (id.includes('embedding')) return 'embedding'
  const isText = /^(gpt-|o\d|chatgpt-|ft:)/.test(id) && !/(audio|realtime|tts|transcribe|image|search)/.test(id)
  return isText ? 'generation' : undefined
}

/** The one that its Decisions API takes (facts/decisions-api.md §1.3); it writes text, too. */
export function decidesByName(id: string): boolean {
  return /^gpt-6-luna(-\d{4}-\d{2}-\d{2})?$/.test(id)
}

/** How a model of OpenAI wants to be asked, at OpenAI or at Azure. */
export function openaiDialect(request: CompletionRequest): ChatDialect {
  const reasons = isReasoningName(request.model)
  const reasoningEffort = reasons ? effortOf(request) : undefined
  return {
    ...plainDialect,
    terms: strictTerms,
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
