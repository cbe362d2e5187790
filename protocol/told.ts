import * as z from 'zod'
import { fillIn, type Language } from './language.ts'

/**
 * A sentence of the server, taken apart so that whoever shows it can tell it in another language: the English text with `{0}` for
 * each value. The names `text` of all of these are in the editor's bundles.
 */
export const Told = z.object({ text: z.string(), values: z.array(z.union([z.string(), z.number()])) })
export type Told = z.infer<typeof Told>

export function say(text: string, ...values: (string | number)[]): Told {
  return { text, values }
}

/** In English, for logs, terminals and files. */
export function inEnglish({ text, values }: Told): string {
  return fillIn(text, ...values)
}

/** In the language of whoever reads it. `english` is what was told by a server that did not take it apart. */
export function tellIn(language: Language, told: Told | undefined, english: string): string {
  return told ? language.t(told.text, ...told.values) : language.t(english)
}
