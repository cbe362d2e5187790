import type { RunSpent } from '../../protocol/runs.ts'
import { addCall } from './engine/runTally.ts'
import type { RunSpending } from './runs.ts'

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
