import type { Command } from 'commander'
import { succeed } from '../../protocol/outcome.ts'
import { print } from '../invocation.ts'
import { modelColumns } from '../providerText.ts'
import { renderTable } from '../terminal/table.ts'
import type { Execute } from './execute.ts'

export function addModelCommands(program: Command, execute: Execute): void {
  const model = program.command('model').summary('models of all providers')
  model
    .command('list')
    .summary('the models that each provider listed last')
    .description('The models that each provider listed last. To ask a provider again: provider models ID.')
    .action((_options, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const views = await client.request('provider/list', {})
        if (!views.ok) return print(invocation, views, () => '')
        const lists = views.value.map(({ provider, models }) => ({ provider, ...models }))
        return print(invocation, succeed(lists), () => {
          const rows = lists.flatMap(({ provider, models }) => models.map((each) => ({ provider, each })))
          if (rows.length === 0) return 'No provider has listed its models yet.'
          const columns = modelColumns.map(({ text, paint: _, ...column }) => ({
            ...column,
            text: (row: (typeof rows)[number]) => text(row.each),
          }))
          return renderTable(
            invocation.terminal.stdout,
            [{ heading: 'provider', text: (row) => row.provider, most: 24 }, ...columns],
            rows,
          )
        })
      }),
    )
}
