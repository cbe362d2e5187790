import { Buffer } from 'node:buffer'
import type { CompletionRequest } from '../providers/adapter.ts'

/** Roles, marks between messages, what a provider says of its own about tools and schemas. */
const tokensAround = 1000

/**
 * The most tokens that a call can send: no tokenizer makes more tokens of a text than it has bytes. Far above what a call usually
 * sends, but that is set aside only while the call is under way.
 */
export function mostInputTokens({ system, prompt, output }: CompletionRequest): number {
  const texts = [system, prompt, JSON.stringify(output.schema)]
  return tokensAround + texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
}
