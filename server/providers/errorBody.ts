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
  /** How long to wait, where the body says it instead of a header, as Google's does. */
  retryAfterMs: number | null
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
}

/** `{error: {…}}`, `{error: "…"}`, flat `{message, code}`, `{detail}`, or any of them in an array. */
export function readErrorBody(facts: { body: Buffer | null; bodyKind: string | null }): ErrorBody {
  const text = facts.body?.toString() ?? ''
  if (facts.bodyKind === 'json') return errorBodyOf(parseJson(text))
  // A line of text is what somebody wrote about it; it makes no API.
  return facts.bodyKind === 'text' ? { ...nothing, message: text.slice(0, mostOfText) } : nothing
}

const mostOfText = 2000

export function errorBodyOf(parsed: unknown): ErrorBody {
  const outer = asFields(Array.isArray(parsed) ? parsed[0] : parsed)
  if (outer === null) return nothing
  const inner = asFields(outer.error) ?? outer
  const details = Array.isArray(inner.details) ? inner.details : [inner.details]
  const metadata = asFields(inner.metadata)
  const faults = faultsOf(outer, inner)
  const own = [inner.code, ...details.flatMap(codesOfDetail), inner.type, inner.status]
  const codes = [...own, ...faults.map((fault) => fault.type)].flatMap(asCode)
  return {
    codes: new Set(codes.map((code) => code.toLowerCase())),
    code: codes[0] ?? null,
    message: messageOf([inner.message, outer.error, outer.message, outer.detail, ...faults.map(describeFault)]),
    param: typeof inner.param === 'string' ? inner.param : null,
    fields: faults.map(placeOf).filter((place) => place !== ''),
    isApi: 'error' in outer || 'message' in outer || 'code' in outer || faults.length > 0,
    isFlagged: metadata?.flagged_input !== undefined || Array.isArray(metadata?.reasons),
    retryAfterMs: details.map(delayOfDetail).find((delay) => delay !== null) ?? null,
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

/** Google says in a detail of its own when to come back: `{retryDelay: '17s'}`. */
function delayOfDetail(detail: unknown): number | null {
  const delay = asFields(detail)?.retryDelay
  const seconds = typeof delay === 'string' ? /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(delay)?.[1] : undefined
  return seconds === undefined ? null : Math.round(Number(seconds) * 1000)
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
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return null
  }
}
