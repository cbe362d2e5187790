import path from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Params } from '../../protocol/contract.ts'
import type { Candidate, EvaluationEstimate, EvaluationProgress, EvaluationReport } from '../../protocol/evaluation.ts'
import { goldenFile } from '../../protocol/labels.ts'
import { ModelId, type Task, tasks } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { askModes } from '../../protocol/routing.ts'
import { missText } from '../../shared/describe/gate.ts'
import { english } from '../../shared/language.ts'
import { commandToType } from '../invocation/call.ts'
import type { Client } from '../invocation/client.ts'
import { type ExitCode, exitCodes } from '../invocation/exitCodes.ts'
import { type Host, type Invocation, print, printNextStep, printNote } from '../invocation/invocation.ts'
import { agrees, refuse } from '../invocation/questions.ts'
import { UsageError } from '../invocation/usageError.ts'
import { evaluationText } from '../labels/evaluationText.ts'
import { count } from '../terminal/format.ts'
import { neutralise } from '../terminal/plainText.ts'
import { addEvaluations, printBest } from './evaluations.ts'
import { amountOfUsd, type Execute, examples, matching, providerId, wholeNumber } from './execute.ts'
import { placeOf } from './label.ts'

interface EvaluateOptions {
  golden?: string
  route?: Candidate[] | undefined
  task?: Task[]
  profile?: string
  limit?: number
  maxCost?: number
  chart?: boolean
  gate?: boolean
  yes?: boolean
}

export function addEvaluateCommand(program: Command, execute: Execute): void {
  const command = program
    .command('evaluate')
    .summary('compare providers and models with your own labels')
    .description(
      `Judges the items of ${goldenFile} with each of the given routes, and measures how well they agree with your labels. Without --route: the current routes, and builtin as the baseline.`,
    )
    .option('--golden <file>', 'another golden set')
    .option(
      '--route <provider/model[@way]>',
      `a candidate, also an alias (repeatable); current for the current routes; a way is how it is asked: ${ways.join(', ')}`,
      addRoute,
    )
    .addOption(new Option('--task <task>', 'only this task; default: both').choices(tasks).argParser(addTask))
    .option('--profile <profile>', 'a ready-made profile, or a file')
    .option('--limit <n>', 'at most this many labels', wholeNumber(1, 100_000))
    .option('--max-cost <usd>', 'maximum total cost', amountOfUsd)
    .option('--chart', 'show bars')
    .option(
      '--gate',
      "end with 4 where a candidate does not reach what the profile's gate wants; builtin, as the baseline, need not",
    )
    .option('--yes', 'start without asking')
    .addHelpText(
      'after',
      examples(
        'llm-providers evaluate',
        'llm-providers evaluate --route ollama/llama3.2:3b --route builtin --task categorization --chart',
        'llm-providers evaluate --route hop/smollm2@text --route hop/smollm2@readout --route jev/jev-latest@decisions',
        'llm-providers evaluate --golden samples/golden.jsonl --profile samples/profile.yaml --route builtin --json',
        'llm-providers evaluate list',
      ),
    )
    .action((options: EvaluateOptions, command: Command) =>
      execute(command, (invocation, host) => evaluate(invocation, host, options)),
    )
  addEvaluations(command, execute)
}

const modelId = matching(ModelId, 'the name of a model')

const ways = askModes.filter((mode) => mode !== 'auto')

/** `@` with a way at the very end is no part of a model's name, as far as anybody has named one so. */
function addRoute(word: string, before: Candidate[] | undefined): Candidate[] {
  const ask = ways.find((way) => word.endsWith(`@${way}`))
  const name = ask === undefined ? word : word.slice(0, -ask.length - 1)
  const asked = ask === undefined ? {} : { ask }
  if (name === 'current') return [...(before ?? []), { provider: null, ...asked }]
  const [provider = '', ...rest] = name.split('/')
  const model = rest.join('/')
  const chosen = { provider: providerId(provider), ...(model === '' ? {} : { model: modelId(model) }), ...asked }
  return [...(before ?? []), chosen]
}

function addTask(word: string, before: Task[] | undefined): Task[] {
  const task = tasks.find((each) => each === word)
  if (task) return [...new Set([...(before ?? []), task])]
  throw new InvalidArgumentError(`Allowed are ${tasks.join(', ')}.`)
}

async function evaluate(invocation: Invocation, host: Host, options: EvaluateOptions): Promise<ExitCode> {
  const routes = await withAliases(host.client, options.route)
  if (!routes.ok) return print(invocation, routes, () => '')
  const request = requestOf(invocation, { ...options, route: routes.value })
  const estimate = await host.client.request('evaluation/estimate', request)
  if (!estimate.ok) return print(invocation, estimate, () => '')
  if (!(await agreesToCost(invocation, estimate.value, options))) return refuse(invocation)
  const ended = await follow(invocation, host.client, request)
  const code = await print(invocation, ended, (report) =>
    evaluationText(invocation.terminal.stdout, report, options.chart === true),
  )
  if (!ended.ok) return code
  if (!invocation.json) {
    await printBest(invocation, ended.value)
    await printNextStep(invocation, commandToType(invocation.call, 'evaluate', 'show', ended.value.id))
  }
  const gated = options.gate ? await judgeGate(invocation, ended.value, options.route === undefined) : exitCodes.done
  return gated === exitCodes.done ? exitCodeOf(ended.value) : gated
}

