import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { assertNever } from '../../protocol/names.ts'
import type { RawCause, ReadinessFacts } from '../../protocol/reasons.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { type ErrorBody, readErrorBody } from './errorBody.ts'
import { withoutGatewayWords } from './gatewayWords.ts'
import { quoteForMessage } from './redaction.ts'
import { headerText } from './retryAfter.ts'
import type { Exchange } from './transport.ts'
import type { TransportFailure } from './transportFailure.ts'

/** What a failure is about. */
export interface FailureContext {
  provider: string
  endpoint: string
  /** Null: no model was asked for. */
  model: string | null
  exchange: Exchange
  /** Of a kind that is for one server of a person's own machine. */
  localServer?: 'ollama' | undefined
  /** Milliseconds since 1970, for dates in headers. */
  now: number
}

/** Turns an HTTP status and what the body says into a reason; each SDK family may know more than the common rules. */
export type StatusRules = (status: number, body: ErrorBody, context: FailureContext) => ReadinessFacts

/**
 * Why a call failed, in the order of facts/providers.md §14: abort, connection, HTTP status and code, body.
 * Decided from the wire. What the SDK threw says less: it hides headers, and wraps or renames causes.
 */
export function reasonOfFailure(error: unknown, context: FailureContext, rules: StatusRules): ReadinessFacts {
  const { facts } = context.exchange
  if (facts.failure !== null) return reasonOfTransport(facts.failure, context)
  if (facts.status === 407) {
    return reasonOfUnreachable({ kind: 'unreachable', cause: 'HTTP 407', obstacle: 'proxy_login' }, context)
  }
  if (facts.status !== null && (facts.status < 200 || facts.status > 299)) {
    return rules(facts.status, readErrorBody(facts), context)
  }
  const unusable = reasonOfUnusableBody(context)
  if (unusable !== null) return unusable
  if (error instanceof SyntaxError) return invalidResponse('not_json', localizable('it is not valid JSON'), context)
  if (facts.status !== null)
    return invalidResponse('schema', localizable('it does not have the format of this API'), context)
  // Nothing was sent: a mistake of ours. The SDK's error may quote the request, so only its kind goes on.
  throw new Error(`Unexpected ${error instanceof Error ? error.name : typeof error} before a request was sent`)
}

function reasonOfTransport(failure: TransportFailure, context: FailureContext): ReadinessFacts {
  const { provider, endpoint } = context
  switch (failure.kind) {
    case 'cancelled':
      return { code: 'cancelled' }
    case 'timeout':
      return { code: 'timeout', provider, endpoint, phase: failure.phase, afterMs: failure.afterMs }
    case 'unreachable':
      return reasonOfUnreachable(failure, context)
    case 'blocked_address':
      return { code: 'policy_denied', provider, rule: 'blocked_address', ...withMessage('detail', failure.why) }
    case 'redirect': {
      const detail = localizable('it redirects to {0}, and redirects are not followed', quote(failure.to, context))
      return { code: 'policy_denied', provider, rule: 'redirect', ...withMessage('detail', detail) }
    }
    case 'too_large':
      return invalidResponse('too_large', localizable('it is larger than {0} bytes', failure.limitBytes), context)
    case 'undecodable':
      return invalidResponse('not_the_api', failure.why, context)
    default:
      return assertNever(failure)
  }
}

type Unreachable = Extract<TransportFailure, { kind: 'unreachable' }>

function reasonOfUnreachable({ cause, obstacle }: Unreachable, context: FailureContext): ReadinessFacts {
  const { provider, endpoint, localServer } = context
  const proxy = obstacle?.startsWith('proxy_') ? context.exchange.proxyOf(endpoint) : null
  return {
    code: 'provider_unreachable',
    provider,
    endpoint,
    cause,
    ...(obstacle === undefined ? {} : { obstacle }),
    ...(proxy === null ? {} : { proxy }),
    ...(localServer === undefined ? {} : { server: localServer }),
  }
}

/** A status of success does not make an answer: captive portals and proxies send pages with 200. */
export function reasonOfUnusableBody(context: FailureContext): ReadinessFacts | null {
  const { bodyKind } = context.exchange.facts
  switch (bodyKind) {
    case 'html':
      return invalidResponse(
        'not_the_api',
        localizable('it is a web page, as a proxy, a login page or a wrong address sends'),
        context,
      )
    case 'empty':
      return invalidResponse('empty', localizable('it is empty'), context)
    case 'text':
      return invalidResponse('not_json', localizable('it is not JSON'), context)
    case 'json':
    case 'stream':
    case 'events':
    case null:
      return null
    default:
      return assertNever(bodyKind)
  }
}

/** It says the same over and over: more room would not help. */
export function repetitiveAnswer(context: FailureContext): ReadinessFacts {
  return invalidResponse('repetitive', localizable('it repeats itself without an end'), context)
}

/** A stream ended in good order without saying that the answer is complete: the server has let it go. */
export function interruptedAnswer(context: FailureContext): ReadinessFacts {
  return invalidResponse('interrupted', localizable('the server broke it off'), context)
}

type InvalidProblem = Extract<ReadinessFacts, { code: 'invalid_response' }>['problem']

/** What a body with a status of success says of an error. */
export function reportedError(said: string): LocalizableMessage {
  return said
    ? localizable('it reports an error with a status of success: {0}', said)
    : localizable('it reports an error with a status of success')
}

export function invalidResponse(
  problem: InvalidProblem,
  detail: LocalizableMessage,
  context: FailureContext,
  body?: ErrorBody,
): ReadinessFacts {
  const { provider } = context
  return { code: 'invalid_response', provider, problem, ...withMessage('detail', detail), raw: rawCause(context, body) }
}

/** What the provider literally said, without its text and without any key. */
export function rawCause({ exchange }: FailureContext, body?: ErrorBody): RawCause {
  const { status, headers } = exchange.facts
  const requestId = headerText(headers, 'x-request-id') ?? headerText(headers, 'request-id')
  return {
    status,
    code: body?.code == null ? null : quoteForMessage(body.code, exchange.setting.secrets).slice(0, 100),
    requestId: requestId === null ? null : quoteForMessage(requestId, exchange.setting.secrets).slice(0, 100),
  }
}

/** Text of the provider for a message. */
export function quote(text: string, { exchange }: FailureContext): string {
  return quoteForMessage(withoutGatewayWords(text), exchange.setting.secrets)
}

/** An answer without text. With thoughts in it, it says that thinking has to be switched off. */
export function emptyAnswer(hasThought: boolean, context: FailureContext): ReadinessFacts {
  const detail = hasThought ? localizable('it holds thoughts but no text') : localizable('its text is empty')
  return { ...invalidResponse('empty', detail, context), ...(hasThought ? { hasThought } : {}) }
}
