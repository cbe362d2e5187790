import { anewTarget, buildTarget } from '../../protocol/page.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'

/** The field of a provider's settings that a failure is about, by its name; null: none of them in particular. */
export function fieldOfReason(reason: ReasonFacts): string | null {
  switch (reason.code) {
    case 'policy_denied':
      return reason.rule === 'workspace_rules' ? null : 'base_url'
    case 'provider_unreachable':
      return 'base_url'
    case 'invalid_response':
      return reason.otherAddress !== undefined || reason.problem === 'not_the_api' ? 'base_url' : null
    case 'spend_cap':
      return 'daily_cap_usd'
    case 'secret_missing':
      return reason.header === undefined ? null : 'header_env'
    case 'config_invalid': {
      const path = reason.problems[0]?.path.split(/[.[]/)[0]
      return path ? path : null
    }
    default:
      return null
  }
}

/** The knowledge base that a reason's action builds, as a target of its page; null: it names none. */
export function baseOfReason(reason: ReasonFacts): string | null {
  switch (reason.code) {
    case 'kb_unbuilt':
      return `${reason.name}${buildTarget}`
    case 'vectors_changed':
      return `${reason.name}${anewTarget}`
    case 'kb_locked':
    case 'kb_busy':
      return reason.name
    default:
      return null
  }
}
