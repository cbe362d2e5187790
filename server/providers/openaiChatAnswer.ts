import type OpenAI from 'openai'
import { succeed } from '../../protocol/outcome.ts'
import type { Usage } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { CompletionOutcome } from './adapter.ts'
import { asFields, errorBodyOf, type Fields, parseJson } from './errorBody.ts'
import {
  emptyAnswer,
  type FailureContext,
  interruptedAnswer,
  invalidResponse,
  quote,
  rawCause,
  repetitiveAnswer,
  reportedError,
  type StatusRules,
} from './failureReason.ts'
import { costOf, tokens } from './modelFields.ts'
import type { OpenCall } from './openCall.ts'
import { endsInRepetition, RepetitionWatch } from './repetitionWatch.ts'
import { readRetryAfter } from './retryAfter.ts'
import { beginsWithThinking, withoutThinking } from './thinking.ts'
import type { Exchange } from './transport.ts'

/** The parts of an answer that count, whether it came whole or in pieces. Nothing of it is trusted to be as typed. */
interface Choice {
  finish: unknown
  refusal: unknown
  content: unknown
  toolArguments: unknown
  thoughts: unknown
  /** What went wrong at the server behind, as OpenRouter reports it. */
  error: unknown
}

/** Puts a streamed answer together in the shape of a whole one. */
export async function collectStream(
  stream: AsyncIterable<OpenAI.ChatCompletionChunk>,
  exchange: Exchange,
): Promise<unknown> {
  // Some servers do not stream although asked to; the whole answer is there already.
  if (exchange.facts.bodyKind === 'json') return parseJson(exchange.facts.body?.toString() ?? '')
  const text = { content: '', refusal: '', toolArguments: '', thoughts: '' }
  let finish: unknown = null
  let usage: unknown = null
  const watch = new RepetitionWatch()
  for await (const chunk of stream) {
    const choice = asFields(chunk.choices?.[0])
    const delta = asFields(choice?.delta)
    text.content += contentText(delta?.content)
    text.thoughts += asText(thoughtsOf(delta))
    text.refusal += asText(delta?.refusal)
    text.toolArguments += asText(firstToolArguments(delta))
    finish = choice?.finish_reason ?? finish
    usage = chunk.usage ?? usage
    // Leaving the loop aborts the call: what is not read is not paid for.
    const written = contentText(delta?.content) || asText(firstToolArguments(delta)) || asText(thoughtsOf(delta))
    if (finish === null && watch.add(written)) {
      finish = repeatsItself
      break
    }
  }
  // A stream that ends in good order without saying that the answer is complete was cut off.
  const message = {
    content: exchange.redact(text.content),
    refusal: text.refusal,
    reasoning_content: text.thoughts,
    tool_calls: text.toolArguments === '' ? [] : [{ function: { arguments: exchange.redact(text.toolArguments) } }],
  }
  return { choices: [{ finish_reason: finish ?? brokenOff, message }], usage }
}

/** Ends of an answer that no server gives as a reason. */
const repeatsItself = Symbol('repeats itself')
const brokenOff = Symbol('broken off')

/** The answer's text, or why this is none although the status says success. */
export function readAnswer(answer: unknown, open: OpenCall, rules: StatusRules): CompletionOutcome {
  const context = open.context()
  const fields = asFields(answer)
  if (fields === null) return fail(invalidResponse('schema', localizable('it has not the shape of this API'), context))
  if (fields.error != null) return fail(reasonOfReportedError(fields, context, rules))
  const first = asFields(Array.isArray(fields.choices) ? fields.choices[0] : null)
  if (first === null) return fail(invalidResponse('empty', localizable('it holds no answer'), context))
  const choice = choiceOf(first)
  const usage = asFields(fields.usage)
  const spent = { usage: usageOf(usage), ...costOf(usage?.cost), latencyMs: open.exchange.elapsedMs() }
  const text = textOf(choice)
  const problem = problemOfChoice(choice, text, context, rules)
  if (problem !== null) return { ...fail(problem), spent }
  const hasThought = hasThoughts(choice)
  if (text === '') return { ...fail(emptyAnswer(hasThought, context)), spent }
  return succeed({ text, hasThought, ...spent })
}

