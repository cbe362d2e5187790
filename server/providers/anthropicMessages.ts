import type { Anthropic } from '@anthropic-ai/sdk'
import { succeed } from '../../protocol/outcome.ts'
import type { ReadinessFacts } from '../../protocol/reasons.ts'
import type { Usage } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { CompletionOutcome, CompletionRequest } from './adapter.ts'
import { answeredBy } from './answeredBy.ts'
import { answerPieces } from './answerPieces.ts'
import { collectMessage } from './anthropicStream.ts'
import { contentText } from './chatMessage.ts'
import { asFields, errorBodyOf, type Fields } from './errorBody.ts'
import { withExtraBody } from './extraBody.ts'
import {
  emptyAnswer,
  type FailureContext,
  invalidResponse,
  quote,
  rawCause,
  reasonOfUnusableBody,
  repetitiveAnswer,
  reportedError,
} from './failureReason.ts'
import { sumTokens, tokens } from './modelFields.ts'
import { isCutOff } from './openaiChatAnswer.ts'
import { readBody, reasonOfBrokenAnswer } from './openaiChatBody.ts'
import { beyondOurDeadlinesMs, keyIsAddedLater, type OpenCall, rememberClients, sharedFetch } from './openCall.ts'
import { endsInRepetition } from './repetitionWatch.ts'
import { plainTerms, restateSchema, unboundedTerms } from './schemaTerms.ts'
import { reasonOfStatus } from './statusReason.ts'
import { outputTokens } from './supportedParameters.ts'
import { asksToThink, tokensForThinking } from './thinking.ts'
import { textOfCalls } from './toolArguments.ts'
import { isWholeJson } from './wholeJson.ts'

/** Which age of the API a server speaks. `older`: that of 2023-06-01, which everybody else's servers have. */
export type MessagesVersion = 'current' | 'older'

/** Completes over a Messages API. */
export async function completeMessage(
  open: OpenCall,
  request: CompletionRequest,
  options: { baseUrl: string; version: MessagesVersion },
): Promise<CompletionOutcome> {
  const client = await anthropicClientOf(options.baseUrl)
  try {
    const body = withExtraBody(messageRequest(request, options.version), request)
    const stream = request.conversation === undefined ? {} : { stream: true }
    const response = await client.messages.create({ ...body, ...stream }, throughAnthropic(open)).asResponse()
    const pieces = answerPieces(request, open)
    const message = await readBody(response, open, (events) => collectMessage(events, pieces))
    const unusable = reasonOfUnusableBody(open.context())
    if (unusable !== null) return fail(unusable)
    return message.ok ? readMessage(message.value, open) : message
  } catch (error) {
    return fail(reasonOfBrokenAnswer(error, open, reasonOfStatus))
  }
}

function messageRequest(
  request: CompletionRequest,
  version: MessagesVersion,
): Anthropic.MessageCreateParamsNonStreaming {
  const { name } = request.output
  const schema = restateSchema(request.output.schema, version === 'current' ? unboundedTerms : plainTerms)
  const tool = { name, input_schema: { ...schema, type: 'object' as const } }
  const tools = [version === 'current' ? { ...tool, strict: true } : tool]
  return {
    model: request.model,
    system: version === 'current' ? systemOf(request) : request.system,
    messages: [
      ...(request.conversation?.turns ?? []).map(({ role, text }) => ({ role, content: text })),
      { role: 'user', content: request.prompt },
    ],
    max_tokens: mostOutputTokens(request),
    ...(version === 'current' ? currentParameters(request) : olderParameters(request)),
    ...(request.mode === 'tool' ? { tools, tool_choice: { type: 'tool' as const, name } } : {}),
  }
}

/** Since 2026-10-21 the API refuses temperature, top_p and top_k, at their defaults, too. */
function currentParameters(request: CompletionRequest): Partial<Anthropic.MessageCreateParamsNonStreaming> {
  const { thinking, mode, output } = request
  const effort = typeof thinking === 'string' ? { effort: thinking } : {}
  const format =
    mode === 'schema'
      ? { format: { type: 'json_schema' as const, schema: restateSchema(output.schema, unboundedTerms) } }
      : {}
  const configured = { ...effort, ...format }
  return {
    ...(Object.keys(configured).length > 0 ? { output_config: configured } : {}),
    ...(thinking === undefined ? {} : { thinking: { type: thinks(request) ? 'adaptive' : 'disabled' } }),
  }
}

/** The SDK's types know the current API only; the older one takes a temperature, which thinking excludes. */
function olderParameters(request: CompletionRequest): Partial<Anthropic.MessageCreateParamsNonStreaming> {
  const { temperature = 0, top_p, top_k } = request.parameters ?? {}
  const thinking = { thinking: { type: 'enabled' as const, budget_tokens: tokensForThinking } }
  if (thinks(request)) return thinking
  const sampling = { temperature, top_p, top_k }
  return Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined))
}

