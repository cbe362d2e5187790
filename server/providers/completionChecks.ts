import { fail } from '../../shared/fail.ts'
import { fewestTokens } from '../domain/fewestTokens.ts'
import type { CompletionOutcome, CompletionRequest } from './adapter.ts'

/** Counts below this are none: no server reads a prompt with its roles in so few tokens, and some always report the same small number. */
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
    const sentTokens = fewestTokens([request.system, request.prompt], readTokens)
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

/** Some report what came from a cache apart from the rest, so both count. */
function readTokensOf({ input, cached }: { input: number | null; cached: number | null }): number | null {
  if (input === null) return null
  const read = input + (cached ?? 0)
  return read < fewestCounted ? null : read
}
