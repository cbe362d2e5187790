import { type Fallback, type FallbackCause, fallbackCauses, type RouteOptions } from '../protocol/routing.ts'

/** All fallbacks of a route, in the order in which they are tried; the one without causes of its own counts for `not_ready`. */
export function fallbacksOf({ fallback, fallbacks = [] }: RouteOptions): Fallback[] {
  return [...(fallback ? [{ ...fallback, when: ['not_ready' as const] }] : []), ...fallbacks]
}

/** The other way round: the first that counts for `not_ready` alone is the route's `fallback`. */
export function withFallbacks(options: RouteOptions, all: readonly Fallback[]): RouteOptions {
  const { fallback: _, fallbacks: __, ...rest } = options
  const [first, ...others] = all
  const isPlain = first?.when.length === 1 && first.when[0] === 'not_ready'
  const more = isPlain ? others : all
  return {
    ...rest,
    ...(isPlain ? { fallback: { provider: first.provider, model: first.model } } : {}),
    ...(more.length > 0 ? { fallbacks: [...more] } : {}),
  }
}

/** As it is typed: `PROVIDER[:MODEL][@CAUSE[+CAUSE …]]`; without causes it is for `not_ready`. Names of models may have `:` and `@`. */
export function readFallback(word: string): { provider: string; model: string | null; when: FallbackCause[] } {
  const { target, when } = splitCauses(word.trim())
  const at = target.indexOf(':')
  return at < 0
    ? { provider: target, model: null, when }
    : { provider: target.slice(0, at), model: target.slice(at + 1), when }
}

function splitCauses(word: string): { target: string; when: FallbackCause[] } {
  const at = word.lastIndexOf('@')
  const named = at < 0 ? [] : word.slice(at + 1).split('+')
  const when = fallbackCauses.filter((cause) => named.includes(cause))
  // What is no cause belongs to the name of the model.
  if (when.length === 0 || when.length < new Set(named).size) return { target: word, when: ['not_ready'] }
  return { target: word.slice(0, at), when }
}

export function writeFallback({ provider, model, when }: Fallback): string {
  const target = model === null ? provider : `${provider}:${model}`
  const isPlain = when.length === 1 && when[0] === 'not_ready'
  return isPlain ? target : `${target}@${when.join('+')}`
}
