import type { Clock } from './clock.ts'

/** Calls `tell` soon after a change, at most once in `everyMs`. */
export function createProgress(options: { clock: Clock; everyMs: number; signal: AbortSignal; tell(): void }) {
  let toldAt = Number.NEGATIVE_INFINITY
  let isWaiting = false
  return {
    changed(): void {
      if (isWaiting || options.signal.aborted) return
      isWaiting = true
      const wait = Math.max(0, toldAt + options.everyMs - options.clock.monotonic())
      void options.clock.wait(wait, options.signal).then(() => {
        isWaiting = false
        if (options.signal.aborted) return
        toldAt = options.clock.monotonic()
        options.tell()
      })
    },
  }
}
