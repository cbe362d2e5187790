import * as z from 'zod'
import { ChatAnswer, ChatCall, ChatModel } from '../languageModels.ts'
import { nothing, type RequestRow, request } from './request.ts'

/** The models of this product for whoever else wants to talk to one, such as VS Code's picker. */
export const chatRequests = {
  /** All that generate and are registered, named by a route, or stand behind an alias, and the two tasks. Never those of `vscode-lm`. */
  'chat/models': request(nothing, z.object({ models: z.array(ChatModel) })),
  /** Answers when all is said; `chat/delta` brings it piece by piece before. `not_found`: there is no such model. */
  'chat/complete': request(ChatCall, ChatAnswer),
} as const satisfies Record<string, RequestRow>
