import { dollarsIn, type Language } from './language.ts'
import type { UsageFigures } from './usage.ts'

/** What is known, and that something is not: an unknown price is no price of 0. */
export function costIn(
  language: Language,
  { calls, costUsd, unpricedCalls }: Pick<UsageFigures, 'calls' | 'costUsd' | 'unpricedCalls'>,
): string {
  const known = dollarsIn(language, costUsd)
  if (unpricedCalls === 0) return known
  return unpricedCalls >= calls ? language.t('unknown') : language.t('{0} + unknown', known)
}
