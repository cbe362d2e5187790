import type { UsageFigures, UsageRow } from '../protocol/usage.ts'

/** Both together, under the name of the first. */
export function addFigures<Sum extends UsageFigures>(sum: Sum, other: UsageFigures): Sum {
  return {
    ...sum,
    calls: sum.calls + other.calls,
    items: sum.items + other.items,
    input: sum.input + other.input,
    output: sum.output + other.output,
    cached: sum.cached + other.cached,
    reasoning: sum.reasoning + other.reasoning,
    costUsd: sum.costUsd + other.costUsd,
    unpricedCalls: sum.unpricedCalls + other.unpricedCalls,
  }
}

/** Null: there are no rows. */
export function totalOf(rows: readonly UsageRow[]): UsageRow | null {
  const [first, ...others] = rows
  return first ? others.reduce(addFigures, first) : null
}
