/**
 * The language that sentences are told in. `t` is given the English sentence, with `{0}`, `{1}` for the values, as the editor's own
 * `l10n.t` is: what it has no translation for stays English.
 */
export interface Language {
  /** As browsers and editors name it: `en`, `de`, `pt-br`. */
  readonly tag: string
  t(english: string, ...values: (string | number)[]): string
}

/** What logs, terminals and files are written in. */
export const english: Language = { tag: 'en', t: fillIn }

/** A placeholder without a value stays as it is: the text may be somebody's own. */
export function fillIn(text: string, ...values: (string | number)[]): string {
  if (values.length === 0) return text
  return text.replace(/\{(\d+)\}/g, (mark, index) => String(values[Number(index)] ?? mark))
}

/** One sentence for one thing, another for any other number of them. `{0}` is the number, `{1}` and so on are the values. */
export function pluralIn(
  language: Language,
  amount: number,
  one: string,
  other: string,
  ...values: (string | number)[]
): string {
  const rule = new Intl.PluralRules(tagOf(language)).select(amount)
  return language.t(rule === 'one' ? one : other, numberIn(language, amount), ...values)
}

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

/** An editor may name a language that the runtime does not know, such as its pseudo language. */
function tagOf({ tag }: Language): string {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? 'en'
  } catch {
    return 'en'
  }
}

/** A text that was made elsewhere, such as the label of a kind or a detail of the server, if there is a translation of all of it. */
export function lookUp(language: Language, text: string): string {
  return language.t(text)
}
