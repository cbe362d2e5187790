/** How far back a repetition is looked for, in characters, and how often: a look costs one pass over the tail. */
const tailLength = 1536
const lookEvery = 384
/** What counts as one: so much of the end is the same piece over and over, so many times. */
const shortestSpan = 400
const fewestTimes = 5

/**
 * Sees when a text that is being written repeats itself without an end: the same label or sentence over and over, or nothing but
 * spaces. Answers of ours do not: items have different keys, and lists are short.
 */
export class RepetitionWatch {
  #tail = ''
  #isNew = 0

  /** True when the text with this piece at its end repeats itself. However small the pieces are, a character is looked at a few times. */
  add(piece: string): boolean {
    if (piece === '') return false
    this.#tail += piece
    this.#isNew += piece.length
    if (this.#isNew < lookEvery) return false
    this.#isNew = 0
    if (this.#tail.length > tailLength) this.#tail = this.#tail.slice(-tailLength)
    return endsInRepetition(this.#tail)
  }
}

/** Whether the end of a text is one piece over and over. */
export function endsInRepetition(text: string): boolean {
  const tail = text.slice(-tailLength)
  const length = tail.length
  if (length < shortestSpan) return false
  // The failure function of Knuth, Morris and Pratt over the tail from its end: what of it has a period, and which.
  const border = new Uint16Array(length)
  for (let end = 1, matched = 0; end < length; end++) {
    const character = tail.charCodeAt(length - 1 - end)
    while (matched > 0 && character !== tail.charCodeAt(length - 1 - matched)) matched = border[matched - 1] as number
    if (character === tail.charCodeAt(length - 1 - matched)) matched++
    border[end] = matched
    const span = end + 1
    if (span >= shortestSpan && span >= (span - matched) * fewestTimes) return true
  }
  return false
}
