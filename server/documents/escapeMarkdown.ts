import { oneLine } from '../domain/categoryNames.ts'

/**
 * Text of a model, of a file or of a person within Markdown: it stays text whatever it looks like. Every sign that could begin
 * something is escaped, addresses included, which would become links by themselves; line breaks are spaces.
 */
export function escapeMarkdown(text: string): string {
  return oneLine(text).replace(/[!-/:-@[-`{-~]/g, '\\$&')
}

/** Long texts are cut: a hover is no page. */
export function cutWords(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most).replace(/\p{Surrogate}$/u, '')}…` : text
}
