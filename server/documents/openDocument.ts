import type { TextDocumentContentChangeEvent } from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import type { DocumentState, ReadDocument } from './readDocument.ts'
import type { DocumentRecord } from './readRecords.ts'
import type { ShownRecord } from './shownRecord.ts'

export interface Timers {
  after(delayMs: number, work: () => void): { dispose(): void }
}

export interface OpenDocument {
  readonly uri: string
  /** Of the newest text. */
  readonly document: TextDocument
  /** What was found of it, at the places of the newest text; waits for the first reading only. */
  state(): Promise<DocumentState>
  change(changes: readonly TextDocumentContentChangeEvent[], version: number): void
  /** Results or labels have changed. `results`: what is known of the run is out of date. */
  renew(what: 'results' | 'labels'): void
  close(): void
}

interface OpenDocumentOptions {
  document: TextDocument
  read: ReadDocument
  timers: Timers
  /** Told after each reading. `isNews`: it shows something else than before. */
  onRead(open: OpenDocument, state: DocumentState, isNews: boolean): void
}

/** Whoever types waits for nothing: a short text is read anew at the next pause, a long one a while after it. */
const shortText = 200_000
const shortPauseMs = 120
const longPauseMs = 500

export function createOpenDocument({ document: first, read, timers, onRead }: OpenDocumentOptions): OpenDocument {
  let document = first
  let state: DocumentState = { kind: 'nothing' }
  let waiting: { dispose(): void } | null = null
  let reading = new AbortController()
  let current: Promise<void> = readAnew()

  async function readAnew(): Promise<void> {
    reading.abort()
    reading = new AbortController()
    const { signal } = reading
    const next = await read(document, state.kind === 'results' ? state.results : null, signal)
    if (next === null || signal.aborted) return
    const isNews = !isSameState(state, next)
    state = next
    onRead(open, state, isNews)
  }

  function plan(delayMs: number): void {
    // What is being read is not the newest text any more.
    reading.abort()
    waiting?.dispose()
    waiting = timers.after(delayMs, () => {
      waiting = null
      current = readAnew()
    })
  }

  function move(change: TextDocumentContentChangeEvent): void {
    if (state.kind !== 'results') return
    if (!('range' in change)) {
      state = { kind: 'nothing' }
      return
    }
    const edit = {
      start: document.offsetAt(change.range.start),
      end: document.offsetAt(change.range.end),
      length: change.text.length,
    }
    state = { kind: 'results', results: { ...state.results, shown: moveShown(state.results.shown, edit) } }
  }

  const open: OpenDocument = {
    uri: first.uri,
    get document() {
      return document
    },
    async state() {
      await current
      return state
    },
    change(changes, version) {
      for (const change of changes) {
        move(change)
        document = TextDocument.update(document, [change], version)
      }
      plan(document.getText().length > shortText ? longPauseMs : shortPauseMs)
    },
    renew(what) {
      if (what === 'results' && state.kind === 'results') {
        state = { kind: 'results', results: { ...state.results, known: new Map(), errors: new Map() } }
      }
      plan(0)
    },
    close() {
      reading.abort()
      waiting?.dispose()
    },
  }
  return open
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
    some.run.runId === others.run.runId &&
    some.shown.length === others.shown.length &&
    some.shown.every((shown, place) => isSameShown(shown, others.shown[place] as ShownRecord))
  )
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
