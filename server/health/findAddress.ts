import type { Outcome } from '../../protocol/outcome.ts'
import type { Reason, ReasonFacts } from '../../protocol/reasons.ts'
import { explainReason } from '../../shared/describe/reason.ts'
import type { CheckFindings } from '../providers/adapter.ts'
import { mayBeMisplaced, maySpeakHttps, nearbyBaseUrls, withOtherProtocol } from '../providers/nearbyAddress.ts'
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
