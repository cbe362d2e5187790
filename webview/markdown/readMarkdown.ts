import { defaults, Lexer, type Token, Tokenizer } from 'marked'
import { longestAddress, openableAddress } from '../../protocol/threadsPage.ts'

// Only what a text consists of is taken from the library: it never makes HTML here, and what it finds is drawn as text and plain elements.

/** In characters. What is longer is shown as it is written: nobody reads it for its headings. */
const longestRead = 200_000
/** Of one paragraph or cell, in characters, and in marks of emphasis: what costs the square of its length stays short. */
const longestInline = 10_000
const mostMarks = 500
/** Blocks, items and cells of one text: a page of more is slow. */
const mostParts = 8_000
const longWord = /\S{1000}/
/** So many quotes and lists within each other at the beginning of a line are no writing. */
const nestedMarkers = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))){16}/m
/** What turns the direction of writing makes a text read otherwise than it is; other controls are nothing to see. */
const unseen = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** HTML is text: what looks like a tag is passed over, so that it stands where it was written. Blocks of it are found, and drawn as text. */
class TextTokenizer extends Tokenizer {
  override tag(): undefined {}
}

/** The blocks of a text. Whatever it is, there are some: what is too long, too deep or too odd is one block of text. */
export function readMarkdown(text: string): Token[] {
  return lex(clean(text))
}

/** A text as it is read here: lines end in one way, and nothing in it is other than it looks. */
export function clean(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(unseen, '')
}

/** Reads a text that grows: only what is new, and the blocks before it that this may still change, are read again. */
export class GrowingMarkdown {
  #settled: Token[] = []
  /** What the settled blocks were read from. */
  #source = ''

  /** The blocks of the text as it is now. Those that are settled are the same objects as before. */
  read(text: string): readonly Token[] {
    const cleaned = clean(text)
    if (cleaned.length > longestRead) return [plain(cleaned)]
    if (!cleaned.startsWith(this.#source)) this.#forget()
    const rest = lex(cleaned.slice(this.#source.length))
    const tokens = [...this.#settled, ...rest]
    for (const token of rest.slice(0, -unsettled)) {
      // What the library has written otherwise than it stood there cannot be skipped by its length.
      if (!cleaned.startsWith(token.raw, this.#source.length)) break
      this.#settled.push(token)
      this.#source += token.raw
    }
    return tokens
  }

  #forget(): void {
    this.#settled = []
    this.#source = ''
  }
}

/** A blank line, what it stands behind, and the block that is being written. */
const unsettled = 3

function lex(text: string): Token[] {
  if (text.length > longestRead || nestedMarkers.test(text)) return [plain(text)]
  const lexer = new Lexer({ ...defaults, tokenizer: new TextTokenizer() })
  try {
    lexer.blockTokens(text, lexer.tokens)
    if (lexer.tokens.length + lexer.inlineQueue.length > mostParts) return [plain(text)]
    for (const { src, tokens } of lexer.inlineQueue) {
      if (isCostly(src)) tokens.push(plain(src))
      else lexer.inlineTokens(src, tokens)
    }
    return [...lexer.tokens]
  } catch {
    // Whoever writes the text decides what is in it: a reader that gives up on it is no bug of ours, and the text is still there.
    return [plain(text)]
  }
}

function isCostly(text: string): boolean {
  return text.length > longestInline || longWord.test(text) || text.split(/[*_~]/, mostMarks + 1).length > mostMarks
}

function plain(text: string): Token {
  return { type: 'plain', raw: text, text }
}

const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }
const reference = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}));/gi
const lastCodePoint = 0x10ffff

/** `&lt;` as it is meant, of the names that models write; any other stays as it stands. What turns the direction of writing does, too. */
export function decodeReferences(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(reference, (whole, decimal: string, hexadecimal: string, name: string) => {
    if (name !== undefined) return names[name.toLowerCase()] ?? whole
    const point = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal)
    return point <= lastCodePoint && isSeen(point) ? String.fromCodePoint(point) : whole
  })
}

function isSeen(point: number): boolean {
  return point >= 0x20 && !/[\p{C}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(String.fromCodePoint(point))
}

/**
 * Where a link leads, written as it is sent: names of hosts in the letters that they have on the wire, so that one that only looks like
 * another is seen. Null: it leads nowhere that may be opened.
 */
export function readAddress(href: string): string | null {
  const url = URL.canParse(href) ? new URL(href) : null
  if (url === null || !openableAddress.test(url.href) || url.href.length > longestAddress) return null
  return url.href
}
