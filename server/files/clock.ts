/** Time as the runs see it. `wait` ends early, without an error, when the signal aborts. */
export interface Clock {
  /** Milliseconds since 1970, for instants that people read. */
  now(): number
  /** Milliseconds that only grow, for everything that is measured or waited for. */
  monotonic(): number
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** Node's timers end at once when asked for more; whoever waits looks at the clock again anyway. */
const longestTimer = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const finish = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', finish)
        resolve()
      }
      const timer = setTimeout(finish, Math.min(ms, longestTimer))
      signal.addEventListener('abort', finish, { once: true })
    }),
}

export function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
