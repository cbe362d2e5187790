import type { Completion, CompletionRequest, TokenLogprob } from './adapter.ts'
import { asFields } from './errorBody.ts'

/** What most servers give at most: OpenAI, Ollama, DeepSeek, vLLM unless it is told otherwise. */
export const usualTopLogprobs = 20

/** Below this a server means that it does not know: OpenAI reports -9999 for what is outside of its list. */
const leastLogprob = -1000

/** A call that is read out: one token, as text, at temperature 0, without thinking. Any other call is as it was. */
export function asReadout(request: CompletionRequest): CompletionRequest {
  if (request.topLogprobs === undefined) return request
  const { temperature: _, top_p: __, top_k: ___, ...parameters } = request.parameters ?? {}
  return { ...request, mode: 'text', maxOutputTokens: 1, thinking: false, parameters }
}

/**
 * The most probable tokens of the first place, from the list that OpenAI's chat has under `logprobs.content` and Ollama under
 * `logprobs`: an entry a token, each with `top_logprobs`. Nothing of it is trusted to be as typed.
 */
export function readLogprobs(places: unknown): Pick<Completion, 'logprobs'> {
  const first = asFields(Array.isArray(places) ? places[0] : null)
  if (first === null) return {}
  const alternatives = Array.isArray(first.top_logprobs) ? first.top_logprobs : []
  const found = new Map<string, TokenLogprob>()
  for (const entry of [...alternatives, first]) {
    const read = readToken(entry)
    // The token that was taken stands among the alternatives, too, unless it is none of the most probable ones.
    if (read !== null && !found.has(read.token)) found.set(read.token, read)
  }
  const logprobs = [...found.values()].sort((one, other) => other.logprob - one.logprob)
  return logprobs.length === 0 ? {} : { logprobs }
}

function readToken(entry: unknown): TokenLogprob | null {
  const fields = asFields(entry)
  const { token, logprob } = fields ?? {}
  if (typeof token !== 'string' || typeof logprob !== 'number') return null
  return Number.isFinite(logprob) && logprob <= 0.01 && logprob > leastLogprob ? { token, logprob } : null
}

/** Each place of an answer, from the same lists. Absent: none was told. */
export function readPlaces(places: unknown): Pick<Completion, 'places'> {
  if (!Array.isArray(places) || places.length === 0) return {}
  const read = places.flatMap((place) => {
    const token = asFields(place)?.token
    const { logprobs = [] } = readLogprobs([place])
    return typeof token === 'string' ? [{ token, alternatives: logprobs }] : []
  })
  return read.length === places.length ? { places: read } : {}
}
