import type { Command } from 'commander'
import { KnowledgeBaseName, type KnowledgeHits, type SimilarItems } from '../../protocol/knowledgeBases.ts'
import { type Invocation, print } from '../invocation/invocation.ts'
import { neutralise, oneLine } from '../terminal/plainText.ts'
import { type Execute, matching, wholeNumber } from './execute.ts'

export const baseName = matching(
  KnowledgeBaseName,
  'the name of a knowledge base',
  'lower-case letters, digits, ".", "_" or "-"',
)

export function addSearch(kb: Command, execute: Execute): void {
  kb.command('search')
    .summary('the chunks that are nearest in meaning')
    .argument('<name>', 'the knowledge base', baseName)
    .argument('<text>', 'what to look for')
    .option('--limit <n>', 'at most this many', wholeNumber(1, 100), 10)
    .action((name: string, text: string, { limit }: { limit: number }, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('kb/search', { name, text, limit }), (found) =>
          hitsText(invocation, found),
        ),
      ),
    )
}

function hitsText({ colours }: Invocation, { hits }: KnowledgeHits): string {
  return hits
    .map(({ score, id, file, line, heading, text }) => {
      const place = file === null ? id : `${file}${line === null ? '' : `:${line}`}`
      const head = [
        score.toFixed(3),
        place,
        ...(file === null || id.startsWith(file) ? [] : [id]),
        ...(heading === null ? [] : [heading]),
      ]
      return `${colours.heading(oneLine(head.join('  ')))}\n${neutralise(text)}`
    })
    .join('\n\n')
}

export function addSimilar(kb: Command, execute: Execute): void {
  kb.command('similar')
    .summary('the items that are most like one of them; nothing is sent')
    .argument('<name>', 'the knowledge base', baseName)
    .argument('<id>', 'the id of an item in it')
    .option('--limit <n>', 'at most this many', wholeNumber(1, 100), 10)
    .action((name: string, id: string, { limit }: { limit: number }, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('kb/similar', { name, like: { id }, limit }), (found) =>
          itemsText(invocation, found),
        ),
      ),
    )
}

function itemsText({ colours }: Invocation, { items }: SimilarItems): string {
  if (items.length === 0) return 'There is no other item in it.'
  return items
    .map(({ score, id, file, line, text }) => {
      const place = file === null || id.startsWith(file) ? [] : [`${file}${line === null ? '' : `:${line}`}`]
      return `${colours.heading(oneLine([score.toFixed(3), id, ...place].join('  ')))}\n${neutralise(text)}`
    })
    .join('\n\n')
}
