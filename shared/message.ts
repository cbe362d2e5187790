import type { LocalizableMessage } from '../protocol/localizableMessage.ts'
import { english, type Language } from './language.ts'
import { formatPluralIn } from './plural.ts'

export function localizable(text: string, ...values: LocalizableMessage['values']): LocalizableMessage {
  return { text, values }
}

/** `localizableCount(3, '{0} item', '{0} items')`: one sentence for one thing, another for any other number of them. */
export function localizableCount(
  amount: number,
  one: string,
  other: string,
  ...values: LocalizableMessage['values']
): LocalizableMessage {
  return { text: other, values: [amount, ...values], one }
}

/** A text that was made elsewhere, such as the label of a kind: localized where a translation of all of it exists. */
export function localizableText(text: string): LocalizableMessage {
  return { text, values: [] }
}

/** In English, for logs, terminals and files. */
export function toEnglish(sentence: LocalizableMessage): string {
  return localize(english, sentence)
}

/** In the language of the reader. `english` is the text of a server that did not take it apart. */
export function localizeOr(language: Language, sentence: LocalizableMessage | undefined, english: string): string {
  return sentence ? localize(language, sentence) : language.t(english)
}

export function localize(language: Language, { text, values, one }: LocalizableMessage): string {
  const [first, ...others] = values.map((value) => (typeof value === 'object' ? localize(language, value) : value))
  if (one !== undefined && typeof first === 'number') return formatPluralIn(language, first, one, text, ...others)
  return language.t(text, ...(first === undefined ? [] : [first]), ...others)
}

/** A sentence as the field `name` of a message, in English; taken apart beside it where it has values. */
export function withMessage<Name extends string>(
  name: Name,
  sentence: LocalizableMessage,
): Record<Name, string> & { localizable?: LocalizableMessage } {
  const english = { [name]: toEnglish(sentence) } as Record<Name, string>
  return sentence.values.length === 0 ? english : { ...english, localizable: sentence }
}
