import type { Usage } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import { type CompletionOutcome, type CompletionRequest, textsOf } from './adapter.ts'

/** Hardly a server reads a prompt with its roles in fewer tokens, and some always report the same small number, whatever they read. */
const fewestCounted = 16

/**
 * An answer of which the model cannot have seen the whole prompt is none, however good it looks: some servers cut a prompt that does
 * not fit, without a word, and what they cut first is the instructions. And where a model had to end before the tokens that it was
 * allowed, it was the context that was full: more tokens would not help, fewer items do.
 */
export function checkCompletion(
  outcome: CompletionOutcome,
  request: CompletionRequest,
  { provider, allowedTokens }: { provider: string; allowedTokens: number },
): CompletionOutcome {
  const { model } = request
  const tooLong = { code: 'context_too_long', provider, model, limitTokens: null } as const
  if (outcome.ok) {
    const { usage, costUsd, latencyMs } = outcome.value
    const readTokens = readTokensOf(usage)
    if (readTokens === null) return outcome
    const sentTokens = fewestTokens(textsOf(request), readTokens)
    if (sentTokens === null) return outcome
    return { ...fail({ ...tooLong, readTokens, sentTokens }), spent: { usage, costUsd, latencyMs } }
  }
  const { reason, spent } = outcome
  if (spent === undefined || reason.code !== 'invalid_response' || reason.problem !== 'truncated') return outcome
  const { input, output, reasoning } = spent.usage
  if (output === null || output <= 0 || output + (reasoning ?? 0) >= allowedTokens) return outcome
  const windowTokens = input === null ? null : input + output
  return { ...fail({ ...tooLong, limitTokens: windowTokens, writtenTokens: output }), spent }
}

/**
 * Some report what came from a cache apart from the rest, so both count. A very small number, as of a template that leaves nothing of a
 * prompt, is believed where the answer was counted by more than such a number; else this server counts nothing.
 */
function readTokensOf({ input, output, cached }: Usage): number | null {
  if (input === null) return null
  const read = input + (cached ?? 0)
  if (read >= fewestCounted) return read
  return read > 0 && output !== null && output >= fewestCounted ? read : null
}

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
