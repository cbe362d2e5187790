import path from 'node:path'
import type { Params } from '../../protocol/contract.ts'
import type { Task } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { RunEstimate, RunView } from '../../protocol/runs.ts'
import {
  describeEstimate,
  describeNewDestinations,
  describeOffered,
  needsConsent,
  routesByModel,
} from '../../shared/describe/estimate.ts'
import { fail } from '../../shared/fail.ts'
import { english } from '../../shared/language.ts'
import { commandToType } from '../invocation/call.ts'
import type { ExitCode } from '../invocation/exitCodes.ts'
import { type Host, type Invocation, print, printNextStep, printNote } from '../invocation/invocation.ts'
import { agrees, refuse } from '../invocation/questions.ts'
import { UsageError } from '../invocation/usageError.ts'
import { oneLine } from '../terminal/plainText.ts'
import { noteEndingModels } from './endingModels.ts'
import { noteRules } from './folderRules.ts'
import { followRun } from './followRun.ts'
import { namedModel } from './namedModel.ts'
import { findProfileFolder, noteUnchosenProfile } from './profileFolder.ts'
import { isReport } from './resultFormats.ts'
import { type Presentation, reportRun } from './runReport.ts'
import {
  buildRunRequest,
  checkRunOptions,
  formatOf,
  type Input,
  type RunOptions,
  type RunRequestInput,
} from './runRequest.ts'
import { runsText } from './runsText.ts'
import { writeSourceCopy } from './sourceCopy.ts'
import { removeSpoolOf, type Spool, spoolStdin } from './spoolStdin.ts'

/** Rows of a table that a person still reads. */
const rowsOfTable = 50

/** `--limit` of a run says what is judged, of `run show` how many rows are shown: the caller knows which. */
export function presentationOf(json: boolean, options: RunOptions, rows: number = rowsOfTable): Presentation {
  if (json && options.output === '-') throw new UsageError('--json and --output - both want standard output')
  if (json) return { kind: 'json' }
  if (options.output !== '-') return { kind: 'table', rows }
  const format = formatOf(options)
  return isReport(format) ? { kind: 'report', format } : { kind: 'format', format }
}

export async function runTasks(
  invocation: Invocation,
  host: Host,
  tasks: Task[],
  inputs: readonly string[],
  options: RunOptions,
): Promise<ExitCode> {
  checkRunOptions(inputs, options)
  const presentation = presentationOf(invocation.json, options)
  const named = await namedModel(host.client, options)
  if (!named.ok) return await print(invocation, named, () => '')
  const spool = inputs.includes('-') ? await spoolInput(invocation, host, options) : null
  const { workingFolder } = invocation.terminal
  const request = {
    ...buildRunRequest(tasks, inputOf(inputs, spool, invocation), named.value, options, workingFolder),
    workspaceFolder: await findProfileFolder(workingFolder),
  }
  await noteRules(invocation, host.client, request.workspaceFolder)
  if (!(await agreesToStart(invocation, host, request, options))) {
    await spool?.remove()
    return refuse(invocation)
  }
  const start = async (): Promise<Outcome<RunView>> => {
    const started = await host.client.request('run/start', { ...request, confirm: options.yes === true })
    if (started.ok) {
      await noteUnchosenProfile(invocation, started.value)
      await spool?.belongsTo(started.value.runId)
    }
    return spool === null ? started : nameStdin(started)
  }
  const ended = await followRun(invocation, host.client, start)
  // A run that can be resumed reads its source again.
  const code = await report(invocation, host, ended, presentation)
  if (options.withSource && ended.ok && ended.value.counts.ok > 0)
    await writeSourceCopy(invocation, host.client, { runId: ended.value.runId }, { isNote: true })
  if (!ended.ok || ended.value.state === 'completed') await spool?.remove()
  return code
}

export async function resumeRun(
  invocation: Invocation,
  host: Host,
  request: Params<'run/resume'>,
  presentation: Presentation,
): Promise<ExitCode> {
  const { runId } = request
  const ended = await followRun(invocation, host.client, () => host.client.request('run/resume', request))
  if (ended.ok && ended.value.state === 'completed') await removeSpoolOf(runId, invocation.dataFolder)
  return report(invocation, host, ended, presentation)
}

