import { describe, expect, it } from 'vitest'
import { intervalAfter, startHealthClock } from '../../../server/health/healthClock.ts'

/** A clock that the test turns by hand. */
function handClock() {
  const waiting: { at: number; work: () => void }[] = []
  let now = 0
  return {
    timers: {
      after(delayMs: number, work: () => void) {
        const entry = { at: now + delayMs, work }
        waiting.push(entry)
        return { dispose: () => void waiting.splice(waiting.indexOf(entry), 1) }
      },
    },
    async advanceTo(time: number) {
      for (;;) {
        const due = waiting.filter((entry) => entry.at <= time).sort((a, b) => a.at - b.at)[0]
        if (!due) break
        waiting.splice(waiting.indexOf(due), 1)
        now = due.at
        due.work()
        await settle()
      }
      now = time
    },
    pending: () => waiting.length,
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

describe('the health clock', () => {
  it('asks a watched provider at once, and a healthy one again a minute later', async () => {
    const clock = handClock()
    const asked: string[] = []
    const health = startHealthClock({
      watched: () => ['ollama'],
      check: async (provider) => asked.push(provider) > 0,
      timers: clock.timers,
      random: () => 0.5,
    })
    health.refresh()
    await settle()
    expect(asked).toEqual(['ollama'])
    await clock.advanceTo(59_999)
    expect(asked).toHaveLength(1)
    await clock.advanceTo(60_000)
    expect(asked).toHaveLength(2)
    health.dispose()
    expect(clock.pending()).toBe(0)
  })

  it('asks a failing provider ever less often, without delaying a healthy one', async () => {
    const clock = handClock()
    const asked: Record<string, number> = { dead: 0, good: 0 }
    const health = startHealthClock({
      watched: () => ['dead', 'good'],
      check: async (provider) => {
        asked[provider] = (asked[provider] ?? 0) + 1
        return provider === 'good'
      },
      timers: clock.timers,
      random: () => 0.5,
    })
    health.refresh()
    await settle()
    await clock.advanceTo(600_000)
    expect(asked).toEqual({ dead: 3, good: 11 })
    health.dispose()
  })

  it('goes on with the others while one check hangs', async () => {
    const clock = handClock()
    let good = 0
    const health = startHealthClock({
      watched: () => ['hanging', 'good'],
      check: (provider) => (provider === 'hanging' ? new Promise(() => {}) : Promise.resolve(++good > 0)),
      timers: clock.timers,
      random: () => 0.5,
    })
    health.refresh()
    await settle()
    await clock.advanceTo(180_000)
    expect(good).toBe(4)
    health.dispose()
  })

  it('stops asking a provider that no route uses any more', async () => {
    const clock = handClock()
    let watched = ['ollama']
    let asked = 0
    const health = startHealthClock({
      watched: () => watched,
      check: async () => ++asked > 0,
      timers: clock.timers,
      random: () => 0.5,
    })
    health.refresh()
    await settle()
    watched = []
    health.refresh()
    await clock.advanceTo(600_000)
    expect(asked).toBe(1)
  })

  it('spreads the checks and never waits longer than ten minutes', () => {
    expect([0, 1, 2, 3, 4, 50].map(intervalAfter)).toEqual([60_000, 120_000, 240_000, 480_000, 600_000, 600_000])
  })
})
