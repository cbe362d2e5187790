import type { TraceStep, Warning } from '../../protocol/routing.ts'
import { instantIn } from '../format.ts'
import type { Language } from '../language.ts'
import { tellIn, tellTold } from '../message.ts'
import { tellReason } from './reason.ts'

/** What is to be known although a task is ready. */
export function tellWarning({ message, told, reason, until }: Warning, language: Language): string {
  if (told && until) return tellTold(language, { ...told, values: [...told.values, instantIn(language, until)] })
  if (!told || !reason) return tellIn(language, told, message)
  return tellTold(language, { ...told, values: [...told.values, tellReason(reason, language)] })
}

/** What a step of a resolution saw. Of a failed one the code stands before its sentence, as in the log. */
export function tellStep({ detail, told, reason }: TraceStep, language: Language): string {
  return reason ? `${reason.code}: ${tellReason(reason, language)}` : tellIn(language, told, detail)
}
