import type { Outcome } from '../../protocol/outcome.ts'
import { succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { Completion, CompletionRequest } from './adapter.ts'
import { readErrorBody } from './errorBody.ts'
import { reasonOfFailure, reasonOfUnusableBody, type StatusRules } from './failureReason.ts'
import { readWholeJson } from './nativeCall.ts'
import { collectStream, readAnswer, reasonOfReportedError } from './openaiChatAnswer.ts'
import { type ChatDialect, type ChatParameters, chatRequest } from './openaiChatRequest.ts'
import { openaiClientOf, type SdkPlace, through } from './openaiClient.ts'
import type { OpenCall } from './openCall.ts'
import { afterRefusal, withoutRefused } from './refusedParameters.ts'
import { reasonOfStatus } from './statusReason.ts'

export interface ChatOptions {
  dialect: ChatDialect
  /** Absent: at the endpoint itself. */
  place?: SdkPlace | undefined
  rules?: StatusRules | undefined
}

/** Fields that a model may refuse one after the other. */
const mostRefusals = 4

/** Completes over a chat completions API. The dialect is what differs between the many servers that speak it. */
export async function completeChat(
  open: OpenCall,
  request: CompletionRequest,
  options: ChatOptions,
): Promise<Outcome<Completion>> {
  const { dialect, place = { baseUrl: open.endpoint }, rules = reasonOfStatus } = options
  const key = `${place.baseUrl} ${request.model}`
  let body = withoutRefused(key, chatRequest(request, dialect))
  for (let refusals = 0; ; refusals++) {
    const outcome = await sendChat(open, body, dialect.stream, place, rules)
    if (outcome.ok || refusals >= mostRefusals || open.exchange.facts.status !== 400) return outcome
    const next = afterRefusal(key, body, readErrorBody(open.exchange.facts))
    if (next === null) return outcome
    body = next
  }
}

async function sendChat(
  open: OpenCall,
  body: ChatParameters,
  streamed: boolean,
  place: SdkPlace,
  rules: StatusRules,
): Promise<Outcome<Completion>> {
  const { completions } = (await openaiClientOf(place.baseUrl)).chat
  try {
    if (streamed) {
      const stream = await completions.create({ ...body, stream: true }, through(open, place))
      return readOutcome(succeed(await collectStream(stream, open.exchange)), open, rules)
    }
    // The exchange has the whole answer: the SDK need not read it once more.
    await completions.create({ ...body, stream: false }, through(open, place)).asResponse()
    return readOutcome(readWholeJson(open), open, rules)
  } catch (error) {
    const context = open.context()
    const said = reportedInStream(error, open)
    return fail(said === null ? reasonOfFailure(error, context, rules) : reasonOfReportedError(said, context, rules))
  }
}

/** Looked at even on success: a web page, or nothing at all, comes with 200, too. */
function readOutcome(answer: Outcome<unknown>, open: OpenCall, rules: StatusRules): Outcome<Completion> {
  const unusable = reasonOfUnusableBody(open.context())
  if (unusable) return fail(unusable)
  return answer.ok ? readAnswer(answer.value, open, rules) : answer
}

/** An error event within a stream: the SDK throws it with what the server said in its field `error`. */
export function reportedInStream(error: unknown, { exchange }: OpenCall): { error: unknown } | null {
  const { failure, bodyKind } = exchange.facts
  if (failure !== null || bodyKind !== 'stream') return null
  return error instanceof Error && 'error' in error && error.error != null ? { error: error.error } : null
}
