/** More of an HTML text is not looked at: only the first few thousand characters are ever judged. */
export const longestHtml = 1_000_000
/** The converter follows the nesting by recursion. */
const deepestHtml = 200

export const contentTags =
  'a|article|b|blockquote|body|br|center|dd|div|dl|dt|em|figure|font|h[1-6]|header|hr|html|i|img|li|main|ol|p|pre|section|span|strong|table|tbody|td|th|tr|u|ul'
export type ToText = (text: string) => string

const anyTag = new RegExp(
  `</?(?:${contentTags}|script|style|iframe|code|small|sub|sup|q)(?:[\\s/][^<>]{0,5000})?>`,
  'i',
)

/** For what is markup by its kind, as the parts of a feed are: tags, entities, and a text that has neither. */
export async function loadMarkupText(): Promise<ToText> {
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

/** Loads the converter, which no run without items needs. */
export async function loadConverter(): Promise<ToText> {
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
export function tidy(text: string): string {
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  return lines.toWellFormed().trim()
}
