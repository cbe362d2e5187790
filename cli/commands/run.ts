import { type Command, InvalidArgumentError, Option } from 'commander'
import { ModelId, maxPageRows, RunId, type Task, tasks } from '../../protocol/names.ts'
import { settlements } from '../../protocol/results.ts'
import { askModes } from '../../protocol/routing.ts'
import { Lane, ResultFormat, RunPriority } from '../../protocol/runs.ts'
import { commandToType } from '../invocation/call.ts'
import { print, printNextStep } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { estimateRun } from '../runs/estimateRun.ts'
import { reportRun } from '../runs/runReport.ts'
import { costCap, type RunOptions, stdinFormats, stopWhen } from '../runs/runRequest.ts'
import { runsText } from '../runs/runsText.ts'
import { cancelRun, presentationOf, resumeRun, runTasks } from '../runs/runTasks.ts'
import { askSecond, type SecondOptions, type SecondRequest } from '../runs/secondOpinion.ts'
import {
  amountOfUsd,
  type Execute,
  examples,
  lineRanges,
  matching,
  promisedShare,
  providerId,
  shardOf,
  shareOf,
  wholeNumber,
} from './execute.ts'
import { withReading } from './reading.ts'
import { seconds, withStopRules } from './stopOptions.ts'

export function addRunCommands(program: Command, execute: Execute): void {
  addTaskCommand(program, execute, { name: 'categorize', summary: 'categorize items', tasks: ['categorization'] })
  addTaskCommand(program, execute, {
    name: 'score',
    summary: 'score items for interest and quality',
    tasks: ['scoring'],
  })
  const run = addTaskCommand(program, execute, {
    name: 'run',
    summary: 'categorize and score items; list, show, cancel and resume runs',
    tasks: ['categorization', 'scoring'],
  })
  addResume(run, execute)
  addCancel(run, execute)
  addList(run, execute)
  addShow(run, execute)
  addEstimate(run, execute)
}

function addTaskCommand(
  program: Command,
  execute: Execute,
  { name, summary, tasks: chosen }: { name: string; summary: string; tasks: Task[] },
): Command {
  const task = program
    .command(name)
    .summary(summary)
    .description(
      `${summary[0]?.toUpperCase()}${summary.slice(1)}. Prints a table and writes the results beside the source; the source itself is never touched.`,
    )
  const withItems = withInput(task)
  if (chosen.length > 1) {
    withItems.option('--separate', 'calls of its own for each task, also where one call could ask for both')
  }
  return withStopRules(withItems)
    .option('--estimate', 'only print the estimate')
    .option('--sample <n>', 'with --estimate: judge this many items for real, at their real cost', wholeNumber(1, 50))
    .option('--yes', 'start without asking, whatever the size')
    .addOption(
      new Option('--priority <priority>', 'priority among runs of the same provider').choices(RunPriority.options),
    )
    .option('--output <file>', 'where to write the results; - prints them instead of the table')
    .addOption(new Option('--format <format>', 'format of the results').choices(ResultFormat.options))
    .option('--with-source', 'beside the results, a copy of the table with them as columns, as CSV')
    .option('--max-cost <usd>', 'stop before the run costs more than this; it can be resumed', amountOfUsd)
    .addOption(
      new Option(
        '--lane <lane>',
        'batch: through the batch API of the provider, at half the price, within a day; Ctrl-C leaves the batches there, `run resume` fetches their results',
      ).choices(Lane.options),
    )
    .option(
      '--deadline <time>',
      'with --lane batch: after this time, such as 6h, what is left is asked by single calls',
      deadline,
    )
    .option('--concurrency <n>', 'maximum number of simultaneous calls', wholeNumber(1, 256))
    .addHelpText(
      'after',
      examples(
        `llm-providers ${name} issues.jsonl --profile issues`,
        `llm-providers ${name} feedback.csv --text subject,body --id ticket --output rated.csv`,
        `cat app.log | llm-providers ${name} - --provider builtin --output - | head`,
      ),
    )
    .action((inputs: string[], options: RunOptions, command: Command) =>
      execute(command, (invocation, host) => {
        if (options.deadline !== undefined && options.lane !== 'batch')
          throw new UsageError('--deadline needs --lane batch')
        if (options.sample !== undefined && options.estimate !== true) throw new UsageError('--sample needs --estimate')
        return options.estimate === true
          ? estimateRun(invocation, host, chosen, inputs, options)
          : runTasks(invocation, host, chosen, inputs, options)
      }),
    )
}

