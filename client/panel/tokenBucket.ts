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
