import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Usage } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import { sumUsage } from '../domain/sumUsage.ts'
import type { Clock } from '../files/clock.ts'
import type { EmbeddingClient } from './connectEmbedding.ts'
import type { VectorFile } from './vectorFile.ts'

export interface MissingText {
  hash: string
  text: string
}

/** What embedding took. */
export interface EmbeddingSpent {
  texts: number
  usages: Usage[]
  /** Null: of one call the price is unknown. */
  costUsd: number | null
}

interface EmbeddingWork {
  client: EmbeddingClient
  vectors: VectorFile
  clock: Pick<Clock, 'wait'>
  spent: EmbeddingSpent
  /** Vectors of another length are no vectors of this base. */
  onLength(found: number, expected: number): Outcome<never>
  onBatch(): void
}

/** Waiting longer than this is for whoever started the build to decide. */
const longestWaitMs = 60_000
const mostWaits = 5

/** Embeds texts batch by batch; each batch is on the disk before the next is sent. The first failure that waiting does not cure ends it. */
export async function embedTexts(
  texts: readonly MissingText[],
  work: EmbeddingWork,
  signal: AbortSignal,
): Promise<Outcome<null>> {
  for (let from = 0; from < texts.length; ) {
    if (signal.aborted) return fail({ code: 'cancelled' })
    const batch = texts.slice(from, from + work.client.batchSize)
    const done = await embedBatch(batch, work, signal)
    if (!done.ok) return done
    from += batch.length
    work.onBatch()
  }
  return succeed(null)
}

async function embedBatch(
  batch: readonly MissingText[],
  work: EmbeddingWork,
  signal: AbortSignal,
): Promise<Outcome<null>> {
  const { client, vectors, spent } = work
  const sent = batch.map(({ text }) => cutFor(client, text))
  const answer = await askPatiently(sent, work, signal)
  if (!answer.ok) return await inHalves(batch, answer.reason, work, signal)
  const { usage, costUsd } = answer.value
  spent.usages.push(usage)
  spent.costUsd = spent.costUsd === null || costUsd === undefined ? null : spent.costUsd + costUsd
  spent.texts += batch.length
  const found = answer.value.vectors[0]?.length ?? 0
  if (vectors.dimensions !== null && found !== vectors.dimensions) return work.onLength(found, vectors.dimensions)
  await vectors.append(batch.map(({ hash }, at) => ({ hash, vector: answer.value.vectors[at] ?? [] })))
  return succeed(null)
}

export function cutFor({ longestText }: EmbeddingClient, text: string): string {
  return longestText === null ? text : text.slice(0, longestText).toWellFormed()
}

/** One text that is looked for, by its beginning where it is too long for the model. */
export async function embedQuery(
  client: EmbeddingClient,
  text: string,
  signal: AbortSignal,
): Promise<Outcome<{ vector: readonly number[]; usage: Usage }>> {
  for (let sent = cutFor(client, text); ; sent = sent.slice(0, Math.floor(sent.length / 2)).toWellFormed()) {
    const answer = await client.embed([sent], signal)
    if (answer.ok) return succeed({ vector: answer.value.vectors[0] ?? [], usage: answer.value.usage })
    if (answer.reason.code !== 'context_too_long' || sent.length < 2 * shortest) return answer
  }
}

async function askPatiently(texts: readonly string[], { client, clock }: EmbeddingWork, signal: AbortSignal) {
  for (let waits = 0; ; waits++) {
    const answer = await client.embed(texts, signal)
    const waitMs = answer.ok ? null : waitOf(answer.reason)
    if (waitMs === null || waits === mostWaits) return answer
    await clock.wait(waitMs, signal)
  }
}

function waitOf(reason: Reason): number | null {
  if (reason.code !== 'rate_limited' && reason.code !== 'overloaded') return null
  const waitMs = reason.retryAfterMs ?? 2000
  return waitMs <= longestWaitMs ? waitMs : null
}

/** What is too long together may have room by halves, and a text that is too long alone by its beginning. */
async function inHalves(
  batch: readonly MissingText[],
  reason: Reason,
  work: EmbeddingWork,
  signal: AbortSignal,
): Promise<Outcome<null>> {
  const isTooLong = reason.code === 'context_too_long'
  const [first] = batch
  if (!isTooLong || !first) return { ok: false, reason }
  if (batch.length > 1) {
    const half = Math.ceil(batch.length / 2)
    const one = await embedBatch(batch.slice(0, half), work, signal)
    return one.ok ? await embedBatch(batch.slice(half), work, signal) : one
  }
  const shorter = first.text.slice(0, Math.floor(first.text.length / 2)).toWellFormed()
  return shorter.length < shortest
    ? { ok: false, reason }
    : await embedBatch([{ ...first, text: shorter }], work, signal)
}

/** In characters. A model that takes less takes nothing of use. */
const shortest = 100

export function usageOf({ usages }: EmbeddingSpent): Usage {
  return usages.length === 0 ? { input: 0, output: 0, cached: 0 } : sumUsage(usages)
}
