import { randomBytes } from 'node:crypto'
import { type Disposable, l10n, Uri, ViewColumn, type WebviewPanel, window } from 'vscode'
import type { PageEvent, PageId, Place } from '../../protocol/page.ts'
import { createDisposableStore } from '../disposables.ts'
import type { Signal } from '../signal.ts'
import { type Bridge, createBridge } from './bridge.ts'
import { pageHtml } from './pageHtml.ts'
import { createPanelCommands, type PanelCommandParts } from './panelCommands.ts'
import { askServer, tellCondition } from './panelServer.ts'

export const viewType = 'llmProviders.settings'

export interface SettingsPanelParts extends PanelCommandParts {
  extensionUri: Uri
  /** What the server tells everybody. */
  events: Signal<PageEvent>
  language: string
  words: Record<string, string> | undefined
}

export interface SettingsPanel extends Disposable {
  /** Shows the panel, the one that is there if there is one. Absent page: where it was. `target`: such as a provider's name. */
  open(page?: PageId, target?: string): void
}

/** One panel for a window. The page is drawn anew whenever it is shown again: what it held it keeps by the editor's means. */
export function createSettingsPanel(parts: SettingsPanelParts): SettingsPanel {
  const store = createDisposableStore()
  const root = Uri.joinPath(parts.extensionUri, 'dist', 'webview')
  let shown: { panel: WebviewPanel; bridge: Bridge } | null = null
  let wanted: Place | null = null

  function open(page?: PageId, target?: string) {
    wanted = page ? { page, target: target ?? null } : null
    if (!shown) return adopt(window.createWebviewPanel(viewType, title(), ViewColumn.Active, options()))
    // A page that is hidden is not there: it asks for its place when it is.
    if (wanted && shown.panel.visible) shown.bridge.open(takePlace() ?? wanted)
    shown.panel.reveal()
  }

  function takePlace(): Place | null {
    const place = wanted
    wanted = null
    return place
  }

  const options = () => ({ enableScripts: true, retainContextWhenHidden: false, localResourceRoots: [root] })

  function adopt(panel: WebviewPanel) {
    const { lifetime, log, language } = parts
    const own = createDisposableStore()
    const bridge = createBridge({
      post: (message) => void panel.webview.postMessage(message),
      ask: (method, params, signal) => askServer(lifetime, method, params, signal),
      run: createPanelCommands(parts),
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
    panel.iconPath = Uri.joinPath(parts.extensionUri, 'media', 'llm-providers.svg')
    panel.webview.html = html(panel)
    // The page asks at once: the server may as well begin.
    void lifetime.settle()
  }

  function html({ webview }: WebviewPanel): string {
    return pageHtml({
      scriptUri: String(webview.asWebviewUri(Uri.joinPath(root, 'main.js'))),
      styleUri: String(webview.asWebviewUri(Uri.joinPath(root, 'main.css'))),
      cspSource: webview.cspSource,
      nonce: randomBytes(18).toString('base64'),
      language: parts.language,
      title: title(),
    })
  }

  store.add(
    window.registerWebviewPanelSerializer(viewType, {
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

const title = () => l10n.t('LLM Providers: Settings')
