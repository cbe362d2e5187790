import { Buffer } from 'node:buffer'
import {
  type CompletionRequest,
  type DecisionRequest,
  type EmbeddingRequest,
  type ProviderAdapter,
  textsOf,
} from '../providers/adapter.ts'
import { outputTokens } from '../providers/supportedParameters.ts'
import { tokensForThinking } from '../providers/thinking.ts'

/** Roles, marks between messages, what a provider says of its own about tools and schemas. */
const tokensAround = 1000

/**
 * The most tokens that a call can send: no tokenizer makes more tokens of a text than it has bytes. Far above what a call usually
 * sends, but that is set aside only while the call is under way.
 */
export function mostInputTokens(request: CompletionRequest): number {
  return tokensAround + bytesOf([...textsOf(request), JSON.stringify(request.output.schema)])
}

export function mostEmbeddedTokens({ texts }: EmbeddingRequest): number {
  return tokensAround + bytesOf(texts)
}

/** Some servers count the text once a question, and hand that on as what is to be paid. */
export function mostDecisionTokens({ input, questions }: DecisionRequest): number {
  return questions.length * (tokensAround + bytesOf([input])) + bytesOf([JSON.stringify(questions)])
}

function bytesOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
}

/** Where the kind does not say, thinking is allowed for: some models think unasked. */
export function mostOutputTokens(adapter: ProviderAdapter, config: unknown, request: CompletionRequest): number {
  return adapter.mostOutputTokens?.(config, request) ?? outputTokens(request, tokensForThinking)
}
