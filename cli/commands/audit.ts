import path from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { AuditEntry } from '../../protocol/audit.ts'
import { maxPageRows, type Page } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import { auditFormats } from '../../shared/auditLines.ts'
import { isRecord } from '../../shared/isRecord.ts'
import { commandToType } from '../invocation/call.ts'
import type { ExitCode } from '../invocation/exitCodes.ts'
import { type Invocation, print, printNextStep } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { localTime } from '../terminal/format.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { type AuditExport, exportAudit } from './auditExport.ts'
import { type Execute, examples, providerId, wholeNumber } from './execute.ts'

type What = AuditEntry['what']

interface AuditOptions {
  what?: What[]
  target?: string
  provider?: string
  since?: string
  until?: string
  limit?: number
  cursor?: string
  export?: string
  format?: AuditExport['format']
}

const rowsOnPage = 50

export function addAuditCommand(program: Command, execute: Execute): void {
  program
    .command('audit')
    .summary('every change to providers, models, routes, preferences and categories, and every test')
    .description(
      'Every change to providers, models, routes, preferences and categories, and every connection test, newest first. Keys never appear.',
    )
    .option('--what <kinds>', `${AuditEntry.shape.what.options.join(', ')}: one or more, with commas`, parseKinds)
    .option('--target <name>', 'of this provider, model (provider/model), task or category')
    .option('--provider <id>', 'of this provider, with its models and its tests', providerId)
    .option('--since <time>', 'from this time on: 2026-11-21, or 2026-11-21T08:00', parseInstant)
    .option('--until <time>', 'before this time', parseInstant)
    .option('--limit <n>', 'rows per page; for an export, rows in total', wholeNumber(1, 1_000_000_000))
    .option('--cursor <cursor>', 'the page to show, as named by the previous one')
    .option('--export <file>', 'write all of them to a file; - prints them')
    .addOption(new Option('--format <format>', 'format of the export').choices(auditFormats))
    .addHelpText(
      'after',
      examples(
        'llm-providers audit --what provider,route --since 2026-11-01',
        'llm-providers audit --export changes.csv',
        'llm-providers audit --target ollama --export - | jq .after',
      ),
    )
    .action((options: AuditOptions, command: Command) =>
      execute(command, (invocation, { client }) => {
        const { what, target, provider, since, until, limit, cursor } = options
        const filter = {
          ...(what === undefined ? {} : { what }),
          ...(target === undefined ? {} : { target }),
          ...(provider === undefined ? {} : { provider }),
          ...(since === undefined ? {} : { since }),
          ...(until === undefined ? {} : { until }),
        }
        const wanted = exportOf(options, invocation)
        if (wanted) return exportAudit(invocation, client, filter, wanted)
        const rows = Math.min(limit ?? rowsOnPage, maxPageRows)
        return showPage(
          invocation,
          options,
          client.request('audit/list', { ...filter, limit: rows, cursor: cursor ?? null }),
        )
      }),
    )
}

function exportOf(options: AuditOptions, { json, terminal }: Invocation): AuditExport | null {
  if (options.export === undefined) {
    if (options.format !== undefined) throw new UsageError('--format is for --export')
    if ((options.limit ?? 0) > maxPageRows)
      throw new UsageError(`A page has at most ${maxPageRows} rows; --export gives all`)
    return null
  }
  if (options.cursor !== undefined) throw new UsageError('--export begins with the newest change and takes no --cursor')
  if (json && options.export === '-') throw new UsageError('--json and --export - both want standard output')
  return {
    file: options.export === '-' ? null : path.resolve(terminal.workingFolder, options.export),
    format: options.format ?? (options.export.toLowerCase().endsWith('.csv') ? 'csv' : 'jsonl'),
    limit: options.limit ?? Number.POSITIVE_INFINITY,
  }
}

async function showPage(
  invocation: Invocation,
  options: AuditOptions,
  asked: Promise<Outcome<Page<AuditEntry>>>,
): Promise<ExitCode> {
  const page = await asked
  const code = await print(invocation, page, ({ rows }) => auditText(invocation, rows))
  if (page.ok && page.value.next && !invocation.json) {
    const words = [
      ...(options.what ? ['--what', options.what.join(',')] : []),
      ...(options.target === undefined ? [] : ['--target', options.target]),
      ...(options.provider === undefined ? [] : ['--provider', options.provider]),
      ...(options.since === undefined ? [] : ['--since', options.since]),
      ...(options.until === undefined ? [] : ['--until', options.until]),
      ...['--limit', String(options.limit ?? rowsOnPage), '--cursor', page.value.next],
    ]
    await printNextStep(invocation, commandToType(invocation.call, 'audit', ...words))
  }
  return code
}

function parseKinds(word: string, before: What[] | undefined): What[] {
  const names = word.split(',').map((name) => name.trim())
  const kinds = AuditEntry.shape.what.options.filter((kind) => names.includes(kind))
  if (kinds.length < new Set(names).size) {
    throw new InvalidArgumentError(`Allowed are ${AuditEntry.shape.what.options.join(', ')}.`)
  }
  return [...new Set([...(before ?? []), ...kinds])]
}

/** A day begins where the reader lives; a time without a zone is the reader's, too. */
function parseInstant(word: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(word)
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/.test(word)
  const date = new Date(isDay ? `${word}T00:00` : word)
  if ((isDay || isTime) && !Number.isNaN(date.getTime())) return date.toISOString()
  throw new InvalidArgumentError('It must be a day such as 2026-11-21, or a time such as 2026-11-21T08:00.')
}

function auditText({ terminal }: Invocation, entries: readonly AuditEntry[]): string {
  if (entries.length === 0) return 'No such change was made.'
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
