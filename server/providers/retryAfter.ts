const longestMs = 7 * 24 * 3_600_000

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>

/** LiteLLM hands on the headers of what stands behind it under names that begin so, and keeps none under its own. */
const prefixes = ['', 'llm_provider-']

/**
 * How long the provider asks to wait, in milliseconds; null when it does not say so in a way that makes sense.
 * Past dates and 0 mean "now". Whether to obey is the retry policy's business.
 */
export function readRetryAfter(headers: ResponseHeaders, now: number): number | null {
  for (const prefix of prefixes) {
    const asked = readAsked(headers, prefix, now)
    if (asked !== null) return clamp(asked)
  }
  const waits = prefixes.flatMap((prefix) => readLimitResets(headers, prefix, now))
  return waits.length === 0 ? null : clamp(Math.max(...waits))
}

function readAsked(headers: ResponseHeaders, prefix: string, now: number): number | null {
  const milliseconds = parseCount(headerText(headers, `${prefix}retry-after-ms`))
  if (milliseconds !== null) return waitInMs(milliseconds, 1, now)
  const text = headerText(headers, `${prefix}retry-after`)
  const seconds = parseCount(text)
  if (seconds !== null) return waitInMs(seconds, 1000, now)
  const date = parseHttpDate(text) ?? parseInstant(text)
  return date === null ? null : Math.max(0, date - now)
}

/** 2001, in seconds and in milliseconds since 1970: nobody asks to wait for thirty years. */
const firstInstantSeconds = 1e9
const firstInstantMs = 1e12

/** A number as a wait of so many units, or as an instant since 1970, which some servers send in its place. */
export function waitInMs(count: number, unitMs: 1 | 1000, now: number): number {
  if (count >= firstInstantMs) return Math.max(0, count - now)
  if (count >= firstInstantSeconds && unitMs === 1000) return Math.max(0, count * 1000 - now)
  return count * unitMs
}

const limits = ['requests', 'tokens', 'input-tokens', 'output-tokens']

/** When the exhausted ones of the announced limits are free again. */
function readLimitResets(headers: ResponseHeaders, prefix: string, now: number): number[] {
  const text = (name: string) => headerText(headers, `${prefix}${name}`)
  const waits = limits.flatMap((limit) => {
    const openai = text(`x-ratelimit-remaining-${limit}`) === '0'
    const anthropic = text(`anthropic-ratelimit-${limit}-remaining`) === '0'
    const duration = openai ? parseDuration(text(`x-ratelimit-reset-${limit}`)) : null
    const instant = anthropic ? parseInstant(text(`anthropic-ratelimit-${limit}-reset`)) : null
    return [duration, instant === null ? null : Math.max(0, instant - now)]
  })
  // OpenRouter and others name one limit of all requests, and the instant at which it is full again.
  const isOut = text('x-ratelimit-remaining') === '0'
  const reset = isOut ? parseCount(text('x-ratelimit-reset')) : null
  return [...waits, reset === null ? null : waitInMs(reset, 1000, now)].filter((wait) => wait !== null)
}

export function headerText(headers: ResponseHeaders, name: string): string | null {
  const value = headers[name]
  const text = (Array.isArray(value) ? value[0] : value)?.trim()
  return text ? text : null
}

/** Plain decimal digits only: `Number` would also take "Infinity", "0x10" and "1e9". */
export function parseCount(text: string | null): number | null {
  return text !== null && /^\d{1,16}(\.\d{1,6})?$/.test(text) ? Number(text) : null
}

/** The three date forms of HTTP all begin with a weekday; `Date.parse` alone takes nearly anything, "-5" included. */
function parseHttpDate(text: string | null): number | null {
  if (text === null || !/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text)) return null
  const date = Date.parse(text)
  return Number.isNaN(date) ? null : date
}

export function parseInstant(text: string | null): number | null {
  if (text === null || !/^\d{4}-\d{2}-\d{2}T/.test(text)) return null
  const date = Date.parse(text)
  return Number.isNaN(date) ? null : date
}

const unitMs: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** Durations as OpenAI writes them: "1s", "6m0s", "1h2m3.5s", "120ms". */
export function parseDuration(text: string | null): number | null {
  if (text === null || !/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(text)) return null
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)]
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? 0), 0)
}

function clamp(milliseconds: number): number {
  return Math.min(Math.round(milliseconds), longestMs)
}
