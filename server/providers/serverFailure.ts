import type { RawCause, ReadinessFacts } from '../../protocol/reasons.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { ErrorBody } from './errorBody.ts'
import { type FailureContext, invalidResponse, quote, rawCause } from './failureReason.ts'
import { readRetryAfter } from './retryAfter.ts'

/**
 * What a status of 5xx means has no code at most local servers: Ollama, llama.cpp and its Python server, LM Studio and vLLM answer 500
 * for what was asked wrongly and for what they can never do as well as for a busy moment. Their words are all there is, and stand here.
 */
interface Dialect {
  means: 'busy' | 'cannot_serve' | 'too_long' | 'refused'
  words: RegExp
  /** Decides even against a status of busy servers. */
  isPlain?: true
}

/** The first that fits decides. */
const dialects: readonly Dialect[] = [
  { means: 'busy', words: /\b(server (is )?busy|overloaded|try again|pending requests|at capacity|queue is full)\b/i },
  {
    means: 'busy',
    words: /(?<!error |failed )\bloading( the)? model\b|\bmodel is (still |currently )?(loading|starting)\b/i,
  },
  { means: 'busy', words: /\bunexpected EOF\b|\b(process|runner)( is)? no longer running\b|\btimed? ?out\b/i },
  { means: 'too_long', words: /\btoo large to process\b.*\bbatch size\b|\bexceeds? the( available)? context\b/i },
  // Memory that a model or a device lacks.
  { means: 'cannot_serve', words: /\brequires more (system |gpu )?memory\b|\bout of memory\b|\bOutOfMemory/i },
  { means: 'cannot_serve', words: /\b(not enough|insufficient) (\w+ )?(memory|vram)\b|\b(cudaMalloc|CUDA error)\b/i },
  { means: 'cannot_serve', words: /\b(failed|unable|cannot) to allocate\b|\bcannot allocate memory\b/i },
  // Weights that are damaged, or of a kind that the server does not know.
  { means: 'cannot_serve', words: /\bexceeds file size\b|\bnot in gguf format\b|\b(invalid|bad) (gguf|magic)\b/i },
  {
    means: 'cannot_serve',
    words: /\b(corrupt(ed)?|damaged|truncated) (model|weights|file|gguf)\b|\bdigest mismatch\b/i,
  },
  { means: 'cannot_serve', words: /\b(unknown|unsupported)( model)? architecture\b|\bunsupported model\b/i },
  { means: 'cannot_serve', words: /\b(failed|unable) to load\b.*\bmodel\b|\berror loading model\b/i },
  { means: 'cannot_serve', words: /\bno models? (is |are )?loaded\b|\bmodel (is )?not loaded\b/i },
  // A way of asking that it does not take.
  // Named so plainly that no busy server would say it.
  {
    means: 'refused',
    isPlain: true,
    words: /\bresponse_format\b|\bjson[_ ]?(schema|object)\b|\bstructured outputs?\b|\bguided_/i,
  },
  { means: 'refused', words: /\bschema\b|\bgrammar\b|\bimage input\b|\bsystem role\b/i },
  { means: 'refused', words: /\btools?\b|\btool_choice\b|\bfunction call/i },
  { means: 'refused', words: /\bembeddings?\b/i },
  { means: 'refused', words: /\b(validation errors?|literal_error|must be of type|invalid (format|value|type))\b/i },
  { means: 'refused', words: /\b(not supported|unsupported|does not support|not implemented)\b/i },
]

/**
 * Why a server failed with 500 or more, in its own words. `otherwise`: what words mean that nobody knows; servers that say nothing are
 * taken to be busy.
 */
export function reasonOfServerFailure(
  status: number,
  body: ErrorBody,
  context: FailureContext,
  otherwise: 'busy' | 'cannot_serve' = 'busy',
): ReadinessFacts {
  const { provider, model } = context
  const raw = rawCause(context, body)
  const said = quote(body.message, context).replace(/[.\s]+$/, '')
  switch (meaningOf(status, body, said === '' ? 'busy' : otherwise)) {
    case 'too_long':
      if (model !== null) return tooLong(provider, model, body, raw)
      break
    case 'cannot_serve':
      return invalidResponse('cannot_serve', localizable('the server says: {0}', said), context, body)
    case 'refused':
      break
    case 'busy': {
      const retryAfterMs = readRetryAfter(context.exchange.facts.headers, context.now) ?? body.retryAfterMs
      const detail = said === '' ? {} : withMessage('detail', localizable('{0}', said))
      return { code: 'overloaded', provider, retryAfterMs, ...detail, raw }
    }
  }
  const refusal =
    said === ''
      ? localizable('it refused the request with {0}', status)
      : localizable('it refused the request with {0}: {1}', status, said)
  return invalidResponse('rejected_request', refusal, context, body)
}

/** llama.cpp's own code and words: its window, and the batch that a model for decisions has to fit, are what the server was started with. */
export function tooLong(
  provider: string,
  model: string,
  { codes, message, window }: ErrorBody,
  raw: RawCause,
): ReadinessFacts {
  return {
    code: 'context_too_long',
    provider,
    model,
    limitTokens: window.limit,
    ...(window.needed === null ? {} : { neededTokens: window.needed }),
    ...(codes.has('exceed_context_size_error') || /\bbatch size\b/i.test(message)
      ? { remedy: 'restart_server' as const }
      : {}),
    raw,
  }
}

/** What a refusal says that the server can never do, such as to load its model; null: it is about the request. */
export function reasonItCannotServe(body: ErrorBody, context: FailureContext): ReadinessFacts | null {
  if (context.model === null || dialects.find(({ words }) => words.test(body.message))?.means !== 'cannot_serve')
    return null
  const said = quote(body.message, context).replace(/[.\s]+$/, '')
  return invalidResponse('cannot_serve', localizable('the server says: {0}', said), context, body)
}

function meaningOf(status: number, body: ErrorBody, otherwise: 'busy' | 'cannot_serve'): Dialect['means'] {
  // Not implemented is never a matter of time; the other three are statuses of their own for busy servers.
  const isBusyStatus = status === 503 || status === 529 || status === 502
  const dialect = dialects.find(({ words }) => words.test(body.message))
  const known = dialect?.means
  if (status === 501) return known === 'cannot_serve' || known === 'too_long' ? known : 'refused'
  if (isBusyStatus && known === 'refused' && !dialect?.isPlain) return 'busy'
  return known ?? otherwise
}
