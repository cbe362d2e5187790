import { describe, expect, it } from 'vitest'
import { createThrottle } from '../../../client/connection/throttle.ts'

/** Time as the test lets it pass. */
function createClock() {
  let due: (() => void) | null = null
  return {
    later: (act: () => void) => {
      due = act
      return { dispose: () => (due = null) }
    },
    isWaiting: () => due !== null,
    pass: () => {
      const act = due
      due = null
      act?.()
    },
  }
}

describe('what changes often', () => {
  it('is drawn once for however often it was asked for meanwhile', () => {
    const clock = createClock()
    const rounds: string[][] = []
    const throttle = createThrottle<string>(300, clock.later, (keys) => rounds.push([...keys]))
    for (let count = 0; count < 100; count += 1) throttle.ask(count % 2 === 0 ? 'a' : 'b')
    expect(rounds).toEqual([])
    clock.pass()
    expect(rounds).toEqual([['a', 'b']])
    expect(clock.isWaiting()).toBe(false)
    throttle.ask('c')
    clock.pass()
    expect(rounds).toEqual([['a', 'b'], ['c']])
  })

  it('is not drawn after the end', () => {
    const clock = createClock()
    const rounds: unknown[] = []
    const throttle = createThrottle<string>(300, clock.later, (keys) => rounds.push(keys))
    throttle.ask('a')
    throttle.dispose()
    clock.pass()
    expect(rounds).toEqual([])
  })
})
