import { headerText, parseCount, type ResponseHeaders, readWait } from './retryAfter.ts'

/** What a provider says is left of one of its limits, until it is full again in `resetMs`. */
export interface RateLimit {
  counts: 'requests' | 'tokens'
  left: number
  resetMs: number
}

/** With all names of their headers, which are not put together anew for each answer. */
const kinds = (['requests', 'tokens', 'input-tokens', 'output-tokens'] as const).map((name) => ({
  counts: name === 'requests' ? ('requests' as const) : ('tokens' as const),
  names: [
    [`x-ratelimit-remaining-${name}`, `x-ratelimit-reset-${name}`],
    [`anthropic-ratelimit-${name}-remaining`, `anthropic-ratelimit-${name}-reset`],
  ] as const,
}))

/**
 * The limits that an answer announces: `x-ratelimit-*` (the OpenAI family, resets as durations or seconds) and
 * `anthropic-ratelimit-*` (resets as instants). One without both numbers says nothing.
 */
export function readRateLimits(headers: ResponseHeaders, now: number): RateLimit[] {
  const limits: RateLimit[] = []
  for (const { counts, names } of kinds) {
    for (const [remaining, reset] of names) {
      const left = parseCount(headerText(headers, remaining))
      if (left === null) continue
      const resetMs = readWait(headerText(headers, reset), 1000, now)
      if (resetMs !== null && resetMs > 0) limits.push({ counts, left: Math.floor(left), resetMs })
    }
  }
  return limits
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
