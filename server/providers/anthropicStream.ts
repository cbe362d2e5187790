import type { AnswerPieces } from './answerPieces.ts'
import { asText } from './chatMessage.ts'
import { asFields, type Fields } from './errorBody.ts'

/** Puts a message together that came as a stream, which some gateways send unasked. Without its end it was cut off. */
export async function collectMessage(
  events: AsyncIterable<unknown> | Iterable<unknown>,
  pieces: AnswerPieces | null,
): Promise<unknown> {
  try {
    return await collect(events, pieces)
  } finally {
    pieces?.flush()
  }
}

async function collect(
  events: AsyncIterable<unknown> | Iterable<unknown>,
  pieces: AnswerPieces | null,
): Promise<unknown> {
  const blocks = new Map<number, Record<string, unknown>>()
  let message: Fields = {}
  let stop: unknown = null
  let usage: Fields = {}
  for await (const event of events) {
    const fields = asFields(event)
    if (fields?.error != null) return { error: fields.error }
    if (fields?.type === 'message' && Array.isArray(fields.content)) return fields
    if (fields === null) continue
    message = asFields(fields.message) ?? message
    usage = { ...usage, ...asFields(asFields(fields.message)?.usage), ...asFields(fields.usage) }
    if (fields.type === 'message_delta') stop = asFields(fields.delta)?.stop_reason ?? stop
    addToBlock(blocks, fields)
    const said = fields.type === 'content_block_start' ? fields.content_block : fields.delta
    pieces?.add(asText(asFields(said)?.text))
  }
  return { ...message, content: [...blocks.values()], stop_reason: stop ?? 'max_tokens', usage }
}

function addToBlock(blocks: Map<number, Record<string, unknown>>, { type, index, content_block, delta }: Fields): void {
  const place = typeof index === 'number' ? index : 0
  if (type === 'content_block_start') blocks.set(place, { ...asFields(content_block) })
  const block = blocks.get(place)
  const piece = asFields(delta)
  if (type !== 'content_block_delta' || !block || piece === null) return
  if (typeof piece.text === 'string') block.text = asText(block.text) + piece.text
  if (typeof piece.partial_json === 'string') block.input = asText(block.input) + piece.partial_json
}
