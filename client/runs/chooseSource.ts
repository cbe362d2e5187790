import {
  l10n,
  TabInputCustom,
  TabInputNotebook,
  TabInputText,
  type TextDocument,
  type TextEditor,
  type Uri,
  window,
  workspace,
} from 'vscode'
import type { LineRange, SourceFormat, SourceSpec } from '../../protocol/sources.ts'
import type { Api } from '../connection/api.ts'
import type { Settings } from '../connection/settings.ts'
import { settleUnsaved } from './unsavedChanges.ts'

/** What a person pointed at, ready for the server; `textOnly`: a selection, whose results go beside no file. */
export interface ChosenSource {
  source: SourceSpec
  textOnly: boolean
  /** A file of it, to find the workspace folder by. */
  near: Uri | null
}

interface ChoosingParts {
  api: Pick<Api, 'request'>
  settings: Pick<Settings, 'read'>
}

const longestText = 1_000_000
/** Files of many rows: their text as one item would be one verdict about all of them. */
const rowEndings = /\.(jsonl|ndjson|csv|tsv|tab|json|log|sarif|ipynb|xml|rss|atom|rdf|opml)$/i

/**
 * Explorer: what is selected there. Otherwise what is selected in the editor, else the active file; one with unsaved changes as it stands in
 * the editor. Where nothing is open, files are asked for. Null: there is nothing, which was said, or the person left.
 */
export async function chooseSource(
  clicked: Uri | undefined,
  selected: readonly Uri[],
  { api, settings }: ChoosingParts,
): Promise<ChosenSource | null> {
  if (selected.length > 0) return await fromFiles(selected, settings)
  const editor = window.activeTextEditor
  const isActive = clicked === undefined || clicked.toString() === editor?.document.uri.toString()
  if (editor && isActive) return await fromEditor(editor, { api, settings })
  const file = clicked ?? fileInFront()
  if (file) return await fromFiles([file], settings)
  const asked = await window.showOpenDialog({
    canSelectMany: true,
    title: l10n.t('Which files are to be judged?'),
    openLabel: l10n.t('Judge these files'),
  })
  return asked && asked.length > 0 ? await fromFiles(asked, settings) : null
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
    void window.showErrorMessage(l10n.t('Only files on disk can be read.'))
    return null
  }
  if (!(await settleUnsaved(onDisk, settings.read(onDisk[0]).unsavedChanges))) return null
  return {
    source: { kind: 'paths', paths: onDisk.slice(0, 1000).map((uri) => uri.fsPath) },
    textOnly: false,
    near: onDisk[0] ?? null,
  }
}

async function fromEditor(editor: TextEditor, { api, settings }: ChoosingParts): Promise<ChosenSource | null> {
  const { document } = editor
  const { uri } = document
  const name = workspace.asRelativePath(uri)
  const lines = selectedLines(editor)
  if (lines.length > 0) {
    if (await holdsRows(api, document, lines)) return await fromRows(uri, lines, settings)
    const { start, end } = editor.selection
    return fromText(`${name}:${start.line + 1}-${end.line + 1}`, document.getText(editor.selection), uri)
  }
  if (!editor.selection.isEmpty) return fromText(name, document.getText(editor.selection), uri)
  const isText = document.isDirty && !rowEndings.test(uri.path)
  if (uri.scheme !== 'file' || isText) return fromText(name, document.getText(), uri)
  return await fromFiles([uri], settings)
}

/** The lines in which something is selected, from 1: blanks at the ends of a selection select nothing. */
function selectedLines({ document, selections }: TextEditor): LineRange[] {
  return selections.flatMap((selection) => {
    const text = document.getText(selection)
    if (text.trim() === '') return []
    const start = document.offsetAt(selection.start)
    const lineAt = (offset: number): number => document.positionAt(start + offset).line + 1
    return [{ from: lineAt(text.length - text.trimStart().length), to: lineAt(text.trimEnd().length - 1) }]
  })
}

/** Whether what is selected is rows of a table, a log or a list, and no prose. */
async function holdsRows(
  api: Pick<Api, 'request'>,
  { uri, lineCount }: TextDocument,
  lines: readonly LineRange[],
): Promise<boolean> {
  if (uri.scheme !== 'file') return false
  const described = await api.request('source/describe', { source: { kind: 'paths', paths: [uri.fsPath] } })
  if (!described.ok || wholeFormats.has(described.value.format)) return false
  // Of a document that is all in one line, a piece is no row.
  const isOneLine = lineCount <= 2 && lines.length === 1
  return described.value.items === null || !isOneLine
}

const wholeFormats: ReadonlySet<SourceFormat> = new Set(['text', 'markdown'])

async function fromRows(uri: Uri, lines: LineRange[], settings: Pick<Settings, 'read'>): Promise<ChosenSource | null> {
  if (!(await settleUnsaved([uri], settings.read(uri).unsavedChanges))) return null
  return { source: { kind: 'paths', paths: [uri.fsPath], lines: lines.slice(0, 1000) }, textOnly: true, near: uri }
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
