import type { Command } from 'commander'
import type { ReviewItem, ReviewPage } from '../../protocol/review.ts'
import { describeDoubt, describeEnough, describeReviewState } from '../../shared/describe/review.ts'
import { english } from '../../shared/language.ts'
import { commandToType } from '../invocation/call.ts'
import type { ExitCode } from '../invocation/exitCodes.ts'
import { type Host, type Invocation, print, printNextStep } from '../invocation/invocation.ts'
import { chooseRun, runHelp } from '../results/chooseRun.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import type { Sink } from '../terminal/terminal.ts'
import { type Execute, examples, wholeNumber } from './execute.ts'

/** `review FILE|RUN`: what to look at next, and what is known by what was. */
export function addReviewCommand(program: Command, execute: Execute): void {
  program
    .command('review')
    .summary('what to check next, and how many verdicts are still wrong')
    .description(
      'Shows the verdicts to check next, the most doubtful first, each fifth drawn by chance, so that what is known of them holds for all. Say of each what is right with `label set`; the figures follow.',
    )
    .argument('<file-or-run>', runHelp)
    .option('--limit <n>', 'at most this many', wholeNumber(1, 100), 10)
    .addHelpText(
      'after',
      examples('llm-providers review issues.jsonl', 'llm-providers review 20261121t093000000z-4f7k2m --limit 1 --json'),
    )
    .action((word: string, { limit }: { limit: number }, command: Command) =>
      execute(command, (invocation, host) => review(invocation, host, word, limit)),
    )
}

async function review(invocation: Invocation, { client }: Host, word: string, limit: number): Promise<ExitCode> {
  const chosen = await chooseRun(invocation, client, word)
  if (!chosen.ok) return print(invocation, chosen, () => '')
  const page = await client.request('run/review', { runId: chosen.value, limit })
  const code = await print(invocation, page, (value) => reviewText(invocation.terminal.stdout, value))
  const first = page.ok ? page.value.items[0] : undefined
  if (first && !invocation.json) {
    const { runId, id } = first.result
    await printNextStep(invocation, commandToType(invocation.call, 'label', 'set', runId, id, '--accept'))
  }
  return code
}

function reviewText(sink: Sink, { items, state }: ReviewPage): string {
  const told = [...describeReviewState(english, state), describeEnough(english, state)].join('\n')
  return items.length === 0 ? told : `${told}\n\n${renderTable(sink, columns, items)}`
}

const columns: Column<ReviewItem>[] = [
  { heading: 'id', text: ({ result }) => result.id, most: 28 },
  { heading: 'text', text: ({ result }) => result.preview ?? '', most: 40 },
  { heading: 'categories', text: ({ result }) => result.categories?.join(', ') || 'no category', most: 36 },
  {
    heading: 'confidence',
    text: ({ result }) => (result.calibrated ?? result.confidence)?.toFixed(2) ?? '',
    align: 'right',
  },
  { heading: 'why', text: whyText },
]

function whyText({ drawn, doubts }: ReviewItem): string {
  const told = doubts.map((doubt) => describeDoubt(english, doubt))
  return [...(drawn === 'chance' ? ['by chance'] : []), ...told].join(', ')
}
