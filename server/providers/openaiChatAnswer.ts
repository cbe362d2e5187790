import type OpenAI from 'openai'
import type { Outcome } from '../../protocol/outcome.ts'
import { fail, succeed } from '../../protocol/outcome.ts'
import type { Usage } from '../../protocol/results.ts'
import type { Completion } from './adapter.ts'
import { asFields, errorBodyOf, parseJson } from './errorBody.ts'
import type { Exchange } from './exchange.ts'
import { type FailureContext, invalidResponse, quote, rawCause, type StatusRules } from './failureReason.ts'
import type { OpenCall } from './openCall.ts'
import { readRetryAfter } from './retryAfter.ts'
import { withoutThinking } from './thinking.ts'
import { tokens } from './usage.ts'

type Fields = Readonly<Record<string, unknown>>

/** The parts of an answer that count, whether it came whole or in pieces. Nothing of it is trusted to be as typed. */
interface Choice {
  finish: unknown
  refusal: unknown
  content: unknown
  toolArguments: unknown
}

/** Puts a streamed answer together in the shape of a whole one. */
export async function collectStream(
  stream: AsyncIterable<OpenAI.ChatCompletionChunk>,
  exchange: Exchange,
): Promise<unknown> {
  // Some servers do not stream although asked to; the whole answer is there already.
  if (exchange.facts.bodyKind === 'json') return parseJson(exchange.facts.body?.toString() ?? '')
  const text = { content: '', refusal: '', toolArguments: '' }
  let finish: unknown = null
  let usage: unknown = null
  for await (const chunk of stream) {
    const choice = asFields(chunk.choices?.[0])
    const delta = asFields(choice?.delta)
    text.content += asText(delta?.content)
    text.refusal += asText(delta?.refusal)
    text.toolArguments += asText(firstToolArguments(delta))
    finish = choice?.finish_reason ?? finish
    usage = chunk.usage ?? usage
  }
  // A stream that ends in good order without saying that the answer is complete was cut off.
  const message = {
    content: exchange.redact(text.content),
    refusal: text.refusal,
    tool_calls: text.toolArguments === '' ? [] : [{ function: { arguments: exchange.redact(text.toolArguments) } }],
  }
  return { choices: [{ finish_reason: finish ?? 'length', message }], usage }
}

/** The answer's text, or why this is none although the status says success. */
export function readAnswer(answer: unknown, open: OpenCall, rules: StatusRules): Outcome<Completion> {
  const context = open.context()
  const fields = asFields(answer)
  if (fields === null) return fail(invalidResponse('schema', 'it has not the shape of this API', context))
  if (fields.error != null) return fail(reasonOfReportedError(fields, context, rules))
  const first = asFields(Array.isArray(fields.choices) ? fields.choices[0] : null)
  if (first === null) return fail(invalidResponse('empty', 'it holds no answer', context))
  const choice = choiceOf(first)
  const problem = problemOfChoice(choice, context)
  if (problem !== null) return fail(problem)
  const text = textOf(choice)
  if (text === '') return fail(invalidResponse('empty', 'its text is empty', context))
  return succeed({ text, usage: usageOf(asFields(fields.usage)), latencyMs: open.exchange.elapsedMs() })
}

function choiceOf(first: Fields): Choice {
  const message = asFields(first.message)
  return {
    finish: first.finish_reason,
    refusal: message?.refusal,
    content: message?.content,
    toolArguments: firstToolArguments(message),
  }
}

function firstToolArguments(message: Fields | null): unknown {
  const calls = message?.tool_calls
  return asFields(asFields(Array.isArray(calls) ? calls[0] : null)?.function)?.arguments
}

function problemOfChoice({ finish, refusal }: Choice, context: FailureContext) {
  const { provider, model } = context
  const raw = rawCause(context)
  const refused = typeof refusal === 'string' && refusal !== ''
  if (model !== null && (finish === 'content_filter' || refused)) {
    const detail = refused ? quote(refusal, context) : 'its filter stopped the answer'
    return { code: 'content_filtered', provider, model, detail, raw } as const
  }
  switch (finish) {
    case 'length':
    case 'model_length':
      return invalidResponse('truncated', 'it ends before it is complete', context)
    case 'insufficient_system_resource': {
      const retryAfterMs = readRetryAfter(context.exchange.facts.headers, context.now)
      return { code: 'overloaded', provider, retryAfterMs, raw } as const
    }
    case 'error':
      return invalidResponse('error_body', 'the model behind it failed', context)
    default:
      return null
  }
}

/** OpenRouter and others report errors with 200, where a code that is a status of HTTP means what the status means. */
export function reasonOfReportedError(fields: Fields, context: FailureContext, rules: StatusRules) {
  const body = errorBodyOf(fields)
  const status = Number(asFields(fields.error)?.code)
  if (Number.isInteger(status) && status >= 400 && status <= 599) return rules(status, body, context)
  const said = quote(body.message, context)
  const detail = `it reports an error with a status of success${said ? `: ${said}` : ''}`
  return invalidResponse('error_body', detail, context, body)
}

/** A forced tool call carries the answer in its arguments; servers that ignore tools put it into the text. */
function textOf({ content, toolArguments }: Choice): string {
  if (typeof toolArguments === 'string' && toolArguments !== '') return toolArguments
  if (asFields(toolArguments) !== null) return JSON.stringify(toolArguments)
  return withoutThinking(asText(content)).trim()
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function usageOf(usage: Fields | null): Usage {
  const cached = asFields(usage?.prompt_tokens_details)?.cached_tokens ?? usage?.prompt_cache_hit_tokens
  return { input: tokens(usage?.prompt_tokens), output: tokens(usage?.completion_tokens), cached: tokens(cached) }
}
