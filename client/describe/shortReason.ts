import { l10n } from 'vscode'
import { assertNever } from '../../protocol/names.ts'
import type { ReasonCode } from '../../protocol/reasons.ts'

/** A reason in two or three words, for places with no room for its sentence. */
export function shortReason(code: ReasonCode): string {
  switch (code) {
    case 'no_route':
      return l10n.t('not set up')
    case 'provider_unconfigured':
      return l10n.t('provider is gone')
    case 'provider_disabled':
      return l10n.t('switched off')
    case 'provider_unknown':
      return l10n.t('unknown kind')
    case 'config_invalid':
      return l10n.t('settings not valid')
    case 'model_unconfigured':
      return l10n.t('no model chosen')
    case 'secret_missing':
      return l10n.t('key missing')
    case 'policy_denied':
      return l10n.t('not allowed')
    case 'provider_unreachable':
      return l10n.t('cannot be reached')
    case 'timeout':
      return l10n.t('no answer in time')
    case 'auth_failed':
      return l10n.t('key not accepted')
    case 'quota_exceeded':
      return l10n.t('no credit left')
    case 'rate_limited':
      return l10n.t('asks to slow down')
    case 'overloaded':
      return l10n.t('overloaded')
    case 'model_missing':
      return l10n.t('model not there')
    case 'model_deprecated':
      return l10n.t('model shut down')
    case 'context_too_long':
      return l10n.t('text too long')
    case 'invalid_response':
      return l10n.t('unusable answer')
    case 'content_filtered':
      return l10n.t('content refused')
    case 'cancelled':
      return l10n.t('cancelled')
    case 'spend_cap':
      return l10n.t('spending cap')
    case 'stop_rule':
      return l10n.t('stopped by a rule')
    case 'not_found':
      return l10n.t('not found')
    case 'already_exists':
      return l10n.t('exists already')
    case 'has_dependents':
      return l10n.t('in use')
    case 'conflict':
      return l10n.t('changed elsewhere')
    case 'category_invalid':
    case 'prompt_invalid':
    case 'label_invalid':
    case 'profile_invalid':
    case 'source_invalid':
    case 'usage_invalid':
      return l10n.t('not valid')
    case 'output_invalid':
      return l10n.t('cannot be written')
    case 'run_not_resumable':
      return l10n.t('cannot be resumed')
    case 'run_busy':
      return l10n.t('busy')
    case 'revision_invalid':
      return l10n.t('cannot be kept')
    case 'store_read_only':
      return l10n.t('read only')
    case 'labels_failed':
    case 'store_failed':
    case 'store_invalid':
    case 'internal_error':
      return l10n.t('failed')
    default:
      return assertNever(code)
  }
}