function choiceOf(first: Fields): Choice {
  const message = asFields(first.message)
  return {
    finish: first.finish_reason,
    refusal: message?.refusal,
    content: message?.content,
    toolArguments: firstToolArguments(message),
    thoughts: thoughtsOf(message),
    error: first.error,
  }
}

function firstToolArguments(message: Fields | null): unknown {
  const calls = message?.tool_calls
  return asFields(asFields(Array.isArray(calls) ? calls[0] : null)?.function)?.arguments
}

function problemOfChoice(
  { finish, refusal, error, thoughts }: Choice,
  text: string,
  context: FailureContext,
  rules: StatusRules,
) {
  const { provider, model } = context
  const raw = rawCause(context)
  const refused = typeof refusal === 'string' && refusal !== ''
  if (model !== null && (finish === 'content_filter' || refused)) {
    const detail = refused ? localizable('{0}', quote(refusal, context)) : localizable('its filter stopped the answer')
    return { code: 'content_filtered', provider, model, ...withMessage('detail', detail), raw } as const
  }
  switch (typeof finish === 'string' ? finish.toLowerCase() : finish) {
    case 'length':
    case 'model_length':
    case 'max_tokens':
      if (endsInRepetition(text === '' ? asText(thoughts) : text)) return repetitiveAnswer(context)
      return invalidResponse('truncated', localizable('it ends before it is complete'), context)
    case repeatsItself:
      return repetitiveAnswer(context)
    case brokenOff:
      return interruptedAnswer(context)
    case 'insufficient_system_resource': {
      const retryAfterMs = readRetryAfter(context.exchange.facts.headers, context.now)
      return { code: 'overloaded', provider, retryAfterMs, raw } as const
    }
    case 'safety':
    case 'recitation':
    case 'blocklist':
    case 'prohibited_content':
    case 'spii':
      return {
        code: 'content_filtered',
        provider,
        model: model ?? '',
        detail: 'its filter stopped the answer',
        raw,
      } as const
    case 'error':
    case 'timeout':
      return error == null
        ? invalidResponse('error_body', localizable('the model behind it failed'), context)
        : reasonOfReportedError({ error }, context, rules)
    default:
      return null
  }
}

/** OpenRouter and others report errors with 200, where a code that is a status of HTTP means what the status means. */
export function reasonOfReportedError(fields: Fields, context: FailureContext, rules: StatusRules) {
  const body = errorBodyOf(fields)
  const status = Number(asFields(fields.error)?.code)
  if (Number.isInteger(status) && status >= 400 && status <= 599) return rules(status, body, context)
  return invalidResponse('error_body', reportedError(quote(body.message, context)), context, body)
}

/** A forced tool call carries the answer in its arguments; servers that ignore tools put it into the text. */
function textOf({ content, toolArguments }: Choice): string {
  if (typeof toolArguments === 'string' && toolArguments !== '') return toolArguments
  if (asFields(toolArguments) !== null) return JSON.stringify(toolArguments)
  return withoutThinking(contentText(content)).trim()
}

/** Content as a text or, as Mistral's reasoning models give it, in parts of which some are thoughts. */
function contentText(content: unknown): string {
  if (!Array.isArray(content)) return asText(content)
  return content
    .map(asFields)
    .map((part) => (part?.type === 'text' ? asText(part.text) : ''))
    .join('')
}

function thoughtsOf(message: Fields | null): unknown {
  return message?.reasoning_content ?? message?.reasoning
}

function hasThoughts({ content, thoughts }: Choice): boolean {
  if (typeof thoughts === 'string' && thoughts.trim() !== '') return true
  if (Array.isArray(content)) return content.some((part) => asFields(part)?.type === 'thinking')
  return beginsWithThinking(asText(content))
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function usageOf(usage: Fields | null): Usage {
  const cached = asFields(usage?.prompt_tokens_details)?.cached_tokens ?? usage?.prompt_cache_hit_tokens
  return {
    input: tokens(usage?.prompt_tokens),
    output: tokens(usage?.completion_tokens),
    cached: tokens(cached),
    reasoning: tokens(asFields(usage?.completion_tokens_details)?.reasoning_tokens),
  }
}
