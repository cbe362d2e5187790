import * as z from 'zod'
import { ModelId, ProviderId } from './names.ts'

/** A model that VS Code has from an extension, as the server names it: `VENDOR/ID`. */
export const EditorModel = z.object({
  model: ModelId,
  label: z.string().max(200),
  vendor: z.string().max(200),
  family: z.string().max(200),
  /** What a request may hold at most. Absent: whoever brings the model does not say. */
  maxInputTokens: z.int().positive().optional(),
})
export type EditorModel = z.infer<typeof EditorModel>

/** One call to it. VS Code knows no system role: what the system would say stands in the first message. */
export const EditorModelCall = z.object({
  /** For reasons. */
  provider: ProviderId,
  model: ModelId,
  /** Oldest first, from a user's on. */
  messages: z.array(z.object({ role: z.enum(['user', 'assistant']), text: z.string() })).min(1),
})
export type EditorModelCall = z.infer<typeof EditorModelCall>

/** All of the answer's text. Thinking and other parts are left out. */
export const EditorModelAnswer = z.object({ text: z.string() })
export type EditorModelAnswer = z.infer<typeof EditorModelAnswer>

/** The vendor of the models that this product gives to VS Code: never taken back from there, so that no call goes in a circle. */
export const ownVendor = 'llm-providers'
