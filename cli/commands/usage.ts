import { type Command, InvalidArgumentError } from 'commander'
import type { Params } from '../../protocol/contract.ts'
import { maxPageRows, type Page } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { UsageRequest, type UsageRow } from '../../protocol/usage.ts'
import { usageText } from '../describe/usageText.ts'
import type { Client } from '../invocation/client.ts'
import { print } from '../invocation/invocation.ts'
import { type Execute, examples, providerId, wholeNumber } from './execute.ts'

type Group = UsageRequest['groupBy'][number]

const groups = UsageRequest.shape.groupBy.unwrap().element.options

interface UsageOptions {
  days: number
  by: Group[]
  provider?: string
}

export function addUsageCommand(program: Command, execute: Execute): void {
  program
    .command('usage')
    .summary('tokens and their cost')
    .description(
      'Tokens and their cost, newest day first; days are UTC days. An unknown price is shown as unknown, never as 0. An item that both tasks judged counts once. The task "test" holds connection tests, probes and measured vectors.',
    )
    .option('--days <n>', 'how many days back, including today', wholeNumber(1, 3660), 30)
    .option('--by <groups>', 'day, provider, model, task: one or more of them, with commas', parseGroups, [...groups])
    .option('--provider <id>', 'only this provider', providerId)
    .addHelpText(
      'after',
      examples('llm-providers usage --days 7 --by provider,model', 'llm-providers usage --by day --json'),
    )
    .action(({ days, by, provider }: UsageOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const request = { days, groupBy: by, ...(provider === undefined ? {} : { provider }) }
        return print(invocation, await readAll(client, request), ({ rows }) => usageText(invocation, by, rows))
      }),
    )
}

function parseGroups(word: string): Group[] {
  const names = word.split(',').map((name) => name.trim())
  const known = groups.filter((group) => names.includes(group))
  if (known.length === new Set(names).size) return known
  throw new InvalidArgumentError(`Allowed are ${groups.join(', ')}.`)
}

/** All rows, as one page. */
async function readAll(client: Client, request: NonNullable<Params<'usage/read'>>): Promise<Outcome<Page<UsageRow>>> {
  const rows: UsageRow[] = []
  let cursor: string | null = null
  do {
    const page: Outcome<Page<UsageRow>> = await client.request('usage/read', { ...request, cursor, limit: maxPageRows })
    if (!page.ok) return page
    rows.push(...page.value.rows)
    cursor = page.value.next
  } while (cursor !== null)
  return succeed({ rows, next: null })
}
