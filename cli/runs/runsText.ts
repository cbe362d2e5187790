import type { RunView } from '../../protocol/runs.ts'
import type { Invocation } from '../invocation/invocation.ts'
import type { Colours } from '../terminal/colours.ts'
import { localTime } from '../terminal/format.ts'
import { type Column, renderTable } from '../terminal/table.ts'

export function runsText({ terminal }: Pick<Invocation, 'terminal'>, runs: readonly RunView[]): string {
  return runs.length === 0 ? 'There are no runs yet.' : renderTable(terminal.stdout, columns, runs)
}

const columns: Column<RunView>[] = [
  { heading: 'run', text: ({ runId }) => runId },
  { heading: 'started', text: ({ startedAt }) => localTime(startedAt) },
  { heading: 'state', text: ({ state }) => state, paint: paintState },
  { heading: 'ok', text: ({ counts }) => figure(counts.ok), align: 'right' },
  { heading: 'failed', text: ({ counts }) => figure(counts.failed), align: 'right' },
  { heading: 'skipped', text: ({ counts }) => figure(counts.skipped), align: 'right' },
  { heading: 'tasks', text: ({ tasks }) => (tasks.length === 2 ? 'both' : tasks.join()) },
  { heading: 'source', text: sourceText, share: 1 },
]

/** What an evaluation judges are labels, and no file that its person named. */
function sourceText({ source, evaluation }: Pick<RunView, 'source' | 'evaluation'>): string {
  return evaluation === undefined ? source : `evaluation ${evaluation}`
}

function figure(amount: number): string {
  return amount.toLocaleString('en-US')
}

function paintState(text: string, { state }: RunView, colours: Colours): string {
  if (state === 'completed') return colours.good(text)
  return state === 'running' ? text : colours.careful(text)
}
