import type { ErrorBody } from './errorBody.ts'

/**
 * Which fields a model has refused, so that it is not offered them again. Models behind one API differ, names of deployments and
 * proxies say nothing of the model behind, and a new model may refuse what its elders took.
 */
const refusedByModel = new Map<string, Set<string>>()
/** The most tokens of an answer that a model said it would take, where it was asked for more. */
const mostTokensByModel = new Map<string, number>()
const mostModels = 200

/** What an answer does not depend on. Never the schema: a run steps to another output mode by itself. */
const dispensable = [
  'temperature',
  'top_p',
  'top_k',
  'stop',
  'reasoning_effort',
  'stream_options',
  'store',
  'stream',
  'chat_template_kwargs',
]
const tokenLimits = ['max_tokens', 'max_completion_tokens'] as const
const refusalCodes = ['unsupported_parameter', 'unsupported_value', 'unknown_parameter', 'extra_forbidden']
/** Not a field of its own: the instructions go into the first message of the user. */
const systemRole = 'system role'
/** The schema of llama.cpp's Python server, which its check of types refuses under its usual name. */
const namedSchema = 'json_schema'

/** What the known dialects say of a field that they do not take; the name of the field stands beside. */
const refusalText =
  /\b(un(supported|known|recognized|expected)|(not|isn't|aren't) (\w+ )?(supported|permitted|allowed|recognized|accepted|available|enabled)|(does|do) not (support|accept|allow)|doesn't support|cannot find field|no such (field|parameter)|extra (inputs?|fields?)|additional propert|not a valid (field|parameter)|invalid (field|parameter|argument)|deprecated|cannot be (used|set|specified))/i
/** A limit of tokens that is too large is not refused as a field: under its other name it would be refused alike. */
const rangeText =
  /\b(too (large|high|long|big|small)|at (most|least)|less than|greater than|exceeds?|maximum|between|must be|out of range)\b/i

/** What servers and chat templates say that know no instructions beside the user's words. */
const roleTexts = [
  /\b(system|developer)['"`]?[ _-]?(role|message|prompt|instruction)s?\b.{0,60}\b(not|isn't|unsupported|disabled)\b/i,
  /\b(unsupported|unexpected|invalid|unknown)\b.{0,40}\brole\b.{0,20}\b(system|developer)\b/i,
  /\brole\b.{0,20}\bdoes not support\b.{0,20}\b(system|developer)\b/i,
  /\bonly user,? (and|or) assistant roles\b|\broles must alternate user\/assistant\b/i,
  /['"`](system|developer)['"`] is not (one of|supported|allowed)/i,
]

interface Message {
  role: string
  content: unknown
}

type Body = Record<string, unknown>

/** The body without what the model is known to refuse. */
export function withoutRefused<Request extends object>(key: string, request: Request): Request {
  const refused = refusedByModel.get(key)
  const taken = refused === undefined ? request : [...refused].reduce((body, name) => drop(body, name), request)
  const most = mostTokensByModel.get(key)
  return most === undefined ? taken : withMostTokens(taken, most)
}

/** The body to try instead, when the refusal names a field that can go; null when it does not. */
export function afterRefusal<Request extends object>(
  key: string,
  request: Request,
  status: number | null,
  error: ErrorBody,
): Request | null {
  if (status === null || (status !== 400 && status !== 422 && status < 500)) return null
  const most = mostTokensIn(request as Body, error)
  if (most !== null) {
    if (mostTokensByModel.size >= mostModels) mostTokensByModel.clear()
    mostTokensByModel.set(key, most)
    return withMostTokens(request, most)
  }
  const name = refusedName(request as Body, status, error)
  const known = refusedByModel.get(key)
  // Refused under both names: a limit that is left out would let the model run on.
  if (name === null || (isTokenLimit(name) && tokenLimits.some((limit) => known?.has(limit)))) return null
  remember(key, name)
  return drop(request, name)
}

function refusedName(request: Body, status: number, error: ErrorBody): string | null {
  if (status >= 500 && takesObjectOnly(request, error.message)) return namedSchema
  if (hasSystemMessage(request) && refusesRole(error)) return systemRole
  const names = [...tokenLimits, ...dispensable].filter((name) => name in request)
  const isRefused = refusalCodes.some((code) => error.codes.has(code))
  const isOutOfRange = !isRefused && rangeText.test(error.message)
  if (!isRefused && !isOutOfRange && !refusalText.test(error.message)) return null
  if (isOutOfRange) names.splice(0, names.length, ...names.filter((name) => !isTokenLimit(name)))
  const pointed = [error.param, ...error.fields.map((field) => field.split('.').at(-1))]
  return (
    names.find((name) => pointed.includes(name)) ?? (error.param === null ? firstNamed(names, error.message) : null)
  )
}

/** What a refusal of too many tokens says is the most; null: it is about something else, such as the context. */
function mostTokensIn(request: Body, { message, param, fields }: ErrorBody): number | null {
  const name = tokenLimits.find((limit) => limit in request)
  const asked = name === undefined ? null : request[name]
  if (typeof asked !== 'number' || !rangeText.test(message) || /\bcontext (length|size|window)\b.*\d/i.test(message))
    return null
  const isPointed = [param, ...fields].some((place) => tokenLimits.some((limit) => place?.endsWith(limit)))
  if (!isPointed && !/\bmax(imum)?[_ ](completion[_ ]|output[_ ]|new[_ ])?tokens\b/i.test(message)) return null
  const figures = [...message.replaceAll(/(?<=\d),(?=\d{3}\b)/g, '').matchAll(/\b\d{2,7}\b/g)].map(Number)
  const lower = figures.filter((figure) => figure >= fewestTokensOfAnswer && figure < asked)
  return lower.length > 0 ? Math.max(...lower) : null
}

/** No verdict fits into fewer. */
const fewestTokensOfAnswer = 64

function withMostTokens<Request extends object>(request: Request, most: number): Request {
  const body = request as Body
  const limits = tokenLimits.filter((limit) => typeof body[limit] === 'number' && (body[limit] as number) > most)
  return limits.length === 0 ? request : { ...request, ...Object.fromEntries(limits.map((limit) => [limit, most])) }
}

/** Some list every field that they would take after the one that they do not. */
function firstNamed(names: readonly string[], message: string): string | null {
  const found = names.map((name) => ({ name, at: message.search(new RegExp(`(?<![\\w-])${name}(?![\\w-])`)) }))
  const [first] = found.filter(({ at }) => at >= 0).sort((one, other) => one.at - other.at)
  return first?.name ?? null
}

function refusesRole({ message, param, fields }: ErrorBody): boolean {
  const isPointed = [param ?? '', ...fields].some((place) => /^messages\b.*\brole\b/.test(place))
  return (isPointed && /\b(system|developer)\b|\brole\b/i.test(message)) || roleTexts.some((text) => text.test(message))
}

function hasSystemMessage(request: Body): boolean {
  const [first, second] = messagesOf(request)
  return (first?.role === 'system' || first?.role === 'developer') && second?.role === 'user'
}

function messagesOf({ messages }: Body): Message[] {
  return Array.isArray(messages) ? (messages as Message[]) : []
}

/** Its types know JSON mode only, which takes a schema and holds to it. */
function takesObjectOnly(request: Body, message: string): boolean {
  return schemaOf(request) !== null && /\bshould be 'text' or 'json_object'/i.test(message)
}

function schemaOf({ response_format }: Body): unknown {
  const format = response_format as { type?: unknown; json_schema?: { schema?: unknown } } | undefined
  return format?.type === 'json_schema' ? (format.json_schema?.schema ?? null) : null
}

function isTokenLimit(name: string): boolean {
  return tokenLimits.some((limit) => limit === name)
}

/** A token limit is never left out: it goes on under its other name. */
function drop<Request extends object>(request: Request, name: string): Request {
  const body = request as Body
  if (name === systemRole) return (hasSystemMessage(body) ? withoutSystem(body) : body) as Request
  if (name === namedSchema) {
    const schema = schemaOf(body)
    return (schema === null ? body : { ...body, response_format: { type: 'json_object', schema } }) as Request
  }
  // What only goes with a stream goes with it.
  if (name === 'stream') {
    const { stream, stream_options, ...plain } = body
    return plain as Request
  }
  const { [name]: value, ...rest } = body
  const other = tokenLimits.find((limit) => limit !== name)
  return (isTokenLimit(name) && value !== undefined && other ? { ...rest, [other]: value } : rest) as Request
}

function withoutSystem(body: Body): Body {
  const [system, user, ...others] = messagesOf(body)
  const content = `${system?.content}\n\n${user?.content}`
  return { ...body, messages: [{ role: 'user', content }, ...others] }
}

function remember(key: string, name: string): void {
  const known = refusedByModel.get(key) ?? new Set()
  refusedByModel.delete(key)
  refusedByModel.set(key, known.add(name))
  const oldest = refusedByModel.keys().next()
  if (refusedByModel.size > mostModels && !oldest.done) refusedByModel.delete(oldest.value)
}
