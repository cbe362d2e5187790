import { assertNever } from '../../protocol/names.ts'
import type { ConnectionObstacle, ReasonFacts } from '../../protocol/reasons.ts'

/**
 * What a failed call means for the run.
 * wait: the provider's trouble, not the items'; the same call again later, no attempt used up (see `planWait`).
 * split_batch: something in this call is at fault; the batch is halved until the item at fault stands alone.
 *   Alone it has used up an attempt and is asked again (`alone: 'ask_again'`, up to `attempts` of the limits of runs),
 *   or fails at once because the answer would be the same (`alone: 'fail_item'`).
 * stop_run: every further call would fail alike; the run stops once with this reason and can be resumed.
 * cancelled: the user asked for it, nobody failed.
 */
export type RetryRule =
  | { kind: 'wait'; retryAfterMs: number | null }
  | { kind: 'split_batch'; alone: 'ask_again' | 'fail_item' }
  | { kind: 'stop_run' }
  | { kind: 'cancelled' }

export function retryRule(reason: ReasonFacts): RetryRule {
  switch (reason.code) {
    case 'rate_limited':
    case 'overloaded':
      return { kind: 'wait', retryAfterMs: reason.retryAfterMs }
    case 'provider_unreachable':
      return isLasting(reason.obstacle) ? { kind: 'stop_run' } : { kind: 'wait', retryAfterMs: null }
    case 'timeout':
      return { kind: 'wait', retryAfterMs: null }
    case 'invalid_response':
      return invalidResponseRule(reason.problem)
    case 'context_too_long':
    case 'content_filtered':
      return { kind: 'split_batch', alone: 'fail_item' }
    case 'cancelled':
      return { kind: 'cancelled' }
    case 'no_route':
    case 'provider_unconfigured':
    case 'provider_disabled':
    case 'provider_unknown':
    case 'config_invalid':
    case 'model_unconfigured':
    case 'secret_missing':
    case 'policy_denied':
    case 'auth_failed':
    case 'quota_exceeded':
    case 'model_missing':
    case 'model_deprecated':
    case 'ask_unsupported':
    case 'lane_unsupported':
    case 'editor_absent':
    case 'consent_missing':
      return { kind: 'stop_run' }
    case 'spend_cap':
    case 'stop_rule':
      return { kind: 'stop_run' }
    // A call never fails with these; should one do, going on would only repeat it.
    case 'no_default_model':
    case 'not_found':
    case 'already_exists':
    case 'has_dependents':
    case 'conflict':
    case 'category_invalid':
    case 'prompt_invalid':
    case 'questions_invalid':
    case 'key_refused':
    case 'label_invalid':
    case 'labels_failed':
    case 'profile_invalid':
    case 'source_invalid':
    case 'output_invalid':
    case 'run_not_resumable':
    case 'run_busy':
    case 'thread_busy':
    case 'gate_unmet':
    case 'kb_unbuilt':
    case 'kb_locked':
    case 'kb_busy':
    case 'gateway_unusable':
    case 'github_failed':
    case 'gateway_entry':
    case 'gateway_keys_unconfirmed':
    case 'gateway_busy':
    case 'learn_failed':
    case 'learned_unfit':
    case 'proxy_unfit':
    case 'vectors_changed':
    case 'revision_invalid':
    case 'store_read_only':
    case 'store_failed':
    case 'store_invalid':
    case 'questions_unfit':
    case 'usage_invalid':
    case 'internal_error':
      return { kind: 'stop_run' }
    default:
      return assertNever(reason)
  }
}

/** A certificate, a protocol or the rules of a proxy do not change by waiting. A proxy that is not there may come back. */
function isLasting(obstacle: ConnectionObstacle | undefined): boolean {
  return obstacle !== undefined && obstacle !== 'proxy_unreachable'
}

type InvalidProblem = Extract<ReasonFacts, { code: 'invalid_response' }>['problem']

function invalidResponseRule(problem: InvalidProblem): RetryRule {
  switch (problem) {
    case 'not_json':
    case 'error_body':
    case 'empty':
    case 'truncated':
    case 'repetitive':
    case 'interrupted':
    case 'too_large':
    case 'schema':
      return { kind: 'split_batch', alone: 'ask_again' }
    case 'rejected_request':
      return { kind: 'split_batch', alone: 'fail_item' }
    // Not about the items: this address does not speak the API, and a million more calls will not teach it.
    case 'not_the_api':
    case 'unexpected_status':
    case 'cannot_serve':
      return { kind: 'stop_run' }
    default:
      return assertNever(problem)
  }
}

const firstBackoffMs = 1000
const longestBackoffMs = 60_000
/** A provider that asks for a longer break than this gets it, but the whole run is parked, not one call. */
const longestWaitMs = 60_000
/** Failed calls in a row, of one provider, after which the run stops (resumable). About two minutes of mean backoff. */
export const outageTriesBeforeStop = 8

const firstParkingMs = 100
const longestParkingMs = 10_000

/**
 * How long one refused call waits while others of the same moment are answered: as long as it was told, or a moment that grows with
 * each refusal of this call.
 */
export function planParking({
  retryAfterMs,
  tries,
  random,
}: {
  retryAfterMs: number | null
  tries: number
  random: number
}): number {
  if (retryAfterMs !== null && retryAfterMs > 0) return retryAfterMs
  return Math.round(random * Math.min(longestParkingMs, firstParkingMs * 2 ** (tries - 1)))
}

/**
 * wait: this call again after `ms`. park: no call to this provider before `ms` have passed (shown as `parkedUntil`); a call that waits
 * decides how long is too long.
 * stop_run: the outage has lasted too long.
 */
export type WaitPlan = { kind: 'wait' | 'park'; ms: number } | { kind: 'stop_run' }

/**
 * How long to wait before the next call to a provider in trouble.
 * `tries` counts its failed calls in a row, this one included (1 and up). `random` is in [0, 1).
 * A Retry-After is honoured to the full, never shortened by jitter. Otherwise exponential backoff with full jitter:
 * `random × min(cap, base × 2^(tries - 1))` (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 */
export function planWait(outage: { retryAfterMs: number | null; tries: number; random: number }): WaitPlan {
  if (outage.tries >= outageTriesBeforeStop) return { kind: 'stop_run' }
  const asked = outage.retryAfterMs
  if (asked !== null && asked > longestWaitMs) return { kind: 'park', ms: asked }
  // Zero, negative and NaN say nothing about when to come back.
  if (asked !== null && asked > 0) return { kind: 'wait', ms: asked }
  const ceiling = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (outage.tries - 1))
  return { kind: 'wait', ms: Math.round(outage.random * ceiling) }
}
