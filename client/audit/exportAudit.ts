import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type CancellationToken, l10n, ProgressLocation, type Uri, window, workspace } from 'vscode'
import type { AuditEntry } from '../../protocol/audit.ts'
import type { Page } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import { type AuditFormat, auditHeader, auditLine } from '../../shared/auditLines.ts'
import type { Api } from '../connection/api.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { plural } from '../describe/language.ts'
import type { Notifier } from '../forms/notifier.ts'
import { pick } from '../forms/pick.ts'
import { askFilter, type ChangeFilter } from './auditFilter.ts'

/** Asks which changes and how, writes them to a file, newest first, and opens it. */
export async function exportAudit(
  api: Api,
  snapshot: Snapshot,
  parts: { notifier: Notifier; now: () => number },
): Promise<void> {
  const { notifier } = parts
  const filter = await askFilter(snapshot, parts.now())
  const format = filter && (await askFormat())
  const target = format && (await askTarget(format))
  if (!filter || !format || !target) return
  const written = await window.withProgress(
    { location: ProgressLocation.Notification, title: l10n.t('Exporting the audit log'), cancellable: true },
    (_, token) => write(api, filter, format, target, token),
  )
  switch (written.end) {
    case 'cancelled':
      return
    case 'refused':
      return notifier.showFailure(written.reason)
    case 'failed': {
      notifier.log(`writing ${target.fsPath}: ${written.why}`)
      void window.showErrorMessage(l10n.t('{0} could not be written: {1}', target.fsPath, written.why))
      return
    }
  }
  await window.showTextDocument(await workspace.openTextDocument(target))
  const { entries } = written
  void window.showInformationMessage(
    plural(entries, '{0} change written to {1}', '{0} changes written to {1}', target.fsPath),
  )
}

async function askFormat(): Promise<AuditFormat | undefined> {
  return pick(l10n.t('Export audit log'), l10n.t('Which format?'), [
    {
      label: 'JSON Lines',
      description: '.jsonl',
      detail: l10n.t('One change per line, as recorded'),
      value: 'jsonl' as const,
    },
    {
      label: 'CSV',
      description: '.csv',
      detail: l10n.t('A table; nothing in it runs as a formula'),
      value: 'csv' as const,
    },
  ])
}

async function askTarget(format: AuditFormat): Promise<Uri | undefined> {
  const filters = format === 'csv' ? { CSV: ['csv'] } : { 'JSON Lines': ['jsonl'] }
  return window.showSaveDialog({ title: l10n.t('Export audit log'), filters })
}

type Failure = Extract<Outcome<never>, { ok: false }>
type Written =
  | { end: 'written'; entries: number }
  | { end: 'cancelled' }
  | { end: 'refused'; reason: Failure['reason'] }
  | { end: 'failed'; why: string }

/** A page at a time, so that its size does not matter. */
async function write(
  api: Api,
  filter: ChangeFilter,
  format: AuditFormat,
  target: Uri,
  token: CancellationToken,
): Promise<Written> {
  let entries = 0
  let refusal: Failure | null = null
  async function* lines() {
    yield auditHeader(format)
    for (let cursor: string | null = null; ; ) {
      const page: Outcome<Page<AuditEntry>> = await api.request('audit/list', { ...filter, cursor }, token)
      if (!page.ok) {
        refusal = page
        throw new Error(page.reason.code)
      }
      for (const entry of page.value.rows) yield auditLine(format, entry, JSON.stringify)
      entries += page.value.rows.length
      cursor = page.value.next
      if (cursor === null) return
      if (token.isCancellationRequested) throw new Error('cancelled')
    }
  }
  const why = await writeWhole(target.fsPath, lines())
  if (why === null) return { end: 'written', entries }
  if (token.isCancellationRequested) return { end: 'cancelled' }
  const refused = refusal as Failure | null
  return refused ? { end: 'refused', reason: refused.reason } : { end: 'failed', why }
}

/** Writes a file whole or not at all: one of that name stays as it was until the last piece is there. Null, or why it was not written. */
async function writeWhole(file: string, pieces: AsyncIterable<string>): Promise<string | null> {
  const part = `${file}.part`
  try {
    await pipeline(Readable.from(pieces), createWriteStream(part, { mode: 0o600 }))
    await rename(part, file)
    return null
  } catch (error) {
    await rm(part, { force: true })
    return error instanceof Error ? error.message : String(error)
  }
}
