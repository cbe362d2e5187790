import {
  type ClientCapabilities,
  type Connection,
  type InitializeParams,
  type PublishDiagnosticsParams,
  type ServerCapabilities,
  TextDocumentSyncKind,
} from 'vscode-languageserver'
import { sayToClient } from '../rpc/toClient.ts'
import { pathOfUri } from './documentFile.ts'
import type { Documents } from './documents.ts'

/** What the documents see of the client. */
export interface DocumentClient {
  /** The folders that it has open. */
  folders(): readonly string[]
  publish(diagnostics: PublishDiagnosticsParams): void
  /** Asks it to ask again, once for all that happens in one turn. */
  refresh(): void
}

/** Only where the client wants them: the terminal's asks for none of it. */
export const documentCapabilities: ServerCapabilities = {
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
  inlayHintProvider: { resolveProvider: true },
  codeLensProvider: {},
  hoverProvider: true,
  documentHighlightProvider: true,
  completionProvider: {},
  codeActionProvider: { codeActionKinds: ['quickfix'] },
  workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
}

export function createDocumentClient(connection: Connection, params: InitializeParams): DocumentClient {
  const refreshes = refreshesOf(params.capabilities)
  let folders = (params.workspaceFolders ?? []).map(({ uri }) => uri)
  const say = sayToClient(connection)
  let isPlanned = false
  if (params.capabilities.workspace?.workspaceFolders) {
    connection.onNotification('workspace/didChangeWorkspaceFolders', ({ event }: FolderChange) => {
      const gone = new Set(event.removed.map(({ uri }) => uri))
      folders = [...folders.filter((uri) => !gone.has(uri)), ...event.added.map(({ uri }) => uri)]
    })
  }
  async function askAgain(method: string): Promise<void> {
    try {
      await connection.sendRequest(method)
    } catch {
      // A client that is on its way out answers no more.
    }
  }
  return {
    folders: () => folders.map(pathOfUri).filter((path) => path !== null),
    publish: (diagnostics) => void say.sendNotification('textDocument/publishDiagnostics', diagnostics),
    refresh() {
      if (isPlanned) return
      isPlanned = true
      setImmediate(() => {
        isPlanned = false
        for (const method of refreshes) void askAgain(method)
      })
    },
  }
}

interface FolderChange {
  event: { added: { uri: string }[]; removed: { uri: string }[] }
}

function refreshesOf({ workspace }: ClientCapabilities): string[] {
  return [
    ...(workspace?.inlayHint?.refreshSupport ? ['workspace/inlayHint/refresh'] : []),
    ...(workspace?.codeLens?.refreshSupport ? ['workspace/codeLens/refresh'] : []),
  ]
}

/** Leads the language server's own messages to the documents, which are loaded with the first one that is opened. */
export function serveDocuments(connection: Connection, documents: () => Promise<Documents>): void {
  connection.onDidOpenTextDocument(async (params) => (await documents()).open(params))
  connection.onDidChangeTextDocument(async (params) => (await documents()).change(params))
  connection.onDidCloseTextDocument(async ({ textDocument }) => (await documents()).close(textDocument.uri))
  connection.languages.inlayHint.on(async (params) => (await documents()).hints(params))
  connection.languages.inlayHint.resolve(async (hint) => (await documents()).resolveHint(hint))
  connection.onCodeLens(async ({ textDocument }) => (await documents()).lenses(textDocument.uri))
  connection.onDocumentHighlight(async ({ textDocument, position }) =>
    (await documents()).highlights(textDocument.uri, position),
  )
  connection.onHover(async ({ textDocument, position }) => (await documents()).hover(textDocument.uri, position))
  connection.onCompletion(async ({ textDocument, position }) =>
    (await documents()).completions(textDocument.uri, position),
  )
  connection.onCodeAction(async (params) => (await documents()).actions(params))
}
