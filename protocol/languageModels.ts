import * as z from 'zod'
import { ModelId, ProviderId } from './names.ts'
import { Reason } from './reasons.ts'
import { Usage } from './results.ts'

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

/**
 * One of the models that this product gives to VS Code. `id`: `PROVIDER/MODEL`, `task:TASK` or `alias:NAME`; the latter two go where their
 * route or alias goes at the moment of the call.
 */
export const ChatModel = z.object({
  id: z.string().min(1).max(400),
  what: z.enum(['model', 'task', 'alias']),
  /** Who would answer now. */
  provider: ProviderId,
  model: ModelId,
  /** Of prompt and answer together. Null: nobody says. */
  contextTokens: z.int().positive().nullable(),
  maxOutputTokens: z.int().positive().nullable(),
  /** US dollars for a million tokens. Null: unknown, which is not the same as free. */
  price: z.object({ input: z.number().nonnegative(), output: z.number().nonnegative() }).nullable(),
  /** Why it cannot be asked now. Null: nothing is known against it. */
  reason: Reason.nullable(),
})
export type ChatModel = z.infer<typeof ChatModel>

/** Messages for one of those models, oldest first, a user's at the end. What an assistant said in several parts is one message. */
export const ChatCall = z.object({
  /** Chosen by the caller: `chat/delta` names it. */
  callId: z.string().min(1).max(64),
  id: ChatModel.shape.id,
  messages: z
    .array(z.object({ role: z.enum(['user', 'assistant']), text: z.string().max(10_000_000) }))
    .min(1)
    .max(10_000),
})
export type ChatCall = z.infer<typeof ChatCall>

export const ChatAnswer = z.object({
  /** All of it; the pieces that were sent before, together, are the same but for blanks around it. */
  text: z.string(),
  provider: ProviderId,
  model: ModelId,
  usage: Usage,
  /** Null: unknown. */
  costUsd: z.number().nonnegative().nullable(),
})
export type ChatAnswer = z.infer<typeof ChatAnswer>

export const ChatDelta = z.object({ callId: z.string(), text: z.string() })
export type ChatDelta = z.infer<typeof ChatDelta>
