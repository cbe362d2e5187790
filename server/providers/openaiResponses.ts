import type OpenAI from 'openai'
import { assertNever } from '../../protocol/names.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { ReadinessFacts } from '../../protocol/reasons.ts'
import type { Usage } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { CompletionOutcome, CompletionRequest, Conversation } from './adapter.ts'
import { answeredBy } from './answeredBy.ts'
import { type AnswerPieces, answerPieces } from './answerPieces.ts'
import { asText, contentText } from './chatMessage.ts'
import { asFields, type Fields } from './errorBody.ts'
import { withExtraBody } from './extraBody.ts'
import {
  emptyAnswer,
  type FailureContext,
  invalidResponse,
  quote,
  rawCause,
  reasonOfUnusableBody,
} from './failureReason.ts'
import { readLogprobs, readPlaces } from './logprobs.ts'
import { tokens } from './modelFields.ts'
import { openaiClientOf, through } from './openaiChat.ts'
import { isCutOff, reasonOfReportedError } from './openaiChatAnswer.ts'
import { readBody, reasonOfBrokenAnswer } from './openaiChatBody.ts'
import type { OpenCall } from './openCall.ts'
import { plainTerms, restateSchema } from './schemaTerms.ts'
import { reasonOfStatus } from './statusReason.ts'
import { outputTokens } from './supportedParameters.ts'
import { asksToThink, tokensForThinking, withoutThinking } from './thinking.ts'
import { textOfCalls } from './toolArguments.ts'
import { isWholeJson } from './wholeJson.ts'

type ResponseParameters = Omit<OpenAI.Responses.ResponseCreateParams, 'stream'>

/** Completes over a Responses API. Nothing is kept there: each call stands for itself. */
export async function completeResponse(
  open: OpenCall,
  request: CompletionRequest,
  streamed: boolean,
): Promise<CompletionOutcome> {
  const { responses } = await openaiClientOf(open.endpoint)
  const body = withExtraBody(responseRequest(request), request)
  try {
    const stream = streamed || request.conversation !== undefined
    const response = await responses.create({ ...body, stream }, through(open)).asResponse()
    const pieces = answerPieces(request, open)
    const answer = await readBody(response, open, (events) => lastOf(events, pieces))
    const unusable = reasonOfUnusableBody(open.context())
    if (unusable) return fail(unusable)
    const isReadout = request.topLogprobs !== undefined
    return answer.ok ? readResponse(answer.value, open, body.max_output_tokens ?? null, isReadout) : answer
  } catch (error) {
    return fail(reasonOfBrokenAnswer(error, open, reasonOfStatus))
  }
}

/** OpenAI refuses a smaller limit: where one token is wanted, these are what it may cost. */
const leastResponseTokens = 16

function responseRequest(request: CompletionRequest): ResponseParameters {
  const { model, system, prompt, conversation, thinking, parameters = {} } = request
  const thinks = asksToThink(request)
  const effort = typeof thinking === 'string' ? thinking : 'medium'
  return {
    model,
    instructions: system,
    input: conversation ? inputOf(conversation, prompt) : prompt,
    max_output_tokens: Math.max(leastFor(request), outputTokens(request, thinks ? tokensForThinking : 0)),
    store: false,
    ...(thinks ? { reasoning: { effort } } : { temperature: parameters.temperature ?? 0 }),
    ...(thinks || parameters.top_p === undefined ? {} : { top_p: parameters.top_p }),
    ...outputParameters(request),
    ...logprobsOf(request),
  }
}

function leastFor({ topLogprobs }: CompletionRequest): number {
  return topLogprobs === undefined ? 0 : leastResponseTokens
}

/** Only who asks for them by name gets them. */
function logprobsOf({ topLogprobs, labelLogprobs }: CompletionRequest): Partial<ResponseParameters> {
  const wanted = topLogprobs ?? labelLogprobs
  return wanted === undefined ? {} : { top_logprobs: wanted, include: ['message.output_text.logprobs'] }
}

function inputOf({ turns }: Conversation, prompt: string): OpenAI.Responses.EasyInputMessage[] {
  return [...turns.map(({ role, text }) => ({ role, content: text })), { role: 'user', content: prompt }]
}

function outputParameters({ mode, output }: CompletionRequest): Partial<ResponseParameters> {
  const { name } = output
  const schema = restateSchema(output.schema, plainTerms)
  switch (mode) {
    case 'schema':
      return { text: { format: { type: 'json_schema', name, schema, strict: true } } }
    case 'tool':
      return {
        tools: [{ type: 'function', name, parameters: schema, strict: true }],
        tool_choice: { type: 'function', name },
      }
    case 'json':
      return { text: { format: { type: 'json_object' } } }
    case 'text':
      return {}
    default:
      return assertNever(mode)
  }
}

