/** More of an HTML text is not looked at: only the first few thousand characters are ever judged. */
const longestHtml = 1_000_000
/** The converter follows the nesting by recursion. */
const deepestHtml = 200

const contentTags =
  'a|article|b|blockquote|body|br|center|dd|div|dl|dt|em|figure|font|h[1-6]|header|hr|html|i|img|li|main|ol|p|pre|section|span|strong|table|tbody|td|th|tr|u|ul'
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

export type ToPlainText = (text: string) => string

/** Loads the converter, which no run without items needs. */
export async function loadPlainText(): Promise<ToPlainText> {
  const convert = await loadConverter()
  return (text) => tidy(looksLikeHtml(text) ? convert(text.slice(0, longestHtml)) : text)
}

const anyTag = new RegExp(
  `</?(?:${contentTags}|script|style|iframe|code|small|sub|sup|q)(?:[\\s/][^<>]{0,5000})?>`,
  'i',
)

/** For what is markup by its kind, as the parts of a feed are: tags, entities, and a text that has neither. */
export async function loadMarkupText(): Promise<ToPlainText> {
  const convert = await loadConverter()
  return (text) => {
    if (anyTag.test(text)) return tidy(convert(text.slice(0, longestHtml)))
    if (!/&(?:#\d|#x|[a-z])/i.test(text)) return tidy(text)
    return tidy(
      text
        .split('\n')
        .map((line) => (line.includes('&') ? convert(line.slice(0, longestHtml)) : line))
        .join('\n'),
    )
  }
}

async function loadConverter(): Promise<ToPlainText> {
  const { compile } = await import('html-to-text')
  return compile({
    wordwrap: false,
    selectors: [
      { selector: 'a', options: { ignoreHref: true } },
      { selector: 'img', format: 'skip' },
      { selector: 'script', format: 'skip' },
      { selector: 'style', format: 'skip' },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    ],
    limits: { maxInputLength: longestHtml, maxDepth: deepestHtml, ellipsis: '' },
  })
}

/** One kind of line end, no half characters, nothing at the ends: equal texts have equal hashes. */
function tidy(text: string): string {
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  return lines.toWellFormed().trim()
}
