import type { Outcome } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import type { Reason, ReasonFacts } from '../../protocol/reasons.ts'
import { explainReason } from '../../shared/describe/reason.ts'
import type { CheckFindings } from '../providers/adapter.ts'
import { asFields, parseJson } from '../providers/errorBody.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import type { Transport } from '../providers/transport.ts'

interface Question {
  open: OpenProvider
  transport: Transport
  signal: AbortSignal
  /** Asks the same provider at another base URL of the same origin. */
  checkAt(config: unknown): Promise<Outcome<CheckFindings>>
}

/** The reason of a failed check, with the base URL at which the API is, where one or two more requests find it. */
export async function withFoundAddress(reason: Reason, question: Question): Promise<Reason> {
  const baseUrl = baseUrlOf(question.open)
  if (baseUrl === null) return reason
  if (reason.code === 'provider_unreachable' && reason.obstacle === 'speaks_http') {
    return explainReason({ ...reason, otherAddress: withOtherProtocol(baseUrl) })
  }
  if (baseUrl.startsWith('http:') && maySpeakHttps(reason) && (await speaksTls(baseUrl, question))) {
    return explainReason(factsOfHttps(reason, question.open, withOtherProtocol(baseUrl)))
  }
  if (!mayBeMisplaced(reason)) return reason
  for (const candidate of nearbyBaseUrls(baseUrl)) {
    const found = await checkCandidate(candidate, question)
    if (found !== null && isTheApi(found))
      return explainReason({ ...(reason as MisplacedReason), otherAddress: candidate })
  }
  return reason
}

type MisplacedReason = Extract<ReasonFacts, { code: 'invalid_response' }>

function factsOfHttps({ code: _, ...reason }: Reason, open: OpenProvider, otherAddress: string): ReasonFacts {
  const cause = 'cause' in reason && typeof reason.cause === 'string' ? { cause: reason.cause } : {}
  const { provider, endpoint } = open
  return {
    code: 'provider_unreachable',
    provider,
    endpoint: endpoint ?? '',
    ...cause,
    obstacle: 'speaks_https',
    otherAddress,
  }
}

/** Kinds whose address is one field; the port of others stands apart, and nothing is pasted into them. */
function baseUrlOf({ config, endpoint }: OpenProvider): string | null {
  const { base_url } = config as { base_url?: unknown }
  return typeof base_url === 'string' && endpoint !== null && base_url === endpoint ? base_url : null
}

async function checkCandidate(candidate: string, { open, checkAt }: Question): Promise<Outcome<CheckFindings> | null> {
  const parsed = open.adapter.configSchema.safeParse({ ...(open.config as object), base_url: candidate })
  return parsed.success ? await checkAt(parsed.data) : null
}

/** A refusal of the account is an answer of the API, too. */
function isTheApi(found: Outcome<CheckFindings>): boolean {
  return found.ok || ['auth_failed', 'quota_exceeded', 'rate_limited'].includes(found.reason.code)
}

/** Without the key, which was entered for another origin: that a handshake begins is enough, whatever is answered then. */
async function speaksTls(baseUrl: string, { transport, signal }: Question): Promise<boolean> {
  const exchange = transport.open({ signal, deadlines: { totalMs: 4_000, connectMs: 2_000 }, secrets: [] })
  await exchange.fetch(withOtherProtocol(baseUrl), { headers: { accept: 'application/json' } }).catch(() => null)
  const { failure, status } = exchange.facts
  return status !== null || (failure?.kind === 'unreachable' && failure.obstacle?.startsWith('certificate_') === true)
}

/**
 * Whether an OpenAI-compatible server is an Ollama at its `/v1`, where no window can be set: it cuts long prompts without a word. Only
 * asked where the names of the models have tags as Ollama's do; without a key, which its version needs none of.
 */
export async function isOllama(
  { adapter, endpoint }: OpenProvider,
  models: readonly ModelInfo[],
  { transport, signal }: { transport: Transport; signal: AbortSignal },
): Promise<boolean> {
  if (adapter.kind !== 'openai-compatible' || endpoint === null || !endpoint.endsWith('/v1')) return false
  if (models.length === 0 || !models.every(({ model }) => model.includes(':'))) return false
  const exchange = transport.open({ signal, deadlines: { totalMs: 2_000 }, secrets: [] })
  const url = `${endpoint.replace(/\/v1$/, '')}/api/version`
  const response = await exchange.fetch(url, { headers: { accept: 'application/json' } }).catch(() => null)
  if (!response?.ok) return false
  return typeof asFields(parseJson(exchange.facts.body?.toString() ?? ''))?.version === 'string'
}

/** What people paste behind a base URL: the address of one request. */
const requestPaths = /\/(?:chat\/completions|completions|responses|messages|embeddings|models|rerank)$/

/**
 * Base URLs of the same origin that may be meant, the likeliest first: without the path of a request, with `/v1`, without it. Another
 * origin is never among them, since the key goes to each.
 */
export function nearbyBaseUrls(baseUrl: string): string[] {
  const { origin, pathname } = new URL(baseUrl)
  const path = pathname.replace(/\/+$/, '')
  const base = path.replace(requestPaths, '')
  const isVersioned = /\/v\d+(?:beta|alpha)?$/.test(base)
  const other = isVersioned ? base.replace(/\/v\d+(?:beta|alpha)?$/, '') : `${base}/v1`
  return [...new Set([base, other])].filter((each) => each !== path).map((each) => origin + each)
}

/** Whether what a check found may come of an address that is nearly right: something answers, but no API of this kind. */
function mayBeMisplaced(reason: ReasonFacts): boolean {
  if (reason.code !== 'invalid_response') return false
  return ['not_the_api', 'not_json', 'empty', 'unexpected_status'].includes(reason.problem)
}

/** The same for the protocol: a server of https lets go of who speaks plain http, or says so in a page. */
function maySpeakHttps(reason: ReasonFacts): boolean {
  if (reason.code === 'provider_unreachable') return reason.obstacle === undefined && isLetGo(reason.cause)
  return (
    reason.code === 'invalid_response' && (reason.problem === 'not_the_api' || reason.problem === 'unexpected_status')
  )
}

function isLetGo(cause: string | undefined): boolean {
  return cause === 'UND_ERR_SOCKET' || cause === 'ECONNRESET' || cause === 'EPIPE'
}

/** The same address by the other protocol; ports that belong to one of them are left out. */
export function withOtherProtocol(baseUrl: string): string {
  const url = new URL(baseUrl)
  const other = url.protocol === 'https:' ? 'http:' : 'https:'
  return `${other}//${url.host}${url.pathname.replace(/\/+$/, '')}`
}
