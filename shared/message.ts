import type { Told } from '../protocol/localizableMessage.ts'
import { english, type Language } from './language.ts'
import { pluralIn } from './plural.ts'

export function say(text: string, ...values: Told['values']): Told {
  return { text, values }
}

/** `sayCount(3, '{0} item', '{0} items')`: one sentence for one thing, another for any other number of them. */
export function sayCount(amount: number, one: string, other: string, ...values: Told['values']): Told {
  return { text: other, values: [amount, ...values], one }
}

/** A text that was made elsewhere, such as the label of a kind: localized where a translation of all of it exists. */
export function asTold(text: string): Told {
  return { text, values: [] }
}

/** In English, for logs, terminals and files. */
export function inEnglish(told: Told): string {
  return tellTold(english, told)
}

/** In the language of the reader. `english` is the text of a server that did not take it apart. */
export function tellIn(language: Language, told: Told | undefined, english: string): string {
  return told ? tellTold(language, told) : language.t(english)
}

export function tellTold(language: Language, { text, values, one }: Told): string {
  const [first, ...others] = values.map((value) => (typeof value === 'object' ? tellTold(language, value) : value))
  if (one !== undefined && typeof first === 'number') return pluralIn(language, first, one, text, ...others)
  return language.t(text, ...(first === undefined ? [] : [first]), ...others)
}

/** A sentence as the field `name` of a message, in English; taken apart beside it where it has values. */
export function worded<Name extends string>(name: Name, told: Told): Record<Name, string> & { told?: Told } {
  const english = { [name]: inEnglish(told) } as Record<Name, string>
  return told.values.length === 0 ? english : { ...english, told }
}
