import type { RunView } from '../../protocol/runs.ts'
import type { Invocation } from '../invocation/invocation.ts'
import type { Colours } from '../terminal/colours.ts'
import { localTime } from '../terminal/format.ts'
import { shortPath } from '../terminal/shortPath.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'

export function runsText({ terminal }: Pick<Invocation, 'terminal'>, runs: readonly RunView[]): string {
  return runs.length === 0 ? 'There are no runs yet.' : renderTable(terminal.stdout, columnsIn(terminal), runs)
}

const columnsIn = ({ workingFolder }: Pick<Terminal, 'workingFolder'>): Column<RunView>[] => [
  { heading: 'run', text: ({ runId }) => runId },
  { heading: 'started', text: ({ startedAt }) => localTime(startedAt) },
  { heading: 'state', text: stateText, paint: paintState },
  { heading: 'ok', text: ({ counts }) => figure(counts.ok), align: 'right' },
  { heading: 'failed', text: ({ counts }) => figure(counts.failed), align: 'right' },
  { heading: 'skipped', text: ({ counts }) => figure(counts.skipped), align: 'right' },
  { heading: 'tasks', text: ({ tasks }) => (tasks.length === 2 ? 'both' : tasks.join()) },
  { heading: 'source', text: (run) => sourceText(run, workingFolder), share: 1 },
]

/** Of a run whose batches are still with the provider, how many. */
function stateText({ state, lane }: RunView): string {
  return lane && lane.open > 0 ? `${state}, ${lane.open} of ${lane.batches} batches open` : state
}

/** All folders have one list: the folder says which file is meant. What an evaluation judges are labels, and no file that its person named. */
function sourceText({ source, folder, evaluation, secondOf }: RunView, workingFolder: string): string {
  if (evaluation !== undefined) return `evaluation ${evaluation}`
  if (secondOf !== undefined) return `second opinion on ${secondOf}`
  return folder && folder !== workingFolder ? `${source} in ${shortPath(folder, workingFolder)}` : source
}

function figure(amount: number): string {
  return amount.toLocaleString('en-US')
}

function paintState(text: string, { state }: RunView, colours: Colours): string {
  if (state === 'completed') return colours.good(text)
  return state === 'running' ? text : colours.careful(text)
}
