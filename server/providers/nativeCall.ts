import type { Outcome } from '../../protocol/outcome.ts'
import { succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { say } from '../../shared/message.ts'
import { parseJson } from './errorBody.ts'
import { invalidResponse, reasonOfFailure, reasonOfUnusableBody, type StatusRules } from './failureReason.ts'
import type { OpenCall } from './openCall.ts'
import { reasonOfStatus } from './statusReason.ts'

/** Asks an API that no SDK of ours knows, and reads its JSON. `body`: posted; absent: a GET. */
export async function requestJson(
  open: OpenCall,
  url: string,
  options: { body?: unknown; rules?: StatusRules | undefined } = {},
): Promise<Outcome<unknown>> {
  const { body, rules = reasonOfStatus } = options
  const posted = {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', accept: 'application/json' },
  }
  try {
    const response = await open.exchange.fetch(
      url,
      body === undefined ? { headers: { accept: 'application/json' } } : posted,
    )
    if (!response.ok) return fail(reasonOfFailure(null, open.context(), rules))
  } catch (error) {
    return fail(reasonOfFailure(error, open.context(), rules))
  }
  const unusable = reasonOfUnusableBody(open.context())
  return unusable ? fail(unusable) : readWholeJson(open)
}

/** The last answer's body. */
export function readWholeJson(open: OpenCall): Outcome<unknown> {
  const body = parseJson(open.exchange.facts.body?.toString() ?? '')
  return body === null ? fail(invalidResponse('not_json', say('it is not valid JSON'), open.context())) : succeed(body)
}
