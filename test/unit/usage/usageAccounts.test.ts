import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../protocol/outcome.ts'
import type { Database } from '../../../server/store/database.ts'
import { flushEveryMs, UsageAccounts, type UsedCall } from '../../../server/usage/usageAccounts.ts'
import { fail } from '../../../shared/fail.ts'
import { createHandClock, settle } from '../../support/health/handClock.ts'

const call: UsedCall = {
  day: '2026-11-21',
  provider: 'paid',
  model: 'm',
  task: 'scoring',
  items: 5,
  usage: { input: 100, output: 20, cached: 10, reasoning: 7 },
  costUsd: 0.25,
}

/** Accounts whose database only writes down what would be inserted. */
function open() {
  const clock = createHandClock()
  const written: unknown[][] = []
  const told: string[] = []
  let failure: Outcome<never> | null = null
  let commits = 0
  const accounts = new UsageAccounts({
    async change(mutation) {
      commits++
      if (failure) return failure
      const database: Database = {
        all: () => [],
        get: () => undefined,
        run: (_, values = []) => written.push([...values]),
      }
      return mutation(database)
    },
    timers: clock.timers,
    companions: () => [],
    onWritten: () => void told.push('written'),
    log: (line) => void told.push(line),
  })
  return {
    ...{ accounts, clock, written, told },
    commits: () => commits,
    fail(outcome: Outcome<never> | null) {
      failure = outcome
    },
  }
}

const sum = (calls: number, rest: Partial<Record<'items' | 'cost' | 'unpriced', number>> = {}) => [
  ...['2026-11-21', 'paid', 'm', 'scoring'],
  ...[calls, rest.items ?? 5 * calls, 100 * calls, 20 * calls, 10 * calls, 7 * calls],
  ...[rest.cost ?? 0.25 * calls, rest.unpriced ?? 0],
]

describe('usage', () => {
  it('is added up in memory, and written once in a while', async () => {
    const { accounts, clock, written, commits, told } = open()
    for (let count = 0; count < 1000; count++) accounts.add(call)
    await clock.advanceTo(flushEveryMs - 1)
    expect(commits()).toBe(0)
    await clock.advanceTo(flushEveryMs)
    expect(written).toEqual([sum(1000)])
    expect(commits()).toBe(1)
    expect(told).toEqual(['written'])
  })

  it('is kept apart by day, provider, model and task', async () => {
    const { accounts, written } = open()
    accounts.add(call)
    accounts.add({ ...call, day: '2026-11-22' })
    accounts.add({ ...call, provider: 'other' })
    accounts.add({ ...call, model: 'n' })
    accounts.add({ ...call, task: 'categorization' })
    await accounts.flush()
    expect(written.map((row) => row.slice(0, 5))).toHaveLength(5)
    expect(new Set(written.map((row) => row.slice(0, 4).join()))).toHaveLength(5)
  })

  it('that nothing is known of is counted without tokens or cost', async () => {
    const { accounts, written } = open()
    accounts.add({ ...call, usage: null, costUsd: null })
    accounts.add({ ...call, usage: { input: -1, output: Number.NaN, cached: 1e300, reasoning: null }, costUsd: null })
    await accounts.flush()
    expect(written).toEqual([[...sum(0).slice(0, 4), 2, 10, 0, 0, 0, 0, 0, 2]])
  })

  it('that could not be saved is saved with the next, and told', async () => {
    const { accounts, clock, written, told, fail: failWith } = open()
    failWith(fail({ code: 'store_failed', detail: 'the disk is full' }))
    accounts.add(call)
    await accounts.flush()
    expect(told.join()).toContain('the disk is full')
    failWith(null)
    accounts.add(call)
    await clock.advanceTo(flushEveryMs)
    expect(written).toEqual([sum(2)])
  })

  it('is not written where there is none', async () => {
    const { accounts, commits, clock } = open()
    await accounts.flush()
    expect(commits()).toBe(0)
    expect(clock.pending()).toBe(0)
  })

  it('that comes while it is being written goes with the next writing', async () => {
    const written: number[] = []
    let save: () => void = () => {}
    const clock = createHandClock()
    const accounts = new UsageAccounts({
      change: (mutation) =>
        new Promise((resolve) => {
          save = () => {
            resolve(
              mutation({
                all: () => [],
                get: () => undefined,
                run: (_, values = []) => written.push(Number(values[4])),
              }),
            )
          }
        }),
      timers: clock.timers,
      companions: () => [],
      onWritten: () => {},
      log: () => {},
    })
    accounts.add(call)
    const first = accounts.flush()
    await settle()
    accounts.add(call)
    accounts.add(call)
    const second = accounts.flush()
    save()
    await first
    await settle()
    save()
    await second
    expect(written).toEqual([1, 2])
  })
})
