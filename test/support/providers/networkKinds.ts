import { defaultPrompts } from '../../../server/domain/prompts.ts'
import type { CompletionRequest, ProviderCall } from '../../../server/providers/adapter.ts'
import type { Deadlines } from '../../../server/providers/deadlines.ts'
import { adapterOf } from '../../../server/providers/registry.ts'
import type { Transport } from '../../../server/providers/transport.ts'

/** What the conformance suite has to know of a kind that calls somebody. */
export interface NetworkKind {
  kind: string
  config(host: string, port: number): Record<string, unknown>
  chatPath: string
  /** Absent: as a bearer. */
  keyHeader?: 'api-key'
  /** Tokens as the recorded answers tell them. */
  usage: { input: number; output: number; cached: number | null; reasoning?: number | null }
  /** Whether the recorded answer holds thoughts beside its text. */
  hasThought: boolean
  /** Recorded bodies that this API has nothing like. */
  lacks?: readonly string[]
  /** Where the status of a recorded body is another one than most have. */
  statuses?: Readonly<Record<string, number>>
  /** Which recorded body answers which path when the models are listed. Absent: `models` answers all. */
  lists?: Readonly<Record<string, string>>
  /** It writes no text: what is asserted of completions is not asked of it. */
  decidesOnly?: true
  /** True: not all models are listed, which a check tells. */
  isListPartial?: true
}

const inVersionOne = (host: string, port: number) => ({ base_url: `http://${host}:${port}/v1` })
const atRoot = (host: string, port: number) => ({ base_url: `http://${host}:${port}` })
const versionOneChat = '/v1/chat/completions'

export const networkKinds: readonly NetworkKind[] = [
  {
    kind: 'ollama',
    config: (host, port) => ({ base_url: `http://${host}`, port }),
    chatPath: '/api/chat',
    usage: { input: 120, output: 31, cached: null },
    hasThought: true,
    lacks: ['content-filtered'],
    lists: { '/api/tags': 'models', '/api/version': 'version', '/api/ps': 'loaded' },
  },
  {
    kind: 'openai',
    config: inVersionOne,
    chatPath: versionOneChat,
    usage: { input: 120, output: 31, cached: 64, reasoning: 0 },
    hasThought: false,
  },
  {
    kind: 'anthropic',
    config: atRoot,
    chatPath: '/v1/messages',
    usage: { input: 120, output: 31, cached: 64, reasoning: null },
    hasThought: true,
  },
  {
    kind: 'openai-compatible',
    config: inVersionOne,
    chatPath: versionOneChat,
    usage: { input: 120, output: 31, cached: null, reasoning: null },
    hasThought: true,
  },
  {
    kind: 'google',
    config: (host, port) => ({ base_url: `http://${host}:${port}/v1beta` }),
    chatPath: '/v1beta/openai/chat/completions',
    usage: { input: 120, output: 31, cached: 64, reasoning: 12 },
    hasThought: false,
    statuses: { 'wrong-key': 400 },
  },
  {
    kind: 'deepseek',
    config: atRoot,
    chatPath: '/chat/completions',
    usage: { input: 120, output: 31, cached: 64, reasoning: 12 },
    hasThought: true,
  },
  {
    kind: 'groq',
    config: inVersionOne,
    chatPath: versionOneChat,
    usage: { input: 120, output: 31, cached: 64, reasoning: 12 },
    hasThought: true,
    lacks: ['content-filtered'],
    statuses: { 'rate-limited': 413 },
  },
  {
    kind: 'mistral',
    config: inVersionOne,
    chatPath: versionOneChat,
    usage: { input: 120, output: 31, cached: 64, reasoning: null },
    hasThought: true,
    lacks: ['content-filtered'],
    statuses: { 'model-missing': 400 },
  },
  {
    kind: 'openrouter',
    config: (host, port) => ({ base_url: `http://${host}:${port}/api/v1` }),
    chatPath: '/api/v1/chat/completions',
    usage: { input: 120, output: 31, cached: 64, reasoning: 12 },
    hasThought: true,
    statuses: { 'model-missing': 400 },
    lists: { '/api/v1/key': 'key', '/api/v1/models': 'models', '/api/v1/embeddings/models': 'embedding-models' },
  },
  {
    kind: 'azure',
    config: atRoot,
    chatPath: '/openai/v1/chat/completions',
    keyHeader: 'api-key',
    usage: { input: 120, output: 31, cached: 64, reasoning: 0 },
    hasThought: false,
    isListPartial: true,
  },
  {
    kind: 'cohere',
    config: atRoot,
    chatPath: '/compatibility/v1/chat/completions',
    usage: { input: 120, output: 31, cached: null, reasoning: null },
    hasThought: false,
    lacks: ['content-filtered'],
    statuses: { 'wrong-key': 498 },
  },
  {
    kind: 'typesafe',
    config: atRoot,
    chatPath: '/v1/systemone',
    usage: { input: 120, output: 0, cached: null },
    hasThought: false,
    decidesOnly: true,
  },
]

/** Those that write text. */
export const writingKinds = networkKinds.filter(({ decidesOnly }) => !decidesOnly)

export function networkKind(name: string): NetworkKind {
  const found = networkKinds.find(({ kind }) => kind === name)
  if (!found) throw new Error(`no kind ${name} that calls somebody`)
  return found
}

/** The headers that carry a key to this kind. */
export function keyHeaders(kind: NetworkKind, key: string | null): Record<string, string | undefined> {
  if (key === null) return { authorization: undefined, 'api-key': undefined }
  return kind.keyHeader ? { [kind.keyHeader]: key, authorization: undefined } : { authorization: `Bearer ${key}` }
}

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
    choice: { most: 4, furtherFrom: 0.1 },
    limits: { categorizeChars: 2000, scoreChars: 4000 },
    prompts: defaultPrompts,
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
