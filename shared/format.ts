import type { UsageFigures } from '../protocol/usage.ts'
import { type Language, tagOf } from './language.ts'

/** As people of the language write it: 1,234.5 or 1.234,5. */
export function numberIn(language: Language, amount: number, digits: { least?: number; most?: number } = {}): string {
  const { least = 0, most = Math.max(least, 0) } = digits
  return amount.toLocaleString(tagOf(language), { minimumFractionDigits: least, maximumFractionDigits: most })
}

/** US dollars. Prices of a few calls are small: those below a cent are told to a millionth. */
export function dollarsIn(language: Language, amount: number): string {
  const digits = amount > 0 && amount < 0.01 ? 6 : 2
  return amount.toLocaleString(tagOf(language), {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}

/** What is known, and that something is not: an unknown price is no price of 0. */
export function costIn(
  language: Language,
  { calls, costUsd, unpricedCalls }: Pick<UsageFigures, 'calls' | 'costUsd' | 'unpricedCalls'>,
): string {
  const known = dollarsIn(language, costUsd)
  if (unpricedCalls === 0) return known
  return unpricedCalls >= calls ? language.t('unknown') : language.t('{0} + unknown', known)
}

/** A share of 1 in whole percent: `12 %`. */
export function percentIn(language: Language, share: number): string {
  return `${numberIn(language, Math.round(share * 100))} %`
}

/** A day in full: `2026-11-21` in English, as it is everywhere else of this product; as people write it in other languages. */
export function dayIn(language: Language, instant: string): string {
  if (isEnglish(language)) return instant.slice(0, 10)
  const date = new Date(instant)
  if (Number.isNaN(date.getTime())) return instant.slice(0, 10)
  return date.toLocaleDateString(tagOf(language), { dateStyle: 'medium', timeZone: 'UTC' })
}

/** An instant in full, to the second. */
export function instantIn(language: Language, instant: string): string {
  if (isEnglish(language)) return `${instant.slice(0, 19).replace('T', ' ')} UTC`
  const date = new Date(instant)
  if (Number.isNaN(date.getTime())) return instant
  return `${date.toLocaleString(tagOf(language), { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })} UTC`
}

function isEnglish({ tag }: Language): boolean {
  return tag === 'en' || tag.startsWith('en-')
}
