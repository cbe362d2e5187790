import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { AuditEntry, AuditFilter } from '../../protocol/audit.ts'
import { maxPageRows, type Page } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { type AuditFormat, auditHeader, auditLine } from '../../shared/auditLines.ts'
import { fail } from '../../shared/fail.ts'
import type { Client } from '../invocation/client.ts'
import { type ExitCode, exitCodes } from '../invocation/exitCodes.ts'
import { type Invocation, print } from '../invocation/invocation.ts'
import { count } from '../terminal/format.ts'
import { neutralise, oneLine, toJson } from '../terminal/plainText.ts'

export interface AuditExport {
  /** Null: standard output. */
  file: string | null
  format: AuditFormat
  /** Rows at most. */
  limit: number
}

type Filter = Omit<AuditFilter, 'cursor' | 'limit'>

/** Writes every change that fits, a page at a time, so that memory stays flat. */
export async function exportAudit(
  invocation: Invocation,
  client: Client,
  filter: Filter,
  wanted: AuditExport,
): Promise<ExitCode> {
  // Whether there is anything to read is known before a file is begun.
  const first = await client.request('audit/list', { ...filter, cursor: null, limit: pageRows(wanted.limit) })
  if (!first.ok) return print(invocation, first, () => '')
  const written = { entries: 0 }
  const pieces = formatEntries(wanted.format, entryPages(client, filter, first.value, wanted.limit), written)
  if (wanted.file === null) return printPieces(invocation, pieces)
  const outcome = await writeFile(wanted.file, pieces)
  return print(invocation, outcome.ok ? succeed({ file: wanted.file, ...written }) : outcome, ({ file, entries }) =>
    oneLine(`${count(entries, 'entry', 'entries')} written to ${file}`),
  )
}

function pageRows(left: number): number {
  return Math.min(left, maxPageRows)
}

async function* entryPages(
  client: Client,
  filter: Filter,
  first: Page<AuditEntry>,
  limit: number,
): AsyncGenerator<readonly AuditEntry[]> {
  let left = limit - first.rows.length
  yield first.rows
  for (let cursor = first.next; cursor !== null && left > 0; ) {
    const page: Outcome<Page<AuditEntry>> = await client.request('audit/list', {
      ...filter,
      cursor,
      limit: pageRows(left),
    })
    if (!page.ok) throw new Error(`The audit log was removed while it was being read. ${page.reason.message}`)
    yield page.value.rows
    left -= page.value.rows.length
    cursor = page.value.next
  }
}

async function* formatEntries(
  format: AuditExport['format'],
  pages: AsyncIterable<readonly AuditEntry[]>,
  written: { entries: number },
): AsyncGenerator<string> {
  const header = auditHeader(format)
  if (header !== '') yield header
  for await (const entries of pages) {
    written.entries += entries.length
    if (entries.length > 0) yield entries.map((entry) => auditLine(format, entry, toJson)).join('')
  }
}

async function printPieces({ terminal }: Invocation, pieces: AsyncIterable<string>): Promise<ExitCode> {
  for await (const piece of pieces) {
    if (!terminal.stdout.isOpen) break
    // A format for files is printed as it is; only a screen has to be protected from it.
    await terminal.stdout.write(terminal.stdout.isTerminal ? neutralise(piece) : piece)
  }
  return exitCodes.done
}

/** Whole or not at all: a file of that name stays as it was until the export is complete. */
async function writeFile(file: string, pieces: AsyncIterable<string>): Promise<Outcome<null>> {
  const part = `${file}.part`
  try {
    await pipeline(Readable.from(pieces), createWriteStream(part, { mode: 0o600 }))
    await rename(part, file)
    return succeed(null)
  } catch (error) {
    await rm(part, { force: true })
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined) throw error
    return fail({ code: 'output_invalid', path: file, detail: writeProblems[code] ?? code })
  }
}

const writeProblems: Record<string, string> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EACCES: 'it may not be written',
  EPERM: 'it may not be written',
  EROFS: 'the disk can only be read',
  EISDIR: 'it is a folder',
  ENOSPC: 'the disk is full',
}
