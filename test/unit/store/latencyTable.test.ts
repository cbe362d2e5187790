import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  addLatency,
  firstLatencyDay,
  latencyClass,
  latencyKey,
  readLatencies,
  removeLatencyOf,
  summariseLatency,
} from '../../../server/store/latencyTable.ts'
import type { Connection } from '../../../server/store/sqlite.ts'
import { openMigrated } from '../../support/store/migratedDatabase.ts'

let database: Connection
beforeEach(async () => {
  database = await openMigrated()
})
afterEach(() => database.close())

const today = '2026-11-30'
const first = firstLatencyDay(today)
const model = { provider: 'p', model: 'm' }
const add = (latencies: readonly number[], { day = today, of = model } = {}) => {
  for (const each of latencies) addLatency(database, { day, ...of, counts: { [latencyClass(each)]: 1 } })
}
const read = ({ provider, model }: { provider: string; model: string }, day = first) =>
  readLatencies(database, day).get(latencyKey(provider, model)) ?? null
const rows = () => Number(database.get('SELECT count(*) AS rows FROM latency_daily')?.rows)

describe('how long calls of a model took', () => {
  it('is nothing where there were none', () => {
    expect(read(model)).toBeNull()
    expect(summariseLatency({})).toBeNull()
    expect(summariseLatency({ 3: 0 })).toBeNull()
  })

  it('is told to within a tenth, of whatever durations', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1, max: 3_000_000, noNaN: true }), { minLength: 1 }), (latencies) => {
        const counts: Record<string, number> = {}
        for (const each of latencies) counts[latencyClass(each)] = (counts[latencyClass(each)] ?? 0) + 1
        const sorted = latencies.toSorted((one, other) => one - other)
        const exact = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0
        const told = summariseLatency(counts)
        expect(told?.calls).toBe(latencies.length)
        for (const [share, found] of [
          [0.5, told?.p50Ms],
          [0.95, told?.p95Ms],
        ] as const) {
          // Whole milliseconds on top of the width of a class.
          expect(Math.abs((found ?? 0) - exact(share))).toBeLessThanOrEqual(exact(share) * 0.1 + 1)
        }
      }),
    )
  })

  it.each([Number.NaN, -1, 0, 0.3, Number.POSITIVE_INFINITY])('takes %f for what it can be', (odd) => {
    expect(latencyClass(odd)).toBe(odd === Number.POSITIVE_INFINITY ? latencyClass(1e12) : 0)
  })

  it('adds up over processes and days, and leaves out those before', () => {
    add([100, 100, 100], { day: first })
    add([100, 5000])
    add([1], { of: { provider: 'p', model: 'other' } })
    expect(read(model)).toMatchObject({ calls: 5, p50Ms: 105 })
    expect(read(model, today)).toMatchObject({ calls: 2 })
    removeLatencyOf(database, 'p')
    expect(rows()).toBe(0)
  })

  it('is kept small: a row a day and model, none older than 30 days, and 2,000 at most', () => {
    add([1, 2, 3, 2000, 60_000])
    add([1], { day: '2026-10-31', of: { provider: 'p', model: 'old' } })
    expect(rows()).toBe(2)
    add([1])
    expect(rows()).toBe(1)
    for (let index = 0; index < 2010; index++) add([1], { of: { provider: 'gateway', model: `m${index}` } })
    expect(rows()).toBe(2000)
    expect(read({ provider: 'gateway', model: 'm2009' })).toMatchObject({ calls: 1 })
  })

  it.each(['[]', '{"x":1}', '{"3":-1}', '{"9999":1}', '7'])('counts %s, written by hand, for nothing', (text) => {
    add([10])
    database.run('UPDATE latency_daily SET classes_json = ?', [text])
    expect(read(model)).toBeNull()
    add([10])
    expect(read(model)).toMatchObject({ calls: 1 })
  })
})
