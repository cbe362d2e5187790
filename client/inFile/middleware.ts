import {
  type CodeLens,
  type Diagnostic,
  Hover,
  type InlayHint,
  l10n,
  MarkdownString,
  type Position,
  type Range,
  type TextDocument,
  type Uri,
  workspace,
} from 'vscode'
import type { HandleDiagnosticsSignature, Middleware } from 'vscode-languageclient'
import type { RecordPlace } from './recordPlace.ts'

interface DocumentState {
  wants(uri: Uri): { hints: boolean; diagnostics: boolean }
  hasResults(uri: Uri): boolean
  /** The server has the document. */
  isSent(uri: Uri): boolean
  /** The judged record at a place; null: there is none. */
  recordAt(uri: Uri, position: Position): Promise<RecordPlace | null>
  /** It was closed. */
  forget(uri: Uri): void
  /** Hints that are shown from now on in a part of it. */
  onHints(document: TextDocument, range: Range, hints: readonly InlayHint[]): void
}

/** What writes into the workspace: offered only where a person trusts it, and where there is a folder to write into. */
const corrections = ['llmProviders.correctCategory', 'llmProviders.correctScore', 'llmProviders.removeCorrection']

/** Between the editor and the language client: lets through what concerns documents that the server is to see, and nothing else. */
export function createMiddleware(documents: DocumentState): { middleware: Middleware; renewDiagnostics(): void } {
  const shownLast = new Map<string, { uri: Uri; diagnostics: Diagnostic[]; next: HandleDiagnosticsSignature }>()
  const asks = ({ uri }: TextDocument): boolean => documents.isSent(uri) && documents.wants(uri).hints
  const shown = (uri: Uri, diagnostics: Diagnostic[]) => (documents.wants(uri).diagnostics ? diagnostics : [])

  const middleware: Middleware = {
    // What is opened and closed is decided elsewhere: whether a file has results is known only later.
    didOpen: async () => {},
    didChange: async (event, next) => (documents.isSent(event.document.uri) ? next(event) : undefined),
    async didClose(document, next) {
      if (!documents.isSent(document.uri)) return
      documents.forget(document.uri)
      await next(document)
    },
    async provideInlayHints(document, range, token, next) {
      const hints = asks(document) ? await next(document, range, token) : null
      if (hints) documents.onHints(document, range, hints)
      else if (!token.isCancellationRequested) documents.onHints(document, range, [])
      return hints
    },
    async provideHover(document, position, token, next) {
      const hover = asks(document) ? await next(document, position, token) : null
      if (!hover) return null
      const place = await documents.recordAt(document.uri, position)
      return place ? new Hover([...hover.contents, askLink(place)], hover.range) : hover
    },
    provideDocumentHighlights: async (document, position, token, next) =>
      asks(document) ? await next(document, position, token) : null,
    async provideCompletionItem(document, position, context, token, next) {
      return asks(document) ? await next(document, position, context, token) : null
    },
    async provideCodeLenses(document, token, next) {
      // A document that is too long was not sent, and its lens says so.
      if (!documents.hasResults(document.uri) || !documents.wants(document.uri).hints) return null
      const lenses = await next(document, token)
      return lenses && !mayCorrect(document.uri) ? lenses.filter(({ command }) => !isCorrection(command)) : lenses
    },
    async provideCodeActions(document, range, context, token, next) {
      if (!asks(document)) return null
      const actions = await next(document, range, context, token)
      if (!actions || mayCorrect(document.uri)) return actions
      return actions.filter(({ command }) => !isCorrection(command))
    },
    handleDiagnostics(uri, diagnostics, next) {
      if (diagnostics.length === 0) shownLast.delete(uri.toString())
      else shownLast.set(uri.toString(), { uri, diagnostics, next })
      next(uri, shown(uri, diagnostics))
    },
  }

  return {
    middleware,
    renewDiagnostics() {
      for (const { uri, diagnostics, next } of shownLast.values()) next(uri, shown(uri, diagnostics))
    },
  }
}

/** A text of ours alone, which therefore may name a command: what models wrote stands in the others. */
function askLink(place: RecordPlace): MarkdownString {
  const command = 'llmProviders.askAboutRecord'
  const link = new MarkdownString(
    `[${l10n.t('Ask about this')}](command:${command}?${encodeURIComponent(JSON.stringify([place]))})`,
  )
  link.isTrusted = { enabledCommands: [command] }
  return link
}

export function mayCorrect(uri: Uri): boolean {
  return workspace.isTrusted && workspace.getWorkspaceFolder(uri) !== undefined
}

function isCorrection(command: CodeLens['command'] | string): boolean {
  return corrections.includes(typeof command === 'object' ? command.command : (command ?? ''))
}
