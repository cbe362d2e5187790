import {
  type Disposable,
  DocumentLink,
  EventEmitter,
  l10n,
  languages,
  Range,
  type TextDocument,
  Uri,
  ViewColumn,
  window,
  workspace,
} from 'vscode'
import type { DataKind } from '../../protocol/contract.ts'
import { createDisposableStore } from '../connection/disposables.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import type { ServerSignals } from '../connection/serverSignals.ts'
import { describeReason } from '../describe/language.ts'
import { evaluationText } from './evaluationText.ts'

const evaluationScheme = 'llm-providers-evaluation'
const runId = /\b\d{8}t\d{9}z-[0-9a-z]{6}\b/

export interface EvaluationPage extends Disposable {
  show(id: string): Promise<void>
}

/** A comparison as a read-only page. Its address says which, so that it is there again after the window was reloaded. */
export function createEvaluationPage(
  lifetime: Pick<ServerLifetime, 'connect'>,
  data: ServerSignals['data'],
): EvaluationPage {
  const store = createDisposableStore()
  const changed = store.add(new EventEmitter<Uri>())

  async function read({ query: id }: Uri): Promise<string> {
    const api = await lifetime.connect()
    if (!api) return l10n.t('The background server is not running.')
    const report = await api.request('evaluation/read', { id })
    return report.ok ? evaluationText(report.value) : describeReason(report.reason)
  }

  store.add(data.listen(({ what }) => refreshEvaluations(what, evaluationScheme, (uri) => changed.fire(uri))))
  store.add(
    workspace.registerTextDocumentContentProvider(evaluationScheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: read,
    }),
  )
  store.add(
    languages.registerDocumentLinkProvider({ scheme: evaluationScheme }, { provideDocumentLinks: findRunLinks }),
  )
  return {
    async show(id) {
      const uri = Uri.from({ scheme: evaluationScheme, path: `/${l10n.t('Comparison of models')}`, query: id })
      // The page may be open from before: then it is read again.
      changed.fire(uri)
      const document = await workspace.openTextDocument(uri)
      await window.showTextDocument(document, { preview: false, viewColumn: ViewColumn.Active })
    },
    dispose: () => store.dispose(),
  }
}

/** Each run that the page names leads to its results. */
function findRunLinks(document: TextDocument): DocumentLink[] {
  const links: DocumentLink[] = []
  for (let line = 0; line < document.lineCount; line++) {
    const found = runId.exec(document.lineAt(line).text)
    if (!found) continue
    const range = new Range(line, found.index, line, found.index + found[0].length)
    const args = encodeURIComponent(JSON.stringify([found[0]]))
    const link = new DocumentLink(range, Uri.parse(`command:llmProviders.openResults?${args}`))
    link.tooltip = l10n.t('Open results')
    links.push(link)
  }
  return links
}

/** Comparisons that are open as pages are read again when one has ended or was removed, in this window or in another one. */
export function refreshEvaluations(what: readonly DataKind[], scheme: string, readAgain: (page: Uri) => void): void {
  if (!what.includes('evaluations')) return
  for (const { uri } of workspace.textDocuments) if (uri.scheme === scheme) readAgain(uri)
}