/** The last event carries the whole answer. */
async function lastOf(
  events: AsyncIterable<unknown> | Iterable<unknown>,
  pieces: AnswerPieces | null,
): Promise<unknown> {
  let last: unknown = { status: 'incomplete', output: [] }
  for await (const event of events) {
    const fields = asFields(event)
    if (fields?.object === 'response' && Array.isArray(fields.output)) last = fields
    if (fields?.type === 'error') return { error: fields.error ?? fields }
    if (fields?.type === 'response.output_text.delta') pieces?.add(asText(fields.delta))
    if (lastEvents.has(fields?.type)) last = fields?.response
  }
  pieces?.flush()
  return last
}

const lastEvents = new Set<unknown>(['response.completed', 'response.incomplete', 'response.failed'])

/** `isReadout`: one token was wanted for its probabilities, so that the answer is cut off by its nature. */
function readResponse(
  answer: unknown,
  open: OpenCall,
  mostOutput: number | null,
  isReadout: boolean,
): CompletionOutcome {
  const context = open.context()
  const response = asFields(answer)
  if (response === null)
    return fail(invalidResponse('schema', localizable('it does not have the format of this API'), context))
  if (response.error != null) return fail(reasonOfReportedError(response, context, reasonOfStatus))
  if (!Array.isArray(response.output)) return fail(invalidResponse('empty', localizable('it holds no answer'), context))
  const items = response.output.map(asFields).filter((item) => item !== null)
  const parts = items.filter(({ type }) => type === 'message').flatMap(({ content }) => partsOf(content))
  const written = withoutThinking(contentText(parts.filter(({ type }) => type !== 'refusal'))).trim()
  const called = textOfCalls(items.filter(({ type }) => type === 'function_call').map((call) => call.arguments))
  const text = open.exchange.redact(called === '' ? written : called)
  const usage = usageOf(asFields(response.usage))
  const spent = { usage, latencyMs: open.exchange.elapsedMs() }
  const problem = problemOf(response, parts, context) ?? problemOfLength(usage, mostOutput, context)
  if (problem !== null && !(isCutOff(problem) && (isReadout || isWholeJson(text)))) return { ...fail(problem), spent }
  const hasThought = items.some(({ type }) => type === 'reasoning')
  const told = { hasThought, ...answeredBy(response.model, context), ...spent }
  const places = parts.flatMap(({ logprobs }) => (Array.isArray(logprobs) ? logprobs : []))
  if (isReadout) return succeed({ text, ...readLogprobs(places), ...told })
  if (text === '') return { ...fail(emptyAnswer(hasThought, context)), spent }
  return succeed({ text, ...readPlaces(places), ...told })
}

/** llama.cpp calls an answer complete that ended at its limit. */
function problemOfLength({ output }: Usage, mostOutput: number | null, context: FailureContext): ReadinessFacts | null {
  return output !== null && mostOutput !== null && output >= mostOutput
    ? invalidResponse('truncated', localizable('it ends before it is complete'), context)
    : null
}

function partsOf(content: unknown): Fields[] {
  return Array.isArray(content) ? content.map(asFields).filter((part) => part !== null) : []
}

function problemOf(response: Fields, parts: readonly Fields[], context: FailureContext): ReadinessFacts | null {
  const { provider, model } = context
  const raw = rawCause(context)
  const refusal = parts.find(({ type }) => type === 'refusal')?.refusal
  const why = asFields(response.incomplete_details)?.reason
  if (why === 'content_filter' || typeof refusal === 'string') {
    const detail =
      typeof refusal === 'string'
        ? localizable('{0}', quote(refusal, context))
        : localizable('its filter stopped the answer')
    return { code: 'content_filtered', provider, model: model ?? '', ...withMessage('detail', detail), raw } as const
  }
  if (response.status === 'incomplete')
    return invalidResponse('truncated', localizable('it ends before it is complete'), context)
  return response.status === 'failed'
    ? invalidResponse('error_body', localizable('it failed without saying why'), context)
    : null
}

function usageOf(usage: Fields | null): Usage {
  return {
    input: tokens(usage?.input_tokens),
    output: tokens(usage?.output_tokens),
    cached: tokens(asFields(usage?.input_tokens_details)?.cached_tokens),
    reasoning: tokens(asFields(usage?.output_tokens_details)?.reasoning_tokens),
  }
}