/** A candidate without a model may be called by an alias, unless a provider is called like that. */
async function withAliases(client: Client, route: Candidate[] = []): Promise<Outcome<Candidate[] | undefined>> {
  const isBare = ({ provider, model }: Candidate): boolean => provider !== null && model === undefined
  if (!route.some(isBare)) return succeed(route.length === 0 ? undefined : route)
  const aliases = await client.request('alias/list', {})
  if (!aliases.ok) return aliases
  return succeed(
    route.map((candidate) => {
      const found = isBare(candidate) && aliases.value.find(({ alias }) => alias === candidate.provider)
      return found ? { ...candidate, provider: found.provider, model: found.model, alias: found.alias } : candidate
    }),
  )
}

/** `hasBaseline`: the second candidate is there to compare with. */
async function judgeGate(
  invocation: Invocation,
  { candidates }: EvaluationReport,
  hasBaseline: boolean,
): Promise<ExitCode> {
  const judged = hasBaseline ? candidates.slice(0, 1) : candidates
  if (judged.some(({ gate }) => gate == null)) throw new UsageError('--gate: the profile has no gate')
  const missed = judged.filter(({ gate }) => gate && gate.length > 0)
  for (const { name, gate } of missed)
    await printNote(
      invocation,
      `${name} does not pass: ${(gate ?? []).map((miss) => missText(english, miss)).join('; ')}`,
    )
  if (missed.length === 0) await printNote(invocation, 'the gate is passed')
  return missed.length > 0 ? exitCodes.someFailed : exitCodes.done
}

function requestOf(invocation: Invocation, options: EvaluateOptions): Params<'evaluation/start'> {
  const { golden, route, task, limit, maxCost } = options
  return {
    ...placeOf(invocation, options.profile),
    ...(golden === undefined ? {} : { goldenPath: path.resolve(invocation.terminal.workingFolder, golden) }),
    ...(task ? { tasks: task } : {}),
    candidates: route ?? [{ provider: null }, { provider: 'builtin' }],
    ...(limit === undefined ? {} : { limit }),
    ...(maxCost === undefined ? {} : { maxCostUsd: maxCost }),
  }
}

/** Whatever is sent to a provider may cost, and here the same items are sent several times: a person is asked. */
async function agreesToCost(
  invocation: Invocation,
  { items, candidates, costUsd, isCalled }: EvaluationEstimate,
  { yes }: EvaluateOptions,
): Promise<boolean> {
  if (!isCalled || yes || invocation.json || !invocation.terminal.canAsk || costUsd?.high === 0) return true
  const money = costUsd ? `$${costUsd.low.toFixed(4)} to $${costUsd.high.toFixed(4)}` : 'at a price that is not known'
  await printNote(invocation, `${count(items, 'item')} by ${count(candidates.length, 'candidate')}, ${money}`)
  return await agrees(invocation, 'Start?')
}

async function follow(
  invocation: Invocation,
  client: Client,
  request: Params<'evaluation/start'>,
): Promise<Outcome<EvaluationReport>> {
  const latest = new Map<string, EvaluationProgress>()
  let hear: (progress: EvaluationProgress) => void = () => undefined
  const listening = client.onNotification('evaluation/progress', (progress) => {
    latest.set(progress.id, progress)
    hear(progress)
  })
  let interrupt: () => void = () => undefined
  const interrupted = new Promise<'interrupted'>((resolve) => {
    interrupt = () => resolve('interrupted')
  })
  const stop = invocation.terminal.onInterrupt(() => interrupt())
  try {
    const started = await client.request('evaluation/start', request)
    if (!started.ok) return started
    const { id } = started.value
    const over = new Promise<'over'>((resolve) => {
      let told: string | null = null
      hear = (progress) => {
        if (progress.id !== id) return
        if (progress.state !== 'running') resolve('over')
        if (progress.current !== null && progress.current !== told && !invocation.json) {
          void printNote(invocation, `Asking ${neutralise(progress.current)} …`)
        }
        told = progress.current
      }
      const known = latest.get(id)
      if (known) hear(known)
    })
    const end = await Promise.race([over, interrupted])
    return end === 'over'
      ? await client.request('evaluation/read', { id })
      : await client.request('evaluation/cancel', { id })
  } finally {
    listening.dispose()
    stop.dispose()
  }
}

function exitCodeOf({ state, candidates }: EvaluationReport): ExitCode {
  if (state === 'cancelled' || state === 'interrupted') return exitCodes.interrupted
  if (state === 'failed') return exitCodes.bug
  if (candidates.every((candidate) => candidate.state === 'failed')) return exitCodes.notReady
  const isWhole = candidates.every((candidate) => candidate.state === 'done' && (candidate.counts?.failed ?? 0) === 0)
  return isWhole ? exitCodes.done : exitCodes.someFailed
}
