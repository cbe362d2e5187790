import type { Command } from 'commander'
import type { AuditEntry } from '../../protocol/contract.ts'
import { maxPageRows } from '../../protocol/names.ts'
import { commandToType } from '../commandLine.ts'
import { type Invocation, print, tellNext } from '../invocation.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { localTime } from '../terminal/times.ts'
import { type Execute, wholeNumber } from './execute.ts'

interface PageOptions {
  limit: number
  cursor?: string
}

export function addAuditCommand(program: Command, execute: Execute): void {
  program
    .command('audit')
    .summary('every change to providers, routes, preferences and categories')
    .description('Every change to providers, routes, preferences and categories, newest first. Keys never appear.')
    .option('--limit <n>', 'rows on a page', wholeNumber(1, maxPageRows), 50)
    .option('--cursor <cursor>', 'the page to show, as the one before named it')
    .action((options: PageOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const page = await client.request('audit/list', { limit: options.limit, cursor: options.cursor ?? null })
        const code = await print(invocation, page, ({ rows }) => auditText(invocation, rows))
        if (page.ok && page.value.next && !invocation.json) {
          await tellNext(
            invocation,
            commandToType(invocation.call, 'audit', '--limit', String(options.limit), '--cursor', page.value.next),
          )
        }
        return code
      }),
    )
}

function auditText({ terminal }: Invocation, entries: readonly AuditEntry[]): string {
  if (entries.length === 0) return 'Nothing was changed yet.'
  return renderTable(terminal.stdout, columns, entries)
}

const columns: Column<AuditEntry>[] = [
  { heading: 'at', text: ({ at }) => localTime(at) },
  { heading: 'what', text: ({ what }) => what },
  { heading: 'which', text: ({ target }) => target, most: 28 },
  { heading: 'action', text: ({ action }) => action, most: 16 },
  { heading: 'change', text: changeText, share: 1 },
]

function changeText({ before, after }: AuditEntry): string {
  if (before === null) return after === null ? '' : `new: ${JSON.stringify(after)}`
  return after === null ? `was: ${JSON.stringify(before)}` : changedFields(before, after)
}

/** Only what differs: the whole of both stands in the JSON. */
function changedFields(before: unknown, after: unknown): string {
  if (!isRecord(before) || !isRecord(after)) return `${JSON.stringify(before)} → ${JSON.stringify(after)}`
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names
    .map((name) => ({ name, from: JSON.stringify(before[name]) ?? 'none', to: JSON.stringify(after[name]) ?? 'none' }))
    .filter(({ from, to }) => from !== to)
    .map(({ name, from, to }) => `${name}: ${from} → ${to}`)
    .join('; ')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
