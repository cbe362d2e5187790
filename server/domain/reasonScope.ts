import type { ReasonFacts } from '../../protocol/reasons.ts'

/**
 * Whether what stopped a run or a test counts for all of the provider's models. What a gateway tells of one of its backends, and what
 * is about one model or its contents, says nothing of the others; a cap is the person's own word.
 */
export function isAboutProvider(reason: ReasonFacts): boolean {
  switch (reason.code) {
    case 'spend_cap':
    case 'model_missing':
    case 'model_deprecated':
    case 'ask_unsupported':
    case 'lane_unsupported':
    case 'learned_unfit':
    case 'proxy_unfit':
    case 'editor_absent':
    case 'consent_missing':
    case 'questions_invalid':
    case 'key_refused':
    case 'context_too_long':
    case 'content_filtered':
      return false
    case 'auth_failed':
    case 'quota_exceeded':
      return reason.behindGateway !== true
    default:
      return true
  }
}
