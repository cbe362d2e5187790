import * as z from 'zod'

/**
 * What the product says itself, wherever it stands in the body: what is asked and of which model, the shape of the answer and how it
 * comes, tools, and what a call may cost at the most.
 */
const reserved: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'input', 'prompt', 'system', 'system_instruction', 'instructions', 'contents', 'raw'],
  ...[
    'previous_response_id',
    'conversation',
    'context',
    'template',
    'suffix',
    'prefix',
    'images',
    'audio',
    'modalities',
  ],
  ...['response_format', 'format', 'text', 'output_config', 'json_schema', 'schema', 'grammar', 'regex', 'choice'],
  ...['guided_json', 'guided_regex', 'guided_choice', 'guided_grammar', 'structured_outputs', 'stop'],
  ...['stream', 'stream_options', 'background', 'store'],
  ...['tools', 'tool_choice', 'tool_config', 'functions', 'function_call', 'parallel_tool_calls', 'mcp_servers'],
  ...['plugins', 'web_search_options', 'max_tokens', 'max_completion_tokens', 'max_output_tokens', 'num_predict'],
  ...['num_ctx', 'truncate', 'shift', 'n', 'n_predict', 'best_of', 'models', 'fallbacks'],
])

const mostCharacters = 10_000
const deepest = 8

/**
 * Fields that a route adds to the body of its calls, as JSON: merged into objects at any depth. A reserved name is refused with its
 * path, at any depth, because an API may have its options one floor down.
 */
export const ExtraBody = z.record(z.string(), z.json()).check((check) => {
  const whole = check.value
  for (const { path, message } of problemsOf(whole, [])) {
    check.issues.push({ code: 'custom', message, path: [...path], input: whole })
  }
  if (JSON.stringify(whole).length > mostCharacters) {
    check.issues.push({ code: 'custom', message: `it is longer than ${mostCharacters} characters`, input: whole })
  }
})
export type ExtraBody = z.infer<typeof ExtraBody>

interface Problem {
  path: readonly string[]
  message: string
}

function problemsOf(value: unknown, at: readonly string[]): Problem[] {
  if (typeof value !== 'object' || value === null) return []
  if (at.length > deepest) return [{ path: at, message: 'it is nested too deeply' }]
  return Object.entries(value).flatMap(([name, inside]) => {
    const path = [...at, name]
    const isReserved = !Array.isArray(value) && (reserved.has(name.toLowerCase()) || name === '__proto__')
    return isReserved ? [{ path, message: 'this is set by the product itself' }] : problemsOf(inside, path)
  })
}
