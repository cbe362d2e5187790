import type OpenAI from 'openai'
import type { CompletionRequest } from './adapter.ts'

/** How one server or model wants its chat completions asked. */
export interface ChatDialect {
  stream: boolean
  tokenLimit: 'max_completion_tokens' | 'max_tokens'
  systemRole: 'system' | 'developer'
  /** Null: the API refuses it. */
  temperature: number | null
  reasoningEffort: OpenAI.ReasoningEffort | undefined
  /** Tokens for thinking, on top of what the answer itself may take. */
  thinkingTokens: number
  /** OpenAI's promise to hold to the schema; other servers may not know the word. */
  strict: boolean
}

type ChatParameters = Omit<OpenAI.ChatCompletionCreateParams, 'stream'>

export function chatRequest(request: CompletionRequest, dialect: ChatDialect): ChatParameters {
  return {
    model: request.model,
    messages: [
      { role: dialect.systemRole, content: request.system },
      { role: 'user', content: request.prompt },
    ],
    [dialect.tokenLimit]: request.maxOutputTokens + dialect.thinkingTokens,
    ...(dialect.temperature === null ? {} : { temperature: dialect.temperature }),
    ...(dialect.reasoningEffort === undefined ? {} : { reasoning_effort: dialect.reasoningEffort }),
    ...(dialect.stream ? { stream_options: { include_usage: true } } : {}),
    ...outputParameters(request, dialect.strict),
  }
}

function outputParameters({ mode, output }: CompletionRequest, isStrict: boolean): Partial<ChatParameters> {
  const { name, schema } = output
  const strict = isStrict ? { strict: true } : {}
  switch (mode) {
    case 'schema':
      return { response_format: { type: 'json_schema', json_schema: { name, schema, ...strict } } }
    case 'tool':
      return {
        tools: [{ type: 'function', function: { name, parameters: schema, ...strict } }],
        tool_choice: { type: 'function', function: { name } },
      }
    case 'json':
      return { response_format: { type: 'json_object' } }
    case 'text':
      return {}
  }
}