export function mostOutputTokens(request: CompletionRequest): number {
  return outputTokens(request, thinks(request) ? tokensForThinking : 0)
}

/** A forced tool call and thinking exclude each other. */
function thinks(request: CompletionRequest): boolean {
  return asksToThink(request) && request.mode !== 'tool'
}

/** The one place that loads the Anthropic SDK. Everything explicit: what is left out, it takes from variables and profiles. */
export const anthropicClientOf = rememberClients(async (baseURL) => {
  const { Anthropic: Client } = await import('@anthropic-ai/sdk')
  return new Client({
    baseURL,
    apiKey: keyIsAddedLater,
    maxRetries: 0,
    timeout: beyondOurDeadlinesMs,
    logLevel: 'off',
    openTelemetry: false,
    fetch: sharedFetch,
  })
})

/** Hands the call's exchange through the SDK to its `fetch`. */
export function throughAnthropic({ exchange }: OpenCall) {
  return { fetchOptions: { exchange } as object }
}

/** The answer's text, or why this is none although the status says success. */
function readMessage(answer: unknown, open: OpenCall): CompletionOutcome {
  const context = open.context()
  const message = asFields(answer)
  if (message === null)
    return fail(invalidResponse('schema', localizable('it does not have the format of this API'), context))
  if (message.error != null) {
    const body = errorBodyOf(message)
    return fail(invalidResponse('error_body', reportedError(quote(body.message, context)), context, body))
  }
  const content = Array.isArray(message.content) ? message.content : [message.content]
  const text = open.exchange.redact(
    textOf(content.map((block) => (typeof block === 'string' ? { text: block } : block))),
  )
  const spent = { usage: usageOf(asFields(message.usage)), latencyMs: open.exchange.elapsedMs() }
  const problem = problemOfStop(message, text, context)
  if (problem !== null && !(isCutOff(problem) && isWholeJson(text))) return { ...fail(problem), spent }
  const hasThought = content.some((block) => thoughtTypes.has(asFields(block)?.type))
  if (text === '') return { ...fail(emptyAnswer(hasThought, context)), spent }
  return succeed({ text, hasThought, ...answeredBy(message.model, context), ...spent })
}

function problemOfStop(message: Fields, text: string, context: FailureContext): ReadinessFacts | null {
  const { provider, model } = context
  const raw = rawCause(context)
  switch (message.stop_reason) {
    case 'max_tokens':
      if (endsInRepetition(text)) return repetitiveAnswer(context)
      return invalidResponse('truncated', localizable('it ends before it is complete'), context)
    case 'model_context_window_exceeded':
      return { code: 'context_too_long', provider, model: model ?? '', limitTokens: null, raw } as const
    case 'refusal': {
      const category = asFields(message.stop_details)?.category
      const detail =
        typeof category === 'string'
          ? localizable('refused as {0}', quote(category, context))
          : localizable('the model refused')
      return { code: 'content_filtered', provider, model: model ?? '', ...withMessage('detail', detail), raw } as const
    }
    default:
      return null
  }
}

const thoughtTypes = new Set<unknown>(['thinking', 'redacted_thinking'])

/** A forced tool call carries the answer as its input. Thinking stands in blocks of its own and is no content. */
function textOf(content: readonly unknown[]): string {
  const blocks = content.map(asFields).filter((block) => block !== null)
  const called = textOfCalls(blocks.filter(({ type }) => type === 'tool_use').map(({ input }) => input))
  if (called !== '') return called
  return contentText(blocks.filter(({ type }) => type !== 'tool_use')).trim()
}

/** What all calls of a run begin with is kept for the next ones. Cut into blocks only where that is wanted: others take a text alone. */
function systemOf({ system, cacheKey }: CompletionRequest): string | Anthropic.TextBlockParam[] {
  return cacheKey === undefined ? system : [{ type: 'text', text: system, cache_control: { type: 'ephemeral' } }]
}

/** `input_tokens` are those that were neither read from nor written to the cache. */
function usageOf(usage: Fields | null): Usage {
  const written = tokens(usage?.cache_creation_input_tokens)
  return {
    ...(written ? { written } : {}),
    input: sumTokens(usage?.input_tokens, usage?.cache_creation_input_tokens, usage?.cache_read_input_tokens),
    output: tokens(usage?.output_tokens),
    cached: tokens(usage?.cache_read_input_tokens),
    reasoning: tokens(asFields(usage?.output_tokens_details)?.thinking_tokens),
  }
}
