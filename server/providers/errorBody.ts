import type { ExchangeFacts } from './exchange.ts'

/** What a provider said about an error, whichever of the many shapes it chose. */
export interface ErrorBody {
  /** Every code, type and reason in it, in lower case. */
  codes: ReadonlySet<string>
  /** The code to show: the most specific one. */
  code: string | null
  message: string
  /** The field of the request that it is about. */
  param: string | null
  /** False: no answer of an API, such as the page of a proxy or of a wrong address. */
  isApi: boolean
}

type Fields = Readonly<Record<string, unknown>>

const nothing: ErrorBody = { codes: new Set(), code: null, message: '', param: null, isApi: false }

/** `{error: {…}}`, `{error: "…"}`, flat `{message, code}`, `{detail}`, or any of them in an array. */
export function readErrorBody(facts: ExchangeFacts): ErrorBody {
  const parsed = facts.body === null || facts.bodyKind !== 'json' ? null : parseJson(facts.body.toString())
  return errorBodyOf(parsed)
}

export function errorBodyOf(parsed: unknown): ErrorBody {
  const outer = asFields(Array.isArray(parsed) ? parsed[0] : parsed)
  if (outer === null) return nothing
  const inner = asFields(outer.error) ?? outer
  const details = Array.isArray(inner.details) ? inner.details : [inner.details]
  const codes = [inner.code, ...details.flatMap(codesOfDetail), inner.type, inner.status].flatMap(asCode)
  return {
    codes: new Set(codes.map((code) => code.toLowerCase())),
    code: codes[0] ?? null,
    message: [inner.message, outer.error, outer.message, outer.detail].find((text) => typeof text === 'string') ?? '',
    param: typeof inner.param === 'string' ? inner.param : null,
    isApi: 'error' in outer || 'message' in outer || 'code' in outer,
  }
}

/** Google lists reasons and quotas in details; Anthropic has one error code there, OpenRouter a flag. */
function codesOfDetail(detail: unknown): unknown[] {
  const fields = asFields(detail)
  if (fields === null) return []
  const violations = Array.isArray(fields.violations) ? fields.violations : []
  return [fields.error_code, fields.reason, ...violations.map((violation) => asFields(violation)?.quotaId)]
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
