import type { Ollama } from 'ollama'
import type { ReadinessFacts } from '../../protocol/reasons.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { asFields, type ErrorBody, errorBodyOf, parseJson } from './errorBody.ts'
import { payloadOf } from './eventStream.ts'
import {
  type FailureContext,
  invalidResponse,
  quote,
  rawCause,
  reasonOfFailure,
  reasonOfUnusableBody,
  reportedError,
} from './failureReason.ts'
import type { OpenCall } from './openCall.ts'
import { reasonOfServerFailure } from './serverFailure.ts'
import { reasonOfStatus } from './statusReason.ts'

/** The one place that loads the Ollama SDK. A client costs nothing, so each call has its own. */
export async function ollamaClientOf({ endpoint, exchange }: OpenCall): Promise<Ollama> {
  const { Ollama: Client } = await import('ollama')
  return new Client({ host: endpoint, fetch: withWholeLines(exchange.fetch) })
}

/** What breaks a stream has no code: neither a line with an error in it nor its end comes as more than an Error. */
export function reasonOfBrokenStream(error: unknown, open: OpenCall) {
  const context = open.context()
  const { facts } = open.exchange
  if (facts.failure !== null || facts.status === null || facts.status > 299) {
    return reasonOfFailure(error, context, reasonOfOllamaStatus)
  }
  const unusable = reasonOfUnusableBody(context)
  if (unusable !== null) return unusable
  if (error instanceof BrokenLineError) {
    if (error.said !== undefined) return reasonOfMidStreamError(error.said, context)
    return invalidResponse(
      error.isLast ? 'truncated' : 'not_json',
      localizable('a line of it is not complete JSON'),
      context,
    )
  }
  return invalidResponse('truncated', localizable('it ends before it says that it is complete'), context)
}

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
    const problems = [{ path: 'base_url', message: 'cloud models are disabled on this Ollama server' }]
    return { code: 'config_invalid', provider, problems }
  }
  if (status === 429 && usageLimitText.test(body.message)) return { code: 'quota_exceeded', provider, raw }
  if (status === 404 && model !== null && body.isApi) {
    return { code: 'model_missing', provider, model, alternatives: [], raw }
  }
  if (status === 400 && model !== null && contextText.test(body.message)) return tooLong(model, body, context)
  // It is there, and what it hands on to is not.
  if (status === 502) {
    const said = quote(body.message, context)
    const cause = said
      ? localizable('the cloud behind this Ollama cannot be reached: {0}', said)
      : localizable('the cloud behind this Ollama cannot be reached')
    return { code: 'provider_unreachable', provider, endpoint, ...withMessage('cause', cause), raw }
  }
  // It names what failed; without any of the words for a passing failure, the next call fails alike.
  if (status === 500 && isOwnError(context)) return reasonOfServerFailure(status, body, context, 'cannot_serve')
  return reasonOfStatus(status, body, context)
}

/** Proxies put an object where Ollama has a text. */
function isOwnError({ exchange }: FailureContext): boolean {
  return /^\s*\{\s*"error"\s*:\s*"/.test(exchange.facts.body?.subarray(0, 40).toString() ?? '')
}

function tooLong(model: string, body: ErrorBody, context: FailureContext): ReadinessFacts {
  const { limit, needed } = body.window
  return {
    code: 'context_too_long',
    provider: context.provider,
    model,
    limitTokens: limit,
    ...(needed === null ? {} : { neededTokens: needed }),
    remedy: 'set_window',
    raw: rawCause(context, body),
  }
}

/** An error that comes as a line of an answer that began well, or as a whole one with 200. */
export function reasonOfMidStreamError(said: unknown, context: FailureContext): ReadinessFacts {
  const { model } = context
  const body = errorBodyOf({ error: said })
  if (model !== null && contextText.test(body.message)) {
    return tooLong(model, body, context)
  }
  return invalidResponse('error_body', reportedError(quote(body.message, context)), context, body)
}

/** A line of a streamed answer that is no step of one. `said`: what the server reported as an error in it. */
class BrokenLineError extends Error {
  readonly isLast: boolean
  readonly said: unknown
  constructor(isLast: boolean, said?: unknown) {
    super('a broken line')
    this.isLast = isLast
    this.said = said
  }
}

/**
 * Looks at streamed lines before the Ollama SDK does: it prints every line that it cannot read to the console, where
 * the terminal's output is, skips it, and loses what an error line says beyond its text.
 */
function withWholeLines(send: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init)
    if (!/\/api\/(chat|pull)$/.test(String(input)) || !response.ok || response.body === null) return response
    return new Response(checkLines(response.body), { status: response.status })
  }
}

function checkLines(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const decoder = new TextDecoder()
  let rest = ''
  const lines = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, out) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = parts.pop() ?? ''
      for (const line of parts) pass(line, false, out)
    },
    flush(out) {
      pass(rest + decoder.decode(), true, out)
    },
  })
  return body.pipeThrough(lines)
}

const encoder = new TextEncoder()

function pass(line: string, isLast: boolean, out: TransformStreamDefaultController<Uint8Array>): void {
  // Proxies send the lines as events.
  const payload = payloadOf(line)
  if (payload === null || payload === '' || payload === '[DONE]') return
  const fields = asFields(parseJson(payload))
  if (fields === null) out.error(new BrokenLineError(isLast))
  else if (fields.error != null) out.error(new BrokenLineError(isLast, fields.error))
  else out.enqueue(encoder.encode(`${payload}\n`))
}
