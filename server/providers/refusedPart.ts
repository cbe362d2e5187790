import type { ErrorBody } from './errorBody.ts'

/** What of a request was refused. Undefined: the server does not say. */
export type RefusedPart = 'output_format' | 'other' | undefined

const formatFields =
  /^(response_format|json_schema|output_config|text\.format|format|grammar|tools?|tool_choice|functions?|function_call)\b/i

/** Servers without a code or field for it: their words are all there is. */
const formatText =
  /response_format|json_schema|json_object|json mode|structured output|output_config|\bschema\b|\bgrammar\b|tool_choice|\btools?\b|function call/i
const otherText =
  /\b(max_tokens|max_completion_tokens|temperature|top_p|top_k|stream_options|reasoning_effort|system (role|message))\b/i

/** Only a refusal that is about the form of the answer, or may be, is a reason to ask for another form. */
export function refusedPart({ param, message }: ErrorBody): RefusedPart {
  if (param) return formatFields.test(param) ? 'output_format' : 'other'
  if (formatText.test(message)) return 'output_format'
  return otherText.test(message) ? 'other' : undefined
}
