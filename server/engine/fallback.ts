import type { Reason } from '../../protocol/reasons.ts'
import type { FallbackCause } from '../../protocol/routing.ts'
import type { TaskContext } from './taskContext.ts'

/** Who is asked about one item in place of a model that failed at it; null: nobody. */
export function fallbackForItem(context: TaskContext, { code }: Reason): TaskContext | null {
  if (code === 'context_too_long') return findFallback(context, 'too_long')
  return code === 'content_filtered' ? findFallback(context, 'filtered') : null
}

/** Who is asked from now on in place of a model without which the run would stop; null: nobody. */
export function fallbackForRest(context: TaskContext, { code }: Reason): TaskContext | null {
  if (code === 'spend_cap') return findFallback(context, 'over_cap')
  if (code === 'context_too_long') return findFallback(context, 'too_long')
  // A rule that somebody gave the run, and a bug, are no fault of the model.
  if (code === 'stop_rule' || code === 'cancelled' || code === 'internal_error') return null
  return findFallback(context, 'failing')
}

/** Whether a provider that is in trouble call after call is to be given up, instead of being waited for. */
export function givesUpSoon(context: TaskContext): boolean {
  return findFallback(context, 'failing') !== null
}

function findFallback({ fallbacks = [] }: TaskContext, cause: FallbackCause): TaskContext | null {
  return fallbacks.find(({ when }) => when.includes(cause))?.contextFor(cause) ?? null
}
