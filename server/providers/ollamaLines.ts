import { asFields, parseJson } from './errorBody.ts'

/** A line of a streamed answer that is no step of one. `said`: what the server reported as an error in it. */
export class BrokenLineError extends Error {
  readonly isLast: boolean
  readonly said: unknown
  constructor(isLast: boolean, said?: unknown) {
    super('a broken line')
    this.isLast = isLast
    this.said = said
  }
}

/**
 * Looks at streamed lines before the Ollama SDK does: it prints every line that it cannot read to the console, where
 * the terminal's output is, skips it, and loses what an error line says beyond its text.
 */
export function withWholeLines(send: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init)
    if (!/\/api\/(chat|pull)$/.test(String(input)) || !response.ok || response.body === null) return response
    return new Response(checkLines(response.body), { status: response.status })
  }
}

function checkLines(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const decoder = new TextDecoder()
  let rest = ''
  const lines = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, out) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = parts.pop() ?? ''
      for (const line of parts) pass(line, false, out)
    },
    flush(out) {
      pass(rest + decoder.decode(), true, out)
    },
  })
  return body.pipeThrough(lines)
}

const encoder = new TextEncoder()

function pass(line: string, isLast: boolean, out: TransformStreamDefaultController<Uint8Array>): void {
  if (line.trim() === '') return
  const fields = asFields(parseJson(line))
  if (fields === null) out.error(new BrokenLineError(isLast))
  else if (fields.error != null) out.error(new BrokenLineError(isLast, fields.error))
  else out.enqueue(encoder.encode(`${line}\n`))
}
