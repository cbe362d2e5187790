import { l10n, type Uri, window } from 'vscode'
import type { Page } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { Api } from '../connection/api.ts'
import type { Tell } from '../tell.ts'
import { writeWhole } from '../writeWhole.ts'

/** For a run that had no file to put its results beside: asks where, and writes them there as JSON Lines. */
export async function saveResults(api: Api, run: RunView, tell: Tell): Promise<void> {
  const target = await askTarget(l10n.t('Save results'))
  if (!target) return
  await writePages(target, (cursor) => api.request('run/results', { runId: run.runId, cursor }), tell)
}

async function askTarget(title: string): Promise<Uri | undefined> {
  return window.showSaveDialog({ title, filters: { 'JSON Lines': ['jsonl'] } })
}

/** Page by page, so that its size does not matter. What cannot be written is told with the place. */
async function writePages(
  target: Uri,
  read: (cursor: string | null) => Promise<Outcome<Page<unknown>>>,
  tell: Tell,
): Promise<void> {
  let rows = 0
  async function* lines() {
    for (let cursor: string | null = null; ; ) {
      const page: Outcome<Page<unknown>> = await read(cursor)
      if (!page.ok) throw new Error(page.reason.message)
      for (const row of page.value.rows) yield `${JSON.stringify(row)}\n`
      rows += page.value.rows.length
      cursor = page.value.next
      if (cursor === null) return
    }
  }
  const why = await writeWhole(target.fsPath, lines())
  if (why !== null) {
    tell.note(`writing ${target.fsPath}: ${why}`)
    void window.showErrorMessage(l10n.t('{0} could not be written: {1}', target.fsPath, why))
    return
  }
  void window.showInformationMessage(l10n.t('{0} rows written to {1}', rows, target.fsPath))
}
