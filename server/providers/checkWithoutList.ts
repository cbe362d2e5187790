import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { CheckFindings } from './adapter.ts'
import { asFields } from './errorBody.ts'
import type { StatusRules } from './failureReason.ts'
import { type OpenCall, requestJson } from './openCall.ts'

/** Statuses by which a server that is there says no more than that it shows no list, or not to this key. */
const listlessStatuses = new Set([400, 403, 404, 405, 410, 422, 500, 501])

/** What is in the way of any call, whichever status tells it. */
const generalCodes = new Set<Reason['code']>(['quota_exceeded', 'rate_limited', 'policy_denied', 'config_invalid'])

/** An answer although nothing was asked, as some give. */
const answerFields = ['choices', 'output', 'message', 'content', 'candidates']

/** Whether a list that failed leaves open what a call would get: the server answered, and may take calls all the same. */
function leavesCallsOpen(reason: Reason): boolean {
  const status = statusOf(reason)
  // Only 403 may be about the list alone.
  if (generalCodes.has(reason.code) || (reason.code === 'auth_failed' && status !== 403)) return false
  if (status === null) return false
  // A success that is no list: an API that lists in another way, or a page before one.
  if (status >= 200 && status < 300) return reason.code === 'invalid_response'
  return listlessStatuses.has(status)
}

function statusOf(reason: Reason): number | null {
  return ('raw' in reason ? reason.raw?.status : null) ?? null
}

export interface CallToTry {
  /** The list's own call: what came of it is looked at. */
  listed: OpenCall
  /** Opens another one, with whatever headers calls have. */
  open(): Outcome<OpenCall>
  /** Where calls go. */
  url(open: OpenCall): string
  rules?: StatusRules | undefined
}

/**
 * A server need not list its models, and a key need not be allowed to. Asked with an empty request, which no server can answer and
 * so none can charge for, it refuses as an API if it is one; without an API at this address it says once more that there is nothing.
 */
export async function checkWithoutList(reason: Reason, call: CallToTry): Promise<Outcome<CheckFindings>> {
  if (!leavesCallsOpen(reason)) return { ok: false, reason }
  const open = call.open()
  if (!open.ok) return open
  const asked = await requestJson(open.value, call.url(open.value), { body: {}, rules: call.rules })
  const listStatus = statusOf(reason)
  const isSuccess = listStatus !== null && listStatus < 300
  if (asked.ok) return isSuccess && !isAnswer(asked.value) ? { ok: false, reason } : succeed(withoutList(listStatus))
  const isKeyRefused = asked.reason.code === 'auth_failed'
  if (isRefusalOfApi(open.value) && !isKeyRefused) return succeed(withoutList(listStatus))
  // What answered neither is told by what says more.
  const isAboutCall = isKeyRefused || !leavesCallsOpen(asked.reason)
  if (isAboutCall || listStatus === 404 || listStatus === 405) return asked
  // The key is good enough for an answer that is about something else.
  return listStatus === 403 ? succeed(withoutList(listStatus)) : { ok: false, reason }
}

function isAnswer(value: unknown): boolean {
  const fields = asFields(value)
  return fields !== null && answerFields.some((name) => typeof fields[name] === 'object' && fields[name] !== null)
}

function isRefusalOfApi({ exchange: { facts } }: OpenCall): boolean {
  return (facts.status === 400 || facts.status === 422) && facts.bodyKind === 'json'
}

function withoutList(listStatus: number | null): CheckFindings {
  const findings = { version: null, models: [], isListPartial: true }
  if (listStatus === 403)
    return { ...findings, method: 'asked with an empty request (no cost); this key may not list the models' }
  return listStatus !== null && listStatus >= 500
    ? { ...findings, method: 'asked with an empty request (no cost); the list of models cannot be read' }
    : { ...findings, method: 'asked with an empty request (no cost); the server does not list its models' }
}
