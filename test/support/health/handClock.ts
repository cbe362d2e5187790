import type { Timers } from '../../../server/health/healthClock.ts'

/** A clock that the test turns by hand; its date may jump without any time passing. */
export interface HandClock {
  timers: Timers
  now(): number
  monotonic(): number
  /** Lets time pass, and everything that is due happen in its order. */
  advanceTo(time: number): Promise<void>
  setDate(milliseconds: number): void
  pending(): number
}

export function createHandClock(start = Date.parse('2026-11-21T09:30:00Z')): HandClock {
  let waiting: { at: number; work: () => void }[] = []
  let time = 0
  let offset = start
  return {
    timers: {
      after(delayMs, work) {
        const entry = { at: time + delayMs, work }
        waiting.push(entry)
        return {
          dispose: () => {
            waiting = waiting.filter((each) => each !== entry)
          },
        }
      },
    },
    now: () => offset + time,
    monotonic: () => time,
    async advanceTo(until) {
      for (;;) {
        const due = waiting.filter((entry) => entry.at <= until).sort((a, b) => a.at - b.at)[0]
        if (!due) break
        waiting = waiting.filter((each) => each !== due)
        time = due.at
        due.work()
        await settle()
      }
      time = until
    },
    setDate(milliseconds) {
      offset = milliseconds - time
    },
    pending: () => waiting.length,
  }
}

/** Lets everything that only waits for other promises go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}
