import { describe, expect, it } from 'vitest'
import { percentOf, sumProgress } from '../../../client/describe/runProgress.ts'
import type { RunView } from '../../../protocol/runs.ts'

type Going = Pick<RunView, 'state' | 'counts' | 'parkedUntil'>

function going(total: number | null, done: number, more: Partial<Going> = {}): Going {
  const counts = { total, ok: done, failed: 0, skipped: 0, waiting: 0 }
  return { state: 'running', counts, parkedUntil: null, ...more }
}

describe('how far a run is', () => {
  it.each([
    [{ total: null, ok: 5, failed: 0, skipped: 0, waiting: 2 }, null],
    [{ total: 0, ok: 0, failed: 0, skipped: 0, waiting: 0 }, 100],
    [{ total: 3, ok: 1, failed: 0, skipped: 0, waiting: 2 }, 33],
    [{ total: 1000, ok: 997, failed: 1, skipped: 1, waiting: 1 }, 99],
    [{ total: 3, ok: 1, failed: 1, skipped: 1, waiting: 0 }, 100],
  ])('%j is %s %%', (counts, percent) => {
    expect(percentOf(counts)).toBe(percent)
  })
})

describe('how far several runs are together', () => {
  it('says nothing when none is going on', () => {
    expect(sumProgress([])).toBeNull()
    expect(sumProgress([going(10, 10, { state: 'completed' }), going(10, 5, { state: 'paused' })])).toBeNull()
  })

  it('counts items alike, whichever run they belong to', () => {
    expect(sumProgress([going(90, 0), going(10, 10)])).toEqual({ runs: 2, percent: 10, isWaiting: false })
  })

  it('knows no percent while one of them is still counting', () => {
    expect(sumProgress([going(10, 10), going(null, 3)])).toEqual({ runs: 2, percent: null, isWaiting: false })
  })

  it('waits only when all of them do', () => {
    const parkedUntil = '2026-11-21T12:00:00.000Z'
    expect(sumProgress([going(2, 1, { parkedUntil }), going(2, 1)])?.isWaiting).toBe(false)
    expect(sumProgress([going(2, 1, { parkedUntil })])?.isWaiting).toBe(true)
  })
})
