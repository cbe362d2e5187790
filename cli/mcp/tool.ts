import type * as z from 'zod'
import type { Outcome } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { withoutKeys } from '../../shared/keys/keyShape.ts'
import { UsageError } from '../invocation/usageError.ts'
import { toJson } from '../terminal/plainText.ts'
import { type Exchange, type McpSession, reasonText, refuseUse } from './session.ts'

interface ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject> {
  name: string
  title: string
  description: string
  input: Input
  output: Output
  /** It neither calls a model nor changes anything. */
  isReadOnly: boolean
  /** What the contract has beyond the output's fields is left out. */
  call(session: McpSession, given: z.output<Input>, exchange: Exchange): Promise<Outcome<z.input<Output>>>
}

/** A tool whose parameters were not looked at yet. */
export interface Tool {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: z.ZodObject
  readonly output: z.ZodObject
  readonly isReadOnly: boolean
  call(session: McpSession, given: unknown, exchange: Exchange): Promise<ToolAnswer>
}

/** As the protocol wants it; `_meta` has the reason of a failure as it is in the contract. */
export interface ToolAnswer {
  [key: string]: unknown
  content: { type: 'text'; text: string }[]
  structuredContent?: Record<string, unknown>
  isError?: true
  _meta?: Record<string, unknown>
}

export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: ToolDefinition<Input, Output>,
): Tool {
  return {
    ...tool,
    async call(session, given, exchange) {
      const outcome = await attempt(session, () => tool.call(session, tool.input.parse(given), exchange))
      if (!outcome.ok) {
        const { reason } = outcome
        const meta = { 'llm-providers/reason': { code: reason.code, action: reason.action.id } }
        return { content: [{ type: 'text', text: reasonText(session, reason) }], isError: true, _meta: meta }
      }
      const structuredContent = tool.output.parse(outcome.value)
      // For clients that know no structured content. It is JSON, so that no text of an item stands outside of a string.
      return { content: [{ type: 'text', text: toJson(structuredContent) }], structuredContent }
    },
  }
}

/** A bug is told like every other failure: the process serves other calls meanwhile. */
async function attempt<Value>(session: McpSession, work: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
  try {
    return await work()
  } catch (error) {
    const message = withoutKeys(error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
    return error instanceof UsageError ? refuseUse(session, message) : fail({ code: 'internal_error', detail: message })
  }
}
