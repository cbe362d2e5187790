import type OpenAI from 'openai'
import { assertNever } from '../../protocol/names.ts'
import type { CompletionRequest } from './adapter.ts'
import { recurringText, recurringValue } from './bodyJson.ts'
import { outputTokens } from './supportedParameters.ts'

/** How one server or model wants its chat completions asked. */
export interface ChatDialect {
  stream: boolean
  tokenLimit: 'max_completion_tokens' | 'max_tokens'
  systemRole: 'system' | 'developer'
  /** Whether it takes temperature and top_p; models that reason often refuse them. */
  takesSampling: boolean
  reasoningEffort?: OpenAI.ReasoningEffort | undefined
  /** Tokens for thinking, on top of what the answer itself may take. */
  thinkingTokens: number
  /** OpenAI's promise to hold to the schema; other servers may not know the word. */
  strict: boolean
  /** Where the schema of an answer stands. */
  schemaIn: 'json_schema' | 'json_object'
  /** What only this API knows. */
  extra?: Readonly<Record<string, unknown>>
}

/** The oldest names of everything: servers that know the newer ones still take these. */
export const plainDialect: ChatDialect = {
  stream: false,
  tokenLimit: 'max_tokens',
  systemRole: 'system',
  takesSampling: true,
  thinkingTokens: 0,
  strict: true,
  schemaIn: 'json_schema',
}

export type ChatParameters = Omit<OpenAI.ChatCompletionCreateParams, 'stream'>

export function chatRequest(request: CompletionRequest, dialect: ChatDialect): ChatParameters {
  return {
    model: request.model,
    messages: [
      { role: dialect.systemRole, content: recurringText(request.system) },
      { role: 'user', content: promptOf(request) },
    ],
    [dialect.tokenLimit]: outputTokens(request, dialect.thinkingTokens),
    ...samplingOf(request, dialect),
    ...(dialect.reasoningEffort === undefined ? {} : { reasoning_effort: dialect.reasoningEffort }),
    ...(dialect.stream ? { stream_options: { include_usage: true } } : {}),
    ...outputParameters(request, dialect),
    ...dialect.extra,
  }
}

function samplingOf({ parameters = {} }: CompletionRequest, { takesSampling }: ChatDialect): Record<string, number> {
  const { temperature = 0, top_p, top_k } = parameters
  return {
    ...(takesSampling ? { temperature } : {}),
    ...(takesSampling && top_p !== undefined ? { top_p } : {}),
    ...(top_k === undefined ? {} : { top_k }),
  }
}

/** JSON mode is refused, or runs on without an end, unless the word stands in the messages. */
function promptOf({ mode, system, prompt }: CompletionRequest): string {
  return mode !== 'json' || /json/i.test(system + prompt) ? prompt : `${prompt}\n\nAnswer in JSON.`
}

function outputParameters({ mode, output }: CompletionRequest, dialect: ChatDialect): Partial<ChatParameters> {
  const { name } = output
  const schema = recurringValue(output.schema)
  const strict = dialect.strict ? { strict: true } : {}
  switch (mode) {
    case 'schema': {
      const inObject = { type: 'json_object' as const, schema }
      const asSchema = { type: 'json_schema' as const, json_schema: { name, schema, ...strict } }
      return { response_format: dialect.schemaIn === 'json_object' ? inObject : asSchema }
    }
    case 'tool':
      return {
        tools: [{ type: 'function', function: { name, parameters: schema, ...strict } }],
        tool_choice: { type: 'function', function: { name } },
      }
    case 'json':
      return { response_format: { type: 'json_object' } }
    case 'text':
      return {}
    default:
      return assertNever(mode)
  }
}
