import type { Anthropic } from '@anthropic-ai/sdk'
import type { Outcome } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { Completion, CompletionRequest } from './adapter.ts'
import { readMessage } from './anthropicAnswer.ts'
import { anthropicClientOf, throughAnthropic } from './anthropicClient.ts'
import { reasonOfFailure } from './failureReason.ts'
import type { OpenCall } from './openCall.ts'
import { reasonOfStatus } from './statusReason.ts'
import { outputTokens } from './supportedParameters.ts'
import { asksToThink, tokensForThinking } from './thinking.ts'

/** Which age of the API a server speaks. `older`: that of 2023-06-01, which everybody else's servers have. */
export type MessagesVersion = 'current' | 'older'

/** Completes over a Messages API. */
export async function completeMessage(
  open: OpenCall,
  request: CompletionRequest,
  options: { baseUrl: string; version: MessagesVersion },
): Promise<Outcome<Completion>> {
  const client = await anthropicClientOf(options.baseUrl)
  try {
    const message = await client.messages.create(messageRequest(request, options.version), throughAnthropic(open))
    return readMessage(message, open)
  } catch (error) {
    return fail(reasonOfFailure(error, open.context(), reasonOfStatus))
  }
}

function messageRequest(
  request: CompletionRequest,
  version: MessagesVersion,
): Anthropic.MessageCreateParamsNonStreaming {
  const { name, schema } = request.output
  const tool = { name, input_schema: { ...schema, type: 'object' as const } }
  const tools = [version === 'current' ? { ...tool, strict: true } : tool]
  return {
    model: request.model,
    system: request.system,
    messages: [{ role: 'user', content: request.prompt }],
    max_tokens: mostOutputTokens(request),
    ...(version === 'current' ? currentParameters(request) : olderParameters(request)),
    ...(request.mode === 'tool' ? { tools, tool_choice: { type: 'tool' as const, name } } : {}),
  }
}

/** Since 2026-10-21 the API refuses temperature, top_p and top_k, at their defaults, too. */
function currentParameters(request: CompletionRequest): Partial<Anthropic.MessageCreateParamsNonStreaming> {
  const { thinking, mode, output } = request
  const effort = typeof thinking === 'string' ? { effort: thinking } : {}
  const format = mode === 'schema' ? { format: { type: 'json_schema' as const, schema: output.schema } } : {}
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
