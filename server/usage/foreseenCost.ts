import { Buffer } from 'node:buffer'
import type { CompletionRequest } from '../providers/adapter.ts'
import { outputTokens } from '../providers/supportedParameters.ts'
import { tokensForThinking } from '../providers/thinking.ts'

/** Roles, marks between messages, what a provider says of its own about tools and schemas. */
const tokensAround = 1000

/**
 * The most tokens that a call can take: no tokenizer makes more tokens of a text than it has bytes, and no answer is longer than was
 * asked for, the thinking included that some models do unasked. Far above what a call usually takes: it is set aside only while the
 * call is under way.
 */
export function mostTokens(request: CompletionRequest): { input: number; output: number } {
  const texts = [request.system, request.prompt, JSON.stringify(request.output.schema)]
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  return { input: bytes + tokensAround, output: outputTokens(request, tokensForThinking) }
}
