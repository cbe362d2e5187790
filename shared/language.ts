/**
 * The language that sentences are shown in. `t` is given the English sentence, with `{0}`, `{1}` for the values, as the editor's own
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

/** An editor may name a language that the runtime does not know, such as its pseudo language. */
export function tagOf({ tag }: Language): string {
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
