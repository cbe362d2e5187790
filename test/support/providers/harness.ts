import { afterEach, beforeEach } from 'vitest'
import type { CompletionRequest, DecisionRequest, EmbeddingRequest } from '../../../server/providers/adapter.ts'
import { createTransport, type Transport } from '../../../server/providers/transport.ts'
import { adapter, type CallOptions, completionRequest, networkKind, providerCall } from './networkKinds.ts'
import { recorded, replay } from './recordedBodies.ts'
import { type ScriptedServer, startScriptedServer } from './scriptedServer.ts'

export interface Harness {
  readonly server: ScriptedServer
  readonly transport: Transport
  complete(kind: string, change?: Partial<CompletionRequest>, options?: Partial<CallOptions>): CompletionResult
  embed(kind: string, request: Partial<EmbeddingRequest>, options?: Partial<CallOptions>): EmbeddingResult
  decide(kind: string, request: DecisionRequest, options?: Partial<CallOptions>): DecisionResult
  /** The bodies that were sent, in order. */
  bodies(): Record<string, unknown>[]
  /** The body that a kind sends for a request. */
  sent(kind: string, change?: Partial<CompletionRequest>, config?: object): Promise<Record<string, unknown>>
}

type Adapter = ReturnType<typeof adapter>
type CompletionResult = ReturnType<Adapter['complete']>
type DecisionResult = ReturnType<NonNullable<Adapter['decide']>>
type EmbeddingResult = ReturnType<NonNullable<Adapter['embed']>>

/** A scripted server and a transport for each test of the file. */
export function useHarness(environment: Record<string, string> = {}): Harness {
  let server: ScriptedServer
  let transport: Transport
  beforeEach(async () => {
    server = await startScriptedServer()
    transport = createTransport({ environment })
  })
  afterEach(async () => {
    await transport.close()
    await server.close()
  })
  const call = (kind: string, options: Partial<CallOptions> = {}) =>
    providerCall(networkKind(kind), { transport, port: server.port, ...options })
  const harness: Harness = {
    get server() {
      return server
    },
    get transport() {
      return transport
    },
    complete: (kind, change = {}, options = {}) =>
      adapter(networkKind(kind)).complete(call(kind, options), completionRequest(change)),
    embed: (kind, request, options = {}) => {
      const { embed } = adapter(networkKind(kind))
      if (!embed) throw new Error(`${kind} has no embeddings`)
      return embed.call(adapter(networkKind(kind)), call(kind, options), {
        model: 'vectors-1',
        texts: ['one'],
        parameters: {},
        ...request,
      })
    },
    decide: (kind, request, options = {}) => {
      const { decide } = adapter(networkKind(kind))
      if (!decide) throw new Error(`${kind} decides nothing`)
      return decide.call(adapter(networkKind(kind)), call(kind, options), request)
    },
    bodies: () => server.requests.map(({ body }) => JSON.parse(body === '' ? 'null' : body) as Record<string, unknown>),
    async sent(kind, change = {}, config = {}) {
      server.play((response) => replay(recorded(kind, 'ok'), response))
      await harness.complete(kind, change, { config: { ...config } })
      return harness.bodies().at(-1) ?? {}
    },
  }
  return harness
}
