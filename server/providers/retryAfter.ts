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
  const milliseconds = readWait(headerText(headers, `${prefix}retry-after-ms`), 1, now)
  return milliseconds ?? readWait(headerText(headers, `${prefix}retry-after`), 1000, now)
}

/**
 * Milliseconds from now, of a bare number in units of `unitMs`, a duration with its own units, or an instant: in seconds or milliseconds
 * since 1970, as a date of HTTP, or as ISO writes it. Null: it is none of them.
 */
export function readWait(text: string | null, unitMs: 1 | 1000, now: number): number | null {
  const count = parseCount(text)
  if (count !== null) return waitInMs(count, unitMs, now)
  const date = parseHttpDate(text) ?? parseInstant(text)
  return date === null ? parseDuration(text) : Math.max(0, date - now)
}

/** 2001, in seconds and in milliseconds since 1970: nobody asks to wait for thirty years. */
const firstInstantSeconds = 1e9
const firstInstantMs = 1e12

/** A number as a wait of so many units, or as an instant since 1970, which some servers send in its place. */
function waitInMs(count: number, unitMs: 1 | 1000, now: number): number {
  if (count >= firstInstantMs) return Math.max(0, count - now)
  if (count >= firstInstantSeconds && unitMs === 1000) return Math.max(0, count * 1000 - now)
  return count * unitMs
}

const limits = ['requests', 'tokens', 'input-tokens', 'output-tokens']

/** When the exhausted ones of the announced limits are free again. */
function readLimitResets(headers: ResponseHeaders, prefix: string, now: number): number[] {
  const names = limits.flatMap((limit) => [
    [`x-ratelimit-remaining-${limit}`, `x-ratelimit-reset-${limit}`],
    [`anthropic-ratelimit-${limit}-remaining`, `anthropic-ratelimit-${limit}-reset`],
  ])
  // OpenRouter and others name one limit of all requests; the draft of the standard leaves out the x.
  const single = [
    ['x-ratelimit-remaining', 'x-ratelimit-reset'],
    ['ratelimit-remaining', 'ratelimit-reset'],
  ]
  return [...names, ...single].flatMap(([remaining, reset]) => {
    if (!isExhausted(headerText(headers, `${prefix}${remaining}`))) return []
    return readWait(headerText(headers, `${prefix}${reset}`), 1000, now) ?? []
  })
}

/** LiteLLM counts below nothing what its limit let through. */
function isExhausted(left: string | null): boolean {
  return left !== null && /^(?:0+(?:\.0+)?|-\d{1,16})$/.test(left)
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

/** From the longest to the shortest; the words that stand for each. */
const units: readonly { ms: number; words: readonly string[] }[] = [
  { ms: 86_400_000, words: ['d', 'day', 'days'] },
  { ms: 3_600_000, words: ['h', 'hr', 'hrs', 'hour', 'hours'] },
  { ms: 60_000, words: ['m', 'min', 'mins', 'minute', 'minutes'] },
  { ms: 1000, words: ['s', 'sec', 'secs', 'second', 'seconds'] },
  { ms: 1, words: ['ms', 'msec', 'msecs', 'millisecond', 'milliseconds'] },
  { ms: 1e-3, words: ['us', 'µs', 'μs', 'microsecond', 'microseconds'] },
  { ms: 1e-6, words: ['ns', 'nanosecond', 'nanoseconds'] },
]
const wordsLongestFirst = units.flatMap(({ words }) => words).sort((one, other) => other.length - one.length)
const part = `(\\d{1,16}(?:\\.\\d{1,9})?)\\s?(${wordsLongestFirst.join('|')})(?![a-zµμ])`
const parts = `${part.replaceAll(/\((?!\?)/g, '(?:')}(?:(?:,|,? and)?\\s?(?=\\d))?`

const wholeDuration = new RegExp(`^(?:${parts})+$`, 'i')
const isoDuration = /^P(?=.)(\d{1,9}D)?(?:T(?=\d)(\d{1,9}H)?(\d{1,9}M)?(\d{1,9}(?:\.\d{1,9})?S)?)?$/i
/** "Please try again in 1m30s", "retry after 26 seconds", "wait 5 seconds". */
const waitInWords = new RegExp(
  `\\b(?:re-?try|try again|available again|wait)(?:ing)?(?: again)?(?: in| after| for)?(?: at least| about)?:? ((?:${parts})+)`,
  'i',
)

/**
 * Milliseconds of "1m30s", "6h0m0s", "120ms", "90 seconds", "1 minute and 30 seconds" or "PT1M30S". Null: it is none of these, or its
 * units do not go from long to short; a bare number has no unit.
 */
export function parseDuration(text: string | null): number | null {
  if (text === null || text.length > 80) return null
  const iso = isoDuration.exec(text)
  if (iso) return sum(iso.slice(1).join('').replaceAll('undefined', ''))
  return wholeDuration.test(text) ? sum(text) : null
}

/** Milliseconds that a sentence asks to wait; null: it names no time. */
export function findWait(sentence: string): number | null {
  const found = waitInWords.exec(sentence.slice(0, 2000))?.[1]
  return found === undefined ? null : sum(found)
}

function sum(text: string): number | null {
  const found = [...text.matchAll(new RegExp(part, 'gi'))].map(([, count, word = '']) => {
    const place = units.findIndex(({ words }) => words.includes(word.toLowerCase()))
    return { place, ms: Number(count) * (units[place]?.ms ?? 0) }
  })
  const isInOrder = found.every(({ place }, index) => index === 0 || place > (found[index - 1]?.place ?? -1))
  return found.length > 0 && isInOrder ? found.reduce((total, { ms }) => total + ms, 0) : null
}

function clamp(milliseconds: number): number {
  return Math.min(Math.round(milliseconds), longestMs)
}
