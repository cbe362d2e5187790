import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CallTimer } from '../../server/providers/deadlines.ts'

describe('CallTimer', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const start = (milliseconds: number, left = milliseconds) => {
    const expired = vi.fn()
    return { timer: new CallTimer({ milliseconds, left }, expired), expired }
  }

  test('tells the phase that took too long, and how long it may take', () => {
    const { timer, expired } = start(1000)
    timer.enter('connect', 100)
    vi.advanceTimersByTime(99)
    expect(expired).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(expired.mock.calls).toEqual([['connect', 100]])
  })

  test('gives a phase its own time, longer or shorter than the one before', () => {
    const { timer, expired } = start(10_000)
    timer.enter('connect', 100)
    vi.advanceTimersByTime(50)
    timer.enter('first_byte', 1000)
    vi.advanceTimersByTime(999)
    expect(expired).not.toHaveBeenCalled()
    timer.enter('idle', 20)
    vi.advanceTimersByTime(19)
    expect(expired).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(expired.mock.calls).toEqual([['idle', 20]])
  })

  test('ends the call however alive it is, as long after its beginning as is left', () => {
    const { timer, expired } = start(500, 200)
    timer.enter('idle', 60)
    for (let times = 0; times < 9; times++) {
      vi.advanceTimersByTime(22)
      timer.refresh()
    }
    expect(expired).not.toHaveBeenCalled()
    vi.advanceTimersByTime(2)
    expect(expired.mock.calls).toEqual([['total', 500]])
  })

  test('does not take a sender that is made to wait for a silent one', () => {
    const { timer, expired } = start(10_000)
    timer.enter('idle', 60)
    timer.rest()
    timer.refresh()
    vi.advanceTimersByTime(5000)
    expect(expired).not.toHaveBeenCalled()
    timer.enter('idle', 60)
    vi.advanceTimersByTime(60)
    expect(expired.mock.calls).toEqual([['idle', 60]])
  })

  test('sets one timer for a call that keeps to its deadlines', () => {
    const { timer, expired } = start(3_600_000)
    timer.enter('connect', 10_000)
    const set = vi.spyOn(globalThis, 'setTimeout')
    timer.enter('first_byte', 600_000)
    timer.enter('idle', 300_000)
    for (let pieces = 0; pieces < 100; pieces++) timer.refresh()
    expect(set).not.toHaveBeenCalled()
    timer.stop()
    expect(vi.getTimerCount()).toBe(0)
    expect(expired).not.toHaveBeenCalled()
  })
})
