import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { assertNever, maxPageRows } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { LostResults } from '../../protocol/resultQueries.ts'
import { itemErrorCodes, type ResultRecord } from '../../protocol/results.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { Client } from '../invocation/client.ts'
import { type ExitCode, exitCodeOfRun } from '../invocation/exitCodes.ts'
import { type Invocation, print, printNote, writeLine } from '../invocation/invocation.ts'
import { count } from '../terminal/format.ts'
import { neutralise, toJson } from '../terminal/plainText.ts'
import { printLost, type ResultPages, readResults } from './readResults.ts'
import { formatResults, type PageFormat } from './resultFormats.ts'
import { resultsTable } from './resultsTable.ts'
import { type SeenFailures, summarise } from './summarise.ts'

/** How the results are wanted on stdout. `rows` is how many of them a table shows at most. */
export type Presentation =
  | { kind: 'table'; rows: number }
  | { kind: 'format'; format: PageFormat }
  | { kind: 'report'; format: 'sarif' | 'markdown' }
  | { kind: 'json' }

/** Prints what a run found on stdout, and for people on stderr how it went and what to do next. */
export async function reportRun(
  invocation: Invocation,
  client: Client,
  run: RunView,
  presentation: Presentation,
): Promise<ExitCode> {
  const read = await readResults(client, run.runId)
  if (!read.ok) return print(invocation, read, () => '')
  const { pages, lost } = read.value
  if (presentation.kind === 'report') {
    const reported = await printReport(invocation, client, run.runId, presentation.format)
    if (!reported.ok) return print(invocation, reported, () => '')
  } else if (presentation.kind === 'json') await printPieces(invocation, jsonPieces(run, pages, lost))
  else await printPages(invocation, run, pages, presentation)
  if (presentation.kind !== 'json') {
    await summarise(invocation, client, run, await lookAtFailures(client, run))
    await printLost(invocation, run.runId, { lost })
  }
  return exitCodeOfRun(run)
}

/** What is wrong with a row itself stays wrong, however often it is tried. The first ones tell enough of all. */
async function lookAtFailures(client: Client, { runId, counts }: RunView): Promise<SeenFailures> {
  if (counts.failed === 0) return { areOfSource: false }
  const failed = await client.request('run/results', { runId, limit: maxPageRows, filter: { status: ['failed'] } })
  const codes = failed.ok ? failed.value.rows.map(({ error }) => error?.code ?? '') : []
  const areOfSource = codes.length > 0 && codes.every((code) => sourceErrors.has(code))
  return { areOfSource, areOfEncoding: areOfSource && codes.includes('row_encoding') }
}

const sourceErrors = new Set<string>(itemErrorCodes)

function printPages(
  invocation: Invocation,
  run: RunView,
  pages: ResultPages,
  presentation: Exclude<Presentation, { kind: 'report' | 'json' }>,
): Promise<void> {
  switch (presentation.kind) {
    case 'format':
      return printPieces(invocation, formatResults(presentation.format, pages, run))
    case 'table':
      return printTable(invocation, run, pages, presentation.rows)
    default:
      return assertNever(presentation)
  }
}

async function printPieces({ terminal }: Invocation, pieces: AsyncIterable<string>): Promise<void> {
  for await (const piece of pieces) {
    if (!terminal.stdout.isOpen) return
    // A format for files is printed as it is; only a screen has to be protected from it.
    await terminal.stdout.write(terminal.stdout.isTerminal ? neutralise(piece) : piece)
  }
}

/** `{"ok":true,"value":{"run":…,"lost":…,"results":[…]}}`, a page at a time. Without `lost`: nothing is. */
async function* jsonPieces(run: RunView, pages: ResultPages, lost: LostResults | null): AsyncGenerator<string> {
  yield toJson(succeed({ run, ...(lost ? { lost } : {}), results: [] })).slice(0, -']}}'.length)
  let isFirst = true
  for await (const records of pages) {
    if (records.length === 0) continue
    yield `${isFirst ? '' : ','}${records.map((record) => toJson(record)).join(',')}`
    isFirst = false
  }
  yield ']}}\n'
}

async function printTable(invocation: Invocation, run: RunView, pages: ResultPages, rows: number): Promise<void> {
  const shown: ResultRecord[] = []
  for await (const records of pages) {
    shown.push(...records.slice(0, rows - shown.length))
    if (shown.length >= rows) break
  }
  if (shown.length === 0) return
  await writeLine(invocation, resultsTable(invocation.terminal.stdout, run.tasks, shown))
  const all = run.counts.ok + run.counts.failed + run.counts.skipped
  if (shown.length < all)
    await printNote(invocation, `… these are the first ${shown.length} of ${count(all, 'result')}`)
}

/** A report on stdout: the server writes it into a file as it would beside the source, and the file is passed on. */
async function printReport(
  { terminal, dataFolder }: Invocation,
  client: Client,
  runId: string,
  format: 'sarif' | 'markdown',
): Promise<Outcome<unknown>> {
  const folder = await mkdtemp(path.join(dataFolder, 'report-'))
  try {
    const file = path.join(folder, 'report')
    const written = await client.request('run/export', { runId, path: file, format })
    if (!written.ok) return written
    for await (const piece of createReadStream(file, 'utf8')) {
      if (!terminal.stdout.isOpen) break
      await terminal.stdout.write(terminal.stdout.isTerminal ? neutralise(String(piece)) : String(piece))
    }
    return written
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
