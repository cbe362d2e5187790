import type { AnsweredBy } from './adapter.ts'
import { type FailureContext, quote } from './failureReason.ts'
import { headerText } from './retryAfter.ts'

const longestName = 200

/**
 * Who answered instead of the model that was asked: by the word of the answer, and of gateways that try another model when the first one
 * fails. Absent: the model that was asked, as far as anybody says.
 */
export function answeredBy(said: unknown, context: FailureContext): { answeredBy?: AnsweredBy } {
  const { model: asked, exchange } = context
  const { headers } = exchange.facts
  const isFallback = fallbackHeaders.some(({ name, isFallback: test }) => test(headerText(headers, name)?.trim() ?? ''))
  const names = [said, headerText(headers, 'x-litellm-model-group')].filter((name) => typeof name === 'string')
  const other = names.map((name) => name.trim()).find((name) => name !== '' && !isSameName(name, asked))
  if (other === undefined && !isFallback) return {}
  const model = other === undefined ? null : quote(other, context).slice(0, longestName)
  return { answeredBy: { model, isFallback } }
}

const isStep = (value: string) => /^[1-9]\d*$/.test(value)

/** LiteLLM counts its tries, Helicone and Cloudflare's gateway say which of their targets answered, Portkey names it. */
const fallbackHeaders: readonly { name: string; isFallback(value: string): boolean }[] = [
  { name: 'x-litellm-attempted-fallbacks', isFallback: isStep },
  { name: 'helicone-fallback-index', isFallback: isStep },
  { name: 'cf-aig-step', isFallback: isStep },
  { name: 'x-portkey-last-used-option-index', isFallback: (value) => /\[[1-9]\d*\]$/.test(value) },
]

/** A server may leave out the tag `latest` or the folder, and writes names as it likes. */
function isSameName(name: string, asked: string | null): boolean {
  const bare = (text: string) =>
    text
      .toLowerCase()
      .replace(/:latest$/, '')
      .replace(/^models\//, '')
  return asked !== null && bare(name) === bare(asked)
}
