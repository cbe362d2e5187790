import { assertNever } from '../../protocol/names.ts'
import type { ReasonCode } from '../../protocol/reasons.ts'
import type { RunView } from '../../protocol/runs.ts'

/** What a script can decide on. */
export const exitCodes = {
  done: 0,
  bug: 1,
  wrongUse: 2,
  notReady: 3,
  someFailed: 4,
  interrupted: 130,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Wrong use is what the caller can correct in the call or the input; not ready is everything that has to be mended first. */
export function exitCodeOf(code: ReasonCode): ExitCode {
  switch (code) {
    case 'not_found':
    case 'already_exists':
    case 'has_dependents':
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
    case 'questions_unfit':
    case 'revision_invalid':
    case 'learn_failed':
    case 'learned_unfit':
    case 'proxy_unfit':
    case 'usage_invalid':
      return exitCodes.wrongUse
    case 'no_route':
    case 'provider_unconfigured':
    case 'provider_disabled':
    case 'provider_unknown':
    case 'config_invalid':
    case 'model_unconfigured':
    case 'secret_missing':
    case 'policy_denied':
    case 'provider_unreachable':
    case 'timeout':
    case 'auth_failed':
    case 'quota_exceeded':
    case 'rate_limited':
    case 'overloaded':
    case 'model_missing':
    case 'model_deprecated':
    case 'context_too_long':
    case 'invalid_response':
    case 'content_filtered':
    case 'no_default_model':
    case 'ask_unsupported':
    case 'lane_unsupported':
    case 'editor_absent':
    case 'consent_missing':
    case 'spend_cap':
    case 'stop_rule':
    case 'conflict':
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
    case 'vectors_changed':
    case 'store_read_only':
    case 'store_failed':
    case 'store_invalid':
      return exitCodes.notReady
    case 'cancelled':
      return exitCodes.interrupted
    case 'internal_error':
      return exitCodes.bug
    default:
      return assertNever(code)
  }
}

/** For a run that was stopped or interrupted, that comes first: what failed on the way can be tried again by resuming. */
export function exitCodeOfRun(run: Pick<RunView, 'state' | 'counts' | 'reason'>): ExitCode {
  switch (run.state) {
    case 'completed':
      return run.counts.failed > 0 ? exitCodes.someFailed : exitCodes.done
    case 'stopped':
      return run.reason === null ? exitCodes.notReady : exitCodeOf(run.reason.code)
    case 'paused':
    case 'cancelled':
    case 'interrupted':
    case 'running':
      return exitCodes.interrupted
    default:
      return assertNever(run.state)
  }
}
