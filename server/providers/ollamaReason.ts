import type { ReadinessFacts } from '../../protocol/reasons.ts'
import { type ErrorBody, errorBodyOf } from './errorBody.ts'
import { type FailureContext, invalidResponse, quote, rawCause, reportedError } from './failureReason.ts'
import { reasonOfStatus } from './statusReason.ts'

/**
 * Ollama's errors are `{error: "text"}` without any code. Where one status means several things, its text has to decide:
 * the wordings are those of server/routes.go and of its cloud.
 */
const contextText = /exceeds? the (available )?context|context (length|window)/i
const cloudIsOffText = /cloud is disabled/i
const usageLimitText = /usage limit|quota|upgrade/i

export function reasonOfOllamaStatus(status: number, body: ErrorBody, context: FailureContext): ReadinessFacts {
  const { provider, endpoint, model } = context
  const raw = rawCause(context, body)
  if (status === 403 && cloudIsOffText.test(body.message)) {
    const problems = [{ path: 'base_url', message: 'cloud models are switched off on this Ollama server' }]
    return { code: 'config_invalid', provider, problems }
  }
  if (status === 429 && usageLimitText.test(body.message)) return { code: 'quota_exceeded', provider, raw }
  if (status === 404 && model !== null && body.isApi) {
    return { code: 'model_missing', provider, model, alternatives: [], raw }
  }
  if (status === 400 && model !== null && contextText.test(body.message)) {
    return { code: 'context_too_long', provider, model, limitTokens: null, raw }
  }
  // Says that it could not reach the cloud behind it.
  if (status === 502) return { code: 'provider_unreachable', provider, endpoint, cause: 'HTTP 502', raw }
  return reasonOfStatus(status, body, context)
}

/** An error that comes as a line of an answer that began well, or as a whole one with 200. */
export function reasonOfMidStreamError(said: unknown, context: FailureContext): ReadinessFacts {
  const { provider, model } = context
  const body = errorBodyOf({ error: said })
  if (model !== null && contextText.test(body.message)) {
    return { code: 'context_too_long', provider, model, limitTokens: null, raw: rawCause(context, body) }
  }
  return invalidResponse('error_body', reportedError(quote(body.message, context)), context, body)
}
