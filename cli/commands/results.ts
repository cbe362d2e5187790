import { type Command, Option } from 'commander'
import { RunId } from '../../protocol/names.ts'
import type { ResultFilter } from '../../protocol/resultQueries.ts'
import { ResultFormat } from '../../protocol/runs.ts'
import { print } from '../invocation/invocation.ts'
import { explainItem } from '../results/explainItem.ts'
import { addCondition, filterHelp, parseSort } from '../results/resultQuery.ts'
import { type ResultOptions, showResults } from '../results/showResults.ts'
import { summaryText } from '../results/summaryText.ts'
import { type Execute, examples, matching, wholeNumber } from './execute.ts'

export const runId = matching(RunId, 'the id of a run')

/** `results RUN` and `results summary RUN`. */
export function addResultCommands(program: Command, execute: Execute): void {
  const results = program
    .command('results')
    .summary('the results of a run: sort, filter, search, export')
    .description('Shows the results of a run, or writes those that a filter finds to a file.')
    .argument('<run>', 'the id of the run', runId)
  results
    .option('--filter <condition>', filterHelp, addCondition)
    .option(
      '--sort <field>',
      'position, id, score, interest, quality, confidence, status or category; -score for the highest first',
      parseSort,
    )
    .option('--limit <n>', 'at most this many', wholeNumber(1, 1_000_000_000))
    .option('--offset <n>', 'skip this many', wholeNumber(0, 1_000_000_000))
    .addOption(new Option('--format <format>', 'print or write them in this format').choices(ResultFormat.options))
    .option('--output <file>', 'write all that the filter finds to a file')
    .option('--with-source', 'write a copy of the table that was judged, with its results as columns, as CSV')
    .addHelpText(
      'after',
      examples(
        'llm-providers results 20261121t093000000z-4f7k2m --sort -score --limit 20',
        'llm-providers results 20261121t093000000z-4f7k2m --filter status=failed',
        "llm-providers results 20261121t093000000z-4f7k2m --filter 'confidence<0.6' --sort confidence",
        "llm-providers results 20261121t093000000z-4f7k2m --filter 'score>=10' --filter category=Bug --output bugs.csv",
      ),
    )
    .action((id: string, options: ResultOptions, command: Command) =>
      execute(command, (invocation, host) => showResults(invocation, host, id, options)),
    )
  results
    .command('explain')
    .summary('ask a model for possible reasons of a verdict that came without any')
    .description(
      "Sends one item's text, its verdict and what the profile says about it to the default model for generation, and prints its answer: a guess by another model. It is not stored; the call counts as usage.",
    )
    .argument('<run>', 'the id of the run', runId)
    .argument('<item>', "the item's id, or the beginning of its hash")
    .addHelpText('after', examples('llm-providers results explain 20261121t093000000z-4f7k2m 42'))
    .action((id: string, item: string, _: object, command: Command) =>
      execute(command, (invocation, host) => explainItem(invocation, host, id, item)),
    )
  results
    .command('summary')
    .summary('counts: states, categories, scores, confidence, latency and cost')
    .argument('<run>', 'the id of the run', runId)
    .option('--filter <condition>', filterHelp, addCondition)
    .action((id: string, { filter }: { filter?: ResultFilter }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const summary = await client.request('run/summary', { runId: id, ...(filter ? { filter } : {}) })
        return print(invocation, summary, (value) => summaryText(invocation.terminal.stdout, value))
      }),
    )
}
