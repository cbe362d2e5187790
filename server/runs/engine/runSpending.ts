import type { Usage } from '../../../protocol/results.ts'
import type { RunSpent } from '../../../protocol/runs.ts'

/** What a run has spent, as its journal keeps it: a resumed run goes on counting. */
export interface RunSpending {
  /** US dollars, from before the run was resumed; what calls under way may cost counts as spent. */
  usd: number
  /** What its calls used, from before the run was resumed on. */
  used: RunSpent
  /** A call was answered, or may have been. */
  count(call: { usage: Usage | null; costUsd: number | null }): void
  /** Keeps the sum in the journal; settles when a killed process would not lose it. */
  keep(usd: number): Promise<void>
}

/** The journal is opened later and sets `keep`; until then no call is made that could cost anything. */
export function createRunSpending(usd: number, used: RunSpent): RunSpending {
  const spending: RunSpending = {
    usd,
    used,
    count(call) {
      spending.used = addCall(spending.used, call)
    },
    keep: () => Promise.resolve(),
  }
  return spending
}

/** What was used with one more call. What a provider did not tell, or told wrongly, is not counted. */
function addCall(used: RunSpent, { usage, costUsd }: { usage: Usage | null; costUsd: number | null }): RunSpent {
  return {
    costUsd: used.costUsd + (costUsd ?? 0),
    unpricedCalls: used.unpricedCalls + (costUsd === null ? 1 : 0),
    input: used.input + tokens(usage?.input),
    output: used.output + tokens(usage?.output),
    calls: used.calls + 1,
  }
}

const mostPlausibleTokens = 1e9

function tokens(told: number | null | undefined): number {
  return typeof told === 'number' && Number.isSafeInteger(told) && told >= 0 && told <= mostPlausibleTokens ? told : 0
}
