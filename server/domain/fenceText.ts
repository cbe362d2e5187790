import { breakControlTokens } from './controlTokens.ts'

/** Tag characters and variation selectors beyond Unicode's first plane: no person sees them, and models read words in them. */
const invisible = /[\u{E0000}-\u{E01EF}]/gu

/** What any of the replacements below begins with. */
const suspicious = /[^\P{Cc}\n\t]|\p{Surrogate}|[<[\]\u{E0000}-\u{E01EF}]/u

/** Harmless in a prompt: no lone surrogates (which are not text), no control or invisible characters, no role markup. */
export function neutralize(text: string): string {
  // Most texts have nothing of the kind, which one look shows.
  if (!suspicious.test(text)) return text
  return breakControlTokens(
    text
      .replace(/\p{Surrogate}/gu, '\uFFFD')
      .replace(invisible, '')
      .replace(/\r\n?/g, '\n')
      .replace(/[^\P{Cc}\n\t]/gu, ' '),
  )
}

/**
 * The text between two lines that carry `mark`. The mark is drawn anew for each run, so that no text can know it;
 * should it be in the text all the same, it is taken out, and so no text can close its fence.
 */
export function fenceText(key: string, text: string, mark: string): string {
  return `<<<ITEM ${key} ${mark}\n${withoutMark(neutralize(text), mark)}\nITEM ${key} ${mark}>>>`
}

/** A pattern is only made where it is needed: hardly any text holds the mark. */
function withoutMark(text: string, mark: string): string {
  if (!text.toLowerCase().includes(mark.toLowerCase())) return text
  return text.replace(new RegExp(mark.replace(/[^A-Za-z0-9]/g, '\\$&'), 'gi'), '\uFFFD')
}
