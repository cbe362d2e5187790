import type { Outcome } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'

/** A provider only knows that its call was cancelled; whoever cancelled a test is offered another test, not a run to resume. */
export function cancelledAsTest<Value>(outcome: Outcome<Value>): Outcome<Value> {
  return !outcome.ok && outcome.reason.code === 'cancelled' ? fail({ code: 'cancelled', doing: 'test' }) : outcome
}
