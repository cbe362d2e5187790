import { type Command, Option } from 'commander'
import { RunId } from '../../protocol/names.ts'
import type { ResultFilter, ResultSort } from '../../protocol/resultQueries.ts'
import { ResultFormat } from '../../protocol/runs.ts'
import type { ExitCode } from '../invocation/exitCodes.ts'
import { type Host, type Invocation, print } from '../invocation/invocation.ts'
import { chooseRun, runHelp } from '../results/chooseRun.ts'
import { explainItem } from '../results/explainItem.ts'
import { showItem } from '../results/itemText.ts'
import { mergeFiles } from '../results/mergeFiles.ts'
import { addCondition, checkCriteria, filterHelp, parseSort } from '../results/resultQuery.ts'
import { type ResultOptions, showResults } from '../results/showResults.ts'
import { summaryText } from '../results/summaryText.ts'
import { type Execute, examples, matching, wholeNumber } from './execute.ts'

export const runId = matching(RunId, 'the id of a run')

/** `results FILE|RUN`, and the same with `explain` and `summary`. */
export function addResultCommands(program: Command, execute: Execute): void {
  const results = program
    .command('results')
    .summary('the results of a file or a run: sort, filter, search, export')
    .description(
      'Shows the results of a file or a run, or writes those that a filter finds to a file. A renamed file keeps its results.',
    )
    .argument('<file-or-run>', runHelp)
  results
    .option('--filter <condition>', filterHelp, addCondition)
    .option(
      '--sort <field>',
      'position, id, score, interest, quality, confidence, status, category, doubt or criterion.NAME; -score for the highest first',
      parseSort,
    )
    .option(
      '--doubtful',
      'only those that nobody has checked, the most doubtful first: two models differ, no category, below the review_below of their category, near that or another threshold of the profile, then the least sure; says why of each',
    )
    .option('--limit <n>', 'at most this many', wholeNumber(1, 1_000_000_000))
    .option('--offset <n>', 'skip this many', wholeNumber(0, 1_000_000_000))
    .addOption(new Option('--format <format>', 'print or write them in this format').choices(ResultFormat.options))
    .option('--output <file>', 'write all that the filter finds to a file')
    .option('--with-source', 'write a copy of the table that was judged, with its results as columns, as CSV')
    .addHelpText(
      'after',
      examples(
        'llm-providers results issues.jsonl --sort -score --limit 20',
        'llm-providers results 20261121t093000000z-4f7k2m --filter status=failed',
        "llm-providers results 20261121t093000000z-4f7k2m --filter 'confidence<0.6' --sort confidence",
        "llm-providers results issues.jsonl --filter 'criterion.severity>=4' --sort -criterion.severity",
        "llm-providers results 20261121t093000000z-4f7k2m --filter 'score>=10' --filter category=Bug --output bugs.csv",
      ),
    )
    .action((word: string, options: ResultOptions, command: Command) =>
      execute(command, (invocation, host) =>
        withRun(invocation, host, word, (id) => showResults(invocation, host, id, options), options),
      ),
    )
  results
    .command('item')
    .summary('one result in full, with what its score is made of')
    .argument('<file-or-run>', runHelp)
    .argument('<item>', "the item's id, or the beginning of its hash")
    .addHelpText('after', examples('llm-providers results item issues.jsonl 42'))
    .action((word: string, item: string, _: object, command: Command) =>
      execute(command, (invocation, host) =>
        withRun(invocation, host, word, (id) => showItem(invocation, host, id, item)),
      ),
    )
  addMerge(results, execute)
  addExplain(results, execute)
  addSummary(results, execute)
}

function addMerge(results: Command, execute: Execute): void {
  results
    .command('merge')
    .summary('put the results of several files together, such as those of shards')
    .description(
      'Writes the results of several runs over parts of one source into one file. They have to agree in profile, prompts and source; what is missing (exit code 4) and what came twice is told.',
    )
    .argument('<results...>', 'results files (JSON Lines or JSON), or runs that have written one')
    .requiredOption('--output <file>', 'the file to write: .jsonl, .json or .csv')
    .addHelpText(
      'after',
      examples(
        'llm-providers run issues.csv --shard 1/2',
        'llm-providers results merge issues.shard-1-of-2.results.jsonl issues.shard-2-of-2.results.jsonl --output issues.results.jsonl',
      ),
    )
    .action((words: string[], { output }: { output: string }, command: Command) =>
      execute(command, (invocation, host) => mergeFiles(invocation, host, words, output)),
    )
}

function addExplain(results: Command, execute: Execute): void {
  results
    .command('explain')
    .summary('ask a model for possible reasons of a verdict that came without any')
    .description(
      "Sends one item's text, its verdict and what the profile says about it to the default model for generation, and prints its answer: a guess by another model. It is not stored; the call counts as usage.",
    )
    .argument('<file-or-run>', runHelp)
    .argument('<item>', "the item's id, or the beginning of its hash")
    .addHelpText('after', examples('llm-providers results explain 20261121t093000000z-4f7k2m 42'))
    .action((word: string, item: string, _: object, command: Command) =>
      execute(command, (invocation, host) =>
        withRun(invocation, host, word, (id) => explainItem(invocation, host, id, item)),
      ),
    )
}

function addSummary(results: Command, execute: Execute): void {
  results
    .command('summary')
    .summary('counts: states, categories, scores, confidence, latency and cost')
    .argument('<file-or-run>', runHelp)
    .option('--filter <condition>', filterHelp, addCondition)
    .action((word: string, { filter }: { filter?: ResultFilter }, command: Command) =>
      execute(command, (invocation, host) =>
        withRun(
          invocation,
          host,
          word,
          async (id) => {
            const summary = await host.client.request('run/summary', { runId: id, ...(filter ? { filter } : {}) })
            return print(invocation, summary, (value) => summaryText(invocation.terminal.stdout, value))
          },
          { filter },
        ),
      ),
    )
}

async function withRun(
  invocation: Invocation,
  { client }: Host,
  word: string,
  act: (runId: string) => Promise<ExitCode>,
  query: { filter?: ResultFilter | undefined; sort?: ResultSort | undefined } = {},
): Promise<ExitCode> {
  const chosen = await chooseRun(invocation, client, word)
  if (!chosen.ok) return print(invocation, chosen, () => '')
  if (query.filter?.criteria || query.sort?.criterion !== undefined) {
    const run = await client.request('run/get', { runId: chosen.value })
    if (!run.ok) return print(invocation, run, () => '')
    checkCriteria(run.value, query)
  }
  return await act(chosen.value)
}
