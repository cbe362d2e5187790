import * as l10n from '@vscode/l10n'
import {
  type CodeAction,
  type CodeActionParams,
  type CodeLens,
  type CompletionItem,
  type DidChangeTextDocumentParams,
  type DidOpenTextDocumentParams,
  type DocumentHighlight,
  DocumentHighlightKind,
  type Hover,
  type InlayHint,
  type InlayHintParams,
  MarkupKind,
  type Position,
  type PublishDiagnosticsParams,
} from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import {
  type DocumentItem,
  type DocumentOptions,
  type DocumentPlace,
  longestDocument,
} from '../../protocol/documents.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { valuesOf } from '../domain/criteria.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import type { OpenedFile } from '../sources/openedFile.ts'
import { documentFile, pathOfUri } from './documentFile.ts'
import { evidenceRanges } from './evidenceRanges.ts'
import { OpenDocument, type Timers } from './openDocument.ts'
import { folderOfProfile, ProfileDocuments, type ProfileDocumentsParts } from './profileDocuments.ts'
import { createReadDocument, type ReadDocument, type ReadDocumentParts, type ReadResults } from './readDocument.ts'
import { recordHover } from './recordHover.ts'
import { readResult } from './runLayers.ts'
import {
  actionsOf,
  diagnosticsOf,
  type HintData,
  hintsOf,
  largeLens,
  lensesOf,
  rangeOf,
  recordAt,
} from './showDocument.ts'
import type { ShownRecord } from './shownRecord.ts'

export interface DocumentsParts extends ReadDocumentParts, Pick<ProfileDocumentsParts, 'advise'> {
  timers: Timers
  words: DocumentOptions['words']
  publish(diagnostics: PublishDiagnosticsParams): void
  /** What is shown is out of date, and the client is to ask again. */
  refresh(): void
}

interface Found {
  document: TextDocument
  results: ReadResults
}

/** Results within the documents that a client has open. Nothing here knows the connection. */
export class Documents {
  readonly #parts: DocumentsParts
  readonly #read: ReadDocument
  readonly #opened = new Map<string, OpenDocument>()
  readonly #profiles: ProfileDocuments
  /** Documents whose diagnostics the client shows. */
  readonly #published = new Set<string>()

  constructor(parts: DocumentsParts) {
    this.#parts = parts
    this.#read = createReadDocument(parts)
    this.#profiles = new ProfileDocuments(parts)
    if (parts.words) l10n.config({ contents: parts.words })
  }

  open({ textDocument: { uri, languageId, version, text } }: DidOpenTextDocumentParams): void {
    const folder = folderOfProfile(uri)
    if (folder !== null) return this.#profiles.open(TextDocument.create(uri, languageId, version, text), folder)
    this.#opened.get(uri)?.close()
    const open = new OpenDocument({
      document: TextDocument.create(uri, languageId, version, text),
      read: this.#read,
      timers: this.#parts.timers,
      onRead: (read, state, isNews) => {
        this.#publish(read, state.kind === 'results' ? diagnosticsOf(read.document, state.results) : [])
        if (isNews) this.#parts.refresh()
      },
    })
    this.#opened.set(uri, open)
  }

  change({ textDocument: { uri, version }, contentChanges }: DidChangeTextDocumentParams): void {
    this.#profiles.change(uri, contentChanges, version)
    this.#opened.get(uri)?.change(contentChanges, version)
  }

  close(uri: string): void {
    this.#profiles.close(uri)
    const open = this.#opened.get(uri)
    if (!open) return
    open.close()
    this.#opened.delete(uri)
    this.#publish(open, [])
  }

  async hints({ textDocument: { uri }, range }: InlayHintParams): Promise<InlayHint[] | null> {
    const found = await this.#find(uri)
    return found && hintsOf(found.document, found.results, range)
  }

  /** With everything that is known of the record. */
  async resolveHint(hint: InlayHint): Promise<InlayHint> {
    const data = hint.data as HintData | undefined
    const found = data ? await this.#find(data.uri) : null
    const shown = found?.results.shown.find(({ record }) => record.key === data?.key)
    const value = found && shown ? await this.#hoverOf(shown) : null
    return value === null ? hint : { ...hint, tooltip: { kind: MarkupKind.Markdown, value } }
  }

