import { contentTags, loadConverter, type ToText, tidy } from './markupText.ts'

const opensWithTag = new RegExp(
  `^\\s*(?:<!--[^]{0,2000}?-->\\s*)?<(?:!doctype html|(?:${contentTags})(?=[\\s/>]))`,
  'i',
)
const closingTag = new RegExp(`</(?:${contentTags})\\s*>|<(?:br|hr)\\s*/?>`, 'gi')
/** Source code and Markdown hold tags that are their subject, not their form. */
const codeSign = /```|className=|=>|\b(?:import|export|const|function)\s+[\w{*]/

/** Markup as the form of a text: it begins with a tag, or closes tags here and there without being code. */
export function looksLikeHtml(text: string): boolean {
  if (!text.includes('<')) return false
  if (opensWithTag.test(text)) return true
  const head = text.slice(0, 20_000)
  return (head.match(closingTag)?.length ?? 0) >= 2 && !codeSign.test(head)
}

export type ToPlainText = ToText

export async function loadPlainText(): Promise<ToPlainText> {
  const convert = await loadConverter()
  return (text) => tidy(looksLikeHtml(text) ? convert(text) : text)
}
