import { l10n } from 'vscode'
import type { ReasonCode } from '../../protocol/reasons.ts'

/** A reason in two or three words, for places with no room for its sentence. */
export function shortReason(code: ReasonCode): string {
  return shortReasons[code]()
}

/** Words are looked up when they are shown: at the top of a file the bundle is not there yet. */
const shortReasons: Record<ReasonCode, () => string> = {
  no_route: () => l10n.t('not set up'),
  provider_unconfigured: () => l10n.t('provider is gone'),
  provider_disabled: () => l10n.t('disabled'),
  provider_unknown: () => l10n.t('unknown kind'),
  config_invalid: () => l10n.t('settings not valid'),
  model_unconfigured: () => l10n.t('no model chosen'),
  secret_missing: () => l10n.t('key missing'),
  policy_denied: () => l10n.t('not allowed'),
  provider_unreachable: () => l10n.t('cannot be reached'),
  timeout: () => l10n.t('no answer in time'),
  auth_failed: () => l10n.t('key not accepted'),
  quota_exceeded: () => l10n.t('no credit left'),
  rate_limited: () => l10n.t('asks to slow down'),
  overloaded: () => l10n.t('overloaded'),
  model_missing: () => l10n.t('model not there'),
  model_deprecated: () => l10n.t('model shut down'),
  context_too_long: () => l10n.t('text too long'),
  invalid_response: () => l10n.t('unusable answer'),
  content_filtered: () => l10n.t('content refused'),
  ask_unsupported: () => l10n.t('cannot be asked like that'),
  cancelled: () => l10n.t('cancelled'),
  spend_cap: () => l10n.t('spending cap'),
  stop_rule: () => l10n.t('stopped by a rule'),
  no_default_model: () => l10n.t('no default model'),
  not_found: () => l10n.t('not found'),
  already_exists: () => l10n.t('exists already'),
  has_dependents: () => l10n.t('in use'),
  conflict: () => l10n.t('changed elsewhere'),
  category_invalid: () => l10n.t('not valid'),
  prompt_invalid: () => l10n.t('not valid'),
  questions_invalid: () => l10n.t('not valid'),
  label_invalid: () => l10n.t('not valid'),
  profile_invalid: () => l10n.t('not valid'),
  source_invalid: () => l10n.t('not valid'),
  questions_unfit: () => l10n.t('questions do not fit'),
  usage_invalid: () => l10n.t('not valid'),
  output_invalid: () => l10n.t('cannot be written'),
  run_not_resumable: () => l10n.t('cannot be resumed'),
  run_busy: () => l10n.t('busy'),
  thread_busy: () => l10n.t('busy'),
  revision_invalid: () => l10n.t('cannot be kept'),
  store_read_only: () => l10n.t('read only'),
  labels_failed: () => l10n.t('failed'),
  store_failed: () => l10n.t('failed'),
  store_invalid: () => l10n.t('failed'),
  internal_error: () => l10n.t('failed'),
}
