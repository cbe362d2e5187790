import type { ThreadMessage, ThreadWithMessages } from '../protocol/threads.ts'

/** What a surface knows of its texts. */
export interface MarkdownWords {
  /** Other people's text as it may stand in a file: nothing in it steers a terminal or turns the direction of writing. */
  clean(text: string): string
  /** Who answered and what it took, in one line. */
  describe(answer: ThreadMessage): string
}

/** A conversation as a document: questions are quotes, answers stand as they were written. `title` is one line. */
export function threadMarkdown(
  title: string,
  rows: ThreadWithMessages['rows'],
  { clean, describe }: MarkdownWords,
): string {
  return [`# ${title}`, ...rows.map((message) => markdownOf(message, { clean, describe }))].join('\n\n')
}

function markdownOf(message: ThreadMessage, { clean, describe }: MarkdownWords): string {
  const { role, text, material } = message
  if (role === 'assistant') return `${clean(text)}\n\n_${describe(message)}_`
  const question = clean(text)
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')
  return material === null ? question : `${question}\n\n${fencedText(clean(material))}`
}

/** A fence that is longer than any within. */
function fencedText(material: string): string {
  const longest = [...material.matchAll(/`{3,}/g)].reduce((most, [ticks]) => Math.max(most, ticks.length), 2)
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${material}\n${fence}`
}
