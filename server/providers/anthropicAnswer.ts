import type { Outcome } from '../../protocol/outcome.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { Usage } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import { say, worded } from '../../shared/message.ts'
import type { Completion } from './adapter.ts'
import { emptyAnswer } from './emptyAnswer.ts'
import { asFields, errorBodyOf, type Fields } from './errorBody.ts'
import {
  type FailureContext,
  invalidResponse,
  quote,
  rawCause,
  reasonOfUnusableBody,
  reportedError,
} from './failureReason.ts'
import type { OpenCall } from './openCall.ts'
import { sumTokens, tokens } from './usage.ts'

/** The answer's text, or why this is none although the status says success. */
export function readMessage(answer: unknown, open: OpenCall): Outcome<Completion> {
  const context = open.context()
  const unusable = reasonOfUnusableBody(context)
  if (unusable !== null) return fail(unusable)
  const message = asFields(answer)
  if (message === null) return fail(invalidResponse('schema', say('it has not the shape of this API'), context))
  if (message.error != null) {
    const body = errorBodyOf(message)
    return fail(invalidResponse('error_body', reportedError(quote(body.message, context)), context, body))
  }
  const problem = problemOfStop(message, context)
  if (problem !== null) return fail(problem)
  const content = Array.isArray(message.content) ? message.content : []
  const text = textOf(content)
  const hasThought = content.some((block) => thoughtTypes.has(asFields(block)?.type))
  if (text === '') return fail(emptyAnswer(hasThought, context))
  return succeed({ text, hasThought, usage: usageOf(asFields(message.usage)), latencyMs: open.exchange.elapsedMs() })
}

function problemOfStop(message: Fields, context: FailureContext) {
  const { provider, model } = context
  const raw = rawCause(context)
  switch (message.stop_reason) {
    case 'max_tokens':
      return invalidResponse('truncated', say('it ends before it is complete'), context)
    case 'model_context_window_exceeded':
      return { code: 'context_too_long', provider, model: model ?? '', limitTokens: null, raw } as const
    case 'refusal': {
      const category = asFields(message.stop_details)?.category
      const detail =
        typeof category === 'string' ? say('refused as {0}', quote(category, context)) : say('the model refused')
      return { code: 'content_filtered', provider, model: model ?? '', ...worded('detail', detail), raw } as const
    }
    default:
      return null
  }
}

const thoughtTypes = new Set<unknown>(['thinking', 'redacted_thinking'])

/** A forced tool call carries the answer as its input. Thinking stands in blocks of its own and is no content. */
function textOf(content: readonly unknown[]): string {
  const blocks = content.map(asFields).filter((block) => block !== null)
  const call = blocks.find((block) => block.type === 'tool_use' && asFields(block.input) !== null)
  if (call) return JSON.stringify(call.input)
  const texts = blocks.map((block) => (block.type === 'text' && typeof block.text === 'string' ? block.text : ''))
  return texts.join('').trim()
}

/** `input_tokens` are those that were neither read from nor written to the cache. */
function usageOf(usage: Fields | null): Usage {
  return {
    input: sumTokens(usage?.input_tokens, usage?.cache_creation_input_tokens, usage?.cache_read_input_tokens),
    output: tokens(usage?.output_tokens),
    cached: tokens(usage?.cache_read_input_tokens),
    reasoning: tokens(asFields(usage?.output_tokens_details)?.thinking_tokens),
  }
}
