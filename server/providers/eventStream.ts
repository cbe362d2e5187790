import { parseJson } from './errorBody.ts'

/** How a streamed answer broke: in the middle, or at its end, where more was to come. */
export class BrokenEventError extends Error {
  readonly isLast: boolean
  constructor(isLast: boolean) {
    super('a broken event')
    this.isLast = isLast
  }
}

/** After the last event a connection is read to its end, so that it can be used again; one that stays open is given up after so long. */
const drainMs = 1000

/**
 * The JSON values of a streamed answer, whatever they are wrapped in: events of server-sent events with or without empty lines between
 * them, lines of JSON, or one whole JSON document. Events that hold no JSON (pings, comments as data, words such as [DONE]) are left out.
 * Throws a `BrokenEventError` for JSON that is cut off or damaged: what it would have said must not be missed.
 */
export async function* readEvents(body: ReadableStream<Uint8Array> | null): AsyncGenerator<unknown, void> {
  if (body === null) return
  const decoder = new TextDecoder()
  const events = new EventReader()
  const reader = body.getReader()
  let isDrained = false
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      yield* events.push(decoder.decode(read.value, { stream: true }))
      if (events.isDone) {
        isDrained = true
        drain(reader)
        return
      }
    }
    yield* events.push(decoder.decode())
    yield* events.end()
  } finally {
    if (!isDrained) reader.cancel().catch(() => {})
  }
}

/** The same of an answer that is there as a whole. */
export function readWholeEvents(text: string): unknown[] {
  const events = new EventReader()
  return [...events.push(text), ...events.end()]
}

function drain(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), drainMs)
  timer.unref()
  const next = (): Promise<void> => reader.read().then(({ done }) => (done ? undefined : next()))
  next()
    .catch(() => {})
    .finally(() => clearTimeout(timer))
}

/** How often an event of several lines is tried, since each try reads it from its beginning. */
const mostTries = 64

/** Puts lines together to the JSON values that they hold. */
class EventReader {
  #rest = ''
  #open = ''
  /** What is open stands in events and not in lines of its own. */
  #isFramed = false
  #tries = 0
  #isDone = false

  /** The server said that nothing more comes. */
  get isDone(): boolean {
    return this.#isDone
  }

  *push(text: string): Generator<unknown, void> {
    // A carriage return at the end may be the first half of a line end.
    const hasLineEnd = /[\r\n]/.test(text) || this.#rest.endsWith('\r')
    this.#rest += text
    if (!hasLineEnd) return
    const parts = this.#rest.split(/\r\n|\n|\r(?!$)/)
    this.#rest = parts.pop() ?? ''
    for (const line of parts) yield* this.#line(line)
  }

  *end(): Generator<unknown, void> {
    yield* this.#line(this.#rest)
    this.#rest = ''
    const value = this.#close()
    if (value !== undefined) yield value
    else if (this.#open !== '') throw new BrokenEventError(true)
  }

  *#line(line: string): Generator<unknown, void> {
    if (this.#isDone) return
    const payload = payloadOf(line)
    if (payload === null) return
    if (line.trim() === '') {
      // Within JSON that stands there without any framing, an empty line means nothing.
      if (this.#open === '' || !this.#isFramed) return
      const value = this.#close()
      if (value === undefined) throw new BrokenEventError(false)
      yield value
      return
    }
    if (this.#open === '') {
      if (/^\[done\]$/i.test(payload)) this.#isDone = true
      if (this.#isDone || !/^[[{]/.test(payload) || /^\[[a-z_ -]+\]$/i.test(payload)) return
      this.#isFramed = payload !== line.trim()
    }
    this.#open += `${payload}\n`
    const value = /[}\]]$/.test(payload) && this.#tries++ < mostTries ? this.#close() : undefined
    if (value !== undefined) yield value
  }

  /** The value of what is open, which ends with it; undefined while it is not complete. */
  #close(): unknown {
    const value = this.#open === '' ? null : parseJson(this.#open)
    if (value === null) return undefined
    this.#open = ''
    this.#tries = 0
    return value
  }
}

const framing = /^\s*data:\s*/
const otherField = /^\s*(?:event|id|retry)\s*:|^:/

/** What a line carries, out of its framing; null: nothing of the answer, as a comment or the name of an event. */
export function payloadOf(line: string): string | null {
  const bare = line.replace(/^\uFEFF/, '')
  if (framing.test(bare)) {
    const payload = bare.replace(framing, '').trim()
    return payload === '' || payload.startsWith(':') ? null : payload
  }
  return otherField.test(bare) ? null : bare.trim()
}

/** Whether a body that calls itself something else is framed as events. */
export function looksLikeEvents(text: string): boolean {
  return /^\uFEFF?\s*(?:data:|event:|id:|retry:|:)/.test(text)
}
