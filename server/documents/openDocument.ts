import type { TextDocumentContentChangeEvent } from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import type { DocumentState, ReadDocument } from './readDocument.ts'
import type { DocumentRecord } from './readRecords.ts'
import { type RunLayer, withoutUnknown } from './runLayers.ts'
import type { ShownRecord } from './shownRecord.ts'

export interface Timers {
  after(delayMs: number, work: () => void): { dispose(): void }
}

interface OpenDocumentOptions {
  document: TextDocument
  read: ReadDocument
  timers: Timers
  /** Called after each reading. `isNews`: it shows something else than before. */
  onRead(open: OpenDocument, state: DocumentState, isNews: boolean): void
}

/** Typing waits for nothing: a short text is read anew at the next pause, a long one a while after it. */
const shortText = 200_000
const shortPauseMs = 120
const longPauseMs = 500
/** What a run finds is shown so often at most. */
const shortFollowMs = 700
const longFollowMs = 3000

/** A document that a client has open, with what was found of its text. */
export class OpenDocument {
  readonly uri: string
  readonly #options: OpenDocumentOptions
  #document: TextDocument
  #state: DocumentState = { kind: 'nothing' }
  #waiting: { dispose(): void } | null = null
  #reading = new AbortController()
  #current: Promise<void>
  #isClosed = false

  constructor(options: OpenDocumentOptions) {
    this.uri = options.document.uri
    this.#options = options
    this.#document = options.document
    this.#current = this.#readAnew()
  }

  /** Of the newest text. */
  get document(): TextDocument {
    return this.#document
  }

  /** What was found of it, at the places of the newest text; waits for the first reading only. */
  async state(): Promise<DocumentState> {
    await this.#current
    return this.#state
  }

  change(changes: readonly TextDocumentContentChangeEvent[], version: number): void {
    for (const change of changes) {
      this.#move(change)
      this.#document = TextDocument.update(this.#document, [change], version)
    }
    this.#plan(this.#isShort() ? shortPauseMs : longPauseMs)
  }

  /** Results or labels have changed. `results`: what is known of the runs is out of date. */
  renew(what: 'results' | 'labels'): void {
    if (what === 'results') this.#changeLayers((layer) => ({ ...layer, known: new Map(), errors: new Map() }))
    this.#plan(0)
  }

  /** A run goes on: if it is one of those that are shown, what it has found is shown soon, however often it tells. */
  follow(runId: string): void {
    if (this.#state.kind !== 'results' || this.#waiting) return
    if (!this.#state.results.layers.some(({ run }) => run.runId === runId)) return
    this.#waiting = this.#options.timers.after(this.#isShort() ? shortFollowMs : longFollowMs, () => {
      this.#waiting = null
      this.#changeLayers((layer) => (layer.run.runId === runId ? withoutUnknown(layer) : layer))
      // Nothing has changed in the text, so that a reading under way is none in vain.
      this.#current = this.#current.then(() => this.#readAnew())
    })
  }

  close(): void {
    this.#isClosed = true
    this.#reading.abort()
    this.#waiting?.dispose()
  }

  #isShort(): boolean {
    return this.#document.getText().length <= shortText
  }

  #changeLayers(change: (layer: RunLayer) => RunLayer): void {
    if (this.#state.kind !== 'results') return
    const { results } = this.#state
    this.#state = { kind: 'results', results: { ...results, layers: results.layers.map(change) } }
  }

  async #readAnew(): Promise<void> {
    if (this.#isClosed) return
    this.#reading.abort()
    this.#reading = new AbortController()
    const { signal } = this.#reading
    const before = this.#state.kind === 'results' ? this.#state.results : null
    const next = await this.#options.read(this.#document, before, signal)
    if (next === null || signal.aborted) return
    const isNews = !isSameState(this.#state, next)
    this.#state = next
    this.#options.onRead(this, next, isNews)
  }

  #plan(delayMs: number): void {
    // What is being read is not the newest text any more.
    this.#reading.abort()
    this.#waiting?.dispose()
    this.#waiting = this.#options.timers.after(delayMs, () => {
      this.#waiting = null
      this.#current = this.#readAnew()
    })
  }

  #move(change: TextDocumentContentChangeEvent): void {
    if (this.#state.kind !== 'results') return
    if (!('range' in change)) {
      this.#state = { kind: 'nothing' }
      return
    }
    const edit = {
      start: this.#document.offsetAt(change.range.start),
      end: this.#document.offsetAt(change.range.end),
      length: change.text.length,
    }
    const { results } = this.#state
    const shown = moveShown(results.shown, edit)
    this.#state = { kind: 'results', results: { ...results, shown, unjudged: moveRecords(results.unjudged, edit) } }
  }
}

function moveShown(shown: readonly ShownRecord[], edit: Parameters<typeof moveRecords>[1]): ShownRecord[] {
  const moved = new Map(
    moveRecords(
      shown.map(({ record }) => record),
      edit,
    ).map((record) => [record.key, record]),
  )
  return shown.flatMap((each) => {
    const record = moved.get(each.record.key)
    return record ? [{ ...each, record }] : []
  })
}

function isSameState(before: DocumentState, after: DocumentState): boolean {
  if (before.kind !== 'results' || after.kind !== 'results') return before.kind === after.kind
  const [some, others] = [before.results, after.results]
  return (
    some.layers.length === others.layers.length &&
    some.layers.every(({ run }, place) => isSameRun(run, others.layers[place]?.run)) &&
    some.unjudged.length === others.unjudged.length &&
    some.shown.length === others.shown.length &&
    some.shown.every((shown, place) => isSameShown(shown, others.shown[place] as ShownRecord))
  )
}

function isSameRun(one: RunLayer['run'], other: RunLayer['run'] | undefined): boolean {
  return one.runId === other?.runId && one.isRunning === other.isRunning
}

function isSameShown(one: ShownRecord, other: ShownRecord): boolean {
  return (
    one.record.key === other.record.key &&
    one.isChanged === other.isChanged &&
    one.result === other.result &&
    one.label === other.label
  )
}

/** A stretch of the text, in UTF-16 units, that was replaced by so many others. */
interface TextEdit {
  start: number
  end: number
  length: number
}

/**
 * Records at their places after an edit, until the text is read anew: what stands behind it moves, and what it touched is left out,
 * since nobody knows yet what that is now.
 */
export function moveRecords(records: readonly DocumentRecord[], edit: TextEdit): DocumentRecord[] {
  const by = edit.length - (edit.end - edit.start)
  return records.flatMap((record) => {
    if (record.end < edit.start || (record.end === edit.start && edit.length === 0)) return [record]
    if (record.start >= edit.end) return [{ ...record, start: record.start + by, end: record.end + by }]
    return []
  })
}