function deadline(word: string): number {
  const value = seconds(word)
  if (value >= 60 && value <= 2_592_000) return Math.round(value)
  throw new InvalidArgumentError('It must be a time from 1m to 720h, such as 6h.')
}

/** What is judged and by what: the same for a run and for its estimate. */
function withInput(command: Command): Command {
  return withReading(command)
    .argument('[input...]', 'files or folders, recognised by their content; - reads standard input')
    .option('--profile <profile>', 'a profile file, or a ready-made one, such as issues (see `profile list`)')
    .option('--provider <id>', 'use this provider instead of the route, for this run', providerId)
    .option(
      '--model <model>',
      'this model of that provider; without --provider, an alias or PROVIDER/MODEL',
      matching(ModelId, 'the name of a model'),
    )
    .addOption(
      new Option('--stdin-format <format>', 'the format of standard input, if it is not clear').choices(stdinFormats),
    )
    .option('--limit <n>', 'judge only the first items', wholeNumber(1, 1_000_000_000))
    .option('--lines <ranges>', 'only the rows in these lines of one file, such as 2-40 or 7,12-', lineRanges)
    .option('--shard <n/m>', 'only one of m parts, the same on every machine; see `results merge`', shardOf)
    .addOption(
      new Option(
        '--ask <way>',
        'how the model is asked; auto: by decisions if the model supports them, otherwise by text',
      ).choices(askModes),
    )
    .option(
      '--canary',
      'a text of ours with each call, which tells whether the call obeyed one of its items; one more item a call, and only where models answer in text',
    )
    .option(
      '--near-duplicates <share>',
      'judge items once that are nearly the same, from this share of equal pieces on: 0.5 to 1, such as 0.9',
      shareOf,
    )
    .option(
      '--cascade <promise>',
      'let a proxy learn from the first 500 verdicts and more, and decide where it agrees with the model to this share, such as 0.95, by a lower 95 % bound; categories and criteria of yes or no or choices only: what is scored on a scale is asked',
      promisedShare,
    )
    .option(
      '--proxy <provider/model>',
      'with --cascade: this model decides, by its own probabilities: one that decides, is read out, or was learned; it decides categories',
      proxyModel,
    )
    .option('--batch-size <n>', 'items per call at most; above 10 only for models that were probed', wholeNumber(1, 50))
    .option('--no-reuse', 'the same as --fresh')
    .option('--fresh', 'judge everything again, even what has not changed since an earlier run over the same input')
}

const modelId = matching(ModelId, 'the name of a model')

/** `doubtful`, `all` or `sample:200`. */
function chosenItems(word: string): SecondRequest['on'] {
  if (word === 'doubtful' || word === 'all') return { kind: word }
  const [, items] = /^sample:([1-9]\d{0,6})$/.exec(word) ?? []
  if (items !== undefined) return { kind: 'sample', items: Number(items) }
  throw new InvalidArgumentError('It must be doubtful, all or sample:N, such as sample:200.')
}

/** `provider/model`, or the provider alone for its own choice. */
function modelOfProvider(word: string): Pick<SecondRequest, 'provider' | 'model'> {
  const [provider = '', ...rest] = word.split('/')
  const model = rest.join('/')
  return { provider: providerId(provider), ...(model === '' ? {} : { model: modelId(model) }) }
}

function proxyModel(word: string): NonNullable<RunOptions['proxy']> {
  const { provider, model } = modelOfProvider(word)
  if (model === undefined) throw new InvalidArgumentError('It must be PROVIDER/MODEL, such as builtin/tickets-1.')
  return { provider, model }
}

const runId = matching(RunId, 'the id of a run')

function withOutput(command: Command): Command {
  return command
    .addOption(new Option('--output <file>', '- prints all results instead of a table').choices(['-']))
    .addOption(new Option('--format <format>', 'their format').choices(ResultFormat.options))
}

