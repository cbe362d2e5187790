import type { ReadinessFacts } from '../../protocol/reasons.ts'
import { say } from '../../shared/message.ts'
import { type FailureContext, invalidResponse } from './failureReason.ts'

/** An answer without text. With thoughts in it, it says that thinking has to be switched off. */
export function emptyAnswer(hasThought: boolean, context: FailureContext): ReadinessFacts {
  const detail = hasThought ? say('it holds thoughts but no text') : say('its text is empty')
  return { ...invalidResponse('empty', detail, context), ...(hasThought ? { hasThought } : {}) }
}
