import { Buffer } from 'node:buffer'

const receiptsStart = Buffer.from(',"receipts":{')

/** What a result says from its receipts on. */
interface ResultEnd {
  receipts?: unknown
  reusedFrom?: unknown
}

/**
 * A million lines pass here. More than half of a line are its receipts, and behind them at most the run that they were taken over from:
 * the same for all items of a call, so that the end of the line before is not parsed again. Within a text a quotation mark would be
 * escaped, so that the receipts begin where they seem to.
 */
export class LineParser {
  #last: { bytes: Buffer; end: ResultEnd } | null = null

  /** `undefined`: not JSON. */
  parse(bytes: Buffer): unknown {
    const at = bytes.indexOf(receiptsStart)
    const endBytes = at === -1 ? null : bytes.subarray(at)
    if (this.#last && endBytes?.equals(this.#last.bytes)) {
      const line = parseJson(`${bytes.toString('utf8', 0, at)}}}`)
      const result = resultIn(line)
      if (result) {
        Object.assign(result, this.#last.end)
        return line
      }
    }
    const line = parseJson(bytes.toString())
    const result = resultIn(line)
    if (result && endBytes)
      this.#last = endsAsExpected(result) ? { bytes: Buffer.from(endBytes), end: endOf(result) } : null
    return line
  }
}

/** Whatever else stood behind the receipts would be lost with them. */
function endsAsExpected(result: ResultEnd): boolean {
  const names = Object.keys(result)
  return names.slice(names.indexOf('receipts') + 1).every((name) => name === 'reusedFrom')
}

function endOf({ receipts, reusedFrom }: ResultEnd): ResultEnd {
  return { receipts, ...(reusedFrom === undefined ? {} : { reusedFrom }) }
}

function resultIn(line: unknown): ResultEnd | null {
  const { result } = (line ?? {}) as { result?: unknown }
  return typeof result === 'object' ? result : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
