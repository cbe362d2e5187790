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

type Caller<Config> = Pick<ProviderAdapter<Config>, 'key'> & { endpoint(config: Config): string }

/** All APIs of today take it this way. */
function bearer(key: string | null): Record<string, string> {
  return key === null ? {} : { authorization: `Bearer ${key}` }
}

/** `model` is null for checks and lists, which somebody waits for: they have deadlines of their own. */
export function openCall<Config>(
  adapter: Caller<Config>,
  call: ProviderCall<Config>,
  model: string | null,
): Outcome<OpenCall> {
  const { provider, config, transport, signal } = call
  const endpoint = adapter.endpoint(config)
  const key = admitKey({ provider, need: adapter.key.need, endpoint, config, key: call.key })
  if (!key.ok) return key
  const deadlines: Partial<Deadlines> | undefined =
    model === null ? { ...checkDeadlines, ...call.deadlines } : call.deadlines
  const exchange = transport.open({ signal, deadlines, headers: bearer(key.value), secret: key.value })
  return succeed({
    endpoint,
    exchange,
    context: () => ({ provider, endpoint, model, exchange, now: transport.now() }),
  })
}
