import path from 'node:path'
import type { RunView } from '../../protocol/runs.ts'
import type { Client } from '../client.ts'
import { commandToType } from '../commandLine.ts'
import { type Invocation, tell, tellNext } from '../invocation.ts'
import { block, routeText } from '../readinessText.ts'
import { neutralise, oneLine } from '../terminal/plainText.ts'
import { count, duration } from '../terminal/times.ts'

/** How a run went, for people: which tasks went where, the counts, the results file, and the one next step. */
export async function summarise(invocation: Invocation, client: Client, run: RunView): Promise<void> {
  const { colours, terminal } = invocation
  await tell(invocation, '')
  for (const route of run.routes) {
    await tell(invocation, block(terminal.stderr, route, colours.good('ready'), [routeText(route)]))
  }
  await tell(invocation, `${colours.heading(countsText(run))}${timeText(run)}`)
  if (run.reason) await tell(invocation, `${colours.bad('stopped:')} ${neutralise(run.reason.message)}`)
  if (run.resultsPath) await tell(invocation, `results: ${oneLine(shortPath(run.resultsPath, terminal.workingFolder))}`)
  const waiting = await countSuggestions(client)
  if (waiting > 0) await tell(invocation, `${count(waiting, 'suggested category', 'suggested categories')} to approve`)
  await tellNext(invocation, nextStepAfter(invocation, run, waiting))
}

function countsText({ counts, state }: RunView): string {
  const done = counts.ok + counts.failed + counts.skipped
  const parts = [
    `${counts.ok.toLocaleString('en-US')} ok`,
    counts.failed > 0 ? `${counts.failed.toLocaleString('en-US')} failed` : '',
    counts.skipped > 0 ? `${counts.skipped.toLocaleString('en-US')} skipped` : '',
    state !== 'completed' && counts.waiting > 0 ? `${counts.waiting.toLocaleString('en-US')} waiting` : '',
  ]
  return `${count(counts.total ?? done, 'item')}: ${parts.filter((part) => part !== '').join(', ')}`
}

function timeText({ startedAt, finishedAt }: RunView): string {
  return finishedAt === null ? '' : ` in ${duration(Date.parse(finishedAt) - Date.parse(startedAt))}`
}

/** A suggestion is only worth a line while it waits. A list that cannot be read is no reason to spoil a run that went well. */
async function countSuggestions(client: Client): Promise<number> {
  const categories = await client.request('category/list', {})
  return categories.ok ? categories.value.filter(({ approved }) => !approved).length : 0
}

function nextStepAfter({ call }: Invocation, run: RunView, waiting: number): string {
  if (run.state !== 'completed' || run.counts.failed > 0) return commandToType(call, 'run', 'resume', run.runId)
  if (waiting > 0) return commandToType(call, 'category', 'list')
  // A route that calls nothing is the built-in baseline: a model does better.
  const hasModel = run.routes.some(({ endpoint }) => endpoint !== null)
  return hasModel ? commandToType(call, 'run', 'show', run.runId) : commandToType(call, 'provider', 'kinds')
}

/** Relative where that is shorter to read, which is below the folder that one stands in. */
function shortPath(file: string, workingFolder: string): string {
  const relative = path.relative(workingFolder, file)
  return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative
}
