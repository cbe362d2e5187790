import { describe, expect, it } from 'vitest'
import { RunPace } from '../../../server/runs/runPace.ts'

/** Notes `done` of each moment, in seconds; answers the rate at the last of them. */
function rateAfter(notes: readonly [second: number, done: number, reused?: number][]): number | null {
  const pace = new RunPace()
  for (const [second, done, reused = 0] of notes) pace.note(second * 1000, { done, reused })
  const [second, done] = notes.at(-1) as [number, number]
  return pace.rate(second * 1000, done)
}

describe('the pace of a run', () => {
  it('is not told by its first moments', () => {
    expect(rateAfter([[0, 0]])).toBeNull()
    expect(
      rateAfter([
        [0, 0],
        [1, 500],
      ]),
    ).toBeNull()
    expect(
      rateAfter([
        [0, 0],
        [30, 1],
      ]),
    ).toBeNull()
  })

  it('is that of the last seconds, and not of all since the start', () => {
    const slowed = Array.from({ length: 61 }, (_, at): [number, number] => [
      at,
      at <= 30 ? at * 100 : 3000 + (at - 30) * 10,
    ])
    expect(rateAfter(slowed)).toBeCloseTo(10, 0)
  })

  it('is known of slow models, which answer once in many seconds', () => {
    expect(
      rateAfter([
        [0, 0],
        [20, 5],
        [40, 10],
        [60, 15],
      ]),
    ).toBe(0.25)
  })

  it('does not count what was reused before the first call was answered', () => {
    expect(
      rateAfter([
        [0, 0],
        [0.1, 900, 900],
        [0.2, 1000, 1000],
        [4.2, 1020, 1000],
      ]),
    ).toBe(5)
  })

  it('begins anew when items lose their result, as those do that are tried again', () => {
    expect(
      rateAfter([
        [0, 1000],
        [5, 990],
        [10, 1000],
      ]),
    ).toBe(2)
  })

  it('leaves out time in which it had to wait', () => {
    const pace = new RunPace()
    pace.note(0, { done: 0, reused: 0 })
    pace.note(5_000, { done: 50, reused: 0 })
    pace.restart()
    pace.note(65_000, { done: 50, reused: 0 })
    pace.note(70_000, { done: 100, reused: 0 })
    expect(pace.rate(70_000, 100)).toBe(10)
  })
})
