import type { Outcome } from '../../protocol/outcome.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { ReadinessFacts } from '../../protocol/reasons.ts'
import { localizable } from '../../shared/message.ts'
import type { AnswerPieces } from './answerPieces.ts'
import { argumentsOf, asText, contentText, readChatMessage, thoughtsOf } from './chatMessage.ts'
import { asFields, type Fields } from './errorBody.ts'
import { BrokenEventError, readEvents, readWholeEvents } from './eventStream.ts'
import { invalidResponse, reasonOfFailure, type StatusRules } from './failureReason.ts'
import { type OpenCall, readWholeJson } from './openCall.ts'
import { RepetitionWatch } from './repetitionWatch.ts'
import type { ExchangeFacts } from './responseReader.ts'

/** A chat completion in the shape of a whole one, whether it came whole or in pieces, asked for or not. */
export async function readChatBody(
  response: Response,
  open: OpenCall,
  pieces: AnswerPieces | null,
): Promise<Outcome<unknown>> {
  return await readBody(response, open, (events) => collectStream(events, pieces))
}

/** An answer that is one JSON document, or is put together by `collect` of its events. */
export async function readBody(
  response: Response,
  open: OpenCall,
  collect: (events: AsyncIterable<unknown> | Iterable<unknown>) => Promise<unknown>,
): Promise<Outcome<unknown>> {
  const { facts } = open.exchange
  if (facts.bodyKind === 'stream') return succeed(await collect(readEvents(response.body)))
  const whole = readWholeJson(open)
  if (whole.ok) return whole
  const events = eventsIn(facts)
  return events.length > 0 ? succeed(await collect(events)) : whole
}

/** JSON that is cut off is no list of events: it is told as what it is. */
function eventsIn({ body, bodyKind }: ExchangeFacts): unknown[] {
  try {
    return readWholeEvents(body?.toString() ?? '')
  } catch (error) {
    if (bodyKind === 'json' && error instanceof BrokenEventError) return []
    throw error
  }
}

/** Why reading an answer failed. */
export function reasonOfBrokenAnswer(error: unknown, open: OpenCall, rules: StatusRules): ReadinessFacts {
  const context = open.context()
  if (!(error instanceof BrokenEventError)) return reasonOfFailure(error, context, rules)
  return error.isLast
    ? invalidResponse('truncated', localizable('it ends before it is complete'), context)
    : invalidResponse('not_json', localizable('it is not valid JSON'), context)
}

/** Puts a streamed answer together in the shape of a whole one. */
async function collectStream(
  events: AsyncIterable<unknown> | Iterable<unknown>,
  pieces: AnswerPieces | null,
): Promise<unknown> {
  const answer = new ChatPieces(pieces)
  try {
    return await collectInto(answer, events)
  } finally {
    pieces?.flush()
  }
}

async function collectInto(answer: ChatPieces, events: AsyncIterable<unknown> | Iterable<unknown>): Promise<unknown> {
  for await (const event of events) {
    const fields = asFields(event)
    if (fields?.error != null) return { error: fields.error }
    // Leaving the loop ends the call: what is not read is not paid for.
    if (fields !== null && answer.add(fields) === repeatsItself) break
  }
  return answer.whole()
}

/** Ends of an answer that no server gives as a reason. */
export const repeatsItself = Symbol('repeats itself')
export const brokenOff = Symbol('broken off')

class ChatPieces {
  readonly #text = { content: '', refusal: '', thoughts: '' }
  /** By the place that the pieces name. */
  readonly #calls = new Map<number, string>()
  /** A message that came at once. */
  #message: Fields | null = null
  /** Of all tokens, where they were asked for. */
  readonly #logprobs: unknown[] = []
  #isChat = false
  #finish: unknown = null
  #error: unknown = null
  #usage: unknown = null
  #timings: unknown = null
  #model: unknown = null
  readonly #watch = new RepetitionWatch()
  readonly #pieces: AnswerPieces | null

  constructor(pieces: AnswerPieces | null) {
    this.#pieces = pieces
  }

  /** Answers `repeatsItself` once nothing else comes. */
  add(event: Fields): unknown {
    this.#usage = event.usage ?? this.#usage
    this.#timings = event.timings ?? this.#timings
    this.#model = event.model ?? this.#model
    if (!Array.isArray(event.choices)) return null
    this.#isChat = true
    // Only one answer was asked for; another one among its pieces is not part of it.
    const choice = event.choices.map(asFields).find((each) => each !== null && Number(each.index ?? 0) === 0)
    if (!choice) return null
    this.#finish = choice.finish_reason ?? this.#finish
    this.#error = choice.error ?? this.#error
    this.#message = asFields(choice.message) ?? this.#message
    const logprobs = asFields(choice.logprobs)?.content
    if (Array.isArray(logprobs)) this.#logprobs.push(...logprobs)
    const written = this.#addPiece(asFields(choice.delta), choice.text)
    if (this.#finish === null && this.#watch.add(written)) this.#finish = repeatsItself
    return this.#finish
  }

  /** Answers what was written. */
  #addPiece(delta: Fields | null, text: unknown): string {
    const content = delta === null ? asText(text) : contentText(delta.content)
    const thoughts = thoughtsOf(delta)
    let called = ''
    this.#text.content += content
    this.#pieces?.add(content)
    this.#text.thoughts += thoughts
    this.#text.refusal += asText(delta?.refusal)
    const calls = Array.isArray(delta?.tool_calls) ? delta.tool_calls : []
    argumentsOf(delta).forEach((piece, position) => {
      const named = asFields(calls[position])?.index
      const place = typeof named === 'number' ? named : position
      const written = typeof piece === 'string' || piece == null ? asText(piece) : JSON.stringify(piece)
      called += written
      this.#calls.set(place, (this.#calls.get(place) ?? '') + written)
    })
    return content || called || thoughts
  }

  /** A stream that ends in good order without saying that the answer is complete was cut off. */
  whole(): unknown {
    const told = { usage: this.#usage, timings: this.#timings, model: this.#model }
    if (!this.#isChat) return told
    const { content, refusal, thoughts } = this.#text
    const calls = [...this.#calls.values()].map((written) => ({ function: { arguments: written } }))
    const pieces = { content, refusal, reasoning_content: thoughts, tool_calls: calls }
    const isWhole = this.#message !== null && readChatMessage({ message: this.#message }).text !== ''
    const message = isWhole ? this.#message : pieces
    const logprobs = this.#logprobs.length > 0 ? { content: this.#logprobs } : null
    const choice = { finish_reason: this.#finish ?? brokenOff, message, error: this.#error, logprobs }
    return { choices: [choice], ...told }
  }
}
