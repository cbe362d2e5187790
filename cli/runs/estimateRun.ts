import type { Task } from '../../protocol/names.ts'
import type { RunEstimate } from '../../protocol/runs.ts'
import type { ExitCode } from '../exitCodes.ts'
import { type Host, type Invocation, print } from '../invocation.ts'
import { routeText } from '../readinessText.ts'
import { count } from '../terminal/times.ts'
import { buildRunRequest, checkRunOptions, type RunOptions } from './runRequest.ts'
import { inputOf, nameStdin, spoolInput } from './runTasks.ts'

/** Counts what a run would take. Nothing is called and nothing is kept. */
export async function estimateRun(
  invocation: Invocation,
  { client }: Host,
  tasks: Task[],
  inputs: readonly string[],
  options: RunOptions,
): Promise<ExitCode> {
  checkRunOptions(inputs, options)
  const spool = inputs.includes('-') ? await spoolInput(invocation, { client }, options) : null
  try {
    const input = inputOf(inputs, spool, invocation)
    const request = buildRunRequest(tasks, input, options, invocation.terminal.workingFolder)
    const outcome = await client.request('run/estimate', request)
    return await print(invocation, spool === null ? outcome : nameStdin(outcome), estimateText)
  } finally {
    await spool?.remove()
  }
}

function estimateText({ items, unreadable, calls, characters, inputTokens, routes }: RunEstimate): string {
  const broken = unreadable === 0 ? '' : `, ${count(unreadable, 'row')} that cannot be read`
  return [
    `${count(items, 'item')}${broken}, ${count(characters, 'character')}`,
    `${count(calls, 'call')}, about ${count(inputTokens, 'token')} sent (characters / 4)`,
    ...routes.map((route) => `${route.task}: ${routeText(route)}`),
  ].join('\n')
}
