import type { UsageFigures } from '../protocol/usage.ts'
import { type Language, tagOf } from './language.ts'

/** As people of the language write it: 1,234.5 or 1.234,5. */
export function formatNumberIn(
  language: Language,
  amount: number,
  digits: { least?: number; most?: number } = {},
): string {
  const { least = 0, most = Math.max(least, 0) } = digits
  return amount.toLocaleString(tagOf(language), { minimumFractionDigits: least, maximumFractionDigits: most })
}

/** US dollars. Prices of a few calls are small: those below a cent have six decimals. */
export function formatUsdIn(language: Language, amount: number): string {
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
export function formatCostIn(
  language: Language,
  { calls, costUsd, unpricedCalls }: Pick<UsageFigures, 'calls' | 'costUsd' | 'unpricedCalls'>,
): string {
  const known = formatUsdIn(language, costUsd)
  if (unpricedCalls === 0) return known
  return unpricedCalls >= calls ? language.t('unknown') : language.t('{0} + unknown', known)
}

/** A share of 1 in whole percent: `12 %`. */
export function formatPercentIn(language: Language, share: number): string {
  return `${formatNumberIn(language, Math.round(share * 100))} %`
}

/** A day in full: `2026-11-21` in English, as it is everywhere else of this product; as people write it in other languages. */
export function formatDayIn(language: Language, instant: string): string {
  const date = new Date(instant)
  if (Number.isNaN(date.getTime())) return instant.slice(0, 10)
  // Midnight in UTC is how a day without a time is given, such as that of a model's end: it is the same day everywhere.
  const isDayOnly = /^\d{4}-\d\d-\d\d(?:T00:00:00(?:\.0+)?Z)?$/.test(instant)
  if (isEnglish(language)) return isDayOnly ? instant.slice(0, 10) : localDay(date)
  return date.toLocaleDateString(tagOf(language), { dateStyle: 'medium', ...(isDayOnly ? { timeZone: 'UTC' } : {}) })
}

function localDay(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

const two = (amount: number) => String(amount).padStart(2, '0')

/** An instant in full, to the second, in the time of the reader. */
export function formatInstantIn(language: Language, instant: string): string {
  const date = new Date(instant)
  if (Number.isNaN(date.getTime())) return instant
  if (isEnglish(language))
    return `${localDay(date)} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return date.toLocaleString(tagOf(language), { dateStyle: 'medium', timeStyle: 'medium' })
}

function isEnglish({ tag }: Language): boolean {
  return tag === 'en' || tag.startsWith('en-')
}

/** The time of day where the reader is, without seconds. */
export function formatTimeIn(language: Language, instant: string): string {
  return new Date(instant).toLocaleTimeString(tagOf(language), { hour: '2-digit', minute: '2-digit' })
}

/** How long ago an instant was. A clock that is behind counts as now. */
export function formatAgeIn(language: Language, instant: string, now: number): string {
  const { t } = language
  const minutes = Math.max(0, Math.floor((now - Date.parse(instant)) / 60_000))
  if (minutes < 1) return t('just now')
  if (minutes < 60) return t('{0} min ago', minutes)
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return t('{0} h ago', hours)
  const days = Math.floor(hours / 24)
  return days === 1 ? t('yesterday') : t('{0} days ago', formatNumberIn(language, days))
}

/** Milliseconds below one second, then seconds with one decimal, then minutes. */
export function formatDurationIn(language: Language, milliseconds: number): string {
  const { t } = language
  if (milliseconds < 1) return t('under 1 ms')
  if (milliseconds < 1000) return t('{0} ms', Math.round(milliseconds))
  if (milliseconds < 60_000) return t('{0} s', formatNumberIn(language, milliseconds / 1000, { least: 1 }))
  return t('{0} min', Math.round(milliseconds / 60_000))
}

const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB']

/** "4.1 GB": decimal units, as the libraries of models count. */
export function formatBytesIn(language: Language, count: number): string {
  const power = count < 1000 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log10(count) / 3))
  return `${formatNumberIn(language, count / 1000 ** power, { least: power === 0 ? 0 : 1 })} ${byteUnits[power]}`
}
