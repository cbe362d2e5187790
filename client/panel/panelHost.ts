import { randomBytes } from 'node:crypto'
import { type Disposable, type LogOutputChannel, Uri, ViewColumn, type WebviewPanel, window } from 'vscode'
import type { PageEvent } from '../../protocol/page.ts'
import { createDisposableStore } from '../connection/disposables.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import type { Signal } from '../connection/signal.ts'
import { type Allowed, type Bridge, createBridge } from './bridge.ts'
import { pageHtml } from './pageHtml.ts'
import { askServer, tellCondition } from './panelServer.ts'

export interface PanelHostParts {
  extensionUri: Uri
  lifetime: ServerLifetime
  log: LogOutputChannel
  /** What the server tells everybody. */
  events: Signal<PageEvent>
  language: string
  words: Record<string, string> | undefined
}

/** What makes one panel another one than the others. */
export interface PanelKind {
  viewType: string
  /** How the log calls it. */
  name: string
  title(): string
  /** Its files in dist/webview: `<entry>.js` and `<entry>.css`. */
  entry: string
  allowed: Allowed
  /** Does what its page may ask of the editor. */
  run(command: string, args: unknown, signal: AbortSignal): Promise<unknown>
}

export interface PanelHost<At> extends Disposable {
  /** Shows the panel, the one that is there if there is one. Null: where it was. */
  open(place: At | null): void
}

/**
 * One panel of its kind for a window. The page is drawn anew whenever it is shown again: what it held it keeps by the editor's means,
 * over a reload of the window too.
 */
export function createPanelHost<At>(kind: PanelKind, parts: PanelHostParts): PanelHost<At> {
  const store = createDisposableStore()
  const root = Uri.joinPath(parts.extensionUri, 'dist', 'webview')
  let shown: { panel: WebviewPanel; bridge: Bridge<At> } | null = null
  let wanted: At | null = null

  function open(place: At | null) {
    wanted = place
    if (!shown) return adopt(window.createWebviewPanel(kind.viewType, kind.title(), ViewColumn.Active, options()))
    // A page that is hidden is not there: it asks for its place when it is.
    if (wanted !== null && shown.panel.visible) shown.bridge.open(takePlace() ?? wanted)
    shown.panel.reveal()
  }

  function takePlace(): At | null {
    const place = wanted
    wanted = null
    return place
  }

  /** On a tab it is a picture, which takes no colour of the theme. */
  const icon = (file: string) => Uri.joinPath(parts.extensionUri, 'media', file)

  const options = () => ({ enableScripts: true, retainContextWhenHidden: false, localResourceRoots: [root] })

  function adopt(panel: WebviewPanel) {
    const { lifetime, log, language } = parts
    const own = createDisposableStore()
    const bridge = createBridge<At>({
      name: kind.name,
      allowed: kind.allowed,
      post: (message) => void panel.webview.postMessage(message),
      ask: (method, params, signal) => askServer(lifetime, method, params, signal),
      run: kind.run,
      language,
      words: parts.words ?? null,
      server: () => tellCondition(lifetime.state),
      takePlace,
      monotonicNow: () => performance.now(),
      log: (line) => log.warn(line),
    })
    shown = { panel, bridge }
    own.add(bridge)
    own.add(panel.webview.onDidReceiveMessage((message: unknown) => bridge.receive(message)))
    own.add(parts.events.listen((event) => bridge.event(event)))
    own.add(lifetime.changes.listen((state) => bridge.server(tellCondition(state))))
    own.add(
      panel.onDidDispose(() => {
        own.dispose()
        if (shown?.panel === panel) shown = null
      }),
    )
    panel.webview.options = options()
    panel.iconPath = { light: icon('llm-providers.svg'), dark: icon('llm-providers-dark.svg') }
    panel.webview.html = html(panel)
    // The page asks at once: the server may as well begin.
    void lifetime.settle()
  }

  function html({ webview }: WebviewPanel): string {
    return pageHtml({
      scriptUri: String(webview.asWebviewUri(Uri.joinPath(root, `${kind.entry}.js`))),
      styleUri: String(webview.asWebviewUri(Uri.joinPath(root, `${kind.entry}.css`))),
      cspSource: webview.cspSource,
      nonce: randomBytes(18).toString('base64'),
      language: parts.language,
      title: kind.title(),
    })
  }

  store.add(
    window.registerWebviewPanelSerializer(kind.viewType, {
      // The page's own state comes back by itself; what is kept for it here needs no look.
      deserializeWebviewPanel: async (panel) => {
        if (shown) panel.dispose()
        else adopt(panel)
      },
    }),
  )
  store.add({ dispose: () => shown?.panel.dispose() })
  return { open, dispose: store.dispose }
}
