import { commands, type Disposable, EventEmitter, l10n, Range, Uri, WorkspaceEdit, window, workspace } from 'vscode'
import type { Outcome } from '../../protocol/outcome.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { FrontMatterChange } from '../../protocol/sources.ts'
import type { Api } from '../connection/api.ts'
import { createDisposableStore } from '../connection/disposables.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import { describeReason } from '../describe/language.ts'
import type { Notifier } from '../forms/notifier.ts'
import { pick } from '../forms/pick.ts'
import { pickRun } from './listedRuns.ts'

const frontMatterScheme = 'llm-providers-front-matter'
const mostOffered = 500

/** The proposed text of a note, beside which the editor shows the note as it is. Its address says which run and which file. */
export function provideFrontMatter(lifetime: ServerLifetime): Disposable {
  const store = createDisposableStore()
  const changed = store.add(new EventEmitter<Uri>())
  store.add(
    workspace.registerTextDocumentContentProvider(frontMatterScheme, {
      onDidChange: changed.event,
      async provideTextDocumentContent(uri) {
        const api = await lifetime.connect()
        if (!api) return l10n.t('The background server is not running.')
        const change = await readChange(api, uri)
        return change.ok ? change.value.after : describeReason(change.reason)
      },
    }),
  )
  return store
}

function addressOf(runId: string, path: string): Uri {
  const { path: shown } = Uri.file(path)
  return Uri.from({ scheme: frontMatterScheme, path: shown, query: runId })
}

function readChange(api: Api, { path, query }: Uri): Promise<Outcome<FrontMatterChange>> {
  return api.request('run/frontMatter', { runId: query, path: Uri.file(path).fsPath })
}

/** Shows the change of one note; nothing is written until the person accepts it. */
export async function showFrontMatter(
  api: Api,
  wanted: string | undefined,
  { notifier, now }: { notifier: Notifier; now: () => number },
): Promise<void> {
  const runId = wanted ?? (await pickRun(api, l10n.t('Results as front matter'), hasResults, now()))?.runId
  if (runId === undefined) return
  const path = await pickNote(api, runId, notifier)
  if (path === undefined) return
  const proposal = addressOf(runId, path)
  const change = await readChange(api, proposal)
  if (!change.ok) return notifier.showFailure(change.reason)
  const name = workspace.asRelativePath(path)
  if (change.value.before === change.value.after) {
    void window.showInformationMessage(l10n.t('The results are in the front matter of "{0}" already.', name))
    return
  }
  const title = l10n.t('{0}: results as front matter', name)
  await commands.executeCommand('vscode.diff', Uri.file(path), proposal, title, { preview: true })
  // Not waited for: the button in the title of the diff does the same, whenever.
  void offerAccept(name, proposal)
}

function hasResults({ counts }: RunView): boolean {
  return counts.ok > 0
}

async function offerAccept(name: string, proposal: Uri): Promise<void> {
  const accept = l10n.t('Accept')
  const chosen = await window.showInformationMessage(l10n.t('Write these results into "{0}"?', name), accept)
  if (chosen) await commands.executeCommand('llmProviders.acceptFrontMatter', proposal)
}

/** The note that is open, else the one chosen from the list; undefined: there is none, or the person left. */
async function pickNote(api: Api, runId: string, notifier: Notifier): Promise<string | undefined> {
  const notes: string[] = []
  for (let cursor: string | null = null; ; ) {
    const page: Outcome<{ rows: string[]; next: string | null }> = await api.request('run/markdownFiles', {
      runId,
      cursor,
    })
    if (!page.ok) return void (await notifier.showFailure(page.reason))
    notes.push(...page.value.rows)
    cursor = page.value.next
    if (cursor === null || notes.length >= mostOffered) break
  }
  if (notes.length === 0) {
    void window.showInformationMessage(l10n.t('This run has judged no Markdown files.'))
    return undefined
  }
  const open = window.activeTextEditor?.document.uri.fsPath
  if (notes.length === 1) return notes[0]
  const sorted = open && notes.includes(open) ? [open, ...notes.filter((note) => note !== open)] : notes
  return await pick(
    l10n.t('Results as front matter'),
    l10n.t('Which note?'),
    sorted.map((note) => ({ label: workspace.asRelativePath(note), value: note })),
  )
}

/** Makes the change that is shown, if the note is still what it was made for, and saves it. */
export async function acceptFrontMatter(api: Api, proposal: Uri | undefined, notifier: Notifier): Promise<void> {
  const shown = proposal ?? window.activeTextEditor?.document.uri
  if (shown?.scheme !== frontMatterScheme) return
  const change = await readChange(api, shown)
  if (!change.ok) return notifier.showFailure(change.reason)
  const { path, after } = change.value
  const document = await workspace.openTextDocument(Uri.file(path))
  if (document.isDirty) {
    void window.showWarningMessage(l10n.t('"{0}" has unsaved changes: save it first.', workspace.asRelativePath(path)))
    return
  }
  const edit = new WorkspaceEdit()
  const end = document.lineAt(document.lineCount - 1).range.end
  edit.replace(document.uri, new Range(0, 0, end.line, end.character), withoutMark(after))
  await workspace.applyEdit(edit)
  await document.save()
}

/** The editor keeps a byte order mark apart from the text. */
function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}
