import { Buffer } from 'node:buffer'

const receiptsStart = Buffer.from(',"receipts":{')

/**
 * A million lines pass here. More than half of a line is its receipts, which come last and are the same for all items of a call: those
 * of the line before are not parsed again. Within a text a quotation mark would be escaped, so that the receipts begin where they seem
 * to. `undefined`: not JSON.
 */
export function createLineJson(): (bytes: Buffer) => unknown {
  let last: { end: Buffer; receipts: unknown } | null = null
  return (bytes) => {
    const at = bytes.indexOf(receiptsStart)
    const end = at === -1 ? null : bytes.subarray(at)
    if (last && end?.equals(last.end)) {
      const line = parseJson(`${bytes.toString('utf8', 0, at)}}}`)
      const result = resultIn(line)
      if (result) {
        result.receipts = last.receipts
        return line
      }
    }
    const line = parseJson(bytes.toString())
    const result = resultIn(line)
    if (result && end) last = { end: Buffer.from(end), receipts: result.receipts }
    return line
  }
}

function resultIn(line: unknown): { receipts?: unknown } | null {
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
