import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizable } from '../../shared/message.ts'
import type { ProviderAdapter, ProviderCall } from './adapter.ts'
import { checkDeadlines, type Deadlines, silenceDeadlines } from './deadlines.ts'
import { parseJson } from './errorBody.ts'
import {
  type FailureContext,
  invalidResponse,
  reasonOfFailure,
  reasonOfUnusableBody,
  type StatusRules,
} from './failureReason.ts'
import { admitKey } from './keyRules.ts'
import { reasonOfStatus } from './statusReason.ts'
import type { Exchange } from './transport.ts'

/** A call that may go out: everything allowed, the key in its headers, nothing sent yet. */
export interface OpenCall {
  endpoint: string
  exchange: Exchange
  /** For reasons; the time is that of the asking. */
  context(): FailureContext
}

export type Caller<Config> = Pick<ProviderAdapter<Config>, 'key' | 'localServer'> & { endpoint(config: Config): string }

/** How a kind takes its key. */
export type KeyHeaders = (key: string) => Record<string, string>

export const bearer: KeyHeaders = (key) => ({ authorization: `Bearer ${key}` })

export interface OpenOptions {
  /** Absent: as a bearer. */
  keyHeaders?: KeyHeaders | undefined
  /** Beside the key's. */
  headers?: Readonly<Record<string, string>> | undefined
  /** What of these headers must not appear in anything that comes of the call. */
  secrets?: readonly string[] | undefined
  /** What the registered model says; what the caller says goes before it. */
  timeoutSeconds?: number | undefined
  deadlines?: Partial<Deadlines> | undefined
  maxResponseBytes?: number | undefined
  streams?: boolean | undefined
}

/** `model` is null for checks and lists, which somebody waits for: they have deadlines of their own. */
export function openCall<Config>(
  adapter: Caller<Config>,
  call: ProviderCall<Config>,
  model: string | null,
  options: OpenOptions = {},
): Outcome<OpenCall> {
  const { provider, config, transport, signal } = call
  const { keyHeaders = bearer, headers = {}, secrets = [], maxResponseBytes, streams } = options
  const endpoint = adapter.endpoint(config)
  const key = admitKey({ provider, need: adapter.key.need, endpoint, config, key: call.key })
  if (!key.ok) return key
  const deadlines = {
    ...(model === null ? checkDeadlines : {}),
    ...(options.timeoutSeconds === undefined ? {} : silenceDeadlines(options.timeoutSeconds)),
    ...options.deadlines,
    ...call.deadlines,
  }
  const exchange = transport.open({
    signal,
    deadlines,
    headers: { ...headers, ...(key.value === null ? {} : keyHeaders(key.value)) },
    secrets: key.value === null ? secrets : [key.value, ...secrets],
    maxResponseBytes,
    streams,
  })
  return succeed({
    endpoint,
    exchange,
    context: () => ({
      ...{ provider, endpoint, model, exchange, now: transport.now() },
      ...(adapter.localServer === undefined ? {} : { localServer: adapter.localServer }),
    }),
  })
}

/** Names the exchange of one call in the options that SDKs hand through to `fetch`. */
export interface CallRouting {
  exchange: Exchange
}

/**
 * The `fetch` of an SDK client that many calls share. Building a client costs as much as a call, and holds nothing
 * of a call: key, deadlines, abort and facts are those of the exchange that the call names in its `fetchOptions`.
 */
export const sharedFetch: typeof fetch = (input, init) => {
  const { exchange } = init as RequestInit & CallRouting
  return exchange.fetch(input, init)
}

/** One client an endpoint; only the newest few, since endpoints come from settings that people try out. */
export function rememberClients<Client>(create: (endpoint: string) => Promise<Client>) {
  const clients = new Map<string, Promise<Client>>()
  const most = 50
  return (endpoint: string): Promise<Client> => {
    const known = clients.get(endpoint)
    if (known !== undefined) return known
    const oldest = clients.keys().next()
    if (clients.size >= most && !oldest.done) clients.delete(oldest.value)
    const client = create(endpoint)
    clients.set(endpoint, client)
    return client
  }
}

/** SDKs have timers of their own; ours decide, so theirs lie beyond the longest that a timer can wait for a call of ours. */
export const beyondOurDeadlinesMs = 24 * 3_600_000

/** SDKs want a key although the transport adds it; this never leaves, the transport replaces or drops the header. */
export const keyIsAddedLater = 'added-by-the-transport'

/** Asks an API that no SDK of ours knows, and reads its JSON. `body`: posted; absent: a GET. */
export async function requestJson(
  open: OpenCall,
  url: string,
  options: { method?: 'GET' | 'POST' | 'DELETE'; body?: unknown; rules?: StatusRules | undefined } = {},
): Promise<Outcome<unknown>> {
  const { body, rules = reasonOfStatus } = options
  const { method = body === undefined ? 'GET' : 'POST' } = options
  const accept = { accept: 'application/json' }
  const posted = {
    method,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...accept },
  }
  try {
    const response = await open.exchange.fetch(url, body === undefined ? { method, headers: accept } : posted)
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
  return body === null
    ? fail(invalidResponse('not_json', localizable('it is not valid JSON'), open.context()))
    : succeed(body)
}
