import type { CompletionRequest, ProviderCall } from '../../../server/providers/adapter.ts'
import type { Deadlines } from '../../../server/providers/deadlines.ts'
import { adapterOf } from '../../../server/providers/registry.ts'
import type { Transport } from '../../../server/providers/transport.ts'

/** What the conformance suite has to know of a kind that calls somebody. */
export interface NetworkKind {
  kind: string
  config(host: string, port: number): Record<string, unknown>
  chatPath: string
  /** Tokens as the recorded answers tell them. */
  usage: { input: number; output: number; cached: number | null }
}

export const networkKinds: readonly NetworkKind[] = [
  {
    kind: 'ollama',
    config: (host, port) => ({ base_url: `http://${host}`, port }),
    chatPath: '/api/chat',
    usage: { input: 120, output: 31, cached: null },
  },
  {
    kind: 'openai',
    config: (host, port) => ({ base_url: `http://${host}:${port}/v1` }),
    chatPath: '/v1/chat/completions',
    usage: { input: 120, output: 31, cached: 64 },
  },
  {
    kind: 'anthropic',
    config: (host, port) => ({ base_url: `http://${host}:${port}` }),
    chatPath: '/v1/messages',
    usage: { input: 120, output: 31, cached: 64 },
  },
  {
    kind: 'openai-compatible',
    config: (host, port) => ({ base_url: `http://${host}:${port}/v1` }),
    chatPath: '/v1/chat/completions',
    usage: { input: 120, output: 31, cached: null },
  },
]

/** An obvious fake, long enough to be masked everywhere, with characters that JSON and URLs write differently. */
export const fakeKey = 'sk-fake-canary/+0123456789"end'

/** The answer that the recorded bodies carry. */
export const recordedAnswer = '{"verdicts":[{"key":"a","interest":7,"quality":6,"reasoning":"On topic – ça va 👍."}]}'

const patient: Deadlines = { connectMs: 5_000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 20_000 }

export interface CallOptions {
  transport: Transport
  host?: string
  port: number
  key?: string | null
  config?: Record<string, unknown>
  deadlines?: Partial<Deadlines>
  signal?: AbortSignal
}

export function providerCall(kind: NetworkKind, options: CallOptions): ProviderCall<unknown> {
  const { transport, host = '127.0.0.1', port, key = fakeKey, signal = new AbortController().signal } = options
  return {
    provider: 'tested',
    config: adapter(kind).configSchema.parse({ ...kind.config(host, port), ...options.config }),
    key,
    transport,
    signal,
    deadlines: { ...patient, ...options.deadlines },
  }
}

export function adapter({ kind }: NetworkKind) {
  const found = adapterOf(kind)
  if (!found) throw new Error(`no kind ${kind}`)
  return found
}

const schema = {
  type: 'object',
  properties: {
    verdicts: {
      type: 'array',
      items: {
        type: 'object',
        properties: { key: { type: 'string' }, interest: { type: 'integer' }, reasoning: { type: 'string' } },
        required: ['key', 'interest', 'reasoning'],
        additionalProperties: false,
      },
    },
  },
  required: ['verdicts'],
  additionalProperties: false,
}

export function completionRequest(change: Partial<CompletionRequest> = {}): CompletionRequest {
  const profile = {
    offered: [],
    hidden: [],
    byName: new Map(),
    interests: '',
    antiInterests: '',
    limits: { categorizeChars: 2000, scoreChars: 4000 },
  }
  return {
    model: 'gpt-9',
    system: 'You rate items.',
    prompt: 'Rate this item. Give the JSON object for each of these keys: "a".',
    output: { name: 'score_verdicts', schema },
    mode: 'schema',
    maxOutputTokens: 500,
    thinking: undefined,
    work: { task: 'scoring', items: [], profile },
    ...change,
  }
}
