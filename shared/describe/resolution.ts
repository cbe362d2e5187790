import { assertNever } from '../../protocol/names.ts'
import type { TraceStep, Warning } from '../../protocol/routing.ts'
import { formatInstantIn } from '../format.ts'
import type { Language } from '../language.ts'
import { localize, localizeOr } from '../message.ts'
import { describeReason } from './reason.ts'

/** What is worth knowing although a task is ready. */
export function describeWarning(language: Language, { message, localizable, reason, until }: Warning): string {
  if (localizable && until)
    return localize(language, { ...localizable, values: [...localizable.values, formatInstantIn(language, until)] })
  if (!localizable || !reason) return localizeOr(language, localizable, message)
  return localize(language, { ...localizable, values: [...localizable.values, describeReason(language, reason)] })
}

/** What a step of a resolution saw. Of a failed one the code stands before its sentence, as in the log. */
export function describeStep(language: Language, { detail, localizable, reason }: TraceStep): string {
  return reason ? `${reason.code}: ${describeReason(language, reason)}` : localizeOr(language, localizable, detail)
}

/** What a step of a resolution checks, as the condition that has to hold. */
export function stepTitle(language: Language, step: TraceStep['step']): string {
  switch (step) {
    case 'route':
      return language.t('route chosen')
    case 'provider':
      return language.t('provider set up')
    case 'enabled':
      return language.t('enabled')
    case 'kind':
      return language.t('known kind')
    case 'config':
      return language.t('valid settings')
    case 'model':
      return language.t('model chosen')
    case 'key':
      return language.t('key available')
    case 'policy':
      return language.t('allowed by policy')
    case 'health':
      return language.t('last check passed')
    case 'model_alive':
      return language.t('model available')
    default:
      return assertNever(step)
  }
}
