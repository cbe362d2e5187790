import type { EmbedRequest } from 'ollama'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { say } from '../../shared/message.ts'
import type { EmbeddingRequest } from './adapter.ts'
import type { EmbeddedBatch } from './embedInBatches.ts'
import { asFields } from './errorBody.ts'
import { invalidResponse, reasonOfFailure, reasonOfUnusableBody } from './failureReason.ts'
import { ollamaClientOf } from './ollamaClient.ts'
import { reasonOfMidStreamError, reasonOfOllamaStatus } from './ollamaReason.ts'
import type { OpenCall } from './openCall.ts'
import { tokens } from './usage.ts'

/** One call for vectors. What is too long is refused rather than cut without a word. */
export async function embedOverOllama(
  open: OpenCall,
  texts: readonly string[],
  { model, parameters }: EmbeddingRequest,
): Promise<Outcome<EmbeddedBatch>> {
  const client = await ollamaClientOf(open)
  const { dimensions, max_tokens } = parameters
  const body: EmbedRequest = {
    model,
    input: [...texts],
    truncate: false,
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(max_tokens === undefined ? {} : { options: { num_ctx: max_tokens } }),
  }
  try {
    const answer: unknown = await client.embed(body)
    const unusable = reasonOfUnusableBody(open.context())
    if (unusable !== null) return fail(unusable)
    const fields = asFields(answer)
    if (fields?.error != null) return fail(reasonOfMidStreamError(fields.error, open.context()))
    const vectors = fields?.embeddings
    if (!Array.isArray(vectors)) return fail(invalidResponse('schema', say('it holds no vectors'), open.context()))
    const usage = { input: tokens(fields?.prompt_eval_count), output: 0, cached: null }
    return succeed({ vectors, usage })
  } catch (error) {
    return fail(reasonOfFailure(error, open.context(), reasonOfOllamaStatus))
  }
}