function addResume(run: Command, execute: Execute): void {
  const resume = run
    .command('resume')
    .summary('continue an interrupted run, or judge its failed items again')
    .argument('<run>', 'the id of the run', runId)
  resume
    .description(
      'Continues a run, or with --second asks another model about some of its items: both verdicts are kept, and shown where they differ.',
    )
    .option('--second <provider/model>', 'ask this model for a second opinion', modelOfProvider)
    .option('--on <items>', 'with --second: doubtful (default), sample:N or all', chosenItems)
    .addOption(
      new Option('--settle <how>', 'with --second: whose verdict counts; default: agree-or-review').choices(
        settlements,
      ),
    )
  // Scripts use one set of words for `run` and for going on with it.
  resume.option('--yes', 'ask nothing before a second opinion; resuming itself never asks')
  resume.option('--max-cost <usd>', 'a new cap; earlier spending counts', amountOfUsd)
  withOutput(withStopRules(resume)).action((id: string, options: RunOptions & SecondOptions, command: Command) =>
    execute(command, (invocation, host) => {
      const { second, on = { kind: 'doubtful' }, settle } = options
      if (second !== undefined) {
        const asked = { runId: id, ...second, on, ...(settle ? { settle } : {}) }
        return askSecond(invocation, host, { ...asked, ...costCap(options), ...stopWhen(options) }, options)
      }
      if (options.on || settle) throw new UsageError('--on and --settle need --second PROVIDER/MODEL')
      return resumeRun(
        invocation,
        host,
        { runId: id, ...costCap(options), ...stopWhen(options) },
        presentationOf(invocation.json, options),
      )
    }),
  )
}

function addCancel(run: Command, execute: Execute): void {
  run
    .command('cancel')
    .summary('cancel a run, wherever it is in progress; its results stay, and it can be resumed')
    .argument('<run>', 'the id of the run', runId)
    .action((id: string, _options: object, command: Command) =>
      execute(command, (invocation, host) => cancelRun(invocation, host, id)),
    )
}

interface ListOptions {
  limit: number
  cursor?: string
  evaluations?: boolean
}

function addList(run: Command, execute: Execute): void {
  run
    .command('list')
    .summary('the runs, newest first')
    .option('--limit <n>', 'rows per page', wholeNumber(1, maxPageRows), 20)
    .option('--cursor <cursor>', 'the page to show, as named by the previous one')
    .option('--evaluations', 'include runs that were made to evaluate routes')
    .action((options: ListOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const page = await client.request('run/list', {
          limit: options.limit,
          cursor: options.cursor ?? null,
          ...(options.evaluations ? { madeFor: 'any' } : {}),
        })
        const code = await print(invocation, page, ({ rows }) => runsText(invocation, rows))
        if (page.ok && page.value.next && !invocation.json) {
          const more = options.evaluations ? ['--evaluations'] : []
          const words = ['run', 'list', ...more, '--limit', String(options.limit), '--cursor', page.value.next]
          await printNextStep(invocation, commandToType(invocation.call, ...words))
        }
        return code
      }),
    )
}

function addShow(run: Command, execute: Execute): void {
  const show = run
    .command('show')
    .summary('how a run went and what it found')
    .argument('<run>', 'the id of the run', runId)
    .option('--limit <n>', 'rows of the table', wholeNumber(1, 100_000))
  withOutput(show).action((id: string, options: RunOptions, command: Command) =>
    execute(command, async (invocation, { client }) => {
      if (options.limit !== undefined && (invocation.json || options.output !== undefined)) {
        throw new UsageError('--limit is for the table; --json and --output - give all results')
      }
      const found = await client.request('run/get', { runId: id })
      if (!found.ok) return print(invocation, found, () => '')
      return reportRun(invocation, client, found.value, presentationOf(invocation.json, options, options.limit))
    }),
  )
}

function addEstimate(run: Command, execute: Execute): void {
  const estimate = run
    .command('estimate')
    .summary('how many calls and tokens a run would need, without making any')
    .description(
      'Reads the input and counts what a run would need. Writes nothing, and calls no model unless you ask for a sample.',
    )
  withInput(estimate)
    .option(
      '--sample <n>',
      'judge this many items for real, spread over the input, at their real cost',
      wholeNumber(1, 50),
    )
    .addOption(new Option('--task <task>', 'only this task').choices(tasks))
    .addHelpText('after', examples('llm-providers run estimate issues.jsonl --text title,body'))
    .action((inputs: string[], options: RunOptions & { task?: Task }, command: Command) =>
      execute(command, (invocation, host) =>
        estimateRun(invocation, host, options.task === undefined ? [...tasks] : [options.task], inputs, options),
      ),
    )
}
