import { Buffer } from 'node:buffer'
import type { CompletionOutcome, CompletionRequest, ProviderAdapter, ProviderCall } from './adapter.ts'
import type { SentRequest, StoredAnswer } from './batchApi.ts'
import { kindOfBody, responseOf } from './responseReader.ts'
import { Exchange, type ExchangeSetting, type Transport } from './transport.ts'

/** The body that `complete` would post, without posting it. Null: it posts none. */
export async function captureRequest<Config>(
  adapter: Pick<ProviderAdapter<Config>, 'complete'>,
  call: ProviderCall<Config>,
  request: CompletionRequest,
): Promise<SentRequest | null> {
  const offline = new OfflineTransport(call.transport, null)
  await adapter.complete({ ...call, transport: offline }, request)
  return offline.sent
}

/** What `complete` makes of an answer that came another way: the very same reading, with the same reasons. */
export async function replayAnswer<Config>(
  adapter: Pick<ProviderAdapter<Config>, 'complete'>,
  call: ProviderCall<Config>,
  request: CompletionRequest,
  answer: StoredAnswer,
): Promise<CompletionOutcome> {
  return await adapter.complete({ ...call, transport: new OfflineTransport(call.transport, answer) }, request)
}

/** Stands in for the network: notes what would be sent, and answers with what is there. */
class OfflineTransport implements Transport {
  sent: SentRequest | null = null
  readonly #transport: Transport
  readonly #answer: StoredAnswer | null

  constructor(transport: Transport, answer: StoredAnswer | null) {
    this.#transport = transport
    this.#answer = answer
  }

  open(options: Parameters<Transport['open']>[0]): Exchange {
    const { signal, headers, secrets } = options
    return new OfflineExchange({ signal, headers: headers ?? {}, secrets }, this.#answer, (sent) => {
      this.sent ??= sent
    })
  }

  now(): number {
    return this.#transport.now()
  }

  variable(name: string): string | undefined {
    return this.#transport.variable?.(name)
  }

  async close(): Promise<void> {}
}

type OfflineSetting = Pick<ExchangeSetting, 'signal' | 'headers' | 'secrets'>

class OfflineExchange extends Exchange {
  override readonly fetch: typeof fetch

  constructor(setting: OfflineSetting, answer: StoredAnswer | null, onSent: (sent: SentRequest) => void) {
    super({
      ...setting,
      connect: () => {
        throw new Error('nothing is connected')
      },
      proxyOf: () => null,
      deadlines: { connectMs: 0, firstByteMs: 0, idleMs: 0, totalMs: 0 },
      maxResponseBytes: 0,
      streams: false,
    })
    this.fetch = async (input, init) => {
      const sent: unknown = init?.body
      const body = typeof sent === 'string' ? sent : Buffer.from((sent ?? '') as Uint8Array).toString()
      onSent({ url: input instanceof Request ? input.url : String(input), body })
      if (answer === null) throw this.fail({ kind: 'cancelled' })
      const bytes = this.redactBytes(Buffer.from(answer.body))
      const bodyKind = kindOfBody(bytes)
      Object.assign(this.facts, { failure: null, status: answer.status, headers: {}, body: bytes, bodyKind })
      return responseOf(answer.status, bodyKind, bytes)
    }
  }
}
