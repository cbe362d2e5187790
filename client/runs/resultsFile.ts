import path from 'node:path'
import { commands, l10n, Uri, window, workspace } from 'vscode'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { Api } from '../connection/api.ts'
import type { Notifier } from '../forms/notifier.ts'

type FiledRun = Pick<RunView, 'runId' | 'resultsPath'>

/** Opens the results file of a run; one that is gone is offered to be written again, instead of an empty one in its place. */
export async function openResultsFile(api: Api, run: FiledRun, notifier: Notifier): Promise<void> {
  if (run.resultsPath === null) {
    void window.showInformationMessage(l10n.t('This run has no results file: its results are in the results panel.'))
    return
  }
  const file = Uri.file(run.resultsPath)
  if (await hasContent(file)) return void (await commands.executeCommand('vscode.open', file))
  const write = l10n.t('Write again')
  const sentence = l10n.t('The results file "{0}" is gone or empty.', path.basename(run.resultsPath))
  if ((await window.showWarningMessage(sentence, write)) !== write) return
  if (await writeResultsFile(api, run, notifier)) await commands.executeCommand('vscode.open', file)
}

/** Writes it again from the run's journal. False: it could not be written, which was shown, or the person left. */
export async function writeResultsFile(api: Api, run: FiledRun, notifier: Notifier): Promise<boolean> {
  const written = await rewrite(api, run)
  if (written === null) return false
  if (!written.ok) await notifier.showFailure(written.reason)
  else void window.showInformationMessage(l10n.t('The results are in "{0}" again.', path.basename(written.value ?? '')))
  return written.ok
}

/** Null: something else stands in its place, and the person leaves it there. Answers where it is. */
export async function rewrite(api: Api, run: FiledRun): Promise<Outcome<string | null> | null> {
  const runId = await keptBeside(api, run)
  const first = await api.request('run/rewrite', { runId })
  if (first.ok) return succeed(first.value.path)
  // Something of another kind stands there, such as a results file whose beginning was damaged.
  const isTaken = first.reason.code === 'output_invalid' && run.resultsPath !== null
  if (!isTaken || !(await isThere(Uri.file(run.resultsPath ?? '')))) return first
  const replace = l10n.t('Replace it')
  const name = path.basename(run.resultsPath ?? '')
  const isEdited = first.reason.code === 'output_invalid' && first.reason.edited === true
  const question = isEdited
    ? l10n.t('"{0}" was edited since it was written.', name)
    : l10n.t('"{0}" does not look like a results file any more.', name)
  const detail = l10n.t('Replace what is in it by the results of the run?')
  if ((await window.showWarningMessage(question, { modal: true, detail }, replace)) !== replace) return null
  const second = await api.request('run/rewrite', { runId, overwrite: true })
  return second.ok ? succeed(second.value.path) : second
}

/** In the file stand the results of the revision that is kept: those of another one must not take their place. */
async function keptBeside(api: Api, { runId, resultsPath }: FiledRun): Promise<string> {
  const page = await api.request('revision/list', { runId })
  const kept = page.ok ? page.value.rows.find(({ isKept, run }) => isKept && run.resultsPath === resultsPath) : null
  return kept?.run.runId ?? runId
}

async function hasContent(file: Uri): Promise<boolean> {
  return workspace.fs.stat(file).then(
    ({ size }) => size > 0,
    () => false,
  )
}

async function isThere(file: Uri): Promise<boolean> {
  return workspace.fs.stat(file).then(
    () => true,
    () => false,
  )
}
