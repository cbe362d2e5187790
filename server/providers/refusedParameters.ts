import type { ErrorBody } from './errorBody.ts'

/**
 * Which optional fields a model has refused, so that it is not offered them again. Models behind one API differ, names
 * of deployments and proxies say nothing of the model behind, and a new model may refuse what its elders took.
 */
const refusedByModel = new Map<string, Set<string>>()
const mostModels = 200

/** What an answer does not depend on. Never the schema: a run steps to another output mode by itself. */
const dispensable = new Set(['temperature', 'top_p', 'top_k', 'reasoning_effort', 'stream_options'])
const tokenLimits = ['max_tokens', 'max_completion_tokens'] as const
const refusalCodes = ['unsupported_parameter', 'unsupported_value', 'unknown_parameter']

type Body = Record<string, unknown>

/** The body without what the model is known to refuse. */
export function withoutRefused<Request extends object>(key: string, request: Request): Request {
  const refused = refusedByModel.get(key)
  return refused === undefined ? request : [...refused].reduce((body, name) => drop(body, name), request)
}

/** The body to try instead, when the refusal names a field that can go; null when it does not. */
export function afterRefusal<Request extends object>(key: string, request: Request, error: ErrorBody): Request | null {
  const name = error.param
  if (name === null || !(name in request) || !refusalCodes.some((code) => error.codes.has(code))) return null
  const isLimit = tokenLimits.some((limit) => limit === name)
  if (!isLimit && !dispensable.has(name)) return null
  remember(key, name)
  return drop(request, name)
}

/** A token limit is never left out: it goes on under its other name. */
function drop<Request extends object>(request: Request, name: string): Request {
  const { [name]: value, ...rest } = request as Body
  const other = tokenLimits.find((limit) => limit !== name)
  const isLimit = tokenLimits.some((limit) => limit === name)
  return (isLimit && value !== undefined && other ? { ...rest, [other]: value } : rest) as Request
}

function remember(key: string, name: string): void {
  const known = refusedByModel.get(key) ?? new Set()
  refusedByModel.delete(key)
  refusedByModel.set(key, known.add(name))
  const oldest = refusedByModel.keys().next()
  if (refusedByModel.size > mostModels && !oldest.done) refusedByModel.delete(oldest.value)
}
