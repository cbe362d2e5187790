/** No text of any length has come out at more characters a token than this, runs of one character aside. */
const mostCharactersPerToken = 6.5

/** Tokenizers do not join words, but for a few recent ones, which do so with some. */
const tokensPerPart = 0.8

/** What hardly any tokenizer makes fewer than one token of: a word, up to three digits, several signs in a row. */
const parts = /[\p{L}\p{M}]+|\p{N}{1,3}|[^\s\p{L}\p{N}]{2,}/gu

/**
 * The fewest tokens that a tokenizer, whichever it is, makes of the texts, where that is more than `read`; else null. Cautious: a server
 * that counts by four characters a token, or in another honest way, is always above it. Most prompts are not even looked at.
 */
export function fewestTokens(texts: readonly string[], read: number): number | null {
  const byLength = texts.reduce((sum, text) => sum + text.length, 0) / mostCharactersPerToken
  if (read >= byLength) return null
  let count = 0
  for (const text of texts) for (const _ of text.matchAll(parts)) count++
  const fewest = Math.floor(Math.min(byLength, count * tokensPerPart))
  return read < fewest ? fewest : null
}
