import type { ReadinessFacts } from '../../protocol/reasons.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { ErrorBody } from './errorBody.ts'
import { asFields, parseJson } from './errorBody.ts'
import { type FailureContext, quote, rawCause } from './failureReason.ts'
import { withoutGatewayWords } from './gatewayWords.ts'
import { readRetryAfter } from './retryAfter.ts'

/**
 * Causes that a gateway hands on without their codes. LiteLLM, OpenRouter, Portkey and the like put their own status or nothing in the
 * place of a backend's code; the names of classes and types, and the backend's sentence, are all that is left of it. This table is the
 * one place that reads sentences for them; the bodies are recorded in facts/real-litellm.md §2.2 and facts/providers.md §14.
 */
type Cause = 'quota' | 'filter' | 'backend_key' | 'no_database' | 'no_access' | 'no_model'

interface CauseRow {
  cause: Cause
  /** Of the answer; absent: any that is an error. */
  statuses?: readonly number[]
  /** Codes and types in lower case. */
  types?: RegExp
  text?: RegExp
}

/** Statuses of servers that tell a missing model as any other failure. */
const failures = [500, 501, 502, 503]
const refusals = [400, 401, 402, 403, 404, 422]
/** 446: Portkey, when a rule of its own stopped the request. */
const filterStatuses = [400, 403, 422, 446]

