import { l10n, type Uri, window } from 'vscode'
import type { ResultFormat, RunView } from '../../protocol/runs.ts'
import type { Api } from '../connection/api.ts'
import { plural } from '../describe/language.ts'
import type { Notifier } from '../forms/notifier.ts'
import { pick } from '../forms/pick.ts'

interface FileFormat {
  format: ResultFormat
  label: string
  extension: string
  what: string
}

function fileFormats(): FileFormat[] {
  return [
    {
      format: 'jsonl',
      label: 'JSON Lines',
      extension: 'jsonl',
      what: l10n.t('a result with its receipts on each line'),
    },
    { format: 'csv', label: 'CSV', extension: 'csv', what: l10n.t('a table for spreadsheets') },
    { format: 'json', label: 'JSON', extension: 'json', what: l10n.t('one array of all results') },
    { format: 'sarif', label: 'SARIF', extension: 'sarif', what: l10n.t('findings at their lines, for code scanning') },
    { format: 'markdown', label: 'Markdown', extension: 'md', what: l10n.t('a report to read') },
  ]
}

/** Asks in which form and where, and has the server write it there, whatever its size. */
export async function saveResults(api: Api, run: RunView, notifier: Pick<Notifier, 'showFailure'>): Promise<void> {
  const rows = fileFormats().map((value) => ({ label: value.label, description: value.what, value }))
  const chosen = await pick(l10n.t('Save results'), l10n.t('In which form?'), rows)
  const target = chosen && (await askTarget(chosen))
  if (!chosen || !target) return
  const { fsPath: path } = target
  const saved = await api.request('run/export', { runId: run.runId, path, format: chosen.format })
  if (!saved.ok) return notifier.showFailure(saved.reason)
  void window.showInformationMessage(
    plural(saved.value.items, '{0} result written to {1}', '{0} results written to {1}', saved.value.path),
  )
}

function askTarget({ label, extension }: FileFormat): Thenable<Uri | undefined> {
  return window.showSaveDialog({ title: l10n.t('Save results'), filters: { [label]: [extension] } })
}
