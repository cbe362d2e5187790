import path from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { maxPageRows } from '../../protocol/names.ts'
import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultFilter } from '../../protocol/resultQueries.ts'
import { ResultChange } from '../../protocol/revisions.ts'
import { commandToType } from '../commandLine.ts'
import { type Host, type Invocation, print, tellNext } from '../invocation.ts'
import { addCondition, filterHelp } from '../results/resultQuery.ts'
import { comparisonText, diffText, keptText, revisionsText } from '../results/revisionText.ts'
import { type Execute, examples, wholeNumber } from './execute.ts'
import { runId } from './results.ts'

/** Runs over the same input, as revisions of its results. */
export function addRevisionCommands(program: Command, execute: Execute): void {
  const revision = program
    .command('revision')
    .summary('runs over the same input: list, diff, compare, keep, undo')
    .description(
      'Each run over the same files is a revision of their results. The newest completed one is kept by itself.',
    )
    .addHelpText(
      'after',
      examples(
        'llm-providers revision list issues.jsonl',
        'llm-providers revision diff RUN LATER-RUN --only labels,score',
        'llm-providers revision undo issues.jsonl',
      ),
    )
  addList(revision, execute)
  addDiff(revision, execute)
  addCompare(revision, execute)
  addKeep(revision, execute)
  addUndo(revision, execute)
}

const inputHelp = 'the id of a run, or the file or folder that runs were over'

/** As the server draws them. Any other word is a path. */
const drawnRunId = /^\d{8}t\d{9}z-[0-9a-z]+$/

function ofInput({ terminal }: Invocation, input: string): { runId: string } | { path: string } {
  return drawnRunId.test(input) ? { runId: input } : { path: path.resolve(terminal.workingFolder, input) }
}

function addList(revision: Command, execute: Execute): void {
  revision
    .command('list')
    .summary('the revisions, newest first')
    .argument('<input>', inputHelp)
    .option('--limit <n>', 'rows on a page', wholeNumber(1, maxPageRows), 20)
    .option('--cursor <cursor>', 'the page to show, as the one before named it')
    .action((input: string, { limit, cursor }: { limit: number; cursor?: string }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const request = { ...ofInput(invocation, input), limit, cursor: cursor ?? null }
        const page = await client.request('revision/list', request)
        const code = await print(invocation, page, ({ rows }) => revisionsText(invocation.terminal.stdout, rows))
        if (page.ok && page.value.next && !invocation.json) {
          const words = ['revision', 'list', input, '--limit', String(limit), '--cursor', page.value.next]
          await tellNext(invocation, commandToType(invocation.call, ...words))
        }
        return code
      }),
    )
}

interface DiffOptions {
  only?: ResultChange[]
  filter?: ResultFilter
  limit: number
  offset: number
}

function addDiff(revision: Command, execute: Execute): void {
  revision
    .command('diff')
    .summary('the items whose results differ between two runs')
    .argument('<from>', 'the id of the earlier run', runId)
    .argument('<to>', 'the id of the later run', runId)
    .option('--only <changes>', `${ResultChange.options.join(', ')}: one or more, with commas`, parseChanges)
    .option('--filter <condition>', filterHelp, addCondition)
    .option('--limit <n>', 'rows on a page', wholeNumber(1, maxPageRows), 50)
    .option('--offset <n>', 'after so many', wholeNumber(0, 1_000_000_000), 0)
    .action((from: string, to: string, options: DiffOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const diff = await client.request('revision/diff', { from, to, ...options })
        return print(invocation, diff, (value) => diffText(invocation.terminal.stdout, value))
      }),
    )
}

function parseChanges(word: string): ResultChange[] {
  const names = word.split(',').map((name) => name.trim())
  const known = ResultChange.options.filter((change) => names.includes(change))
  if (known.length === new Set(names).size) return known
  throw new InvalidArgumentError(`Allowed are ${ResultChange.options.join(', ')}.`)
}

function addCompare(revision: Command, execute: Execute): void {
  revision
    .command('compare')
    .summary('two runs as figures: who moved where, how far scores shifted, how well they agree')
    .argument('<from>', 'the id of the earlier run', runId)
    .argument('<to>', 'the id of the later run', runId)
    .action((from: string, to: string, _options: object, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const comparison = await client.request('revision/compare', { from, to })
        return print(invocation, comparison, (value) => comparisonText(invocation.terminal.stdout, value))
      }),
    )
}

function addKeep(revision: Command, execute: Execute): void {
  revision
    .command('keep')
    .summary('let the results of this run count, and write its results file again')
    .argument('<run>', 'the id of the run', runId)
    .action((id: string, _options: object, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('revision/keep', { runId: id }), keptText),
      ),
    )
}

function addUndo(revision: Command, execute: Execute): void {
  revision
    .command('undo')
    .summary('keep again what was kept before')
    .argument('<input>', inputHelp)
    .action((input: string, _options: object, command: Command) =>
      execute(command, async (invocation, host) => {
        const id = await anyRun(invocation, host, input)
        return print(invocation, id.ok ? await host.client.request('revision/undo', { runId: id.value }) : id, keptText)
      }),
    )
}

async function anyRun(invocation: Invocation, { client }: Host, input: string): Promise<Outcome<string>> {
  const named = ofInput(invocation, input)
  if ('runId' in named) return succeed(named.runId)
  const page = await client.request('revision/list', { ...named, limit: 1 })
  if (!page.ok) return page
  const [newest] = page.value.rows
  return newest ? succeed(newest.run.runId) : fail({ code: 'not_found', what: 'run', id: input })
}
