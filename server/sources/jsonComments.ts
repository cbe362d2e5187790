import { Buffer } from 'node:buffer'
import type { Outcome } from '../../protocol/outcome.ts'
import type { OpenedFile } from './openedFile.ts'

const slash = 0x2f
const star = 0x2a
const lineFeed = 10
const quote = 0x22
const backslash = 0x5c
const space = 0x20

type State = 'outside' | 'string' | 'escaped' | 'slash' | 'line' | 'block' | 'star'

/** The same document with spaces where comments stand, so that every line stays where it is. */
export function withoutJsonComments(file: OpenedFile): OpenedFile {
  const head = new CommentBlanker().blank(file.head)
  if (head.equals(file.head)) return file
  return { ...file, head, chunks: () => blankChunks(file.chunks()) }
}

async function* blankChunks(
  chunks: AsyncGenerator<Buffer, Outcome<null>, void>,
): AsyncGenerator<Buffer, Outcome<null>, void> {
  const blanker = new CommentBlanker()
  try {
    for (;;) {
      const next = await chunks.next()
      if (next.done) return next.value
      yield blanker.blank(next.value)
    }
  } finally {
    await chunks.return?.(undefined as never)
  }
}

/** Piece by piece; see `withoutJsonComments`. */
export class CommentBlanker {
  #state: State = 'outside'

  /** A slash at the very end of a piece stays: outside of strings only a comment has one. */
  blank(chunk: Buffer): Buffer {
    const out = Buffer.from(chunk)
    for (let at = 0; at < out.length; at++) {
      const byte = out[at] as number
      const before = this.#state
      this.#state = follow(before, byte)
      const isComment =
        this.#state === 'line' || this.#state === 'block' || this.#state === 'star' || this.#state === 'slash'
      const isEnd = before === 'star' && byte === slash
      if ((isComment || isEnd) && byte !== lineFeed) out[at] = space
    }
    return out
  }
}

function follow(state: State, byte: number): State {
  switch (state) {
    case 'outside':
      return byte === quote ? 'string' : byte === slash ? 'slash' : 'outside'
    case 'string':
      return byte === backslash ? 'escaped' : byte === quote ? 'outside' : 'string'
    case 'escaped':
      return 'string'
    case 'slash':
      return byte === slash ? 'line' : byte === star ? 'block' : byte === quote ? 'string' : 'outside'
    case 'line':
      return byte === lineFeed ? 'outside' : 'line'
    case 'block':
      return byte === star ? 'star' : 'block'
    case 'star':
      return byte === slash ? 'outside' : byte === star ? 'star' : 'block'
    default:
      return state satisfies never
  }
}
