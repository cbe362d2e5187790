import type OpenAI from 'openai'
import type { Outcome } from '../../protocol/outcome.ts'
import { succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizable } from '../../shared/message.ts'
import type { EmbeddedBatch } from './embedInBatches.ts'
import { asFields, type Fields } from './errorBody.ts'
import { invalidResponse, reasonOfFailure, reasonOfUnusableBody, type StatusRules } from './failureReason.ts'
import { tokens } from './modelFields.ts'
import { openaiClientOf, type SdkPlace, through } from './openaiChat.ts'
import { reasonOfReportedError } from './openaiChatAnswer.ts'
import type { OpenCall } from './openCall.ts'
import { reasonOfStatus } from './statusReason.ts'

export interface EmbedOptions {
  model: string
  /** What else this API wants, such as the length of the vectors. */
  extra?: Readonly<Record<string, unknown>>
  place?: SdkPlace | undefined
  rules?: StatusRules | undefined
}

/** One call for vectors over an API like OpenAI's. Asked for plainly: without a word the SDK wants base64, which others refuse. */
export async function embedOverOpenai(
  open: OpenCall,
  texts: readonly string[],
  options: EmbedOptions,
): Promise<Outcome<EmbeddedBatch>> {
  const { model, extra = {}, place = { baseUrl: open.endpoint }, rules = reasonOfStatus } = options
  const client = await openaiClientOf(place.baseUrl)
  const body: OpenAI.EmbeddingCreateParams = { model, input: [...texts], encoding_format: 'float', ...extra }
  try {
    const answer: unknown = await client.embeddings.create(body, through(open, place))
    const unusable = reasonOfUnusableBody(open.context())
    return unusable ? fail(unusable) : readVectors(answer, open, rules)
  } catch (error) {
    return fail(reasonOfFailure(error, open.context(), rules))
  }
}

function readVectors(answer: unknown, open: OpenCall, rules: StatusRules): Outcome<EmbeddedBatch> {
  const context = open.context()
  const fields = asFields(answer)
  if (fields?.error != null) return fail(reasonOfReportedError(fields, context, rules))
  if (!Array.isArray(fields?.data)) return fail(invalidResponse('schema', localizable('it holds no vectors'), context))
  const entries = fields.data.map((entry, place) => ({ place, fields: asFields(entry) }))
  // Documented to be in order, but each says its place, and only that counts.
  const inOrder = entries.toSorted((one, other) => placeOf(one) - placeOf(other))
  const usage = asFields(fields.usage)
  const input = tokens(usage?.prompt_tokens) ?? tokens(usage?.total_tokens)
  return succeed({ vectors: inOrder.map(vectorOf), usage: { input, output: 0, cached: null } })
}

interface Entry {
  place: number
  fields: Fields | null
}

function placeOf({ place, fields }: Entry): number {
  return typeof fields?.index === 'number' ? fields.index : place
}

function vectorOf({ fields }: Entry): unknown {
  return fields?.embedding
}
