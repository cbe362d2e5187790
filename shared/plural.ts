import { formatNumberIn } from './format.ts'
import { type Language, tagOf } from './language.ts'

/** One sentence for one thing, another for any other number of them. `{0}` is the number, `{1}` and so on are the values. */
export function formatPluralIn(
  language: Language,
  amount: number,
  one: string,
  other: string,
  ...values: (string | number)[]
): string {
  const rule = new Intl.PluralRules(tagOf(language)).select(amount)
  return language.t(rule === 'one' ? one : other, formatNumberIn(language, amount), ...values)
}
