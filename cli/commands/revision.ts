import { type Command, InvalidArgumentError } from 'commander'
import { maxPageRows } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultFilter } from '../../protocol/resultQueries.ts'
import { ResultChange, type RevisionFilter, type RevisionPair } from '../../protocol/revisions.ts'
import { commandToType } from '../invocation/call.ts'
import type { Client } from '../invocation/client.ts'
import { type Host, type Invocation, print, printNextStep } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { chooseRevisions, revisionHelp, sourceOf } from '../results/chooseRevision.ts'
import { addCondition, filterHelp } from '../results/resultQuery.ts'
import { comparisonText, diffText, keptText, revisionsText } from '../results/revisionText.ts'
import { oneLine } from '../terminal/plainText.ts'
import { collect, type Execute, examples, wholeNumber } from './execute.ts'

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
        'llm-providers revision diff previous latest --of issues.jsonl --only labels,score',
        'llm-providers revision compare 1 2',
        'llm-providers revision undo issues.jsonl',
      ),
    )
  addList(revision, execute)
  addDiff(revision, execute)
  addCompare(revision, execute)
  addKeep(revision, execute)
  addUndo(revision, execute)
}

const inputHelp = `the file or folder that runs were over, or ${revisionHelp}`
const ofHelp = 'the file or folder that a number, latest and previous are counted of, if there are several'

function addList(revision: Command, execute: Execute): void {
  revision
    .command('list')
    .summary('the revisions, newest first')
    .argument('<input>', inputHelp)
    .option('--limit <n>', 'rows per page', wholeNumber(1, maxPageRows), 20)
    .option('--cursor <cursor>', 'the page to show, as named by the previous one')
    .action((input: string, { limit, cursor }: { limit: number; cursor?: string }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const source = await sourceOf(invocation, client, input)
        if (!source.ok) return print(invocation, source, () => '')
        const request = { ...source.value, limit, cursor: cursor ?? null }
        const page = await client.request('revision/list', request)
        const code = await print(invocation, page, ({ rows }) => revisionsText(invocation.terminal.stdout, rows))
        if (page.ok && page.value.next && !invocation.json) {
          const words = ['revision', 'list', input, '--limit', String(limit), '--cursor', page.value.next]
          await printNextStep(invocation, commandToType(invocation.call, ...words))
        }
        return code
      }),
    )
}

interface ChangeOptions {
  only?: ResultChange[] | undefined
  before?: string[] | undefined
  after?: string[] | undefined
}

interface DiffOptions extends ChangeOptions {
  of?: string
  filter?: ResultFilter
  limit: number
  offset: number
}

/** A command over two runs, and which of the items that both have are meant. */
function pairCommand(revision: Command, name: string, summary: string): Command {
  return revision
    .command(name)
    .summary(summary)
    .argument('<from>', `the earlier one: ${revisionHelp}`)
    .argument('<to>', 'the later one, told in the same way')
    .option('--of <input>', ofHelp)
    .option('--only <changes>', changesHelp, parseChanges)
    .option('--before <category>', beforeHelp, collect)
    .option('--after <category>', 'the same of what it is now', collect)
}

function addDiff(revision: Command, execute: Execute): void {
  pairCommand(revision, 'diff', 'the items whose results differ between two runs')
    .option('--filter <condition>', filterHelp, addCondition)
    .option('--limit <n>', 'rows per page', wholeNumber(1, maxPageRows), 50)
    .option('--offset <n>', 'skip this many', wholeNumber(0, 1_000_000_000), 0)
    .action((from: string, to: string, { of, before, after, only, ...page }: DiffOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const pair = await pairOf(invocation, client, [from, to], of)
        if (!pair.ok) return print(invocation, pair, () => '')
        const request = { ...pair.value, ...filterOf({ before, after, only }), ...page }
        const diff = await client.request('revision/diff', request)
        return print(invocation, diff, (value) => diffText(invocation.terminal.stdout, value))
      }),
    )
}

const changesHelp = `only items with one of these changes: ${ResultChange.options.join(', ')}; several with commas`
const beforeHelp = 'only items whose first category was this; repeat it to widen, empty for items that fitted nowhere'

/** The two runs that the words mean. */
async function pairOf(
  invocation: Invocation,
  client: Client,
  words: readonly [string, string],
  of: string | undefined,
): Promise<Outcome<RevisionPair>> {
  const chosen = await chooseRevisions(invocation, client, words, of)
  if (!chosen.ok) return chosen
  const [from, to] = chosen.value as [string, string]
  return succeed({ from, to })
}

function filterOf({ before, after, only }: ChangeOptions): RevisionFilter {
  return {
    ...(only ? { only } : {}),
    ...(before ? { fromCategories: before } : {}),
    ...(after ? { toCategories: after } : {}),
  }
}

function parseChanges(word: string): ResultChange[] {
  const names = word.split(',').map((name) => name.trim())
  const known = ResultChange.options.filter((change) => names.includes(change))
  if (known.length === new Set(names).size) return known
  throw new InvalidArgumentError(`Allowed are ${ResultChange.options.join(', ')}.`)
}

function addCompare(revision: Command, execute: Execute): void {
  pairCommand(
    revision,
    'compare',
    'two runs as figures: who moved where, how far scores shifted, how well they agree',
  ).action((from: string, to: string, { of, ...filter }: Omit<DiffOptions, 'limit' | 'offset'>, command: Command) =>
    execute(command, async (invocation, { client }) => {
      const pair = await pairOf(invocation, client, [from, to], of)
      if (!pair.ok) return print(invocation, pair, () => '')
      const comparison = await client.request('revision/compare', { ...pair.value, ...filterOf(filter) })
      return print(invocation, comparison, (value) => comparisonText(invocation.terminal.stdout, value))
    }),
  )
}

function addKeep(revision: Command, execute: Execute): void {
  revision
    .command('keep')
    .summary('keep the results of this run, and write its results file again')
    .argument('<revision>', revisionHelp)
    .option('--of <input>', ofHelp)
    .action((word: string, { of }: { of?: string }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const chosen = await chooseRevisions(invocation, client, [word], of)
        if (!chosen.ok) return print(invocation, chosen, () => '')
        const [runId] = chosen.value as [string]
        return print(invocation, await client.request('revision/keep', { runId }), keptText)
      }),
    )
}

function addUndo(revision: Command, execute: Execute): void {
  revision
    .command('undo')
    .summary('return to the revision that was kept before')
    .argument('<input>', inputHelp)
    .action((input: string, _options: object, command: Command) =>
      execute(command, async (invocation, host) => {
        const id = await anyRun(invocation, host, input)
        return print(invocation, id.ok ? await host.client.request('revision/undo', { runId: id.value }) : id, keptText)
      }),
    )
}

async function anyRun(invocation: Invocation, { client }: Host, input: string): Promise<Outcome<string>> {
  const named = await sourceOf(invocation, client, input)
  if (!named.ok) return named
  if ('runId' in named.value) return succeed(named.value.runId)
  const page = await client.request('revision/list', { ...named.value, limit: 1 })
  if (!page.ok) return page
  const [newest] = page.value.rows
  if (!newest) throw new UsageError(`No run was over "${oneLine(input)}". "run list" has those that there are.`)
  return succeed(newest.run.runId)
}