/** One that is over already is left as it is, which is told. */
export async function cancelRun(invocation: Invocation, { client }: Host, runId: string): Promise<ExitCode> {
  const found = await client.request('run/get', { runId })
  if (!found.ok) return print(invocation, found, () => '')
  const ended = await client.request('run/cancel', { runId })
  const code = await print(invocation, ended, (run) => runsText(invocation, [run]))
  if (!ended.ok || invocation.json) return code
  if (found.value.state !== 'running') await printNote(invocation, 'Nobody was working on it any more.')
  if (ended.value.state !== 'completed') {
    await printNextStep(invocation, commandToType(invocation.call, 'run', 'resume', runId))
  }
  return code
}

async function report(
  invocation: Invocation,
  { client }: Host,
  ended: Outcome<RunView>,
  presentation: Presentation,
): Promise<ExitCode> {
  if (!ended.ok) return await print(invocation, ended, () => '')
  const code = await reportRun(invocation, client, ended.value, presentation)
  await noteEndingModels(invocation, ended.value.routes)
  return code
}

/** Where it is spooled says nothing to the one who piped it. */
export function nameStdin<Value>(started: Outcome<Value>): Outcome<Value> {
  if (started.ok || started.reason.code !== 'source_invalid') return started
  return fail({ ...started.reason, source: 'stdin' })
}

export async function spoolInput(
  { terminal, dataFolder }: Invocation,
  { client }: Pick<Host, 'client'>,
  options: RunOptions,
): Promise<Spool> {
  if (terminal.stdin.isTTY) await terminal.stderr.write('Reading from the keyboard; end with Ctrl-D.\n')
  const named = (options.text ?? []).flatMap((word) => [word, ...word.split(',').map((name) => name.trim())])
  const fields = [...named, ...(options.id === undefined ? [] : [options.id])]
  const told = options.stdinFormat ?? options.sourceFormat
  const spool = await spoolStdin(terminal.stdin, dataFolder, told, fields)
  if (told !== undefined || spool.text === null) return spool
  // What looks like one text to us may be a log or a feed: the server knows.
  const described = await client.request('source/describe', { source: { kind: 'paths', paths: [spool.file] } })
  return described.ok && described.value.format !== 'text' ? { ...spool, text: null } : spool
}

export function inputOf(inputs: readonly string[], spool: Spool | null, { terminal }: Invocation): Input {
  if (spool === null) {
    const paths = inputs.map((input) => path.resolve(terminal.workingFolder, input))
    return { source: { kind: 'paths', paths }, isPiped: false }
  }
  return spool.text === null
    ? { source: { kind: 'paths', paths: [spool.file] }, isPiped: true }
    : { source: { kind: 'text', name: 'stdin', text: spool.text }, isPiped: true }
}

/** To whom it goes, and by what it is judged. */
export function consentLines(estimate: RunEstimate): string[] {
  const offered = describeOffered(english, estimate)
  return [
    ...describeNewDestinations(english, estimate),
    ...routesByModel(estimate).map(({ tasks, where }) => `${tasks.join(', ')}: ${where}`),
    ...(offered === null ? [] : [offered]),
  ]
}

/**
 * Before much is asked about, at an unknown price or for the first time over the internet, a person is told what it would take, and asked. Where nobody can be asked it starts: a script that
 * wants a limit says so (`--max-cost`, `--limit`). False: the person refused.
 */
async function agreesToStart(
  invocation: Invocation,
  { client }: Pick<Host, 'client'>,
  request: RunRequestInput,
  options: Pick<RunOptions, 'yes'>,
): Promise<boolean> {
  if (options.yes === true || invocation.json || !invocation.terminal.canAsk) return true
  const estimate = await client.request('run/estimate', request)
  // What is wrong with it the start tells better.
  if (!estimate.ok || !needsConsent(estimate.value)) return true
  const lines = [...consentLines(estimate.value), ...describeEstimate(estimate.value)]
  await printNote(invocation, lines.map(oneLine).join('\n'))
  return await agrees(invocation, 'Start?')
}
