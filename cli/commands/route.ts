import { Argument, type Command, Option } from 'commander'
import { assertNever, type Task, tasks } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { listOfText, objectOfText, type ParameterShape, routeOptionShapes } from '../../protocol/parameterShapes.ts'
import {
  type AskMode,
  askModes,
  type Fallback,
  fallbackCauses,
  type Readiness,
  type Resolution,
  type Route,
  type RouteOptions,
} from '../../protocol/routing.ts'
import { withValueAt } from '../../shared/nestedValues.ts'
import { fallbacksOf, readFallback, withFallbacks, writeFallback } from '../../shared/routeFallbacks.ts'
import { routeText } from '../describe/readinessText.ts'
import type { Client } from '../invocation/client.ts'
import type { ExitCode } from '../invocation/exitCodes.ts'
import { type Invocation, print } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { refuseSecret, splitSetting } from '../providers/configValues.ts'
import { namedModel } from '../runs/namedModel.ts'
import { findProfileFolder } from '../runs/profileFolder.ts'
import { type Colours, coloursFor } from '../terminal/colours.ts'
import { age } from '../terminal/format.ts'
import { oneLine, wrap } from '../terminal/plainText.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { collect, type Execute, examples, providerId } from './execute.ts'
import { modelId } from './testCommands.ts'

export function addRouteCommands(program: Command, execute: Execute): void {
  const route = program.command('route').summary('which provider and model does which task')
  route
    .command('list')
    .summary('the route of each task')
    .action((_options, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const routes = await client.request('route/list', {})
        const readiness = routes.ok && !invocation.json ? await client.request('readiness/read', {}) : null
        const warnings = readiness?.ok ? warningsOf(readiness.value) : []
        return print(invocation, routes, (value) => routesText(invocation, value, warnings))
      }),
    )
  addSet(route, execute)
  route
    .command('explain')
    .summary('how a task is resolved, step by step')
    .addArgument(taskArgument())
    .action((task: Task, _options, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const workspaceFolder = await findProfileFolder(invocation.terminal.workingFolder)
        const resolution = await client.request('route/resolve', { task, workspaceFolder })
        // The steps are the answer, also when they end in a reason.
        if (!invocation.json) await invocation.terminal.stdout.write(`${traceText(invocation, resolution)}\n`)
        return print(invocation, resolution, () => '')
      }),
    )
}

interface SetOptions {
  provider?: string
  model?: string
  fallback?: Fallback[] | false
  thinking?: ThinkingWord
  ask?: AskMode
  set?: string[]
  yes?: boolean
}

function addSet(route: Command, execute: Execute): void {
  route
    .command('set')
    .summary('choose the provider and model of a task')
    .addArgument(taskArgument())
    .option('--provider <id>', 'the provider', providerId)
    .option(
      '--model <model>',
      "the model; without it, the provider's own default; without --provider, an alias or PROVIDER/MODEL",
      modelId,
    )
    .option(
      '--fallback <provider[:model][@when]>',
      `used when the first choice is not ready, or as "@too_long+filtered" says (repeatable): ${fallbackCauses.join(', ')}; results then say so`,
      addFallback,
    )
    .option('--no-fallback', 'remove the fallbacks')
    .addOption(
      new Option('--thinking <how>', 'whether the model thinks first; "default" leaves it to the model').choices(
        thinkingWords,
      ),
    )
    .addOption(
      new Option('--ask <way>', 'how the model is asked; "auto": by decisions if the model supports them').choices(
        askModes,
      ),
    )
    .option(
      '--set <key=value>',
      'an option of the route (repeatable), such as temperature or extra_body; KEY= restores the default',
      collect,
    )
    .option('--yes', "also a model that has not passed the profile's gate")
    .addHelpText(
      'after',
      examples(
        'llm-providers route set categorization --provider ollama --model llama3.2:3b',
        'llm-providers route set scoring --model fast',
        'llm-providers route set scoring --provider work --model gpt-5-mini --thinking low --fallback ollama:qwen3:8b',
        'llm-providers route set scoring --model small --fallback work:gpt-5-mini@too_long+filtered',
        'llm-providers route set scoring --provider lab --set temperature=0 --set \'extra_body={"seed":7}\'',
      ),
    )
    .action((task: Task, options: SetOptions, command: Command) =>
      execute(command, (invocation, { client }) => setRoute(invocation, client, task, options)),
    )
}

async function setRoute(invocation: Invocation, client: Client, task: Task, options: SetOptions): Promise<ExitCode> {
  const changed = await changedOptions(client, task, options)
  if (!changed.ok) return print(invocation, changed, () => '')
  const named = await namedModel(client, options)
  if (!named.ok) return print(invocation, named, () => '')
  if (named.value === null) throw new UsageError('Name a provider (--provider) or a model (--model)')
  const { provider, model = null, alias = null } = named.value
  const outcome = await client.request('route/save', {
    ...{ task, provider, model, alias },
    ...(changed.value === null ? {} : { options: changed.value }),
    workspaceFolder: await findProfileFolder(invocation.terminal.workingFolder),
    confirm: options.yes === true,
  })
  return print(invocation, outcome, (saved) => routesText(invocation, [saved]))
}

