import { describe, expect, it } from 'vitest'
import { sumRunning } from '../../../client/describe/runProgress.ts'
import type { RunView } from '../../../protocol/runs.ts'
import { viewOfRun } from '../../support/runs/viewOfRun.ts'

function going(total: number | null, done: number, more: Partial<RunView> = {}): RunView {
  return viewOfRun({ counts: { total, ok: done, failed: 0, skipped: 0, waiting: 0 }, ...more })
}

describe('how far several runs are together', () => {
  it('says nothing when none is going on', () => {
    expect(sumRunning([])).toBeNull()
    expect(sumRunning([going(10, 10, { state: 'completed' }), going(10, 5, { state: 'paused' })])).toBeNull()
  })

  it('counts items alike, whichever run they belong to', () => {
    expect(sumRunning([going(90, 0), going(10, 10)])).toMatchObject({ runs: 2, percent: 10, isWaiting: false })
  })

  it('knows no percent while one of them is still counting', () => {
    expect(sumRunning([going(10, 10), going(null, 3)])).toMatchObject({
      percent: null,
      progress: { total: null, done: 13 },
    })
  })

  it('waits only when all of them do', () => {
    const parkedUntil = '2026-11-21T12:00:00.000Z'
    expect(sumRunning([going(2, 1, { parkedUntil }), going(2, 1)])?.isWaiting).toBe(false)
    expect(sumRunning([going(2, 1, { parkedUntil })])?.isWaiting).toBe(true)
  })
})
