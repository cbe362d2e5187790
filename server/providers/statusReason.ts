import type { ReadinessFacts } from '../../protocol/reasons.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { ErrorBody } from './errorBody.ts'
import { type FailureContext, invalidResponse, quote, rawCause } from './failureReason.ts'
import { reasonBehindGateway } from './gatewayCauses.ts'
import { headerText, readRetryAfter } from './retryAfter.ts'
import { reasonItCannotServe, reasonOfServerFailure, tooLong } from './serverFailure.ts'

const serverTimeouts = new Set([408, 504, 524])

/** "insufficient_quota" stays the type of newer codes, and all of them come with 429: the code decides, not the status. */
const quotaCodes = [
  'insufficient_quota',
  'credit_balance_exhausted',
  'billing_error',
  'billing_hard_limit_reached',
  'enforced_spend_limit_reached',
  'contract_spend_limit_reached',
]
const filterCodes = ['content_filter', 'content_policy_violation', 'moderation_blocked', 'responsibleaipolicyviolation']
const keyCodes = ['api_key_invalid', 'invalid_api_key', 'authentication_error']
const regionCodes = ['unsupported_country_region_territory']
const missingModelCodes = ['model_not_found', 'deploymentnotfound', 'unknown_model', 'invalid_model']
const retiredModelCodes = ['model_deprecated', 'model_decommissioned']
const contextCodes = [
  'context_length_exceeded',
  'exceed_context_size_error',
  'request_too_large',
  'string_above_max_length',
  'max_tokens_exceeded',
]
const busyCodes = ['slow_down', 'server_is_overloaded', 'capacity_exceeded', 'overloaded_error']

/** Servers without a code for it (vLLM, llama.cpp's older versions, Anthropic, Google, Mistral): the text is all there is. */
const contextText =
  /maximum context length|context (length|window|size)|too many tokens|prompt is too long|input token count|too large to process/i
/** Anthropic answers one's own spend limit with a bare 400 and no code. */
const ownSpendLimitText = /^You have reached your specified/

/** The rules that the OpenAI family and Anthropic share; facts/providers.md §14. */
export function reasonOfStatus(status: number, body: ErrorBody, context: FailureContext): ReadinessFacts {
  const { provider, endpoint } = context
  const raw = rawCause(context, body)
  const has = (...codes: string[]) => codes.some((code) => body.codes.has(code))
  const retryAfterMs = readRetryAfter(context.exchange.facts.headers, context.now) ?? body.retryAfterMs

  const behind = reasonBehindGateway(status, body, context)
  if (behind !== null) return behind
  if (serverTimeouts.has(status)) return { code: 'timeout', provider, endpoint, phase: 'server', afterMs: null, raw }
  if (isQuota(status, body, context)) return { code: 'quota_exceeded', provider, raw }
  if (status === 429 || status === 402 || (status === 413 && has('rate_limit_exceeded'))) {
    return { code: 'rate_limited', provider, retryAfterMs, raw }
  }
  if (status === 503 && isLoading(body)) return { code: 'overloaded', provider, retryAfterMs, isLoading: true, raw }
  // 499: the server gave the request up by itself, which nginx, Ollama and Cohere call so.
  if (has(...busyCodes) || status === 499) return { code: 'overloaded', provider, retryAfterMs, raw }
  // A proxy's own page means that nothing stands behind it; a model server's 502 passes.
  if (status === 502 && !body.isApi) {
    return { code: 'provider_unreachable', provider, endpoint, cause: 'HTTP 502', raw }
  }
  if (status >= 500) return reasonOfServerFailure(status, body, context)
  const isRefusal = status === 400 || status === 404 || status === 422
  const cannotServe = isRefusal ? reasonItCannotServe(body, context) : null
  if (cannotServe !== null) return cannotServe
  const aboutModel = reasonAboutModel(status, body, context)
  if (aboutModel !== null) return aboutModel
  if (has(...keyCodes) || status === 401 || status === 498 || (status === 403 && !has(...regionCodes))) {
    if (!context.exchange.hasSecrets) return { code: 'auth_failed', provider, wantsKey: true as const, raw }
    const said = body.isApi ? quote(body.message, context).replace(/\.$/, '') : ''
    return { code: 'auth_failed', provider, ...(said ? withMessage('detail', localizable('{0}', said)) : {}), raw }
  }
  return reasonOfRefusal(status, body, context)
}

