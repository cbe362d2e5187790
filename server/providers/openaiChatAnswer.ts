import { succeed } from '../../protocol/outcome.ts'
import type { ReadinessFacts } from '../../protocol/reasons.ts'
import type { Usage } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { CompletionOutcome } from './adapter.ts'
import { answeredBy } from './answeredBy.ts'
import { readChatMessage, thoughtsOf } from './chatMessage.ts'
import { asFields, errorBodyOf, type Fields } from './errorBody.ts'
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
import { readLogprobs, readPlaces } from './logprobs.ts'
import { costOf, sumTokens, tokens } from './modelFields.ts'
import { brokenOff, repeatsItself } from './openaiChatBody.ts'
import type { OpenCall } from './openCall.ts'
import { endsInRepetition } from './repetitionWatch.ts'
import { readRetryAfter } from './retryAfter.ts'
import { isWholeJson } from './wholeJson.ts'

/** What of a choice decides beside what it says. Nothing of it is trusted to be as typed. */
interface Choice {
  finish: unknown
  refusal: unknown
  /** What went wrong at the server behind, as OpenRouter reports it. */
  error: unknown
  thoughts: string
}

/**
 * The answer's text, or why this is none although the status says success. `isReadout`: one token was asked for with its log
 * probabilities, so that it is cut off by its nature.
 */
export function readAnswer(answer: unknown, open: OpenCall, rules: StatusRules, isReadout = false): CompletionOutcome {
  const context = open.context()
  const fields = asFields(answer)
  if (fields === null)
    return fail(invalidResponse('schema', localizable('it does not have the format of this API'), context))
  if (fields.error != null) return fail(reasonOfReportedError(fields, context, rules))
  const first = choiceIn(fields)
  if (first === null) return fail(invalidResponse('empty', localizable('it holds no answer'), context))
  const { text: said, hasThought } = readChatMessage(first)
  const text = open.exchange.redact(said)
  const usage = asFields(fields.usage)
  const spent = {
    usage: usageOf(usage, asFields(fields.timings)),
    ...costOf(usage?.cost),
    latencyMs: open.exchange.elapsedMs(),
  }
  const problem = problemOfChoice(choiceOf(first), text, context, rules)
  if (problem !== null && !(isCutOff(problem) && (isReadout || isWholeJson(text)))) return { ...fail(problem), spent }
  if (isReadout) {
    const read = readLogprobs(asFields(first.logprobs)?.content)
    return succeed({ text, ...read, hasThought, ...answeredBy(fields.model, context), ...spent })
  }
  if (text === '') return { ...fail(emptyAnswer(hasThought, context)), spent }
  const places = readPlaces(asFields(first.logprobs)?.content)
  return succeed({ text, ...places, hasThought, ...answeredBy(fields.model, context), ...spent })
}

/** The first choice; or what stands for it in the shape of another API, which some gateways hand on as it is. */
function choiceIn({ choices, message, output, done_reason }: Fields): Fields | null {
  const first = asFields(Array.isArray(choices) ? choices[0] : choices)
  if (first !== null) return first
  if (asFields(message) !== null) return { message, finish_reason: done_reason }
  if (!Array.isArray(output)) return null
  return { message: { content: output.flatMap((item) => asFields(item)?.content ?? []) } }
}

function choiceOf(first: Fields): Choice {
  const message = asFields(first.message)
  return { finish: first.finish_reason, refusal: message?.refusal, error: first.error, thoughts: thoughtsOf(message) }
}

/** Such an answer counts where it turns out to be complete. */
export function isCutOff(problem: ReadinessFacts): boolean {
  return problem.code === 'invalid_response' && (problem.problem === 'truncated' || problem.problem === 'interrupted')
}

function problemOfChoice(
  { finish, refusal, error, thoughts }: Choice,
  text: string,
  context: FailureContext,
  rules: StatusRules,
): ReadinessFacts | null {
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
      if (endsInRepetition(text === '' ? thoughts : text)) return repetitiveAnswer(context)
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

/** In the words of OpenAI, of its newer API, or of llama.cpp's own counts, which tell the cache apart from what was evaluated. */
function usageOf(usage: Fields | null, timings: Fields | null): Usage {
  const cached = asFields(usage?.prompt_tokens_details)?.cached_tokens ?? usage?.prompt_cache_hit_tokens
  return {
    input: tokens(usage?.prompt_tokens ?? usage?.input_tokens) ?? sumTokens(timings?.prompt_n, timings?.cache_n),
    output: tokens(usage?.completion_tokens ?? usage?.output_tokens) ?? tokens(timings?.predicted_n),
    cached: tokens(cached),
    reasoning: tokens(asFields(usage?.completion_tokens_details)?.reasoning_tokens),
  }
}
