import type { Outcome } from '../../protocol/outcome.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { ProviderAdapter, ProviderCall } from './adapter.ts'
import { checkDeadlines, type Deadlines } from './deadlines.ts'
import type { Exchange } from './exchange.ts'
import type { FailureContext } from './failureReason.ts'
import { admitKey } from './keyRules.ts'

/** A call that may go out: everything allowed, the key in its headers, nothing sent yet. */
export interface OpenCall {
  endpoint: string
  exchange: Exchange
  /** For reasons; the time is that of the asking. */
  context(): FailureContext
}

export type Caller<Config> = Pick<ProviderAdapter<Config>, 'key'> & { endpoint(config: Config): string }

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
}

/** `model` is null for checks and lists, which somebody waits for: they have deadlines of their own. */
export function openCall<Config>(
  adapter: Caller<Config>,
  call: ProviderCall<Config>,
  model: string | null,
  options: OpenOptions = {},
): Outcome<OpenCall> {
  const { provider, config, transport, signal } = call
  const { keyHeaders = bearer, headers = {}, secrets = [], maxResponseBytes } = options
  const endpoint = adapter.endpoint(config)
  const key = admitKey({ provider, need: adapter.key.need, endpoint, config, key: call.key })
  if (!key.ok) return key
  const deadlines = {
    ...(model === null ? checkDeadlines : {}),
    ...(options.timeoutSeconds === undefined ? {} : { totalMs: options.timeoutSeconds * 1000 }),
    ...options.deadlines,
    ...call.deadlines,
  }
  const exchange = transport.open({
    signal,
    deadlines,
    headers: { ...headers, ...(key.value === null ? {} : keyHeaders(key.value)) },
    secrets: key.value === null ? secrets : [key.value, ...secrets],
    maxResponseBytes,
  })
  return succeed({
    endpoint,
    exchange,
    context: () => ({ provider, endpoint, model, exchange, now: transport.now() }),
  })
}
