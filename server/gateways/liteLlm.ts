import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason, ReasonFacts } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { asFields, type Fields } from '../providers/errorBody.ts'
import { openCall, requestJson } from '../providers/openCall.ts'
import type { Transport } from '../providers/transport.ts'

/** A LiteLLM proxy that may be called. */
export interface LiteLlmTarget {
  gateway: string
  /** Without `/v1`. */
  url: string
  /** The admin key; in memory only. */
  key: string
  allowPlainHttp: boolean
  transport: Transport
  signal: AbortSignal
}

/** A model of the proxy, as its list has it. Keys are in none of it. */
export interface ListedEntry {
  id: string
  name: string
  /** False: it stands in the proxy's configuration file, and cannot be changed from here. */
  isInDatabase: boolean
  parameters: Fields
  info: Fields
}

/** What `/model/new` takes. */
export interface NewEntry {
  model_name: string
  litellm_params: Fields
  model_info: Fields
}

/** About 8 KB an entry were measured: a few thousand models. */
const longestList = 64 * 1024 * 1024

/** Whether the proxy can keep models, asked without a key and for nothing. `/health` itself would call every model, and is never asked. */
export async function readReadiness(target: LiteLlmTarget): Promise<Outcome<{ hasDatabase: boolean }>> {
  const answer = await ask(target, '/health/readiness', { isOpen: true })
  if (!answer.ok) return answer
  const { db } = asFields(answer.value) ?? {}
  if (typeof db !== 'string')
    return fail(unusable(target, 'not_a_gateway', localizable('it does not say its readiness')))
  return succeed({ hasDatabase: db.toLowerCase() === 'connected' })
}

/** All of its models. What stands there is known from here only: answers to changes hold encrypted values. */
export async function listEntries(target: LiteLlmTarget): Promise<Outcome<ListedEntry[]>> {
  const answer = await ask(target, '/v1/model/info')
  if (!answer.ok) return hasNone(answer.reason) ? succeed([]) : answer
  const rows = asFields(answer.value)?.data
  if (!Array.isArray(rows))
    return fail(unusable(target, 'not_a_gateway', localizable('its list of models cannot be read')))
  return succeed(withoutAliases(rows.flatMap(readEntry)))
}

/** A proxy without a single model answers with a failure, and says why in a sentence alone. */
function hasNone(reason: Reason): boolean {
  const said = 'detail' in reason ? (reason.detail ?? '') : ''
  return reason.code === 'gateway_unusable' && /\bLLM (?:Model List|Router) (?:is )?not loaded in\b/i.test(said)
}

/** An alias is listed like a model of its own, with the id of the one that it stands for, and after it. */
function withoutAliases(entries: readonly ListedEntry[]): ListedEntry[] {
  const byId = new Map<string, ListedEntry>()
  for (const entry of entries) if (!byId.has(entry.id)) byId.set(entry.id, entry)
  return [...byId.values()]
}

function readEntry(row: unknown): ListedEntry[] {
  const fields = asFields(row)
  const info = asFields(fields?.model_info) ?? {}
  const { id, db_model: isInDatabase } = info
  if (fields === null || typeof fields.model_name !== 'string' || (typeof id !== 'string' && typeof id !== 'number'))
    return []
  return [
    {
      id: String(id),
      name: fields.model_name,
      isInDatabase: isInDatabase === true,
      parameters: asFields(fields.litellm_params) ?? {},
      info,
    },
  ]
}

/** Success and failure are only the proxy's word: it was measured to be wrong in both ways. */
export async function makeEntry(
  target: LiteLlmTarget,
  entry: NewEntry,
  secrets: readonly string[],
): Promise<Outcome<null>> {
  const made = await ask(target, '/model/new', { body: entry, secrets })
  return made.ok ? succeed(null) : made
}

export async function deleteEntry(target: LiteLlmTarget, id: string): Promise<Outcome<null>> {
  const deleted = await ask(target, '/model/delete', { body: { id } })
  return deleted.ok ? succeed(null) : deleted
}

async function ask(
  target: LiteLlmTarget,
  path: string,
  { body, isOpen = false, secrets = [] }: { body?: unknown; isOpen?: boolean; secrets?: readonly string[] } = {},
): Promise<Outcome<unknown>> {
  const { gateway, url, key, allowPlainHttp, transport, signal } = target
  const need = { need: isOpen ? 'none' : 'required', customaryVariable: null, obtainAt: null } as const
  const call = { provider: gateway, config: { allow_plain_http: allowPlainHttp }, key, transport, signal }
  const open = openCall({ key: need, endpoint: () => url }, call, null, {
    maxResponseBytes: longestList,
    // A proxy may repeat in an error what it was sent.
    secrets,
  })
  if (!open.ok) return fail(reasonAt(target, open.reason))
  const answer = await requestJson(open.value, `${url}${path}`, body === undefined ? {} : { body })
  return answer.ok ? answer : fail(reasonAt(target, answer.reason))
}

type Unusable = Extract<ReasonFacts, { code: 'gateway_unusable' }>

export function unusable(
  { gateway, url }: Pick<LiteLlmTarget, 'gateway' | 'url'>,
  problem: Unusable['problem'],
  detail?: LocalizableMessage,
): Unusable {
  return { code: 'gateway_unusable', gateway, url, problem, ...(detail ? withMessage('detail', detail) : {}) }
}

/** It has a database, and was not told to keep models in it: said in a sentence alone, without a code. */
const storeOff = /STORE_MODEL_IN_DB/

/** A call's failure, as one of the gateway. */
function reasonAt(target: LiteLlmTarget, reason: Reason): ReasonFacts {
  if (reason.code === 'cancelled') return { code: 'cancelled' }
  const said = saidBy(reason)
  if (said !== undefined && storeOff.test(said.text ?? '')) return unusable(target, 'store_off')
  const { gateway, url } = target
  return { code: 'gateway_unusable', gateway, url, problem: problemOf(reason), ...said?.detail }
}

/** What stands beside a code, so that nothing of it is lost. */
function saidBy(
  reason: Reason,
): { text: string | undefined; detail: Pick<Unusable, 'detail' | 'localizable'> } | undefined {
  const text = 'detail' in reason ? reason.detail : 'cause' in reason ? String(reason.cause) : undefined
  if (text === undefined) return undefined
  const sentence = 'localizable' in reason ? reason.localizable : undefined
  return { text, detail: { detail: text, ...(sentence ? { localizable: sentence } : {}) } }
}

function problemOf(reason: Reason): Unusable['problem'] {
  switch (reason.code) {
    case 'auth_failed':
      return 'key_refused'
    case 'provider_unreachable':
      return 'unreachable'
    case 'timeout':
      return 'timeout'
    case 'model_missing':
      return 'not_a_gateway'
    case 'invalid_response':
      return reason.problem === 'rejected_request' ? 'refused' : 'not_a_gateway'
    case 'policy_denied':
      return 'refused'
    default:
      return 'failing'
  }
}
