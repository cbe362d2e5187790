import { findWait, parseDuration } from './retryAfter.ts'

/** What a provider said about an error, whichever of the many shapes it chose. */
export interface ErrorBody {
  /** Every code, type and reason in it, in lower case. */
  codes: ReadonlySet<string>
  /** The code to show: the most specific one. */
  code: string | null
  message: string
  /** The field of the request that it is about. */
  param: string | null
  /** Every field of the request that a validator names, as `messages.0.role`. */
  fields: readonly string[]
  /** False: no answer of an API, such as the page of a proxy or of a wrong address. */
  isApi: boolean
  /** A moderation says what it flagged, as OpenRouter passes it on. */
  isFlagged: boolean
  /** How long to wait, where the body says it instead of a header: in a field, as Google's, or in its sentence. */
  retryAfterMs: number | null
  /** What the server counted of a request that is too long, and what a call gets; null: it does not say. */
  window: { needed: number | null; limit: number | null }
}

export type Fields = Readonly<Record<string, unknown>>

const nothing: ErrorBody = {
  codes: new Set(),
  code: null,
  message: '',
  param: null,
  fields: [],
  isApi: false,
  isFlagged: false,
  retryAfterMs: null,
  window: { needed: null, limit: null },
}

/** `{error: {…}}`, `{error: "…"}`, flat `{message, code}`, `{detail}`, or any of them in an array. */
export function readErrorBody(facts: { body: Buffer | null; bodyKind: string | null }): ErrorBody {
  const text = facts.body?.toString() ?? ''
  if (facts.bodyKind === 'json') return errorBodyOf(parseJson(text))
  // A line of text is what somebody wrote about it; it makes no API.
  const message = text.slice(0, mostOfText)
  return facts.bodyKind === 'text' ? { ...nothing, message, retryAfterMs: findWait(message) } : nothing
}

const mostOfText = 2000

export function errorBodyOf(parsed: unknown): ErrorBody {
  const outer = asFields(Array.isArray(parsed) ? parsed[0] : parsed)
  if (outer === null) return nothing
  // Ollama hands on what its runner said as JSON within a text.
  const within =
    typeof outer.error === 'string' && outer.error.startsWith('{') ? asFields(parseJson(outer.error)) : null
  if (within !== null) return errorBodyOf(asFields(within.error) === null ? { error: within } : within)
  const inner = asFields(outer.error) ?? outer
  const details = Array.isArray(inner.details) ? inner.details : [inner.details]
  const metadata = asFields(inner.metadata)
  const faults = faultsOf(outer, inner)
  // System One's servers have one error below `detail`.
  const one = asFields(outer.detail)
  const own = [
    inner.code,
    ...details.flatMap(codesOfDetail),
    inner.type,
    inner.status,
    one?.error_type,
    one?.type,
    one?.code,
  ]
  const codes = [...own, ...faults.map((fault) => fault.type)].flatMap(asCode)
  const message = messageOf([inner.message, outer.error, outer.message, outer.detail, ...faults.map(describeFault)])
  return {
    codes: new Set(codes.map((code) => code.toLowerCase())),
    code: codes[0] ?? null,
    message,
    param: typeof inner.param === 'string' ? inner.param : null,
    fields: faults.map(placeOf).filter((place) => place !== ''),
    isApi: 'error' in outer || 'message' in outer || 'code' in outer || one !== null || faults.length > 0,
    isFlagged: metadata?.flagged_input !== undefined || Array.isArray(metadata?.reasons),
    retryAfterMs: delayIn([...details, inner, metadata, outer]) ?? findWait(message),
    window: {
      needed: countIn(inner.n_prompt_tokens) ?? neededIn(message),
      limit: countIn(inner.n_ctx) ?? limitIn(message),
    },
  }
}

/** FastAPI's list stands at the top; Mistral puts it into the message, others below `errors`. */
function faultsOf(outer: Fields, inner: Fields): Fields[] {
  const lists = [outer.detail, inner.detail, asFields(inner.message)?.detail, outer.errors, inner.errors]
  const found = lists.find((list) => Array.isArray(list) && list.length > 0)
  return Array.isArray(found) ? found.map(asFields).filter((fault) => fault !== null) : []
}

