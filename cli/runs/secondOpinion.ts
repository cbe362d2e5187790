import type { Params } from '../../protocol/contract.ts'
import type { RunView } from '../../protocol/runs.ts'
import { describeEstimate, needsConsent } from '../../shared/describe/estimate.ts'
import { describeCounts } from '../../shared/describe/run.ts'
import { english } from '../../shared/language.ts'
import { commandToType } from '../invocation/call.ts'
import { type ExitCode, exitCodes } from '../invocation/exitCodes.ts'
import { type Host, type Invocation, print, printNextStep, printNote } from '../invocation/invocation.ts'
import { agrees, refuse } from '../invocation/questions.ts'
import { count } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import { followRun } from './followRun.ts'
import { resultsTable } from './resultsTable.ts'
import { consentLines } from './runTasks.ts'

export type SecondRequest = Params<'run/second'>

export interface SecondOptions {
  second?: Pick<SecondRequest, 'provider' | 'model'>
  on?: SecondRequest['on']
  settle?: NonNullable<SecondRequest['settle']>
  yes?: boolean
}

const rowsOfTable = 50

/** Asks another model about some of a run's items, and shows where the two differ. */
export async function askSecond(
  invocation: Invocation,
  { client }: Host,
  request: SecondRequest,
  options: Pick<SecondOptions, 'yes'>,
): Promise<ExitCode> {
  if (!(await agreesToSecond(invocation, client, request, options))) return refuse(invocation)
  const ended = await followRun(invocation, client, () => client.request('run/second', request))
  if (!ended.ok || invocation.json) return await print(invocation, ended, () => '')
  if (ended.value.state !== 'completed') return await reportUnfinished(invocation, ended.value)
  return await showDifferences(invocation, client, request.runId, ended.value)
}

/** As before any run: what it would take is told, and asked where it is much, unpriced or leaves this network for the first time. */
async function agreesToSecond(
  invocation: Invocation,
  client: Host['client'],
  request: SecondRequest,
  { yes }: Pick<SecondOptions, 'yes'>,
): Promise<boolean> {
  if (yes === true || invocation.json || !invocation.terminal.canAsk) return true
  const estimate = await client.request('run/estimateSecond', request)
  // What is wrong with it the start tells better.
  if (!estimate.ok || !needsConsent(estimate.value)) return true
  const lines = [...consentLines(estimate.value), ...describeEstimate(estimate.value)]
  await printNote(invocation, lines.map(oneLine).join('\n'))
  return await agrees(invocation, 'Ask it?')
}

async function reportUnfinished(invocation: Invocation, { runId, reason, counts }: RunView): Promise<ExitCode> {
  await printNote(
    invocation,
    oneLine(`${describeCounts(english, counts)}. ${reason?.message ?? 'It is not complete.'}`),
  )
  await printNextStep(invocation, commandToType(invocation.call, 'run', 'resume', runId))
  return exitCodes.someFailed
}

async function showDifferences(
  invocation: Invocation,
  client: Host['client'],
  runId: string,
  second: RunView,
): Promise<ExitCode> {
  const summary = await client.request('run/summary', { runId })
  if (!summary.ok) return await print(invocation, summary, () => '')
  const filter = { disagree: true }
  const page = await client.request('run/results', { runId, filter, limit: rowsOfTable })
  const { stdout } = invocation.terminal
  const code = await print(invocation, page, ({ rows }) =>
    rows.length === 0 ? 'The two models agree.' : resultsTable(stdout, second.tasks, rows),
  )
  const { items = 0, differ = 0 } = summary.value.second ?? {}
  const waiting = summary.value.inReview ?? 0
  const told = `${count(items, 'verdict')} of both models, ${differ.toLocaleString('en-US')} differ`
  await printNote(invocation, waiting > 0 ? `${told}; ${count(waiting, 'verdict')} in review` : told)
  if (waiting > 0) await printNextStep(invocation, commandToType(invocation.call, 'review', runId))
  return second.counts.failed > 0 ? exitCodes.someFailed : code
}
