import { sep } from 'node:path'
import { l10n, type NotebookDocument, type TextDocument, type Uri, window, workspace } from 'vscode'
import type { SettingValues } from '../connection/settings.ts'

type OpenFile = TextDocument | NotebookDocument

/**
 * Rows are read from the disk: whoever has unsaved changes in one of these files, or in one below these folders, says what is to be read,
 * unless a setting says it. False: the person left, or a file could not be saved, which the editor has said.
 */
export async function settleUnsaved(uris: readonly Uri[], wish: SettingValues['unsavedChanges']): Promise<boolean> {
  const unsaved = findUnsaved(uris)
  if (unsaved.length === 0) return true
  if (wish === 'save') return await saveAll(unsaved)
  const [first] = unsaved as [OpenFile]
  const question =
    unsaved.length === 1
      ? l10n.t('"{0}" has unsaved changes.', workspace.asRelativePath(first.uri))
      : l10n.t('{0} of the files have unsaved changes.', unsaved.length)
  const [save, stored] = [l10n.t('Save and start'), l10n.t('Start with what is saved')]
  const detail = l10n.t('What is judged is read from the disk.')
  const chosen = await window.showWarningMessage(question, { modal: true, detail }, save, stored)
  return chosen === save ? await saveAll(unsaved) : chosen === stored
}

function findUnsaved(uris: readonly Uri[]): OpenFile[] {
  const paths = uris.map(({ fsPath }) => fsPath)
  const isChosen = (path: string) =>
    paths.some((each) => path === each || path.startsWith(each.endsWith(sep) ? each : each + sep))
  return [...workspace.textDocuments, ...workspace.notebookDocuments].filter(
    ({ isDirty, isUntitled, uri }) => isDirty && !isUntitled && uri.scheme === 'file' && isChosen(uri.fsPath),
  )
}

async function saveAll(files: readonly OpenFile[]): Promise<boolean> {
  for (const file of files) if (!(await file.save())) return false
  return true
}
