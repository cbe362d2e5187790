/** A cut may give away at most this share of the allowed text to end at a better place. */
const worthKeeping = 0.5

/**
 * At most `maxCharacters` (UTF-16 units, as JavaScript counts) of the text, cut at the end of a paragraph, else of a line,
 * a sentence, a word, and only as the last resort inside a word, but never inside a surrogate pair.
 */
export function cutText(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text
  // One character more shows whether a word or paragraph ends exactly at the limit.
  const head = text.slice(0, maxCharacters + 1)
  for (const boundary of [/\n[ \t]*\n/g, /\n/g, /(?<=[.!?…][)"'”’]?)\s|(?<=[。！？])/g, /\s/g]) {
    const end = lastEnd(head, boundary, maxCharacters)
    if (end >= maxCharacters * worthKeeping) return head.slice(0, end).trimEnd()
  }
  return withoutHalfPair(head.slice(0, maxCharacters))
}

function lastEnd(head: string, boundary: RegExp, maxCharacters: number): number {
  let last = -1
  for (const match of head.matchAll(boundary)) if (match.index <= maxCharacters) last = match.index
  return last
}

function withoutHalfPair(text: string): string {
  return /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text
}
