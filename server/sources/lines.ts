import { Buffer, isUtf8 } from 'node:buffer'
import type { Outcome } from '../../protocol/outcome.ts'
import type { OpenedFile } from './openedFile.ts'

/** A physical line without its end. `problem`: its text could not be taken. */
export interface Line {
  /** From 1. */
  number: number
  text: string
  problem: 'too_long' | 'encoding' | null
}

const lineFeed = 10
const carriageReturn = 13

/**
 * Splits at line feeds only (or at carriage returns in a file that has nothing else). Node's readline also splits at U+2028 and
 * U+2029, which may stand inside a JSON string.
 */
export async function* readLines(file: OpenedFile, longestBytes: number): AsyncGenerator<Line[], Outcome<null>, void> {
  const splitter = new LineSplitter(lineEndOf(file), longestBytes)
  const chunks = file.chunks()
  try {
    for (;;) {
      const next = await chunks.next()
      if (next.done) {
        if (next.value.ok) yield splitter.finish()
        return next.value
      }
      const lines = splitter.split(next.value)
      if (lines.length > 0) yield lines
    }
  } finally {
    await chunks.return?.(undefined as never)
  }
}

/** How many lines hold more than white space, a number for each piece of the file; nothing of them is made into text. */
export async function* countLines(file: OpenedFile): AsyncGenerator<number, Outcome<null>, void> {
  const end = lineEndOf(file)
  const chunks = file.chunks()
  let isBlank = true
  try {
    for (;;) {
      const next = await chunks.next()
      if (next.done) {
        if (!isBlank) yield 1
        return next.value
      }
      let [lines, from] = [0, 0]
      for (let at = next.value.indexOf(end); at !== -1; at = next.value.indexOf(end, from)) {
        if (!isBlank || !isWhite(next.value, from, at)) lines++
        isBlank = true
        from = at + 1
      }
      isBlank &&= isWhite(next.value, from, next.value.length)
      yield lines
    }
  } finally {
    await chunks.return?.(undefined as never)
  }
}

function isWhite(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number
    // What is no ASCII may be white, too: a mark of byte order, a wide space.
    if (byte >= 0x80) return bytes.toString('utf8', at, to).trim() === ''
    if (byte > 0x20 || byte < 0x09) return false
  }
  return true
}

function lineEndOf({ head }: OpenedFile): number {
  return head.includes(carriageReturn) && !head.includes(lineFeed) ? carriageReturn : lineFeed
}

class LineSplitter {
  readonly #end: number
  readonly #longestBytes: number
  #number = 0
  /** The beginning of a line whose end has not come yet. */
  #pending: Buffer[] = []
  #pendingBytes = 0

  constructor(end: number, longestBytes: number) {
    this.#end = end
    this.#longestBytes = longestBytes
  }

  split(chunk: Buffer): Line[] {
    const lines: Line[] = []
    let from = 0
    for (let at = chunk.indexOf(this.#end); at !== -1; at = chunk.indexOf(this.#end, from)) {
      lines.push(this.#take(chunk.subarray(from, at)))
      from = at + 1
    }
    this.#keep(chunk.subarray(from))
    return lines
  }

  /** The last line, when the file does not end with a line end. */
  finish(): Line[] {
    return this.#pendingBytes > 0 ? [this.#take(Buffer.alloc(0))] : []
  }

  #take(rest: Buffer): Line {
    const number = ++this.#number
    const whole = this.#pending.length === 0 ? rest : Buffer.concat([...this.#pending, rest])
    const length = this.#pendingBytes + rest.length
    this.#pending = []
    this.#pendingBytes = 0
    return length > this.#longestBytes ? { number, text: '', problem: 'too_long' } : decodeLine(number, whole)
  }

  #keep(rest: Buffer): void {
    this.#pendingBytes += rest.length
    // A line beyond the limit is only counted, or one line of a gigabyte would be in memory whole.
    if (this.#pendingBytes > this.#longestBytes) this.#pending = []
    // Copied, because the chunk's memory is used again for the next one.
    else if (rest.length > 0) this.#pending.push(Buffer.from(rest))
  }
}

function decodeLine(number: number, bytes: Buffer): Line {
  const text = bytes.toString('utf8', 0, bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length)
  // The replacement character is rare, so the exact check is, too.
  if (text.includes('\uFFFD') && !isUtf8(bytes)) return { number, text, problem: 'encoding' }
  return { number, text, problem: null }
}
