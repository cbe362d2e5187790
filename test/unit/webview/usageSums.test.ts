import { describe, expect, it } from 'vitest'
import type { UsageRow } from '../../../protocol/usage.ts'
import { totalOf } from '../../../shared/usageSums.ts'
import { chartOf, sumsOf } from '../../../webview/pages/usage/usageSums.ts'

const row = (day: string, provider: string, costUsd: number, calls = 1): UsageRow => ({
  ...{ day, provider, model: null, task: null, calls, items: 5 * calls, input: 100 * calls, output: 10 * calls },
  ...{ cached: 0, reasoning: 0, costUsd, unpricedCalls: 0 },
})
const choice = { measure: 'cost', grouping: 'provider', days: 3, today: '2026-11-21', others: 'Others' } as const

describe('the chart of usage', () => {
  it('has a place for each day, those without a call included', () => {
    const rows = [row('2026-11-21', 'a', 2), row('2026-11-19', 'b', 5), row('2026-11-19', 'a', 1)]
    expect(chartOf(rows, choice)).toEqual({
      labels: ['2026-11-19', '2026-11-20', '2026-11-21'],
      series: [
        { name: 'b', values: [5, 0, 0] },
        { name: 'a', values: [1, 0, 2] },
      ],
    })
  })

  it('leaves out what is older than its days', () => {
    expect(chartOf([row('2026-11-18', 'a', 2)], choice).series).toEqual([{ name: 'a', values: [0, 0, 0] }])
  })

  it('sums up months where there would be too many days', () => {
    const { labels, series } = chartOf([row('2026-11-01', 'a', 2), row('2026-11-21', 'a', 1)], { ...choice, days: 365 })
    expect(labels).toHaveLength(13)
    expect(labels.at(-1)).toBe('2026-11')
    expect(series[0]?.values.at(-1)).toBe(3)
  })

  it('puts the small ones together, and nothing gets lost', () => {
    const rows = Array.from({ length: 9 }, (_, index) => row('2026-11-21', `p${index}`, index + 1))
    const { series } = chartOf(rows, choice)
    expect(series.map(({ name }) => name)).toEqual(['p8', 'p7', 'p6', 'p5', 'p4', 'Others'])
    expect(series.flatMap(({ values }) => values).reduce((sum, value) => sum + value)).toBe(45)
  })

  it.each([
    ['tokens', 110],
    ['calls', 1],
    ['items', 5],
  ] as const)('counts %s', (measure, value) => {
    expect(chartOf([row('2026-11-21', 'a', 2)], { ...choice, measure }).series[0]?.values[2]).toBe(value)
  })
})

describe('the sums of usage', () => {
  it('adds up by name, the most calls first', () => {
    const rows = [row('2026-11-21', 'a', 2), row('2026-11-20', 'b', 3, 4), row('2026-11-20', 'a', 1)]
    expect(sumsOf(rows, 'provider').map(({ provider, calls, costUsd }) => [provider, calls, costUsd])).toEqual([
      ['b', 4, 3],
      ['a', 2, 3],
    ])
    expect(totalOf(rows)).toMatchObject({ calls: 6, items: 30, input: 600, output: 60, costUsd: 6 })
  })

  it('has no total of nothing', () => {
    expect(totalOf([])).toBeNull()
  })
})
