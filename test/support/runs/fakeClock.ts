import type { Clock } from '../../../server/files/clock.ts'

/** Time that passes only while everybody waits: a wait ends as soon as nothing else is left to do, the shortest first. */
export interface FakeClock extends Clock {
  /** Every wait that was asked for, in milliseconds. */
  waits: number[]
  /** Lets time pass without anybody waiting for it. */
  advance(ms: number): void
  /** From now on nobody's wait ends by itself. */
  freeze(): void
}

/** What asks for more is never woken. */
const longestWait = 1e9

export function createFakeClock(start = Date.parse('2026-11-21T09:30:00Z')): FakeClock {
  let time = 0
  let pending: { at: number; finish(): void }[] = []
  let isScheduled = false
  let isFrozen = false
  const waits: number[] = []

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    // After input and output of this turn: files are still real. Long waits only end when nothing shorter is left.
    setImmediate(() => {
      isScheduled = false
      if (isFrozen) return
      const next = pending.reduce(
        (one, other) => (other.at < one.at ? other : one),
        pending[0] ?? { at: Infinity, finish() {} },
      )
      if (next.at === Infinity) return
      pending = pending.filter((each) => each !== next)
      time = Math.max(time, next.at)
      next.finish()
      if (pending.length > 0) schedule()
    })
  }

  return {
    waits,
    now: () => start + time,
    monotonic: () => time,
    advance(ms) {
      time += ms
    },
    freeze() {
      isFrozen = true
    },
    wait(ms, signal) {
      waits.push(ms)
      return new Promise((resolve) => {
        if (signal.aborted) return resolve()
        const entry = {
          at: time + ms,
          finish() {
            pending = pending.filter((each) => each !== entry)
            signal.removeEventListener('abort', entry.finish)
            resolve()
          },
        }
        if (ms < longestWait) pending.push(entry)
        signal.addEventListener('abort', entry.finish, { once: true })
        schedule()
      })
    },
  }
}