/** llama.cpp and others while they read a model into memory; the type alone means any kind of "not now". */
function isLoading(body: ErrorBody): boolean {
  return /\bloading\b.*\bmodel\b|\bmodel\b.*\bloading\b/i.test(body.message)
}

function isQuota(status: number, body: ErrorBody, { exchange }: FailureContext): boolean {
  const codes = [...body.codes]
  // With Retry-After, 402 is OpenRouter's budget for what is in flight.
  if (status === 402) return headerText(exchange.facts.headers, 'retry-after') === null
  if (status < 400 || status >= 500) return false
  if (codes.some((code) => quotaCodes.includes(code) || code.endsWith('_spend_limit_exceeded'))) return true
  if (status === 429 && codes.some((code) => code.includes('perday') || code === 'quota_of_zero')) return true
  return status === 400 && ownSpendLimitText.test(body.message)
}

function reasonAboutModel(status: number, body: ErrorBody, context: FailureContext): ReadinessFacts | null {
  const { provider, model } = context
  if (model === null) return null
  const raw = rawCause(context, body)
  const has = (...codes: string[]) => codes.some((code) => body.codes.has(code))
  if (has(...filterCodes)) {
    const said = quote(body.message, context)
    const detail = said ? localizable('{0}', said) : localizable('the request was blocked')
    return { code: 'content_filtered', provider, model, ...withMessage('detail', detail), raw }
  }
  if (has(...retiredModelCodes) || (status === 410 && body.isApi)) {
    return { code: 'model_deprecated', provider, model, shutdownAt: null, replacement: null }
  }
  // Not every server has a code for it, but all name the model; a wrong address does not know it.
  const isNamed = body.isApi && (body.param === 'model' || body.message.includes(model))
  if (has(...missingModelCodes) || (status === 404 && isNamed)) {
    return { code: 'model_missing', provider, model, alternatives: [], raw }
  }
  const isTooLong = (status === 400 || status === 422) && contextText.test(body.message)
  if (has(...contextCodes) || status === 413 || isTooLong) {
    return tooLong(provider, model, body, raw)
  }
  return null
}

function reasonOfRefusal(status: number, body: ErrorBody, context: FailureContext): ReadinessFacts {
  // A server answered, so waiting does not help: the address is another one's, or lacks its path.
  if (status === 404 || status === 405) {
    const detail = localizable('there is no such API at {0} (HTTP {1})', context.endpoint, status)
    return invalidResponse('not_the_api', detail, context, body)
  }
  if (status < 400)
    return invalidResponse('unexpected_status', localizable('it has the status {0}', status), context, body)
  const said = quote(body.message, context)
  const detail = said
    ? localizable('it refused the request with {0}: {1}', status, said)
    : localizable('it refused the request with {0}', status)
  if (!body.isApi) return invalidResponse('unexpected_status', detail, context, body)
  const refuses = refusedPart(body)
  return { ...invalidResponse('rejected_request', detail, context, body), ...(refuses ? { refuses } : {}) }
}

/** What of a request was refused. Undefined: the server does not say. */
type RefusedPart = 'output_format' | 'other' | undefined

const formatFields =
  /^(response_format|json_schema|output_config|text\.format|format|grammar|tools?|tool_choice|functions?|function_call)\b/i

/** Servers without a code or field for it: their words are all there is. */
const formatText =
  /response_format|json_schema|json_object|json mode|structured output|output_config|\bschema\b|\bgrammar\b|tool_choice|\btools?\b|function call/i
const otherText =
  /\b(max_tokens|max_completion_tokens|temperature|top_p|top_k|stream_options|reasoning_effort|system (role|message))\b/i

/** Only a refusal that is about the form of the answer, or may be, is a reason to ask for another form. */
function refusedPart({ param, message }: ErrorBody): RefusedPart {
  if (param) return formatFields.test(param) ? 'output_format' : 'other'
  if (formatText.test(message)) return 'output_format'
  return otherText.test(message) ? 'other' : undefined
}
