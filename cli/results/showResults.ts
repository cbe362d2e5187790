import path from 'node:path'
import { maxPageRows } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultFilter, ResultPage, ResultSort } from '../../protocol/resultQueries.ts'
import type { ResultFormat } from '../../protocol/runs.ts'
import type { Client } from '../invocation/client.ts'
import { type ExitCode, exitCodes } from '../invocation/exitCodes.ts'
import { type Host, type Invocation, print, printNote } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { printLost, type ResultPages } from '../runs/readResults.ts'
import { formatResults, isReport } from '../runs/resultFormats.ts'
import { resultsTable } from '../runs/resultsTable.ts'
import { formatOf } from '../runs/runRequest.ts'
import { writeSourceCopy } from '../runs/sourceCopy.ts'
import { count } from '../terminal/format.ts'
import { neutralise } from '../terminal/plainText.ts'

export interface ResultOptions {
  filter?: ResultFilter
  sort?: ResultSort
  doubtful?: boolean
  limit?: number
  offset?: number
  format?: ResultFormat
  output?: string
  withSource?: boolean
}

type Query = { runId: string } & Pick<ResultOptions, 'filter' | 'sort'>

const rowsOfTable = 50

/** Prints a table, or all that the query finds in a format for files, or writes it to a file. */
export async function showResults(
  invocation: Invocation,
  { client }: Host,
  runId: string,
  options: ResultOptions,
): Promise<ExitCode> {
  const { output } = options
  const { filter, sort } = options.doubtful ? doubtful(options) : options
  const query = { runId, ...(filter ? { filter } : {}), ...(sort ? { sort } : {}) }
  if (options.withSource) {
    checkCopy(options)
    return writeSourceCopy(invocation, client, { runId, ...(filter ? { filter } : {}) }, { output })
  }
  if (output !== undefined && output !== '-') return writeFile(invocation, client, query, { ...options, output })
  if (options.format !== undefined && !invocation.json) return printFormat(invocation, client, query, options)
  const rows = options.limit ?? (invocation.json ? maxPageRows : rowsOfTable)
  const page = await readRows(client, query, { offset: options.offset ?? 0, rows })
  if (!page.ok || invocation.json) return print(invocation, page, () => '')
  // Which columns there are depends on the tasks.
  const run = await client.request('run/get', { runId })
  if (!run.ok) return print(invocation, run, () => '')
  const { stdout } = invocation.terminal
  const code = await print(invocation, page, ({ rows: found, total, doubts }) =>
    found.length === 0 ? nothing(total) : resultsTable(stdout, run.value.tasks, found, doubts),
  )
  if (page.value.rows.length > 0) await printNote(invocation, placeText(page.value, options.offset ?? 0))
  await printLost(invocation, runId, page.value)
  return code
}

/** What is to be looked at first by a person who checks. */
function doubtful({ filter, sort }: ResultOptions): Pick<ResultOptions, 'filter' | 'sort'> {
  if (sort !== undefined) throw new UsageError('--doubtful has an order of its own: leave out --sort')
  return { filter: { status: ['ok'], ...filter, changedByHuman: false }, sort: { by: 'doubt', descending: true } }
}

function checkCopy({ output, format, sort, limit, offset }: ResultOptions): void {
  if (output === '-') throw new UsageError('--with-source writes a file: --output FILE')
  if (format !== undefined && format !== 'csv') throw new UsageError('--with-source writes CSV')
  if (sort !== undefined || limit !== undefined || offset !== undefined)
    throw new UsageError('--with-source keeps the rows of the source in their order; --filter says which')
}

function nothing(total: number): string {
  return total === 0 ? 'No result matches.' : `There are only ${count(total, 'result')}.`
}

function placeText({ rows, total }: ResultPage, offset: number): string {
  const last = offset + rows.length
  return rows.length === total
    ? count(total, 'result')
    : `results ${(offset + 1).toLocaleString('en-US')} to ${last.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}`
}

/** As one page, however many pages of the contract it takes. */
async function readRows(
  client: Client,
  query: Query,
  { offset, rows }: { offset: number; rows: number },
): Promise<Outcome<ResultPage>> {
  const found: ResultPage['rows'] = []
  const doubts: NonNullable<ResultPage['doubts']> = []
  for (;;) {
    const limit = Math.min(maxPageRows, rows - found.length)
    const page = await client.request('run/results', { ...query, offset: offset + found.length, limit })
    if (!page.ok) return page
    found.push(...page.value.rows)
    doubts.push(...(page.value.doubts ?? []))
    const { next } = page.value
    if (next === null || found.length >= rows || !page.value.rows.length) {
      return succeed({ ...page.value, rows: found, ...(page.value.doubts ? { doubts } : {}) })
    }
  }
}

async function printFormat(
  invocation: Invocation,
  client: Client,
  query: Query,
  { format = 'jsonl', offset = 0, limit = Number.POSITIVE_INFINITY }: ResultOptions,
): Promise<ExitCode> {
  if (isReport(format)) throw new UsageError(`--format ${format} needs --output FILE`)
  const first = await readRows(client, query, { offset, rows: Math.min(limit, maxPageRows) })
  if (!first.ok) return print(invocation, first, () => '')
  const run = await client.request('run/get', { runId: query.runId })
  if (!run.ok) return print(invocation, run, () => '')
  const { stdout } = invocation.terminal
  const pages = pagesFrom(client, query, first.value, { offset, limit })
  for await (const piece of formatResults(format, pages, run.value)) {
    if (!stdout.isOpen) break
    await stdout.write(stdout.isTerminal ? neutralise(piece) : piece)
  }
  await printLost(invocation, query.runId, first.value)
  return exitCodes.done
}

async function* pagesFrom(
  client: Client,
  query: Query,
  first: ResultPage,
  { offset, limit }: { offset: number; limit: number },
): ResultPages {
  let page = first
  for (let given = 0; page.rows.length > 0; ) {
    yield page.rows
    given += page.rows.length
    if (page.next === null || given >= limit) return
    const next = await readRows(client, query, { offset: offset + given, rows: Math.min(maxPageRows, limit - given) })
    if (!next.ok) throw new Error(`The results were removed while they were being read. ${next.reason.message}`)
    page = next.value
  }
}

async function writeFile(
  invocation: Invocation,
  client: Client,
  query: Query,
  options: ResultOptions & { output: string },
): Promise<ExitCode> {
  if (options.limit !== undefined || options.offset !== undefined) {
    throw new UsageError('--limit and --offset are for what is printed; a file takes all that the filter finds')
  }
  const target = path.resolve(invocation.terminal.workingFolder, options.output)
  const written = await client.request('run/export', { ...query, path: target, format: formatOf(options) })
  const code = await print(
    invocation,
    written,
    ({ path: file, items }) => `${count(items, 'result')} written to ${file}`,
  )
  if (written.ok && !invocation.json) await printLost(invocation, query.runId, written.value)
  return code
}
