import { type Disposable, type TextDocument, type Uri, window, workspace } from 'vscode'
import { longestDocument } from '../../protocol/documents.ts'
import { createDisposableStore } from '../connection/disposables.ts'
import type { DocumentFilter, DocumentServer } from '../connection/serverConnection.ts'
import type { Settings } from '../connection/settings.ts'
import { createMiddleware } from './middleware.ts'

/**
 * Which documents the server gets to see: open files that have results, unless that is switched off. Of all others it hears nothing
 * but their paths.
 */
export interface InFile extends DocumentFilter, Disposable {
  /** Runs have changed: other files may have results. */
  runsChanged(): void
  /** Whether the server has the document. */
  shows(uri: Uri): boolean
}

interface InFileParts {
  settings: Settings
  /** Whether the editor that is in front shows results. */
  onActive(shows: boolean): void
  log(line: string): void
}

const pathsAsked = 100

export function createInFile({ settings, onActive, log }: InFileParts): InFile {
  const store = createDisposableStore()
  /** By address: it has results; false: asked, and it has none. */
  const known = new Map<string, boolean>()
  const sent = new Set<string>()
  let server: DocumentServer | null = null

  const wants = (uri: Uri): { hints: boolean; diagnostics: boolean } => {
    const { inFileHints, inFileDiagnostics } = settings.read(uri)
    return { hints: inFileHints, diagnostics: inFileDiagnostics }
  }
  const isWanted = (uri: Uri): boolean => wants(uri).hints || wants(uri).diagnostics
  const hasResults = (uri: Uri): boolean => known.get(uri.toString()) === true
  const isSent = (uri: Uri): boolean => sent.has(uri.toString())

  function refresh(): void {
    const known = workspace.textDocuments.find(({ uri }) => hasResults(uri))
    if (known) server?.refresh(known)
  }

  function showActive(): void {
    const active = window.activeTextEditor?.document
    onActive(active !== undefined && isSent(active.uri))
  }

  /** Opens and closes, for the server, what has to be. */
  function settle(document: TextDocument): void {
    const { uri } = document
    const address = uri.toString()
    const shouldSee = hasResults(uri) && isWanted(uri) && !document.isClosed && !isTooLong(document)
    if (shouldSee === sent.has(address)) return
    if (shouldSee) {
      sent.add(address)
      server?.open(document)
    } else {
      sent.delete(address)
      server?.close(document)
    }
  }

  async function ask(documents: readonly TextDocument[]): Promise<void> {
    const asked = documents.filter(({ uri }) => uri.scheme === 'file' && isWanted(uri))
    for (let from = 0; from < asked.length; from += pathsAsked) {
      const some = asked.slice(from, from + pathsAsked)
      const answering = server
      const answer = await answering?.api.request('document/results', { paths: some.map(({ uri }) => uri.fsPath) })
      if (answering !== server || !answer?.ok) return
      const found = new Set(answer.value.rows.map(({ path }) => path))
      for (const document of some) known.set(document.uri.toString(), found.has(document.uri.fsPath))
      for (const document of some) settle(document)
      if (some.some((document) => hasResults(document.uri) && !isSent(document.uri))) refresh()
    }
    showActive()
  }

  function look(documents: readonly TextDocument[]): void {
    if (!server) return
    ask(documents).catch((error: unknown) => log(`results in files: ${String(error)}`))
  }

  const documents = { wants, hasResults, isSent, forget: (uri: Uri) => sent.delete(uri.toString()) }
  const { middleware, renewDiagnostics } = createMiddleware(documents)

  store.add(workspace.onDidOpenTextDocument((document) => look([document])))
  store.add(workspace.onDidCloseTextDocument(({ uri }) => known.delete(uri.toString())))
  store.add(window.onDidChangeActiveTextEditor(showActive))
  store.add(
    settings.changes.listen(() => {
      for (const document of workspace.textDocuments) settle(document)
      renewDiagnostics()
      look(workspace.textDocuments.filter(({ uri }) => !known.has(uri.toString())))
      refresh()
      showActive()
    }),
  )
  store.add(workspace.onDidGrantWorkspaceTrust(refresh))

  return {
    middleware,
    begin(running) {
      known.clear()
      sent.clear()
      server = running
      look(workspace.textDocuments)
    },
    end() {
      server = null
      known.clear()
      sent.clear()
      showActive()
    },
    runsChanged: () => look(workspace.textDocuments),
    shows: isSent,
    dispose: () => store.dispose(),
  }
}

/** The server would only say so, and it takes a while to send. */
function isTooLong(document: TextDocument): boolean {
  return document.offsetAt(document.lineAt(document.lineCount - 1).range.end) > longestDocument
}
