import {
  l10n,
  TabInputCustom,
  TabInputNotebook,
  TabInputText,
  type TextEditor,
  type Uri,
  window,
  workspace,
} from 'vscode'
import type { SourceSpec } from '../../protocol/sources.ts'
import type { Settings } from '../connection/settings.ts'
import { settleUnsaved } from './unsavedChanges.ts'

/** What a person pointed at, ready for the server; `textOnly`: there is no file to put results beside. */
export interface ChosenSource {
  source: SourceSpec
  textOnly: boolean
  /** A file of it, to find the workspace folder by. */
  near: Uri | null
}

const longestText = 1_000_000
/** Files of many rows: their text as one item would be one verdict about all of them. */
const rowEndings = /\.(jsonl|ndjson|csv|tsv|tab|json|log|sarif|ipynb|xml|rss|atom|rdf|opml)$/i

/**
 * Explorer: what is selected there. Otherwise the selected text, else the active file; one that is one text, with unsaved changes, as it stands
 * in the editor.
 * Null: there is nothing, which was said, or the person left.
 */
export async function chooseSource(
  clicked: Uri | undefined,
  selected: readonly Uri[],
  settings: Pick<Settings, 'read'>,
): Promise<ChosenSource | null> {
  if (selected.length > 0) return await fromFiles(selected, settings)
  const editor = window.activeTextEditor
  const isActive = clicked === undefined || clicked.toString() === editor?.document.uri.toString()
  if (editor && isActive) return fromEditor(editor, settings)
  const file = clicked ?? fileInFront()
  if (file) return await fromFiles([file], settings)
  void window.showInformationMessage(l10n.t('Open a file, select some text, or choose files in the explorer first.'))
  return null
}

/** Of a file that is too large for extensions there is a tab, and no text editor; nor is there one of a notebook. */
function fileInFront(): Uri | null {
  const input = window.tabGroups.activeTabGroup.activeTab?.input
  const hasFile = input instanceof TabInputText || input instanceof TabInputNotebook || input instanceof TabInputCustom
  return hasFile ? input.uri : null
}

async function fromFiles(uris: readonly Uri[], settings: Pick<Settings, 'read'>): Promise<ChosenSource | null> {
  const onDisk = uris.filter((uri) => uri.scheme === 'file')
  if (onDisk.length < uris.length) {
    void window.showErrorMessage(l10n.t('Only files on the disk can be read.'))
    return null
  }
  if (!(await settleUnsaved(onDisk, settings.read(onDisk[0]).unsavedChanges))) return null
  return {
    source: { kind: 'paths', paths: onDisk.slice(0, 1000).map((uri) => uri.fsPath) },
    textOnly: false,
    near: onDisk[0] ?? null,
  }
}

async function fromEditor(editor: TextEditor, settings: Pick<Settings, 'read'>): Promise<ChosenSource | null> {
  const { document, selection } = editor
  const name = workspace.asRelativePath(document.uri)
  if (!selection.isEmpty) {
    const lines = `${selection.start.line + 1}-${selection.end.line + 1}`
    return fromText(`${name}:${lines}`, document.getText(selection), document.uri)
  }
  const isText = document.isDirty && !rowEndings.test(document.uri.path)
  if (document.uri.scheme !== 'file' || isText) return fromText(name, document.getText(), document.uri)
  return await fromFiles([document.uri], settings)
}

function fromText(name: string, text: string, uri: Uri): ChosenSource | null {
  if (text.trim() === '') {
    void window.showInformationMessage(l10n.t('There is no text in it.'))
    return null
  }
  if (text.length > longestText) {
    void window.showErrorMessage(l10n.t('This is more text than one item can be. Save it as a file and choose that.'))
    return null
  }
  return { source: { kind: 'text', name, text }, textOnly: true, near: uri.scheme === 'file' ? uri : null }
}
