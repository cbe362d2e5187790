import {
  type CodeLens,
  type CodeLensProvider,
  type Disposable,
  EventEmitter,
  l10n,
  languages,
  Range,
  TabInputCustom,
  TabInputText,
  type TextDocument,
  type Uri,
  window,
  workspace,
} from 'vscode'
import { type FileOffer, longestDocument } from '../../protocol/documents.ts'
import type { Api } from '../connection/api.ts'
import { createDisposableStore } from '../connection/disposables.ts'
import type { Settings } from '../connection/settings.ts'
import { formatNumber } from '../describe/language.ts'

interface OfferParts {
  settings: Pick<Settings, 'read'>
  /** What of the file has results already; undefined: not known yet. */
  resultsOf(uri: Uri): 'none' | 'lines' | 'whole' | undefined
  /** Whether the file in front is one that could be judged. */
  onActive(isOffered: boolean): void
  log(line: string): void
}

/** By language and by name: of what is neither, the server is not even asked. */
const dataLanguages =
  /^(?:plaintext|json|jsonc|jsonl|json-?lines|ndjson|[ct]sv|psv|csv \(.*\)|(?:dynamic|rainbow).*|log|xml|rss|atom|markdown|sarif|opml)$/i
const dataNames = /\.(?:jsonl|ndjson|csv|tsv|tab|psv|log|sarif|rss|atom|opml)$/i
/** Of these a tab is in front, and no text. */
const tableNames = /\.(?:xlsx|parquet|db|db3|sqlite|sqlite3)$/i

/**
 * Offers to judge a file that has no results yet and whose rows a person could read, by a lens above it and a button in the editor's
 * title. The server decides by what the file holds on the disk.
 */
export class Offers implements CodeLensProvider, Disposable {
  readonly #parts: OfferParts
  readonly #store = createDisposableStore()
  readonly #changed = new EventEmitter<void>()
  readonly onDidChangeCodeLenses = this.#changed.event
  /** By address. */
  readonly #known = new Map<string, Promise<FileOffer | null>>()
  #api: Pick<Api, 'request'> | null = null

  constructor(parts: OfferParts) {
    this.#parts = parts
    this.#store.add(this.#changed)
    this.#store.add(languages.registerCodeLensProvider({ scheme: 'file' }, this))
    this.#store.add(window.onDidChangeActiveTextEditor(() => this.#showActive()))
    this.#store.add(window.tabGroups.onDidChangeTabs(() => this.#showActive()))
    this.#store.add(workspace.onDidSaveTextDocument(({ uri }) => this.#forget(uri)))
    this.#store.add(workspace.onDidCloseTextDocument(({ uri }) => void this.#known.delete(uri.toString())))
    // What was said of a file before the editor was told of its changes is said anew.
    this.#store.add(workspace.onDidChangeTextDocument(({ document }) => document.isDirty || this.#forget(document.uri)))
  }

  /** A server runs from now on; null: none does. */
  begin(api: Pick<Api, 'request'> | null): void {
    this.#api = api
    this.#known.clear()
    this.renew()
  }

  /** Which files have results, or the settings, have changed. */
  renew(): void {
    this.#changed.fire()
    this.#showActive()
  }

  async provideCodeLenses(document: TextDocument): Promise<CodeLens[]> {
    const { uri } = document
    const offer = isDataText(document) ? await this.#offerOf(uri) : null
    if (!offer) return []
    // The whole file is meant, whatever is selected in it.
    const command = {
      title: titleOf(offer, document.isDirty),
      command: 'llmProviders.categorizeAndScore',
      arguments: [uri, [uri]],
    }
    return [{ range: new Range(0, 0, 0, 0), command, isResolved: true }]
  }

  dispose(): void {
    this.#store.dispose()
  }

  #forget(uri: Uri): void {
    if (this.#known.delete(uri.toString())) this.renew()
  }

  async #offerOf(uri: Uri): Promise<FileOffer | null> {
    const { settings, resultsOf } = this.#parts
    if (!this.#api || uri.scheme !== 'file' || !settings.read(uri).inFileOffer) return null
    const results = resultsOf(uri) ?? (await this.#resultsOfTable(this.#api, uri))
    if (results === undefined || results === 'whole') return null
    const address = uri.toString()
    const asked = this.#known.get(address) ?? this.#ask(this.#api, uri)
    this.#known.set(address, asked)
    return await asked
  }

  /** Nobody has asked before: it is no document. */
  async #resultsOfTable(api: Pick<Api, 'request'>, uri: Uri): Promise<'none' | 'whole' | undefined> {
    if (!tableNames.test(uri.path)) return undefined
    const answer = await api.request('document/results', { paths: [uri.fsPath] })
    return answer.ok && answer.value.rows.length === 0 ? 'none' : 'whole'
  }

  async #ask(api: Pick<Api, 'request'>, uri: Uri): Promise<FileOffer | null> {
    try {
      const answer = await api.request('document/offer', { path: uri.fsPath })
      return answer.ok ? answer.value : null
    } catch (error) {
      this.#parts.log(`what a file could be judged as: ${String(error)}`)
      return null
    }
  }

  #showActive(): void {
    const document = window.activeTextEditor?.document
    const uri = document ? (isDataText(document) ? document.uri : null) : tableInFront()
    if (!uri) return this.#parts.onActive(false)
    void this.#offerOf(uri).then((offer) => {
      const front = window.activeTextEditor?.document.uri ?? tableInFront()
      if (front?.toString() === uri.toString()) this.#parts.onActive(offer !== null)
    })
  }
}

function isDataText(document: TextDocument): boolean {
  const isNamed = dataNames.test(document.uri.path)
  if (!isNamed && !dataLanguages.test(document.languageId)) return false
  return document.offsetAt(document.lineAt(document.lineCount - 1).range.end) <= longestDocument
}

function tableInFront(): Uri | null {
  const input = window.tabGroups.activeTabGroup.activeTab?.input
  const hasFile = input instanceof TabInputText || input instanceof TabInputCustom
  return hasFile && tableNames.test(input.uri.path) ? input.uri : null
}

/** `isDirty`: it has been edited since it was counted. */
function titleOf({ rows, isAbout, format }: FileOffer, isDirty: boolean): string {
  if (format === 'markdown') return l10n.t('Categorize and score this note')
  if (isAbout || isDirty) return l10n.t('Categorize and score about {0} rows', formatNumber(rows))
  return rows === 1 ? l10n.t('Categorize and score 1 row') : l10n.t('Categorize and score {0} rows', formatNumber(rows))
}
