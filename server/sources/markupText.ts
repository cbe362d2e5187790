/** More of an HTML text is not looked at: only the first few thousand characters are ever judged. */
const longestHtml = 300_000
/** The converter's work grows faster than the number of tags. A page has one for each twenty characters or so. */
const mostTags = 6_000
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
    if (anyTag.test(text)) return tidy(convert(text))
    if (!/&(?:#\d|#x|[a-z])/i.test(text)) return tidy(text)
    return tidy(
      text
        .split('\n')
        .map((line) => (line.includes('&') ? convert(line) : line))
        .join('\n'),
    )
  }
}

/** Loads the converter, which no run without items needs. */
export async function loadConverter(): Promise<ToText> {
  const { compile } = await import('html-to-text')
  const convert = compile({
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
  return (html) => convert(beginningOfHtml(html))
}

/** As much of the markup as is worth converting. What a page says first may stand behind long scripts. */
function beginningOfHtml(html: string): string {
  const isLong = html.length > longestHtml
  const head = (isLong ? withoutUnseen(html) : html).slice(0, longestHtml)
  let at = -1
  for (let tags = 0; tags <= mostTags; tags++) {
    at = head.indexOf('<', at + 1)
    if (at === -1) return head
  }
  return head.slice(0, at)
}

const unseenParts = [
  { begin: /<script\b/gi, end: /<\/script\s*>/gi },
  { begin: /<style\b/gi, end: /<\/style\s*>/gi },
  { begin: /<!--/g, end: /-->/g },
]

/** Without scripts, styles and comments; one that does not end is all of the rest. */
function withoutUnseen(html: string): string {
  return unseenParts.reduce((text, { begin, end }) => {
    const kept: string[] = []
    let from = 0
    for (begin.lastIndex = 0; ; begin.lastIndex = from) {
      const opened = begin.exec(text)
      if (!opened) return kept.join('') + text.slice(from)
      kept.push(text.slice(from, opened.index))
      end.lastIndex = opened.index
      if (!end.exec(text)) return kept.join('')
      from = end.lastIndex
    }
  }, html)
}

/** One kind of line end, no half characters, nothing at the ends: equal texts have equal hashes. */
export function tidy(text: string): string {
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  return lines.toWellFormed().trim()
}
