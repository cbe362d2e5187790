import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Allowance, type Leave, RunAllowance } from '../../../server/usage/allowance.ts'
import { settle } from '../../support/health/handClock.ts'

const never = new AbortController().signal

function create(usd = 0) {
  const kept: number[] = []
  const allowance = new RunAllowance({
    usd,
    count: () => undefined,
    keep: async (sum) => void kept.push(sum),
  })
  return { allowance, kept }
}

async function leaveOf(entering: ReturnType<Allowance['enter']>): Promise<Leave> {
  const entered = await entering
  if (entered.ok && 'leave' in entered.value) return entered.value.leave
  throw new Error(`There was no leave: ${JSON.stringify(entered)}`)
}

describe("a run's allowance", () => {
  it('lets calls under way only as far as all of them fit', async () => {
    const { allowance } = create()
    await leaveOf(allowance.enter(0.4, 1, never))
    const second = await leaveOf(allowance.enter(0.4, 1, never))
    let third: unknown = null
    void allowance.enter(0.4, 1, never).then((entered) => {
      third = entered
    })
    await settle()
    expect(third).toBeNull()
    second.settle(0.1)
    await settle()
    expect(third).toMatchObject({ ok: true, value: { leave: {} } })
  })

  it('refuses the call that does not fit although none is under way, and says what was spent', async () => {
    const { allowance } = create()
    const leave = await leaveOf(allowance.enter(0.9, 1, never))
    leave.settle(0.8)
    expect(await allowance.enter(0.3, 1, never)).toEqual({ ok: true, value: { refused: { spentUsd: 0.8 } } })
    expect(await allowance.enter(0.3, 2, never)).toMatchObject({ ok: true, value: { leave: {} } })
  })

  it('fits to the last nano dollar', async () => {
    const { allowance } = create()
    for (const _ of Array(10)) {
      const leave = await leaveOf(allowance.enter(0.1, 1, never))
      leave.settle(0.1)
    }
    expect(await allowance.enter(1e-9, 1, never)).toEqual({ ok: true, value: { refused: { spentUsd: 1 } } })
  })

  it('counts all that a call may have cost when nobody knows, and nothing of one that was refused', async () => {
    const { allowance } = create()
    const unknown = await leaveOf(allowance.enter(0.4, 1, never))
    const refused = await leaveOf(allowance.enter(0.4, 1, never))
    unknown.settle(null)
    refused.settle(0)
    refused.settle(0.4)
    expect(await allowance.enter(0.7, 1, never)).toEqual({ ok: true, value: { refused: { spentUsd: 0.4 } } })
  })

  it('keeps before each call what may be spent by then, and in the end what was', async () => {
    const { allowance, kept } = create(0.25)
    const one = await leaveOf(allowance.enter(0.5, 2, never))
    const other = await leaveOf(allowance.enter(0.5, 2, never))
    expect(kept).toEqual([0.75, 1.25])
    one.settle(0.125)
    other.settle(0.125)
    expect(kept).toEqual([0.75, 1.25, 0.5])
  })

  it('lets nobody wait who gave up', async () => {
    const { allowance } = create()
    await leaveOf(allowance.enter(1, 1, never))
    const giving = new AbortController()
    const waiting = allowance.enter(1, 1, giving.signal)
    giving.abort()
    expect(await waiting).toMatchObject({ ok: false, reason: { code: 'cancelled' } })
  })

  it('is never passed, whatever calls cost and in whatever order they end', async () => {
    const call = fc.record({
      most: fc.integer({ min: 0, max: 400 }),
      share: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { maxLength: 40 }),
        fc.integer({ min: 1, max: 1500 }),
        fc.scheduler(),
        async (calls, capMillis, scheduler) => {
          const { allowance, kept } = create()
          const capUsd = capMillis / 1000
          let underWay = 0
          let spent = 0
          const run = async ({ most, share }: (typeof calls)[number], index: number): Promise<void> => {
            await scheduler.schedule(Promise.resolve(), `starts ${index}`)
            const mostUsd = most / 1000
            const entered = await allowance.enter(mostUsd, capUsd, never)
            if (!entered.ok) throw new Error('nobody gave up')
            if ('refused' in entered.value) {
              expect(underWay).toBe(0)
              expect(spent + mostUsd).toBeGreaterThan(capUsd - 1e-8)
              return
            }
            underWay += mostUsd
            expect(spent + underWay).toBeLessThanOrEqual(capUsd + 1e-12)
            expect(kept.at(-1)).toBeGreaterThanOrEqual(spent + underWay - 1e-9)
            await scheduler.schedule(Promise.resolve(), `ends ${index}`)
            underWay = Math.max(0, underWay - mostUsd)
            if (underWay < 1e-12) underWay = 0
            spent += mostUsd * (share ?? 1)
            entered.value.leave.settle(share === null ? null : mostUsd * share)
          }
          const runs = Promise.all(calls.map(run))
          await scheduler.waitFor(runs)
          expect(spent).toBeLessThanOrEqual(capUsd + 1e-12)
        },
      ),
    )
  })
})
