import type { TraceStep, Warning } from '../../protocol/routing.ts'
import { instantIn } from '../format.ts'
import type { Language } from '../language.ts'
import { tellIn, tellTold } from '../message.ts'
import { describeReason } from './reason.ts'

/** What is worth knowing although a task is ready. */
export function describeWarning(language: Language, { message, told, reason, until }: Warning): string {
  if (told && until) return tellTold(language, { ...told, values: [...told.values, instantIn(language, until)] })
  if (!told || !reason) return tellIn(language, told, message)
  return tellTold(language, { ...told, values: [...told.values, describeReason(language, reason)] })
}

/** What a step of a resolution saw. Of a failed one the code stands before its sentence, as in the log. */
export function describeStep(language: Language, { detail, told, reason }: TraceStep): string {
  return reason ? `${reason.code}: ${describeReason(language, reason)}` : tellIn(language, told, detail)
}