/** In the order in which they are asked: what is more certain goes before. */
const rows: readonly CauseRow[] = [
  { cause: 'no_database', types: /^no_db_connection$/ },
  { cause: 'no_access', types: /^(?:\w+_)?model_access_denied$/ },
  {
    cause: 'quota',
    types:
      /^(?:budget_exceeded|insufficient_(?:quota|credits?|balance|funds)|credits?_exhausted|payment_required|arrearage|(?:account|billing)_not_active|account_(?:deactivated|suspended|overdue))$/,
  },
  {
    cause: 'quota',
    statuses: [...refusals, 412, 429],
    text: /\bbudget (?:has been |was |is |limit )?(?:exceeded|crossed|reached)\b|\b(?:exceeded|crossed|over)(?: \w+)? budget\b/i,
  },
  {
    cause: 'quota',
    statuses: [...refusals, 412, 429],
    text: /\bexceeded your (?:current|monthly) (?:quota|usage limit|spending)|\bcredit balance is too low\b|\b(?:insufficient|not enough) (?:credits?|balance|funds)\b|\bout of credits?\b|\brequires more credits\b|\bbilling hard limit\b|\bno (?:credits?|quota) (?:left|remaining)\b|\b(?:reached|exceeded|hit) your (?:\w+ ){0,2}(?:spend(?:ing)?|budget|credits?) (?:limit|cap|quota)|\brun out of (?:credits?|funds|balance)\b|\baccount is (?:not active|suspended|deactivated|overdue|in arrears)\b|\baccount is in good standing\b/i,
  },
  {
    cause: 'filter',
    statuses: filterStatuses,
    types: /^(?:data_?inspection_?failed|contentpolicyviolationerror|guardrail_\w+|hooks?_failed|content_blocked)$/,
  },
  {
    cause: 'filter',
    statuses: filterStatuses,
    text: /\bContentPolicyViolationError\b|\bcontent (?:management|safety|usage)? ?polic(?:y|ies)\b|\b(?:prompt|response|output|input|content|message)s? (?:was|were|has been|is|got) (?:filtered|blocked|flagged)\b|\bflagged (?:by|as|for)\b.*\b(?:moderation|polic|guardrail|unsafe|content)|\bguardrail\w* (?:checks? )?(?:failed|intervened|violat\w+)|\bviolated? (?:\w+ )?(?:guardrail|content policy)|\b(?:inappropriate|unsafe|sensitive|harmful)(?: or \w+)? content\b|\bContent Exists Risk\b|\bPROHIBITED_CONTENT\b|\bResponsibleAIPolicyViolation\b/i,
  },
  {
    cause: 'no_model',
    statuses: [400, 403, 404, 422],
    text: /\bInvalid model name passed\b|\bis not a valid model\b|\bThere is no 'model_name' with this string\b|\bModel Not Exists?\b|\bno (?:allowed|available) providers? (?:are|is) available for the selected model\b|\bno endpoints found (?:for|that|matching)\b|\bthe model [`'"]?[^`'"\s]{1,200}[`'"]? (?:does not exist|was not found|is not found|has been (?:removed|retired))|\bunknown model\b|\bnot a (?:supported|known) model\b/i,
  },
]

/** Why a call failed, where a gateway's table says so; null: it is as the status and the codes say. */
export function reasonBehindGateway(status: number, body: ErrorBody, context: FailureContext): ReadinessFacts | null {
  const cause = causeOf(status, body, context)
  if (cause === null) return null
  const { provider, model } = context
  const raw = rawCause(context, body)
  const said = quote(withoutGatewayWords(body.message), context).replace(/\.+$/, '')
  const detail = said === '' ? {} : withMessage('detail', localizable('{0}', said))
  const behind = isFromBehind(body, context) ? ({ behindGateway: true } as const) : {}
  switch (cause) {
    case 'quota':
      return {
        code: 'quota_exceeded',
        provider,
        ...(isOfDeployment(body) ? { behindGateway: true } : behind),
        ...detail,
        raw,
      }
    case 'no_database': {
      const why = localizable('the proxy has no database, so it only knows its master key')
      return { code: 'auth_failed', provider, ...withMessage('detail', why), raw }
    }
    case 'backend_key':
      return {
        code: 'auth_failed',
        provider,
        ...(model === null ? {} : { model }),
        behindGateway: true,
        ...detail,
        raw,
      }
    case 'filter': {
      const blocked = said === '' ? localizable('the request was blocked') : localizable('{0}', said)
      return model === null
        ? null
        : { code: 'content_filtered', provider, model, ...withMessage('detail', blocked), raw }
    }
    case 'no_access':
    case 'no_model':
      return model === null ? null : { code: 'model_missing', provider, model, alternatives: [], ...detail, raw }
    default:
      return cause satisfies never
  }
}

function causeOf(status: number, body: ErrorBody, context: FailureContext): Cause | null {
  if (saysModelIsMissing(status, body, context)) return 'no_model'
  if (status < 400 || status >= 500) return null
  const codes = [...body.codes]
  const row = rows.find(
    ({ statuses, types, text }) =>
      (statuses === undefined || statuses.includes(status)) &&
      (types === undefined || codes.some((code) => types.test(code))) &&
      (text === undefined || text.test(body.message)),
  )
  if (row?.cause === 'quota' && comesBackSoon(status, body, context)) return null
  if (row !== undefined) return row.cause
  const isAboutKey = status === 401 || status === 403
  return isAboutKey && context.model !== null && isFromBehind(body, context) ? 'backend_key' : null
}

/** "model 'x' not found", by whatever status, where x is the one that was asked for. */
function saysModelIsMissing(status: number, { message }: ErrorBody, { model }: FailureContext): boolean {
  if (model === null || ![...refusals, ...failures].includes(status)) return false
  const at = message.toLowerCase().indexOf(model.toLowerCase())
  if (at < 0 || !/\bmodels?\W{0,3}$/i.test(message.slice(0, at))) return false
  return /^\W{0,3}(?:is |was |has )?(?:not (?:found|supported|available|known|a valid model)|unknown|does not exist|been (?:removed|retired))\b/i.test(
    message.slice(at + model.length),
  )
}

/** Gemini calls the limit of a minute a quota, too, and says when it is full again; nobody does so of a budget. */
function comesBackSoon(status: number, body: ErrorBody, { exchange, now }: FailureContext): boolean {
  if (status !== 429 || body.codes.has('budget_exceeded') || /per ?day|daily/i.test(body.message)) return false
  // Google has codes for its quotas, and those decide.
  if (body.codes.has('resource_exhausted') || /per ?minute/i.test(body.message)) return true
  return body.retryAfterMs !== null || readRetryAfter(exchange.facts.headers, now) !== null
}

/** Whether the answer is that of what stands behind a gateway: LiteLLM has its headers, OpenRouter and Portkey name it in the body. */
function isFromBehind(body: ErrorBody, { exchange }: FailureContext): boolean {
  const { headers } = exchange.facts
  if (Object.keys(headers).some((name) => name.startsWith('llm_provider-'))) return true
  if (/\bLiteLLM: model group '/.test(body.message)) return true
  const outer = asFields(parseJson(exchange.facts.body?.toString() ?? ''))
  const metadata = asFields(asFields(outer?.error)?.metadata)
  return [metadata?.provider_name, outer?.provider].some((name) => typeof name === 'string' && name !== '')
}

/** The budget of one deployment says nothing of the gateway's other models. */
function isOfDeployment(body: ErrorBody): boolean {
  return /\bNo deployments available\b/.test(body.message)
}
