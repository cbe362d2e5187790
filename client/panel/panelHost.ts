import { randomBytes } from 'node:crypto'
import {
  CancellationTokenSource,
  type Disposable,
  type LogOutputChannel,
  Uri,
  ViewColumn,
  type WebviewPanel,
  window,
} from 'vscode'
import type { RequestName } from '../../protocol/contract.ts'
import type { PageEvent, ServerCondition } from '../../protocol/page.ts'
import { createDisposableStore, type DisposableStore } from '../connection/disposables.ts'
import type { ServerLifetime, ServerState } from '../connection/serverLifetime.ts'
import type { Signal } from '../connection/signal.ts'
import { type Allowed, type Asked, Bridge } from './bridge.ts'
import { pageHtml } from './pageHtml.ts'

export interface PanelHostParts {
  extensionUri: Uri
  lifetime: ServerLifetime
  log: LogOutputChannel
  /** Notifications of the server. */
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

interface Shown<At> {
  panel: WebviewPanel
  bridge: Bridge<At>
}

/**
 * One panel of its kind for a window. The page is drawn anew whenever it is shown again: the editor keeps its state for it, over a
 * reload of the window too.
 */
export class PanelHost<At> implements Disposable {
  readonly #kind: PanelKind
  readonly #parts: PanelHostParts
  readonly #store: DisposableStore = createDisposableStore()
  readonly #root: Uri
  #shown: Shown<At> | null = null
  #lastPlace: At | null = null
  /** Where a command wants the page to be that it does not know of yet. */
  #pendingPlace: At | null = null

  constructor(kind: PanelKind, parts: PanelHostParts) {
    this.#kind = kind
    this.#parts = parts
    this.#root = Uri.joinPath(parts.extensionUri, 'dist', 'webview')
    this.#store.add(
      window.registerWebviewPanelSerializer(kind.viewType, {
        // The page's own state comes back by itself; what is passed along here needs no look.
        deserializeWebviewPanel: async (panel) => {
          if (this.#shown) panel.dispose()
          else this.#adopt(panel)
        },
      }),
    )
    this.#store.add({ dispose: () => this.#shown?.panel.dispose() })
  }

  /** Where a command wanted it to be last; null: nowhere in particular. */
  get lastPlace(): At | null {
    return this.#lastPlace
  }

  /** Shows the panel, the one that is there if there is one. Null: where it was. */
  open(place: At | null): void {
    this.#lastPlace = place
    this.#pendingPlace = place
    const { viewType, title } = this.#kind
    if (!this.#shown) {
      this.#adopt(window.createWebviewPanel(viewType, title(), ViewColumn.Active, this.#options()))
      return
    }
    const { panel, bridge } = this.#shown
    // A page that is hidden is not there: it asks for its place when it is.
    if (place !== null && panel.visible) bridge.open(this.#takePlace() ?? place)
    panel.reveal()
  }

  close(): void {
    this.#shown?.panel.dispose()
  }

  dispose(): void {
    this.#store.dispose()
  }

  #takePlace(): At | null {
    const place = this.#pendingPlace
    this.#pendingPlace = null
    return place
  }

  #options() {
    return { enableScripts: true, retainContextWhenHidden: false, localResourceRoots: [this.#root] }
  }

  #adopt(panel: WebviewPanel): void {
    const { lifetime, events } = this.#parts
    const own = createDisposableStore()
    const bridge = this.#makeBridge(panel)
    this.#shown = { panel, bridge }
    own.add(bridge)
    own.add(panel.webview.onDidReceiveMessage((message: unknown) => bridge.receive(message)))
    own.add(events.listen((event) => bridge.event(event)))
    own.add(lifetime.changes.listen((state) => bridge.server(toCondition(state))))
    own.add(
      panel.onDidDispose(() => {
        own.dispose()
        if (this.#shown?.panel === panel) this.#shown = null
      }),
    )
    panel.webview.options = this.#options()
    // On a tab it is a picture, which takes no color of the theme.
    const icon = (file: string) => Uri.joinPath(this.#parts.extensionUri, 'media', file)
    panel.iconPath = { light: icon('llm-providers.svg'), dark: icon('llm-providers-dark.svg') }
    panel.webview.html = this.#html(panel)
    // The page asks at once: the server may as well begin.
    void lifetime.settle()
  }

  #makeBridge(panel: WebviewPanel): Bridge<At> {
    const { lifetime, log, language, words } = this.#parts
    const { name, allowed, run } = this.#kind
    return new Bridge<At>({
      name,
      allowed,
      post: (message) => void panel.webview.postMessage(message),
      ask: (method, params, signal) => askServer(lifetime, method, params, signal),
      run,
      language,
      words: words ?? null,
      server: () => toCondition(lifetime.state),
      takePlace: () => this.#takePlace(),
      monotonicNow: () => performance.now(),
      log: (line) => log.warn(line),
    })
  }

  #html({ webview }: WebviewPanel): string {
    const { entry, title } = this.#kind
    return pageHtml({
      scriptUri: String(webview.asWebviewUri(Uri.joinPath(this.#root, `${entry}.js`))),
      styleUri: String(webview.asWebviewUri(Uri.joinPath(this.#root, `${entry}.css`))),
      cspSource: webview.cspSource,
      nonce: randomBytes(18).toString('base64'),
      language: this.#parts.language,
      title: title(),
    })
  }
}

/** Passes a page's request on. A server that went away meanwhile is `lost`, whatever the connection threw. */
async function askServer(
  lifetime: ServerLifetime,
  method: RequestName,
  params: unknown,
  signal: AbortSignal,
): Promise<Asked> {
  const settled = await lifetime.settle()
  if (settled.kind !== 'running') return { kind: 'down' }
  const source = new CancellationTokenSource()
  const cancel = () => source.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  try {
    // The bridge has parsed them by the schema of this very method; the compiler cannot see it.
    const result = await settled.process.api.request(method, params as never, source.token)
    return { kind: 'answered', result }
  } catch (error) {
    if (lifetime.state !== settled) return { kind: 'lost' }
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
    source.dispose()
  }
}

function toCondition(state: ServerState): ServerCondition {
  return state.kind === 'failed' ? { kind: 'failed', detail: state.detail } : { kind: state.kind }
}
