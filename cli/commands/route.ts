import { Argument, type Command } from 'commander'
import { type Task, tasks } from '../../protocol/names.ts'
import type { Resolution, Route } from '../../protocol/routing.ts'
import { type Invocation, print } from '../invocation.ts'
import { routeText } from '../readinessText.ts'
import { type Colours, coloursFor } from '../terminal/colours.ts'
import { oneLine, wrap } from '../terminal/plainText.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { age } from '../terminal/times.ts'
import { type Execute, examples, providerId } from './execute.ts'

export function addRouteCommands(program: Command, execute: Execute): void {
  const route = program.command('route').summary('which provider and model does which task')
  route
    .command('list')
    .summary('the route of each task')
    .action((_options, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('route/list', {}), (routes) => routesText(invocation, routes)),
      ),
    )
  route
    .command('set')
    .summary('choose the provider and model of a task')
    .addArgument(taskArgument())
    .requiredOption('--provider <id>', 'the provider', providerId)
    .option('--model <model>', "the model; without it, the provider's own default")
    .addHelpText('after', examples('llm-providers route set categorization --provider ollama --model llama3.2:3b'))
    .action((task: Task, options: { provider: string; model?: string }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const outcome = await client.request('route/save', {
          task,
          provider: options.provider,
          model: options.model ?? null,
        })
        return print(invocation, outcome, (saved) => routesText(invocation, [saved]))
      }),
    )
  route
    .command('explain')
    .summary('how a task is resolved, step by step')
    .addArgument(taskArgument())
    .action((task: Task, _options, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const resolution = await client.request('route/resolve', { task })
        // The steps are the answer, also when they end in a reason.
        if (!invocation.json) await invocation.terminal.stdout.write(`${traceText(invocation, resolution)}\n`)
        return print(invocation, resolution, () => '')
      }),
    )
}

function taskArgument(): Argument {
  return new Argument('<task>', 'what is to be done').choices(tasks)
}

function routesText({ terminal }: Invocation, routes: readonly Route[]): string {
  if (routes.length === 0) return 'No task has a route yet.'
  return renderTable(terminal.stdout, routeColumns(terminal.now()), routes)
}

function routeColumns(now: Date): Column<Route>[] {
  return [
    { heading: 'task', text: ({ task }) => task },
    { heading: 'provider', text: ({ provider }) => provider, most: 24 },
    { heading: 'model', text: ({ model }) => model ?? "(the provider's default)", most: 48 },
    { heading: 'fallback', text: ({ options: { fallback } }) => fallback?.provider ?? 'none', most: 24 },
    { heading: 'changed', text: ({ updatedAt }) => age(updatedAt, now) },
  ]
}

function traceText({ terminal }: Invocation, resolution: Resolution): string {
  const colours = coloursFor(terminal.stdout)
  const lead = 24
  const steps = resolution.trace.map(({ step, passed, detail }) => {
    const sentence = wrap(oneLine(detail), terminal.stdout.columns - lead).join(`\n${' '.repeat(lead)}`)
    return `${stateWord(passed, colours)}  ${step.replace('_', ' ').padEnd(14)}  ${sentence}`
  })
  const notes = resolution.warnings.map(({ message }) => `note: ${oneLine(message)}`)
  const end = resolution.ok ? [`${colours.heading('goes to')} ${routeText(resolution.value)}`] : []
  return [...steps, ...end, ...notes].join('\n')
}

function stateWord(passed: boolean, colours: Colours): string {
  return passed ? colours.good('passed') : colours.bad('failed')
}
