import type { Reason, ReasonFacts } from '../protocol/reasons.ts'
import { explainReason } from './describe/reason.ts'

/** A failure with its sentence and action added to the facts. */
export function fail(facts: ReasonFacts): { ok: false; reason: Reason } {
  return { ok: false, reason: explainReason(facts) }
}
