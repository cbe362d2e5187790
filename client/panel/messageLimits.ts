export interface TokenBucket {
  /** False: too many came too fast. */
  take(): boolean
  /** How full it is, from 0 to 1, as of the last `take`. */
  readonly level: number
}

/** Lets `burst` through at once and `perSecond` in the long run. `monotonicNow` is in milliseconds. */
export function createTokenBucket(burst: number, perSecond: number, monotonicNow: () => number): TokenBucket {
  let tokens = burst
  let filledAt = monotonicNow()
  return {
    take() {
      const now = monotonicNow()
      tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * perSecond)
      filledAt = now
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
    get level() {
      return tokens / burst
    },
  }
}

/** No page of ours sends more than a form; the longest text that it may hold has 10,000 characters. */
const mostCharacters = 1_000_000
const mostValues = 20_000
/** Schemas walk values by recursion: depth is refused before one does. */
const mostDepth = 32

/**
 * Whether a message is small enough to be looked at, without looking at more of it than that takes. Values of a message are
 * those of JSON, and whatever else structured cloning lets through, which counts by what can be listed of it.
 */
export function weighMessage(message: unknown): 'fits' | 'too_large' | 'too_deep' {
  const waiting: { value: unknown; depth: number }[] = [{ value: message, depth: 0 }]
  let characters = 0
  let values = 0
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, depth } = next
    values += 1
    if (typeof value === 'string') characters += value.length
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) characters += value.byteLength
    else if (typeof value === 'object' && value !== null) {
      if (depth >= mostDepth) return 'too_deep'
      // Asked before the list of names is made: that list alone would be millions.
      if (Array.isArray(value) && value.length > mostValues) return 'too_large'
      for (const name in value) {
        characters += name.length
        waiting.push({ value: (value as Record<string, unknown>)[name], depth: depth + 1 })
        if (waiting.length > mostValues) return 'too_large'
      }
    }
    if (characters > mostCharacters || values > mostValues) return 'too_large'
  }
  return 'fits'
}
