import type { Command } from 'commander'
import { mostEvaluations } from '../../protocol/evaluation.ts'
import { EvaluationId, maxPageRows } from '../../protocol/names.ts'
import { commandToType } from '../invocation/commandLine.ts'
import { type Invocation, print, tell, tellNext } from '../invocation/invocation.ts'
import { evaluationsText } from '../labels/evaluationsText.ts'
import { evaluationText } from '../labels/evaluationText.ts'
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
    .summary(`the evaluations that are kept, newest first: the last ${mostEvaluations}`)
    .option('--limit <n>', 'rows on a page', wholeNumber(1, maxPageRows), 20)
    .option('--cursor <cursor>', 'the page to show, as the one before named it')
    .action((options: { limit: number; cursor?: string }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const page = await client.request('evaluation/list', { limit: options.limit, cursor: options.cursor ?? null })
        const code = await print(invocation, page, ({ rows }) => evaluationsText(invocation.terminal.stdout, rows))
        if (page.ok && !invocation.json) await tellUnreadable(invocation, page.value.unreadable)
        if (page.ok && page.value.next && !invocation.json) {
          const words = ['evaluate', 'list', '--limit', String(options.limit), '--cursor', page.value.next]
          await tellNext(invocation, commandToType(invocation.call, ...words))
        }
        return code
      }),
    )
}

async function tellUnreadable(invocation: Invocation, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await tell(invocation, `The evaluation ${id} is kept but cannot be read.`)
    await tellNext(invocation, commandToType(invocation.call, 'evaluate', 'remove', id))
  }
}

function addCancel(evaluate: Command, execute: Execute): void {
  evaluate
    .command('cancel')
    .summary('end one of them that goes on, in whichever window or terminal')
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
    .summary('the figures of one of them again')
    .argument('<evaluation>', 'its id', evaluationId)
    .option('--chart', 'with bars')
    .action((id: string, { chart }: { chart?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('evaluation/read', { id }), (report) =>
          evaluationText(invocation.terminal.stdout, report, chart === true),
        ),
      ),
    )
}

function addRemove(evaluate: Command, execute: Execute): void {
  evaluate
    .command('remove')
    .summary('delete one of them, and what was judged for it; the labels stay')
    .argument('<evaluation>', 'its id', evaluationId)
    .action((id: string, _options, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('evaluation/remove', { id }), () => `The evaluation ${id} is deleted.`),
      ),
    )
}
