import { MarkdownString } from 'vscode'

/** One thing to know, as a line of a tooltip. */
export interface Fact {
  label: string
  text: string
}

/** Not trusted and without HTML: what providers say stays text. */
export function drawFacts(title: string, facts: readonly Fact[]): MarkdownString {
  const markdown = new MarkdownString().appendMarkdown('**').appendText(title).appendMarkdown('**\n')
  for (const { label, text } of facts) {
    markdown.appendMarkdown('\n- ').appendText(`${label}: ${text}`)
  }
  return markdown
}

/** Those that have something to say. */
export function knownFacts(facts: readonly { label: string; text: string | null }[]): Fact[] {
  return facts.filter((fact): fact is Fact => fact.text !== null)
}
