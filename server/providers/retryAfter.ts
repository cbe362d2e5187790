const longestMs = 7 * 24 * 3_600_000

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>

/**
 * How long the provider asks to wait, in milliseconds; null when it does not say so in a way that makes sense.
 * Past dates and 0 mean "now". Whether to obey is the retry policy's business.
 */
export function readRetryAfter(headers: ResponseHeaders, now: number): number | null {
  const milliseconds = parseCount(headerText(headers, 'retry-after-ms'))
  if (milliseconds !== null) return clamp(milliseconds)
  const text = headerText(headers, 'retry-after')
  if (text !== null) {
    const count = parseCount(text)
    if (count !== null) return clamp(count >= firstInstant ? Math.max(0, instantOf(count) - now) : count * 1000)
    const date = parseHttpDate(text) ?? parseInstant(text)
    if (date !== null) return clamp(Math.max(0, date - now))
    const duration = parseDuration(text.toLowerCase())
    if (duration !== null) return clamp(duration)
  }
  return readLimitReset(headers, now)
}

const limits = ['requests', 'tokens', 'input-tokens', 'output-tokens']

/** More seconds than anybody asks to wait, and fewer than have passed since 1970: from here on a number is an instant. */
const firstInstant = 1e9
/** The same in milliseconds. */
const firstInstantMs = 1e12

function instantOf(count: number): number {
  return count >= firstInstantMs ? count : count * 1000
}

/** When the exhausted one of the announced limits is free again; the longest if there are several. */
function readLimitReset(headers: ResponseHeaders, now: number): number | null {
  const waits = limits.flatMap((limit) => {
    const openai = headerText(headers, `x-ratelimit-remaining-${limit}`) === '0'
    const anthropic = headerText(headers, `anthropic-ratelimit-${limit}-remaining`) === '0'
    const duration = openai ? parseDuration(headerText(headers, `x-ratelimit-reset-${limit}`)) : null
    const instant = anthropic ? parseInstant(headerText(headers, `anthropic-ratelimit-${limit}-reset`)) : null
    return [duration, instant === null ? null : Math.max(0, instant - now)].filter((wait) => wait !== null)
  })
  return waits.length === 0 ? null : clamp(Math.max(...waits))
}

export function headerText(headers: ResponseHeaders, name: string): string | null {
  const value = headers[name]
  const text = (Array.isArray(value) ? value[0] : value)?.trim()
  return text ? text : null
}

/** Plain decimal digits only: `Number` would also take "Infinity", "0x10" and "1e9". */
export function parseCount(text: string | null): number | null {
  return text !== null && /^\d{1,14}(\.\d{1,6})?$/.test(text) ? Number(text) : null
}

/** The three date forms of HTTP all begin with a weekday; `Date.parse` alone takes nearly anything, "-5" included. */
function parseHttpDate(text: string): number | null {
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text)) return null
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