  async lenses(uri: string): Promise<CodeLens[] | null> {
    if (this.#profiles.has(uri)) return null
    const open = this.#opened.get(uri)
    if (!open) return await lensOfLarge(this.#parts, uri)
    const state = await open.state()
    if (state.kind === 'large') return [largeLens(state.runId)]
    return state.kind === 'results' ? lensesOf(open.document, state.results) : null
  }

  async hover(uri: string, position: Position): Promise<Hover | null> {
    if (this.#profiles.has(uri)) return this.#profiles.hover(uri, position)
    const found = await this.#find(uri)
    const shown = found && recordAt(found.document, found.results, found.document.offsetAt(position))
    const value = found && shown ? await this.#hoverOf(shown) : null
    if (!found || !shown || value === null) return null
    return { contents: { kind: MarkupKind.Markdown, value }, range: rangeOf(found.document, shown) }
  }

  /** What was quoted of the record for its verdict; null: nothing was, or its text is another one by now. */
  async highlights(uri: string, position: Position): Promise<DocumentHighlight[] | null> {
    const found = await this.#find(uri)
    const shown = found && recordAt(found.document, found.results, found.document.offsetAt(position))
    if (!found || !shown || shown.isChanged) return null
    const result = await readResult(this.#parts, shown.layer.run.runId, shown.result)
    if (!result.ok || !result.value.evidence) return null
    const { document } = found
    const ranges = evidenceRanges(document.getText(), shown.record, result.value)
    if (ranges.length === 0) return null
    return ranges.map(({ start, end }) => ({
      range: { start: document.positionAt(start), end: document.positionAt(end) },
      kind: DocumentHighlightKind.Read,
    }))
  }

  completions(uri: string, position: Position): Promise<CompletionItem[] | null> {
    return this.#profiles.completions(uri, position)
  }

  async actions({ textDocument: { uri }, range, context }: CodeActionParams): Promise<CodeAction[] | null> {
    if (context.only?.length && !context.only.some((kind) => 'quickfix'.startsWith(kind))) return null
    if (this.#profiles.has(uri)) return this.#profiles.actions(uri, context.diagnostics)
    const found = await this.#find(uri)
    const shown = found && recordAt(found.document, found.results, found.document.offsetAt(range.start))
    return shown ? actionsOf(uri, shown, context.diagnostics) : null
  }

  async item({ uri, at }: DocumentPlace): Promise<Outcome<DocumentItem | null>> {
    const found = await this.#find(uri)
    if (!found) return succeed(null)
    const { document, results } = found
    const shown =
      'key' in at
        ? results.shown.find(({ record }) => record.key === at.key)
        : recordAt(document, results, document.offsetAt(at))
    return shown ? await itemOf(this.#parts, found, shown) : succeed(null)
  }

  /** Under whichever path a run has reached it. */
  async findOpen(path: string): Promise<OpenedFile | null> {
    const open = await this.#findAt(path)
    return open && documentFile(path, open.document.getText(), this.#parts.giveWay)
  }

  renew(what: 'results' | 'labels'): void {
    for (const open of this.#opened.values()) open.renew(what)
    this.#profiles.renew()
  }

  /** A run of this process has found something. */
  follow(runId: string): void {
    for (const open of this.#opened.values()) open.follow(runId)
  }

  dispose(): void {
    for (const open of this.#opened.values()) open.close()
    this.#opened.clear()
    this.#profiles.dispose()
  }

  #publish(open: OpenDocument, diagnostics: PublishDiagnosticsParams['diagnostics']): void {
    const { uri } = open
    if (diagnostics.length === 0 && !this.#published.has(uri)) return
    if (diagnostics.length === 0) this.#published.delete(uri)
    else this.#published.add(uri)
    this.#parts.publish({ uri, version: open.document.version, diagnostics })
  }

  async #find(uri: string): Promise<Found | null> {
    const open = this.#opened.get(uri)
    const state = await open?.state()
    return open && state?.kind === 'results' ? { document: open.document, results: state.results } : null
  }

  /** Paths lead to one file by links, too: only the real ones identify it. */
  async #findAt(path: string): Promise<OpenDocument | null> {
    if (this.#opened.size === 0) return null
    const real = await realPathOf(this.#parts, path)
    for (const open of this.#opened.values()) {
      const other = pathOfUri(open.uri)
      if (other !== null && (await realPathOf(this.#parts, other)) === real) return open
    }
    return null
  }

  async #hoverOf(shown: ShownRecord): Promise<string | null> {
    const { run } = shown.layer
    const result = await readResult(this.#parts, run.runId, shown.result)
    return result.ok ? recordHover(shown, result.value, run.profile) : null
  }
}

/** A file that is gone from the disk is known by its path alone. */
function realPathOf({ files }: Pick<ReadDocumentParts, 'files'>, path: string): Promise<string> {
  return files.realpath(path).catch((error: unknown) => {
    ignoreFileErrors(error)
    return path
  })
}

async function itemOf(
  parts: ReadDocumentParts,
  { document }: Found,
  shown: ShownRecord,
): Promise<Outcome<DocumentItem>> {
  const { run } = shown.layer
  const result = await readResult(parts, run.runId, shown.result)
  if (!result.ok) return result
  const { record, isChanged, label } = shown
  return succeed({
    runId: run.runId,
    key: record.key,
    ...document.positionAt(record.start),
    isChanged: isChanged || record.broken !== null,
    result: result.value,
    label,
    categories: (run.profile?.offered ?? []).map(({ name, parent }) => ({ name, parent })),
    ...(run.profile?.rubric
      ? {
          criteria: run.profile.rubric.criteria.map((criterion) => ({
            ...{ name: criterion.name, question: criterion.question, values: valuesOf(criterion) },
          })),
        }
      : {}),
  })
}

/** A client need not send a long document to learn that it is one. */
async function lensOfLarge({ kept, files }: ReadDocumentParts, uri: string): Promise<CodeLens[] | null> {
  const path = pathOfUri(uri)
  const found = path === null ? null : await kept.find(path)
  if (path === null || !found) return null
  const size = await files.stat(path).then(
    (stats) => Number(stats.size),
    () => 0,
  )
  return size > longestDocument ? [largeLens(found.runId)] : null
}
