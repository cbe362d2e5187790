import { type Disposable, type Position, type TextDocument, type Uri, window, workspace } from 'vscode'
import type { Middleware } from 'vscode-languageclient'
import { longestDocument } from '../../protocol/documents.ts'
import { createDisposableStore } from '../connection/disposables.ts'
import type { DocumentFilter, DocumentServer } from '../connection/serverConnection.ts'
import type { Settings } from '../connection/settings.ts'
import { CategoryMarks } from './categoryMarks.ts'
import { createMiddleware } from './middleware.ts'
import { Offers } from './offers.ts'
import type { RecordPlace } from './recordPlace.ts'

interface InFileParts {
  settings: Settings
  /** Whether the editor that is in front shows results. */
  onActive(shows: boolean): void
  /** Whether the file that is in front could be judged and has no results yet. */
  onOffer(isOffered: boolean): void
  log(line: string): void
}

const pathsAsked = 100

/**
 * Which documents the server gets to see: open files that have results, unless that is switched off. Of all others it hears nothing
 * but their paths.
 */
export class InFile implements DocumentFilter, Disposable {
  readonly middleware: Middleware
  readonly #parts: InFileParts
  readonly #store = createDisposableStore()
  /** By address: whether it has results, of all of it or of some of its lines; not there: not asked. */
  readonly #known = new Map<string, 'none' | 'lines' | 'whole'>()
  readonly #sent = new Set<string>()
  readonly #marks = this.#store.add(new CategoryMarks())
  readonly #offers: Offers
  #server: DocumentServer | null = null

  constructor(parts: InFileParts) {
    this.#parts = parts
    const { middleware, renewDiagnostics } = createMiddleware({
      wants: (uri) => this.#wants(uri),
      hasResults: (uri) => this.#hasResults(uri),
      isSent: (uri) => this.shows(uri),
      recordAt: (uri, position) => this.#recordAt(uri, position),
      forget: (uri) => this.#sent.delete(uri.toString()),
      onHints: (document, range, hints) => this.#marks.show(document, range, hints),
    })
    this.#offers = this.#store.add(
      new Offers({
        ...parts,
        resultsOf: (uri) => this.#known.get(uri.toString()),
        onActive: parts.onOffer,
      }),
    )
    this.middleware = middleware
    this.#store.add(workspace.onDidOpenTextDocument((document) => this.#look([document])))
    this.#store.add(workspace.onDidCloseTextDocument(({ uri }) => this.#known.delete(uri.toString())))
    this.#store.add(window.onDidChangeActiveTextEditor(() => this.#showActive()))
    this.#store.add(
      parts.settings.changes.listen(() => {
        for (const document of workspace.textDocuments) this.#settle(document)
        renewDiagnostics()
        this.#look(workspace.textDocuments.filter(({ uri }) => !this.#known.has(uri.toString())))
        this.#refresh()
        this.#offers.renew()
        this.#showActive()
      }),
    )
    this.#store.add(workspace.onDidGrantWorkspaceTrust(() => this.#refresh()))
  }

  begin(running: DocumentServer): void {
    this.#known.clear()
    this.#sent.clear()
    this.#server = running
    this.#offers.begin(running.api)
    this.#look(workspace.textDocuments)
  }

  end(): void {
    this.#server = null
    this.#known.clear()
    this.#sent.clear()
    this.#offers.begin(null)
    this.#showActive()
  }

  /** Runs have changed: other files may have results. */
  runsChanged(): void {
    this.#look(workspace.textDocuments)
  }

  /** Whether the server has the document. */
  shows(uri: Uri): boolean {
    return this.#sent.has(uri.toString())
  }

  dispose(): void {
    this.#store.dispose()
  }

  async #recordAt(uri: Uri, { line, character }: Position): Promise<RecordPlace | null> {
    const address = uri.toString()
    const found = await this.#server?.api.request('document/item', { uri: address, at: { line, character } })
    return found?.ok && found.value ? { uri: address, key: found.value.key } : null
  }

  #wants(uri: Uri): { hints: boolean; diagnostics: boolean } {
    const { inFileHints, inFileDiagnostics } = this.#parts.settings.read(uri)
    return { hints: inFileHints, diagnostics: inFileDiagnostics }
  }

  #isWanted(uri: Uri): boolean {
    const { hints, diagnostics } = this.#wants(uri)
    return hints || diagnostics
  }

  /** Whether it has results is worth knowing. */
  #isAsked(uri: Uri): boolean {
    return uri.scheme === 'file' && (this.#isWanted(uri) || this.#parts.settings.read(uri).inFileOffer)
  }

  #hasResults(uri: Uri): boolean {
    const known = this.#known.get(uri.toString())
    return known === 'lines' || known === 'whole'
  }

  #refresh(): void {
    const known = workspace.textDocuments.find(({ uri }) => this.#hasResults(uri))
    if (known) this.#server?.refresh(known)
  }

  #showActive(): void {
    const active = window.activeTextEditor?.document
    this.#parts.onActive(active !== undefined && this.shows(active.uri) && !isProfile(active.uri))
  }

  /** Opens and closes, for the server, what has to be. */
  #settle(document: TextDocument): void {
    const { uri } = document
    const address = uri.toString()
    const shouldSee =
      (this.#hasResults(uri) || isProfile(uri)) && this.#isWanted(uri) && !document.isClosed && !isTooLong(document)
    if (shouldSee === this.#sent.has(address)) return
    if (shouldSee) {
      this.#sent.add(address)
      this.#server?.open(document)
    } else {
      this.#sent.delete(address)
      this.#server?.close(document)
    }
  }

  async #ask(documents: readonly TextDocument[]): Promise<void> {
    const asked = documents.filter(({ uri }) => this.#isAsked(uri))
    for (let from = 0; from < asked.length; from += pathsAsked) {
      const some = asked.slice(from, from + pathsAsked)
      const answering = this.#server
      const answer = await answering?.api.request('document/results', { paths: some.map(({ uri }) => uri.fsPath) })
      if (answering !== this.#server || !answer?.ok) return
      const found = new Map(
        answer.value.rows.map(({ path, isOfLines }) => [path, isOfLines ? 'lines' : 'whole'] as const),
      )
      for (const { uri } of some) this.#known.set(uri.toString(), found.get(uri.fsPath) ?? 'none')
      for (const document of some) this.#settle(document)
      if (some.some(({ uri }) => this.#hasResults(uri) && !this.shows(uri))) this.#refresh()
    }
    this.#showActive()
    this.#offers.renew()
  }

  #look(documents: readonly TextDocument[]): void {
    if (!this.#server) return
    this.#ask(documents).catch((error: unknown) => this.#parts.log(`results in files: ${String(error)}`))
  }
}

/** What a folder is judged by: the server knows its categories. */
function isProfile({ path }: Uri): boolean {
  return path.endsWith('/.llm-providers/profile.yaml')
}

/** The server would only say so, and it takes a while to send. */
function isTooLong(document: TextDocument): boolean {
  return document.offsetAt(document.lineAt(document.lineCount - 1).range.end) > longestDocument
}
