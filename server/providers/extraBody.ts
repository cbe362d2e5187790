import { isRecord } from '../../protocol/names.ts'
import type { CompletionRequest } from './adapter.ts'

/**
 * The body with what a route says beyond it, merged into objects at any depth; lists and everything else are replaced. What the contract
 * reserves never comes here (`ExtraBody` of protocol/extraBody.ts). A body without such words is the very same.
 */
export function withExtraBody<Body extends object>(
  body: Body,
  { extraBody }: Pick<CompletionRequest, 'extraBody'>,
): Body {
  return extraBody === undefined ? body : (merge(body as Record<string, unknown>, extraBody) as Body)
}

function merge(body: Record<string, unknown>, extra: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const merged = new Map(Object.entries(body))
  for (const [name, value] of Object.entries(extra)) {
    const known = merged.get(name)
    merged.set(name, isRecord(known) && isRecord(value) ? merge(known, value) : value)
  }
  return Object.fromEntries(merged)
}
