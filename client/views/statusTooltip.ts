import { MarkdownString } from 'vscode'
import type { Fact } from '../describe/facts.ts'

/** A line of the tooltip, with the one thing that helps as a link. */
export interface TooltipLine extends Fact {
  link?: { label: string; command: `llmProviders.${string}`; argument?: string }
}

/**
 * Links carry out commands of ours that are named here, and no others: what stands between them was written by providers
 * and models. It is text, whatever it looks like.
 */
export function drawTooltip(title: string, lines: readonly TooltipLine[]): MarkdownString {
  const markdown = new MarkdownString().appendMarkdown('**').appendText(title).appendMarkdown('**\n')
  const commands = new Set<string>()
  for (const { label, text, link } of lines) {
    markdown.appendMarkdown('\n- ').appendText(`${label}: ${text}`)
    if (!link) continue
    commands.add(link.command)
    markdown
      .appendMarkdown(' [')
      .appendText(link.label)
      .appendMarkdown(`](${address(link)})`)
  }
  markdown.isTrusted = { enabledCommands: [...commands] }
  return markdown
}

function address({ command, argument }: NonNullable<TooltipLine['link']>): string {
  return argument === undefined
    ? `command:${command}`
    : `command:${command}?${encodeURIComponent(JSON.stringify([argument]))}`
}
