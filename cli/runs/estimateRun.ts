import type { Task } from '../../protocol/names.ts'
import type { RunEstimate } from '../../protocol/runs.ts'
import { describeEstimate } from '../../shared/describe/estimate.ts'
import { routeText } from '../describe/readinessText.ts'
import type { ExitCode } from '../invocation/exitCodes.ts'
import { type Host, type Invocation, print, printNote } from '../invocation/invocation.ts'
import { count } from '../terminal/format.ts'
import { noteEndingModels } from './endingModels.ts'
import { noteRules } from './folderRules.ts'
import { namedModel } from './namedModel.ts'
import { findProfileFolder } from './profileFolder.ts'
import { buildRunRequest, checkRunOptions, type RunOptions } from './runRequest.ts'
import { inputOf, nameStdin, spoolInput } from './runTasks.ts'

/** Counts what a run would take. Nothing is kept, and nothing is called unless a sample is wanted. */
export async function estimateRun(
  invocation: Invocation,
  { client }: Host,
  tasks: Task[],
  inputs: readonly string[],
  options: RunOptions,
): Promise<ExitCode> {
  checkRunOptions(inputs, options)
  const named = await namedModel(client, options)
  if (!named.ok) return await print(invocation, named, () => '')
  const spool = inputs.includes('-') ? await spoolInput(invocation, { client }, options) : null
  try {
    const input = inputOf(inputs, spool, invocation)
    const { workingFolder } = invocation.terminal
    const request = {
      ...buildRunRequest(tasks, input, named.value, options, workingFolder),
      workspaceFolder: await findProfileFolder(workingFolder),
    }
    await noteRules(invocation, client, request.workspaceFolder)
    const { sample } = options
    if (sample !== undefined)
      await printNote(invocation, `Judging ${count(sample, 'item')} for real, at their real cost.`)
    const outcome = await client.request('run/estimate', { ...request, ...(sample === undefined ? {} : { sample }) })
    const code = await print(invocation, spool === null ? outcome : nameStdin(outcome), estimateText)
    if (outcome.ok) await noteEndingModels(invocation, outcome.value.routes)
    return code
  } finally {
    await spool?.remove()
  }
}

function estimateText(estimate: RunEstimate): string {
  return [...describeEstimate(estimate), ...estimate.routes.map((route) => `${route.task}: ${routeText(route)}`)].join(
    '\n',
  )
}
