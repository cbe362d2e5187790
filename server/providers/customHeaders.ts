import * as z from 'zod'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { ProviderConfig } from '../../protocol/providers.ts'
import { ownIssue } from '../../shared/describe/issue.ts'
import { fail } from '../../shared/fail.ts'
import { type HeaderLine, splitHeaders } from '../../shared/keys/headerLines.ts'
import { looksLikeKey } from '../../shared/keys/keyShape.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { isLoopback } from './endpointRules.ts'
import type { Transport } from './transport.ts'

const tokenPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const variablePattern = /^[A-Za-z_][A-Za-z0-9_]*$/
const mostHeaders = 20

/** What the transport and the kinds set themselves, and what belongs to a single hop of the connection. */
const reserved = new Set([
  'authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'anthropic-version',
  'accept',
  'accept-encoding',
  'content-type',
  'content-length',
  'content-encoding',
  'user-agent',
  'host',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
])

const secretName = /auth|cookie|credential|key|passw|secret|signature|token/i

/** Headers of a proxy or gateway, as fields of a configuration. Secret values stay in the environment. */
export const headerFields = {
  headers: headersField(problemOfValue).meta({
    title: 'Headers',
    description: 'Sent with every request, as "Name: value; Name: value". Nothing secret: see the next field.',
    group: 'advanced',
  }),
  header_env: headersField(problemOfVariable).meta({
    title: 'Headers from variables',
    description: 'Secret headers, as "Name: VARIABLE": the value is read from that environment variable.',
    group: 'advanced',
  }),
  /** Where `header_env` may be sent to; set by the product. */
  header_origin: z.string().max(2048).optional().meta({ internal: true }),
}

function headersField(problemOf: (line: HeaderLine) => LocalizableMessage | null) {
  return z
    .string()
    .max(4096)
    .default('')
    .check((check) => {
      const problem = problemOfHeaders(check.value, problemOf)
      if (problem !== null) check.issues.push(ownIssue(problem, check.value))
    })
}

function problemOfHeaders(
  text: string,
  problemOf: (line: HeaderLine) => LocalizableMessage | null,
): LocalizableMessage | null {
  const lines = splitHeaders(text)
  if (lines === null) return localizable('each header is given as "Name: value"')
  if (lines.length > mostHeaders) return localizable('there may be {0} headers at most', mostHeaders)
  const names = lines.map(({ name }) => name.toLowerCase())
  if (new Set(names).size < names.length) return localizable('a header is given twice')
  return lines.map((line) => problemOfName(line) ?? problemOf(line)).find((problem) => problem !== null) ?? null
}

/** The value is never quoted: it may be a key in the wrong place. */
function problemOfName({ name }: HeaderLine): LocalizableMessage | null {
  if (!tokenPattern.test(name)) return localizable('a name holds characters that names of headers do not have')
  return reserved.has(name.toLowerCase()) ? localizable('"{0}" is set by the product itself', name) : null
}

function problemOfValue({ name, value }: HeaderLine): LocalizableMessage | null {
  if (!/^[\x20-\x7e]*$/.test(value))
    return localizable('the value of "{0}" holds characters that headers do not have', name)
  const isSecret = secretName.test(name) || looksLikeKey(value)
  return isSecret ? localizable('"{0}" looks secret: name an environment variable for it in header_env', name) : null
}

function problemOfVariable({ name, value }: HeaderLine): LocalizableMessage | null {
  return variablePattern.test(value) ? null : localizable('"{0}" needs the name of an environment variable', name)
}

/**
 * The settings to store: secret headers stay bound to the origin that they were first saved for, until they are named anew.
 * `before`: the settings that they replace.
 */
export function bindHeaders(config: ProviderConfig, before: ProviderConfig | undefined, origin: string | null) {
  const { header_origin: _, ...rest } = config
  if (origin === null || typeof rest.header_env !== 'string' || rest.header_env === '') return rest
  const isSame = before?.header_env === rest.header_env && typeof before.header_origin === 'string'
  return { ...rest, header_origin: isSame ? (before.header_origin ?? origin) : origin }
}

/** What is wrong with headers that a route says, in words; null: nothing. */
export function problemOfRouteHeaders(headers: string): LocalizableMessage | null {
  return problemOfHeaders(headers, problemOfValue)
}

/** Settings with the headers of a route, which go before those of the provider. Kinds without such a field have none. */
export function withRouteHeaders(config: unknown, headers: string | undefined): unknown {
  const own = config as { headers?: unknown }
  if (headers === undefined || typeof own.headers !== 'string') return config
  const said = splitHeaders(headers) ?? []
  const names = new Set(said.map(({ name }) => name.toLowerCase()))
  const others = (splitHeaders(own.headers) ?? []).filter(({ name }) => !names.has(name.toLowerCase()))
  return { ...own, headers: [...others, ...said].map(({ name, value }) => `${name}: ${value}`).join('\n') }
}

interface HeaderQuestion {
  provider: string
  endpoint: string
  config: { headers: string; header_env: string; header_origin?: string | undefined; allow_plain_http: boolean }
  transport: Pick<Transport, 'variable'>
}

export interface CustomHeaders {
  headers: Record<string, string>
  /** The values among them that nobody may see. */
  secrets: string[]
}

/** The headers to send, or why nothing may be sent: they are held to the rules of keys. */
export function readCustomHeaders({ provider, endpoint, config, transport }: HeaderQuestion): Outcome<CustomHeaders> {
  if (config.headers === '' && config.header_env === '') return succeed({ headers: {}, secrets: [] })
  const plain = splitHeaders(config.headers) ?? []
  const headers = new Map(plain.map(({ name, value }) => [name.toLowerCase(), value]))
  const secrets: string[] = []
  const { origin, protocol } = new URL(endpoint)
  for (const { name, value: variable } of splitHeaders(config.header_env) ?? []) {
    const missing = { code: 'secret_missing', provider, source: 'environment', variable, header: name } as const
    if (config.header_origin !== undefined && config.header_origin !== origin) {
      return fail({ ...missing, boundTo: config.header_origin, origin })
    }
    if (protocol === 'http:' && !isLoopback(endpoint) && !config.allow_plain_http) {
      const detail = localizable('the header "{0}" would be sent over plain http to another machine', name)
      return fail({ code: 'policy_denied', provider, rule: 'plain_http_with_key', ...withMessage('detail', detail) })
    }
    const value = transport.variable?.(variable)?.trim()
    if (!value) return fail(missing)
    if (!/^[\x20-\x7e]{1,4096}$/.test(value)) {
      const detail = localizable('the variable {0} holds characters that no header can carry', variable)
      return fail({ code: 'policy_denied', provider, rule: 'invalid_key', ...withMessage('detail', detail) })
    }
    headers.set(name.toLowerCase(), value)
    secrets.push(value)
  }
  return succeed({ headers: Object.fromEntries(headers), secrets })
}
