/**
 * A text as a sparse vector: its words, pairs of neighbouring words, and pieces of two to four characters within words, each weighted
 * by TF-IDF (sublinear term frequency, smoothed inverse document frequency), the whole of unit length. Terms are told apart by 32 bits
 * of FNV-1a; two that meet are one feature, which costs a little accuracy and nothing else.
 */
export interface SparseRow {
  /** Columns of the vocabulary, each once. */
  indices: Uint32Array
  weights: Float32Array
}

/** The distinct terms of a text with how often each is in it. */
export interface TermCounts {
  terms: Uint32Array
  counts: Uint16Array
}

/** How much of a text is looked at, so that a row of megabytes costs no more than a page. */
const mostCharacters = 4000
const [shortestPiece, longestPiece] = [2, 4]
const fnvStart = 0x811c9dc5
const fnvPrime = 0x01000193
/** Marks a hash as that of a pair of words, and of a piece of a word, so that they are other features than the word itself. */
const [pairMark, pieceMark] = [0x9e3779b9, 0x85ebca6b]

const word = /[\p{L}\p{N}]+/gu
const plainAscii = /^[\x20-\x7e]*$/

/** Case and accents make no difference. */
export function countTerms(text: string): TermCounts {
  counter.begin()
  const head = text.slice(0, mostCharacters)
  const plain = plainAscii.test(head) ? head.toLowerCase() : withoutAccents(head)
  let before = fnvStart
  for (const each of plain.match(word) ?? []) {
    const hash = hashOf(each)
    counter.add(hash)
    counter.add(mix(before ^ pairMark, hash))
    before = hash
    addPieces(` ${each} `)
  }
  counter.add(mix(before ^ pairMark, fnvStart))
  return counter.take()
}

function withoutAccents(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
}

/**
 * Counts the terms of one text after the other in one table, since a map a text is most of the work. Twice as many places as terms can be:
 * each character begins at most three pieces, and a word and a pair.
 */
class TermCounter {
  readonly #mask = 2 ** 16 - 1
  readonly #terms = new Uint32Array(this.#mask + 1)
  readonly #counts = new Uint16Array(this.#mask + 1)
  /** The text for which a place was taken last. */
  readonly #texts = new Uint32Array(this.#mask + 1)
  readonly #places = new Uint32Array(this.#mask + 1)
  #text = 0
  #size = 0

  begin(): void {
    this.#size = 0
    if (this.#text++ === 0xffffffff) this.#texts.fill(0)
  }

  add(term: number): void {
    const mask = this.#mask
    for (let place = (term ^ (term >>> 16)) & mask; ; place = (place + 1) & mask) {
      if (this.#texts[place] !== this.#text) {
        if (this.#size > mask / 2) return
        this.#texts[place] = this.#text
        this.#terms[place] = term
        this.#counts[place] = 1
        this.#places[this.#size++] = place
        return
      }
      if (this.#terms[place] === term) {
        this.#counts[place] = Math.min(0xffff, (this.#counts[place] as number) + 1)
        return
      }
    }
  }

  take(): TermCounts {
    const terms = new Uint32Array(this.#size)
    const counts = new Uint16Array(this.#size)
    for (let nth = 0; nth < this.#size; nth++) {
      const place = this.#places[nth] as number
      terms[nth] = this.#terms[place] as number
      counts[nth] = this.#counts[place] as number
    }
    return { terms, counts }
  }
}

const counter = new TermCounter()

function addPieces(padded: string): void {
  for (let from = 0; from < padded.length; from++) {
    let hash = (fnvStart ^ pieceMark) >>> 0
    const end = Math.min(padded.length, from + longestPiece)
    for (let at = from; at < end; at++) {
      hash = Math.imul(hash ^ padded.charCodeAt(at), fnvPrime) >>> 0
      if (at - from + 1 >= shortestPiece) counter.add(hash)
    }
  }
}

function hashOf(text: string): number {
  let hash = fnvStart
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), fnvPrime)
  return hash >>> 0
}

function mix(one: number, other: number): number {
  let hash = Math.imul(one ^ (one >>> 15), 0x2c1b3c6d) ^ other
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39)
  return (hash ^ (hash >>> 15)) >>> 0
}

/** Which terms count, and how much. Made from texts with and without a label. */
export class Vocabulary {
  readonly #columns = new Map<number, number>()
  readonly #idf: Float32Array
  readonly terms: Uint32Array

  constructor(terms: Uint32Array, idf: Float32Array) {
    this.terms = terms
    this.#idf = idf
    for (const [column, term] of terms.entries()) this.#columns.set(term, column)
  }

  get size(): number {
    return this.terms.length
  }

  get idf(): Float32Array {
    return this.#idf
  }

  /** `fromRows`: what comes in fewer rows of the labelled ones teaches nothing. `most` terms at most, those of the most rows. */
  static of(labelled: readonly TermCounts[], others: readonly TermCounts[], most: number, fromRows = 2): Vocabulary {
    const inLabelled = countRows(labelled)
    const inOthers = countRows(others)
    const rows = labelled.length + others.length
    const chosen = [...inLabelled].filter(([, count]) => count >= fromRows)
    if (chosen.length > most) chosen.sort(([, one], [, other]) => other - one)
    const kept = chosen.slice(0, most)
    const terms = Uint32Array.from(kept, ([term]) => term)
    const idf = Float32Array.from(
      kept,
      ([term, count]) => Math.log((1 + rows) / (1 + count + (inOthers.get(term) ?? 0))) + 1,
    )
    return new Vocabulary(terms, idf)
  }

  rowOf({ terms, counts }: TermCounts): SparseRow {
    const indices = new Uint32Array(terms.length)
    const weights = new Float32Array(terms.length)
    let filled = 0
    let squares = 0
    for (let at = 0; at < terms.length; at++) {
      const column = this.#columns.get(terms[at] as number)
      if (column === undefined) continue
      const weight = (1 + Math.log(counts[at] as number)) * (this.#idf[column] as number)
      indices[filled] = column
      weights[filled++] = weight
      squares += weight * weight
    }
    const length = Math.sqrt(squares) || 1
    for (let at = 0; at < filled; at++) weights[at] = (weights[at] as number) / length
    return { indices: indices.slice(0, filled), weights: weights.slice(0, filled) }
  }
}

function countRows(rows: readonly TermCounts[]): Map<number, number> {
  const found = new Map<number, number>()
  for (const { terms } of rows) for (const term of terms) found.set(term, (found.get(term) ?? 0) + 1)
  return found
}
