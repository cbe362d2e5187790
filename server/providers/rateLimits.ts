import { headerText, parseCount, parseDuration, parseInstant, type ResponseHeaders, waitInMs } from './retryAfter.ts'

/** What a provider says is left of one of its limits, until it is full again in `resetMs`. */
export interface RateLimit {
  counts: 'requests' | 'tokens'
  left: number
  resetMs: number
}

const kinds = [
  { name: 'requests', counts: 'requests' },
  { name: 'tokens', counts: 'tokens' },
  { name: 'input-tokens', counts: 'tokens' },
  { name: 'output-tokens', counts: 'tokens' },
] as const

/**
 * The limits that an answer announces: `x-ratelimit-*` (the OpenAI family, resets as durations or seconds) and
 * `anthropic-ratelimit-*` (resets as instants). One without both numbers says nothing.
 */
export function readRateLimits(headers: ResponseHeaders, now: number): RateLimit[] {
  const limits: RateLimit[] = []
  for (const { name, counts } of kinds) {
    const left = parseCount(headerText(headers, `x-ratelimit-remaining-${name}`))
    if (left !== null) add(limits, counts, left, durationOf(headerText(headers, `x-ratelimit-reset-${name}`), now))
    const anthropic = parseCount(headerText(headers, `anthropic-ratelimit-${name}-remaining`))
    if (anthropic === null) continue
    const instant = parseInstant(headerText(headers, `anthropic-ratelimit-${name}-reset`))
    add(limits, counts, anthropic, instant === null ? null : instant - now)
  }
  return limits
}

function add(limits: RateLimit[], counts: RateLimit['counts'], left: number, resetMs: number | null): void {
  if (resetMs !== null && resetMs > 0) limits.push({ counts, left: Math.floor(left), resetMs })
}

/** A bare number is seconds, or an instant since 1970. */
function durationOf(text: string | null, now: number): number | null {
  const seconds = parseCount(text)
  return seconds === null ? parseDuration(text) : waitInMs(seconds, 1000, now)
}

/** The narrowest: how many calls like this one it leaves. Null: nothing was announced. */
export function callsLeft(
  limits: readonly RateLimit[] | undefined,
  tokensOfCall: number | null,
): { calls: number; resetMs: number } | null {
  let narrowest: { calls: number; resetMs: number } | null = null
  for (const { counts, left, resetMs } of limits ?? []) {
    if (counts === 'tokens' && !tokensOfCall) continue
    const calls = counts === 'requests' ? left : Math.floor(left / (tokensOfCall ?? 1))
    if (narrowest === null || calls < narrowest.calls) narrowest = { calls, resetMs }
  }
  return narrowest
}
