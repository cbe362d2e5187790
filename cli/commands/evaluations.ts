import type { Command } from 'commander'
import { type EvaluationReport, type EvaluationSummary, mostEvaluations } from '../../protocol/evaluation.ts'
import { EvaluationId, maxPageRows } from '../../protocol/names.ts'
import { bestCandidates } from '../../shared/bestCandidates.ts'
import { commandToType } from '../invocation/call.ts'
import { type Invocation, print, printNextStep, printNote } from '../invocation/invocation.ts'
import { candidateName, evaluationText } from '../labels/evaluationText.ts'
import type { Colours } from '../terminal/colours.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import type { Sink } from '../terminal/terminal.ts'
import { type Execute, matching, wholeNumber } from './execute.ts'

const evaluationId = matching(EvaluationId, 'the id of an evaluation')

/** Of the reports that are kept. */
export function addEvaluations(evaluate: Command, execute: Execute): void {
  addList(evaluate, execute)
  addShow(evaluate, execute)
  addCancel(evaluate, execute)
  addRemove(evaluate, execute)
}

function addList(evaluate: Command, execute: Execute): void {
  evaluate
    .command('list')
    .summary(`the stored evaluations, newest first: the last ${mostEvaluations}`)
    .option('--limit <n>', 'rows per page', wholeNumber(1, maxPageRows), 20)
    .option('--cursor <cursor>', 'the page to show, as named by the previous one')
    .action((options: { limit: number; cursor?: string }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const page = await client.request('evaluation/list', { limit: options.limit, cursor: options.cursor ?? null })
        const code = await print(invocation, page, ({ rows }) => evaluationsText(invocation.terminal.stdout, rows))
        if (page.ok && !invocation.json) await printUnreadable(invocation, page.value.unreadable)
        if (page.ok && page.value.next && !invocation.json) {
          const words = ['evaluate', 'list', '--limit', String(options.limit), '--cursor', page.value.next]
          await printNextStep(invocation, commandToType(invocation.call, ...words))
        }
        return code
      }),
    )
}

/** The commands that give each task the candidate that did best. The routes as they are need none. */
export async function printBest(invocation: Invocation, report: EvaluationReport): Promise<void> {
  for (const { task, report: best } of bestCandidates(report)) {
    const { provider, model, ask } = best.candidate
    if (provider === null) continue
    const named = model === undefined ? [] : ['--model', model]
    const asked = ask === undefined ? [] : ['--ask', ask]
    const words = ['route', 'set', task, '--provider', provider, ...named, ...asked]
    await printNextStep(invocation, commandToType(invocation.call, ...words))
  }
}

async function printUnreadable(invocation: Invocation, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await printNote(invocation, `The evaluation ${id} is stored but cannot be read.`)
    await printNextStep(invocation, commandToType(invocation.call, 'evaluate', 'remove', id))
  }
}

function addCancel(evaluate: Command, execute: Execute): void {
  evaluate
    .command('cancel')
    .summary('cancel one that is in progress, in whichever window or terminal')
    .argument('<evaluation>', 'its id', evaluationId)
    .action((id: string, _options, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('evaluation/cancel', { id }), (report) =>
          evaluationText(invocation.terminal.stdout, report, false),
        ),
      ),
    )
}

function addShow(evaluate: Command, execute: Execute): void {
  evaluate
    .command('show')
    .summary('show one of them')
    .argument('<evaluation>', 'its id', evaluationId)
    .option('--chart', 'show bars')
    .action((id: string, { chart }: { chart?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const report = await client.request('evaluation/read', { id })
        const { stdout } = invocation.terminal
        const code = await print(invocation, report, (value) => evaluationText(stdout, value, chart === true))
        if (report.ok && !invocation.json) await printBest(invocation, report.value)
        return code
      }),
    )
}

function addRemove(evaluate: Command, execute: Execute): void {
  evaluate
    .command('remove')
    .summary('delete one with what was judged for it; the labels stay')
    .argument('<evaluation>', 'its id', evaluationId)
    .action((id: string, _options, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('evaluation/remove', { id }), () => `The evaluation ${id} is deleted.`),
      ),
    )
}

/** A line a candidate; what is said of the whole evaluation stands in its first one. */
function evaluationsText(sink: Sink, evaluations: readonly EvaluationSummary[]): string {
  if (evaluations.length === 0) return 'There are no evaluations yet.'
  const rows = evaluations.flatMap((evaluation) =>
    evaluation.candidates.map((candidate, place) => ({ candidate, of: place === 0 ? evaluation : null })),
  )
  return renderTable(sink, columns, rows)
}

interface Row {
  candidate: EvaluationSummary['candidates'][number]
  of: EvaluationSummary | null
}

const columns: Column<Row>[] = [
  { heading: 'evaluation', text: ({ of }) => of?.id ?? '' },
  { heading: 'state', text: ({ of }) => of?.state ?? '', paint: paintState },
  { heading: 'labels', text: ({ of }) => of?.golden.used.toLocaleString('en-US') ?? '', align: 'right' },
  { heading: 'candidate', text: ({ candidate }) => candidateName(candidate), most: 48 },
  { heading: 'accuracy', text: ({ candidate }) => figure(candidate.accuracy), align: 'right' },
  { heading: 'kappa', text: ({ candidate }) => figure(candidate.kappa), align: 'right' },
  { heading: 'error', text: ({ candidate }) => figure(candidate.scoreError), align: 'right' },
]

function figure(value: number | null): string {
  return value === null ? '–' : value.toFixed(2)
}

function paintState(text: string, { of }: Row, colours: Colours): string {
  if (of === null || of.state === 'running') return text
  return of.state === 'completed' ? colours.good(text) : colours.careful(text)
}