function messageOf(places: readonly unknown[]): string {
  const texts = places.map((place) => asFields(place)?.message ?? asFields(place)?.error ?? place)
  return texts.find(isText) ?? ''
}

function countIn(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null
}

/** How servers without fields for it word the two figures: llama.cpp, vLLM and llama-cpp-python, OpenAI, Anthropic. */
const neededTexts = [
  /request \((\d{1,9}) tokens\) exceeds/i,
  /you requested (\d{1,9}) tokens/i,
  /(?:resulted in|has|contains) (\d{1,9})(?: input)? tokens/i,
  /prompt is too long: (\d{1,9}) tokens/i,
  /\((\d{1,9}) tokens\) (?:is|are) too large to process/i,
]
const limitTexts = [
  /context size \((\d{1,9}) tokens\)/i,
  /maximum context length (?:is|of) (\d{1,9}) tokens/i,
  /tokens > (\d{1,9}) maximum/i,
  /current batch size: (\d{1,9})/i,
]

function neededIn(message: string): number | null {
  return figureIn(message, neededTexts)
}

function limitIn(message: string): number | null {
  return figureIn(message, limitTexts)
}

function figureIn(message: string, texts: readonly RegExp[]): number | null {
  const found = texts.map((text) => text.exec(message)?.[1]).find((figure) => figure !== undefined)
  return found === undefined ? null : countIn(Number(found))
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function placeOf({ loc }: Fields): string {
  return Array.isArray(loc) ? loc.filter((part) => part !== 'body').join('.') : ''
}

/** What a validator found, as FastAPI reports it: `{loc: ['body', 'model'], msg: 'Field required', type: 'missing'}`. */
function describeFault(fault: Fields): string {
  return [placeOf(fault), fault.msg ?? fault.message].filter(isText).join(': ')
}

/** Google says in a detail of its own when to come back, `{retryDelay: '17s'}`; others in a field beside the message, in seconds. */
function delayIn(places: readonly unknown[]): number | null {
  for (const [name, value] of places.flatMap((place) => Object.entries(asFields(place) ?? {}))) {
    const field = delayField.exec(name.replace(/[_-]/g, ''))
    const delay = field === null ? null : delayOf(value, /^m/i.test(field[1] ?? '') ? 1 : 1000)
    if (delay !== null) return delay
  }
  return null
}

const delayField = /^retry(?:after|delay|in)(ms|msec|milliseconds|s|sec|secs|seconds)?$/i
/** A bare number that is larger is an instant or nonsense. */
const longestDelay = 1e9

function delayOf(value: unknown, unitMs: number): number | null {
  const count = typeof value === 'string' && /^\d{1,9}(?:\.\d{1,9})?$/.test(value) ? Number(value) : value
  if (typeof count === 'number') return count >= 0 && count < longestDelay ? Math.round(count * unitMs) : null
  const duration = typeof value === 'string' ? parseDuration(value.trim()) : null
  return duration === null ? null : Math.round(duration)
}

/** Google lists reasons and quotas in details; Anthropic has one error code there. */
function codesOfDetail(detail: unknown): unknown[] {
  const fields = asFields(detail)
  if (fields === null) return []
  const violations = Array.isArray(fields.violations) ? fields.violations : []
  return [fields.error_code, fields.reason, ...violations.map(asFields).flatMap(codesOfViolation)]
}

/** A quota of nothing, as for a model that the account's plan does not have, does not come back by waiting. */
function codesOfViolation(violation: Fields | null): unknown[] {
  return violation === null ? [] : [violation.quotaId, String(violation.quotaValue) === '0' ? 'quota_of_zero' : null]
}

function asCode(value: unknown): string[] {
  if (typeof value === 'number') return [String(value)]
  return typeof value === 'string' && value !== '' ? [value] : []
}

export function asFields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch {
    return null
  }
}
