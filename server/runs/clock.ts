/** Time as the runs see it. `wait` ends early, without an error, when the signal aborts. */
export interface Clock {
  /** Milliseconds since 1970, for instants that people read. */
  now(): number
  /** Milliseconds that only grow, for everything that is measured or waited for. */
  monotonic(): number
  wait(ms: number, signal: AbortSignal): Promise<void>
}

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
      const timer = setTimeout(finish, ms)
      signal.addEventListener('abort', finish, { once: true })
    }),
}

export function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
