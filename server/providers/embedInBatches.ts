import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { EmbeddingParameter } from '../../protocol/models.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { Usage } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import { localizable } from '../../shared/message.ts'
import type { EmbeddingRequest, Embeddings } from './adapter.ts'
import { invalidResponse } from './failureReason.ts'
import { sumTokens } from './modelFields.ts'
import type { OpenCall } from './openCall.ts'

/** What one call for vectors came back with; nothing of it is checked. */
export interface EmbeddedBatch {
  /** In the order of the texts. */
  vectors: readonly unknown[]
  usage: Usage
}

/** What every kind with embeddings supports, because it is done here; the metric says how vectors are to be compared. */
export const commonEmbeddingParameters: readonly EmbeddingParameter[] = [
  'batch_size',
  'timeout_seconds',
  'normalize',
  'distance_metric',
]

export interface EmbeddingWire {
  /** Texts that one call of this kind may carry. */
  mostTexts: number
  /** Opens a call of its own for each batch: its deadlines count from there. */
  open(): Outcome<OpenCall>
  send(open: OpenCall, texts: readonly string[]): Promise<Outcome<EmbeddedBatch>>
}

/** Asks batch by batch; the first failure ends it. Every vector is checked: a missing or odd one would shift all meanings. */
export async function embedInBatches(request: EmbeddingRequest, wire: EmbeddingWire): Promise<Outcome<Embeddings>> {
  const { texts, parameters } = request
  const size = Math.min(wire.mostTexts, parameters.batch_size ?? wire.mostTexts)
  const vectors: number[][] = []
  let usage: Usage | null = null
  let latencyMs = 0
  for (const batch of batchesOf(texts, size)) {
    const open = wire.open()
    if (!open.ok) return open
    const sent = await wire.send(open.value, batch)
    if (!sent.ok) return sent
    const problem = problemOfVectors(sent.value.vectors, batch.length, vectors[0]?.length)
    if (problem !== null) return fail(invalidResponse('schema', problem, open.value.context()))
    vectors.push(...(sent.value.vectors as number[][]))
    usage = usage === null ? sent.value.usage : addUsage(usage, sent.value.usage)
    latencyMs += open.value.exchange.elapsedMs()
  }
  const brought = parameters.normalize === true ? vectors.map(toLengthOne) : vectors
  return succeed({ vectors: brought, usage: usage ?? { input: 0, output: 0, cached: 0 }, latencyMs })
}

/** Short of what any provider takes in one request: OpenAI's limit is 300,000 tokens, and a token may be one character. */
const mostCharacters = 250_000

function* batchesOf(texts: readonly string[], size: number): Generator<readonly string[]> {
  let batch: string[] = []
  let characters = 0
  for (const text of texts) {
    if (batch.length >= size || (batch.length > 0 && characters + text.length > mostCharacters)) {
      yield batch
      batch = []
      characters = 0
    }
    batch.push(text)
    characters += text.length
  }
  if (batch.length > 0) yield batch
}

function problemOfVectors(
  vectors: readonly unknown[],
  wanted: number,
  length: number | undefined,
): LocalizableMessage | null {
  if (vectors.length !== wanted) return localizable('it holds {0} vectors for {1} texts', vectors.length, wanted)
  const isVector = (value: unknown) => Array.isArray(value) && value.length > 0 && value.every(Number.isFinite)
  if (!vectors.every(isVector)) return localizable('a vector in it is not a list of numbers')
  const lengths = new Set((vectors as number[][]).map((vector) => vector.length))
  if (length !== undefined) lengths.add(length)
  return lengths.size > 1 ? localizable('its vectors have different lengths: {0}', [...lengths].join(', ')) : null
}

/** What one call did not report is not known of the sum either. */
function addUsage(before: Usage, more: Usage): Usage {
  const add = (one: number | null, other: number | null) => (one === null || other === null ? null : one + other)
  return { input: add(before.input, more.input), output: sumTokens(before.output, more.output), cached: null }
}

function toLengthOne(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector)
  return length === 0 ? [...vector] : vector.map((value) => value / length)
}
