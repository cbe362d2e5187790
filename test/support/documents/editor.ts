import { pathToFileURL } from 'node:url'
import type {
  CodeAction,
  CodeLens,
  Diagnostic,
  Hover,
  InlayHint,
  Position,
  PublishDiagnosticsParams,
} from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { startTestServer, type TestServer } from '../protocol/testServer.ts'

/** A language client as an editor is one: it opens documents, changes them, and asks again when it is told to. */
export interface TestEditor {
  server: TestServer
  open(path: string, text: string): OpenInEditor
  /** How often it was told to ask again. */
  refreshes(): number
}

export interface OpenInEditor {
  uri: string
  text(): string
  hints(from?: number, to?: number): Promise<{ line: number; character: number; label: string }[]>
  rawHints(): Promise<InlayHint[]>
  lenses(): Promise<CodeLens[]>
  hover(position: Position): Promise<string | null>
  actions(position: Position): Promise<CodeAction[]>
  diagnostics(): Diagnostic[]
  /** Replaces the first place where `from` stands. */
  edit(from: string, to: string): void
  close(): void
  /** Resolves when what `see` looks at is so; it looks at each sign of life of the server. */
  until(see: () => Promise<boolean> | boolean): Promise<void>
}

export const lspCapabilities = {
  workspace: { inlayHint: { refreshSupport: true }, codeLens: { refreshSupport: true }, workspaceFolders: true },
}

export async function startTestEditor(
  folder: string,
  options: Parameters<typeof startTestServer>[0] = {},
): Promise<TestEditor> {
  const server = await startTestServer({
    ...options,
    initializeWith: {
      capabilities: lspCapabilities,
      workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'workspace' }],
      documents: {},
      ...options.initializeWith,
    },
  })
  const { connection } = server
  const diagnostics = new Map<string, Diagnostic[]>()
  let refreshes = 0
  let wake: (() => void)[] = []
  const signs = () => {
    const waiting = wake
    wake = []
    for (const each of waiting) each()
  }
  connection.onRequest('workspace/inlayHint/refresh', () => {
    refreshes++
    setImmediate(signs)
    return null
  })
  connection.onRequest('workspace/codeLens/refresh', () => null)
  connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
    diagnostics.set(params.uri, params.diagnostics)
    setImmediate(signs)
  })

  return {
    server,
    refreshes: () => refreshes,
    open(path, text) {
      const uri = pathToFileURL(path).href
      let document = TextDocument.create(uri, 'plaintext', 1, text)
      const textDocument = { uri }
      void connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri, languageId: 'plaintext', version: 1, text },
      })
      const rawHints = async (from = 0, to = 1_000_000): Promise<InlayHint[]> => {
        const range = { start: { line: from, character: 0 }, end: { line: to, character: 0 } }
        return (
          (await connection.sendRequest<InlayHint[] | null>('textDocument/inlayHint', { textDocument, range })) ?? []
        )
      }
      return {
        uri,
        text: () => document.getText(),
        rawHints,
        async hints(from, to) {
          const all = (await rawHints(from, to)).map(({ position, label }) => ({ ...position, label: wordsOf(label) }))
          // What only keeps the column is none.
          return all.flatMap((hint) => (hint.label.trim() === '' ? [] : [{ ...hint, label: hint.label.trimEnd() }]))
        },
        lenses: async () =>
          (await connection.sendRequest<CodeLens[] | null>('textDocument/codeLens', { textDocument })) ?? [],
        async hover(position) {
          const hover = await connection.sendRequest<Hover | null>('textDocument/hover', { textDocument, position })
          return hover ? (hover.contents as { value: string }).value : null
        },
        async actions(position) {
          const range = { start: position, end: position }
          const own = diagnostics.get(uri) ?? []
          const params = { textDocument, range, context: { diagnostics: own } }
          return (await connection.sendRequest<CodeAction[] | null>('textDocument/codeAction', params)) ?? []
        },
        diagnostics: () => diagnostics.get(uri) ?? [],
        edit(from, to) {
          const at = document.getText().indexOf(from)
          const range = { start: document.positionAt(at), end: document.positionAt(at + from.length) }
          const contentChanges = [{ range, text: to }]
          document = TextDocument.update(document, contentChanges, document.version + 1)
          const { version } = document
          void connection.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges })
        },
        close: () => void connection.sendNotification('textDocument/didClose', { textDocument }),
        async until(see) {
          for (;;) {
            const next = new Promise<void>((resolve) => wake.push(resolve))
            if (await see()) return
            await next
          }
        },
      }
    },
  }
}

/** What a hint says, in however many parts. */
function wordsOf(label: InlayHint['label']): string {
  return typeof label === 'string' ? label : label.map(({ value }) => value).join('')
}
