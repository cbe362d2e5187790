import path from 'node:path'
import type { Params } from '../../protocol/contract.ts'
import type { Task } from '../../protocol/names.ts'
import type { AskMode } from '../../protocol/routing.ts'
import type { Lane, ResultFormat, RunPriority } from '../../protocol/runs.ts'
import { type LineRange, type Shard, SourceFormat } from '../../protocol/sources.ts'
import { UsageError } from '../invocation/usageError.ts'
import type { NamedModel } from './namedModel.ts'
import { fieldsOf, type ReadingOptions, sourceOf } from './reading.ts'

/** The options of `categorize`, `score` and `run`, as commander gives them. */
export interface RunOptions extends ReadingOptions {
  profile?: string
  provider?: string
  model?: string
  output?: string
  format?: ResultFormat
  stdinFormat?: StdinFormat
  lines?: LineRange[]
  shard?: Shard
  limit?: number
  concurrency?: number
  batchSize?: number
  separate?: boolean
  maxCost?: number
  priority?: RunPriority
  ask?: AskMode
  cascade?: number
  proxy?: { provider: string; model: string }
  stopAfter?: number | 'never'
  stopFailed?: number | 'never'
  stopInvalid?: number | 'never'
  stopSame?: number | 'never'
  yes?: boolean
  estimate?: boolean
  sample?: number
  fresh?: boolean
  /** False: the same as `fresh`. */
  reuse?: boolean
  nearDuplicates?: number
  canary?: boolean
  lane?: Lane
  /** Seconds. */
  deadline?: number
  withSource?: boolean
}

export const stdinFormats = SourceFormat.options
export type StdinFormat = SourceFormat

export type RunRequestInput = Params<'run/start'>

/** What has to be right before anything is read. */
export function checkRunOptions(inputs: readonly string[], options: RunOptions): void {
  if (inputs.length === 0) throw new UsageError('Name at least one INPUT: a file, a folder, or - for standard input')
  if (inputs.length > mostInputs)
    throw new UsageError(`At most ${mostInputs} inputs at once; name their folder instead`)
  if (inputs.includes('')) throw new UsageError('An INPUT is empty')
  if (inputs.filter((input) => input === '-').length > 1) throw new UsageError('Standard input can be read only once')
  if (inputs.length > 1 && inputs.includes('-'))
    throw new UsageError('Standard input is read alone, without other inputs')
  if (options.lines !== undefined && inputs.length > 1) throw new UsageError('--lines needs one file, not several')
  if (options.proxy !== undefined && options.cascade === undefined)
    throw new UsageError('--proxy needs --cascade PROMISE, such as --cascade 0.95')
  if (options.lines !== undefined && options.shard !== undefined)
    throw new UsageError('--shard is of whole files: leave out --lines')
}

const mostInputs = 1000

/** What is judged. Piped input has no place of its own that results could go beside. */
export interface Input {
  source: RunRequestInput['source']
  isPiped: boolean
}

export function buildRunRequest(
  tasks: Task[],
  input: Input,
  named: NamedModel | null,
  options: RunOptions,
  workingFolder: string,
): RunRequestInput {
  const { profile, limit, concurrency, batchSize } = options
  return {
    tasks,
    source: withPart(sourceOf(input.source, options), options),
    ...(profile === undefined ? {} : { profile: profileOf(profile, workingFolder) }),
    fields: fieldsOf(options),
    ...(named === null ? {} : { override: named }),
    output: outputOf(input, options, workingFolder),
    ...(limit === undefined ? {} : { limit }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(options.separate ? { separate: true } : {}),
    ...(options.ask === undefined ? {} : { ask: options.ask }),
    ...(options.lane === undefined ? {} : { lane: options.lane }),
    ...(options.deadline === undefined ? {} : { deadlineSeconds: options.deadline }),
    ...cascadeOf(options),
    ...(options.priority === undefined ? {} : { priority: options.priority }),
    ...costCap(options),
    ...stopWhen(options),
    ...(options.canary ? { canary: true } : {}),
    ...(options.nearDuplicates === undefined ? {} : { nearDuplicates: options.nearDuplicates }),
    ...(options.fresh || options.reuse === false ? { reuse: 'none' as const } : {}),
  }
}

function cascadeOf({ cascade: promise, proxy }: RunOptions): Pick<RunRequestInput, 'cascade'> {
  return promise === undefined ? {} : { cascade: { promise, ...(proxy ? { proxy } : {}) } }
}

function withPart(source: Input['source'], { lines, shard }: RunOptions): Input['source'] {
  if (lines === undefined && shard === undefined) return source
  if (source.kind === 'text') throw new UsageError(`${lines ? '--lines' : '--shard'} needs a file, not standard input`)
  return { ...source, ...(lines && { lines }), ...(shard && { shard }) }
}

/** Only what was said; nothing, when nothing was. They stand in place of those that a run had. */
export function stopWhen({
  stopAfter,
  stopFailed,
  stopInvalid,
  stopSame,
}: RunOptions): Pick<RunRequestInput, 'stopWhen'> {
  if ([stopAfter, stopFailed, stopInvalid, stopSame].every((said) => said === undefined)) return {}
  return {
    stopWhen: {
      // However long it takes is not said otherwise.
      ...(stopAfter === undefined || stopAfter === 'never' ? {} : { maxSeconds: stopAfter }),
      ...(stopFailed === undefined ? {} : { failedShare: offOr(stopFailed) }),
      ...(stopInvalid === undefined ? {} : { invalidShare: offOr(stopInvalid) }),
      ...(stopSame === undefined ? {} : { sameCategoryShare: offOr(stopSame) }),
    },
  }
}

function offOr(share: number | 'never'): number | null {
  return share === 'never' ? null : share
}

export function costCap({ maxCost }: Pick<RunOptions, 'maxCost'>): { maxCostUsd?: number } {
  return maxCost === undefined ? {} : { maxCostUsd: maxCost }
}

/** A bare word is a ready-made profile; a file has a folder or an ending. */
export function profileOf(profile: string, workingFolder: string): NonNullable<RunRequestInput['profile']> {
  return /^[a-z][a-z0-9 -]*$/i.test(profile)
    ? { kind: 'preset', name: profile }
    : { kind: 'file', path: path.resolve(workingFolder, profile) }
}

function outputOf(
  { isPiped }: Input,
  options: RunOptions,
  workingFolder: string,
): NonNullable<RunRequestInput['output']> {
  const format = formatOf(options)
  if (options.output === '-') return { path: null, format, none: true }
  if (options.output !== undefined) return { path: path.resolve(workingFolder, options.output), format }
  return {
    path: isPiped ? path.join(workingFolder, `stdin.results.${format === 'markdown' ? 'md' : format}`) : null,
    format,
  }
}

const formatsByEnding: Readonly<Record<string, ResultFormat>> = {
  '.csv': 'csv',
  '.json': 'json',
  '.sarif': 'sarif',
  '.md': 'markdown',
}

/** What is asked for, else what the output's name says. */
export function formatOf(options: Pick<RunOptions, 'format' | 'output'>): ResultFormat {
  if (options.format) return options.format
  const ending = path.extname(options.output ?? '').toLowerCase()
  return formatsByEnding[ending] ?? 'jsonl'
}
