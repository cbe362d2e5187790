import { costOf } from './modelFields.ts'
import { headerText, type ResponseHeaders } from './retryAfter.ts'

/**
 * What a gateway says in its headers that an answer cost: LiteLLM on all that is not streamed, and only where it knows a price. Never
 * the parts of it (`-original` and the like), which are 0 for models without one.
 */
export function costInHeaders(headers: ResponseHeaders): { costUsd?: number } {
  const text = headerText(headers, 'x-litellm-response-cost')
  return text !== null && /^\d+(\.\d+)?(e-?\d+)?$/i.test(text) ? costOf(Number(text)) : {}
}
