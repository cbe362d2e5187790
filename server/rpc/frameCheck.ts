import { Buffer } from 'node:buffer'

const headerEnd = Buffer.from('\r\n\r\n')
/** Two short lines. */
const longestHeader = 4096
/** Pages of a hundred rows and texts of files are far below. */
const longestBody = 1024 * 1024 * 1024

/**
 * Follows the frames of a stream, each `Content-Length: N`, an empty line and N bytes. The reader of the connection falls silent for ever
 * where one is broken: nothing after it can be understood, and nobody would learn why.
 */
export class FrameCheck {
  #header = Buffer.alloc(0)
  #bodyLeft = 0

  /** Takes the next bytes. What is wrong with the stream, in words; null: nothing so far. */
  push(bytes: Buffer): string | null {
    for (let at = 0; at < bytes.length; ) {
      if (this.#bodyLeft > 0) {
        const skipped = Math.min(this.#bodyLeft, bytes.length - at)
        this.#bodyLeft -= skipped
        at += skipped
        continue
      }
      const before = this.#header.length
      this.#header = Buffer.concat([this.#header, bytes.subarray(at, at + longestHeader + headerEnd.length - before)])
      if (!/^[A-Za-z][A-Za-z-]*(?:$|:)/.test(this.#header.toString('latin1')))
        return 'a message does not begin with its header'
      const end = this.#header.indexOf(headerEnd)
      if (end === -1) {
        if (this.#header.length >= longestHeader) return 'the header of a message does not end'
        return null
      }
      const length = lengthIn(this.#header.toString('latin1', 0, end))
      if (typeof length === 'string') return length
      at += end + headerEnd.length - before
      this.#header = Buffer.alloc(0)
      this.#bodyLeft = length
    }
    return null
  }
}

/** Or what is wrong with it. */
function lengthIn(header: string): number | string {
  const lines = header.split('\r\n').map((line) => /^([A-Za-z-]+): *([^\r\n]*)$/.exec(line))
  if (lines.includes(null)) return 'the header of a message is not one'
  const length = lines.find((line) => line?.[1]?.toLowerCase() === 'content-length')?.[2]?.trim()
  if (length === undefined) return 'the header of a message has no Content-Length'
  if (!/^\d{1,15}$/.test(length)) return 'the Content-Length of a message is no number of bytes'
  return Number(length) > longestBody ? 'the Content-Length of a message is beyond any message' : Number(length)
}