/** The server takes a route's options as a whole: those that are not spoken of stay as they are. Null: none is. */
async function changedOptions(
  client: Client,
  task: Task,
  { fallback, thinking, ask, set }: SetOptions,
): Promise<Outcome<RouteOptions | null>> {
  if ([fallback, thinking, ask, set].every((said) => said === undefined)) return succeed(null)
  const routes = await client.request('route/list', {})
  if (!routes.ok) return routes
  const before = routes.value.find((each) => each.task === task)?.options ?? {}
  return succeed(withWords(withAsk(withThinking(withFallback(before, fallback), thinking), ask), set))
}

/** What an option may be, the server knows; here each is brought to its type. */
function withWords(options: RouteOptions, words: readonly string[] = []): RouteOptions {
  let said: Record<string, unknown> = options
  for (const word of words) {
    const { name, value } = splitSetting(word)
    refuseSecret(name, value)
    const shape = routeOptionShapes().find((each) => each.name === name)
    if (!shape) {
      const names = routeOptionShapes().map((each) => each.name)
      throw new UsageError(`A route has no option "${name}"; its options are ${names.join(', ')}`)
    }
    said = withValueAt<unknown>(said, name, value === '' ? undefined : optionOf(shape, value))
  }
  return said as RouteOptions
}

function optionOf({ name, type, values }: ParameterShape, word: string): unknown {
  switch (type) {
    case 'integer':
    case 'number':
      if (word.trim() !== '' && Number.isFinite(Number(word))) return Number(word)
      throw new UsageError(`${name} takes a number, not "${word}"`)
    case 'choice': {
      const value = word === 'on' ? 'true' : word === 'off' ? 'false' : word
      if (!values.includes(value)) throw new UsageError(`${name} takes one of ${values.join(', ')}, not "${word}"`)
      return value === 'true' || value === 'false' ? value === 'true' : value
    }
    case 'list':
      return listOfText(word)
    case 'text':
      return word
    case 'json': {
      const object = objectOfText(word)
      if (object === undefined) throw new UsageError(`${name} takes a JSON object, such as {"seed":7}`)
      return object
    }
    default:
      return assertNever(type)
  }
}

/** What is not said is auto. */
function withAsk(options: RouteOptions, ask: AskMode | undefined): RouteOptions {
  if (ask === undefined) return options
  const { ask: _, ...rest } = options
  return ask === 'auto' ? rest : { ...rest, ask }
}

function withFallback(options: RouteOptions, fallback: Fallback[] | false | undefined): RouteOptions {
  return fallback === undefined ? options : withFallbacks(options, fallback === false ? [] : fallback)
}

const thinkingWords = ['on', 'off', 'low', 'medium', 'high', 'default'] as const
type ThinkingWord = (typeof thinkingWords)[number]

function withThinking(options: RouteOptions, word: ThinkingWord | undefined): RouteOptions {
  if (word === undefined) return options
  const { thinking: _, ...rest } = options
  if (word === 'default') return rest
  return { ...rest, thinking: word === 'on' || word === 'off' ? word === 'on' : word }
}

/** All that are named are the route's from then on, in their order. */
function addFallback(word: string, before: Fallback[] | false | undefined): Fallback[] {
  const { provider, model, when } = readFallback(word)
  const fallback = { provider: providerId(provider), model: model === null ? null : modelId(model), when }
  return [...(before || []), fallback]
}

function taskArgument(): Argument {
  return new Argument('<task>', 'the task').choices(tasks)
}

function routesText(
  { terminal: { stdout, now } }: Invocation,
  routes: readonly Route[],
  notes: readonly string[] = [],
): string {
  if (routes.length === 0) return 'No task has a route yet.'
  const lines = notes.flatMap((note) => wrap(`note: ${oneLine(note)}`, stdout.columns))
  return [renderTable(stdout, routeColumns(now()), routes), ...lines].join('\n')
}

/** What there is to know although a task is ready, such as the end of its model. Two tasks may say the same. */
function warningsOf({ categorization, scoring }: Readiness): string[] {
  return [...new Set([...categorization.warnings, ...scoring.warnings].map(({ message }) => message))]
}

function routeColumns(now: Date): Column<Route>[] {
  return [
    { heading: 'task', text: ({ task }) => task },
    { heading: 'provider', text: ({ provider }) => provider, most: 24 },
    { heading: 'model', text: ({ model }) => model ?? "(the provider's default)", most: 48 },
    { heading: 'alias', text: ({ alias }) => alias ?? '' },
    { heading: 'thinking', text: ({ options: { thinking } }) => thinkingText(thinking) },
    { heading: 'asked by', text: ({ options: { ask } }) => ask ?? '' },
    { heading: 'options', text: ({ options }) => otherOptions(options), most: 60 },
    { heading: 'fallback', text: ({ options }) => fallbackText(options), most: 60 },
    { heading: 'changed', text: ({ updatedAt }) => age(updatedAt, now) },
  ]
}

/** Those without a column of their own, as they are typed. */
function otherOptions({ thinking: _, ask: __, fallback: ___, fallbacks: ____, ...options }: RouteOptions): string {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' ')
}

function thinkingText(thinking: RouteOptions['thinking']): string {
  if (thinking === undefined) return ''
  return typeof thinking === 'string' ? thinking : thinking ? 'on' : 'off'
}

function fallbackText(options: RouteOptions): string {
  return fallbacksOf(options).map(writeFallback).join(', ') || 'none'
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
