import type { UsageRow } from '../../../protocol/usage.ts'
import { addFigures } from '../../../shared/usageSums.ts'
import type { BarSeries } from '../../parts/barChart.tsx'

export type Measure = 'cost' | 'tokens' | 'calls' | 'items'
export type Grouping = 'provider' | 'task' | 'model'

export interface UsageChart {
  /** Days, `2026-11-21`, or months, `2026-11`; oldest first, those without a call included. */
  labels: string[]
  series: BarSeries[]
}

/** More than these are too many to tell apart: the rest is one. */
const mostSeries = 5
/** More bars than these say less: months take their place. */
const mostDays = 92
const dayMs = 86_400_000

function measureOf(row: UsageRow, measure: Measure): number {
  switch (measure) {
    case 'cost':
      return row.costUsd
    case 'tokens':
      return row.input + row.output
    case 'calls':
    case 'items':
      return row[measure]
    default:
      return measure satisfies never
  }
}

/** `rows` are grouped by day and by `grouping`; `today` is a UTC date; `others` names the rest. */
export function chartOf(
  rows: readonly UsageRow[],
  {
    measure,
    grouping,
    days,
    today,
    others,
  }: { measure: Measure; grouping: Grouping; days: number; today: string; others: string },
): UsageChart {
  const labels = labelsOf(days, today)
  const totals = new Map<string, number>()
  for (const row of rows) {
    const name = row[grouping] ?? ''
    totals.set(name, (totals.get(name) ?? 0) + measureOf(row, measure))
  }
  const ranked = [...totals].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1)).map(([name]) => name)
  const own = new Set(ranked.length > mostSeries + 1 ? ranked.slice(0, mostSeries) : ranked)
  const names = own.size < ranked.length ? [...own, others] : [...own]
  const series = names.map((name) => ({ name, values: labels.map(() => 0) }))
  const places = new Map(labels.map((label, index) => [label, index]))
  for (const row of rows) {
    const place = places.get((row.day ?? '').slice(0, labels[0]?.length))
    const name = row[grouping] ?? ''
    const values = series[names.indexOf(own.has(name) ? name : others)]?.values
    if (place !== undefined && values) values[place] = (values[place] ?? 0) + measureOf(row, measure)
  }
  return { labels, series }
}

function labelsOf(days: number, today: string): string[] {
  const last = Date.parse(today)
  const dates = Array.from({ length: days }, (_, index) =>
    new Date(last - (days - 1 - index) * dayMs).toISOString().slice(0, 10),
  )
  return days <= mostDays ? dates : [...new Set(dates.map((date) => date.slice(0, 7)))]
}

/** One row for each name of the grouping, with its sums over all days; the most calls first. */
export function sumsOf(rows: readonly UsageRow[], grouping: Grouping): UsageRow[] {
  const sums = new Map<string, UsageRow>()
  for (const row of rows) {
    const name = row[grouping] ?? ''
    const before = sums.get(name)
    sums.set(name, before ? addFigures(before, row) : { ...row, day: null })
  }
  return [...sums.values()].sort((left, right) => right.calls - left.calls)
}
