import type { TextDocument } from 'vscode-languageserver-textdocument'
import { longestDocument, mostDocumentRecords } from '../../protocol/documents.ts'
import type { Label } from '../../protocol/labels.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import type { Runs } from '../runs/runs.ts'
import type { ToPlainText } from '../sources/plainText.ts'
import type { FileReading } from '../sources/readFile.ts'
import { documentFile, pathOfUri } from './documentFile.ts'
import { type DocumentRecord, readRecords } from './readRecords.ts'
import type { RememberedSources } from './rememberedSources.ts'
import { learn, openLayers, type RunLayer } from './runLayers.ts'
import { type ShownRecord, showRecord } from './shownRecord.ts'

/** What was found of a text. `large`: it is too long, or has too many records, which is shown instead. */
export type DocumentState =
  | { kind: 'nothing' }
  | { kind: 'large'; runId: string }
  | { kind: 'results'; results: ReadResults }

export interface ReadResults {
  /** The newest run first; never empty. */
  layers: readonly RunLayer[]
  reading: FileReading
  /** In the order of the text. */
  shown: readonly ShownRecord[]
  /** Records that no run has a result of, in the order of the text. */
  unjudged: readonly DocumentRecord[]
}

/** Null: given up, since the text has changed. */
export type ReadDocument = (
  document: TextDocument,
  before: ReadResults | null,
  signal: AbortSignal,
) => Promise<DocumentState | null>

export interface ReadDocumentParts {
  kept: Pick<RememberedSources, 'find' | 'findAll'>
  runs: Pick<Runs, 'withResults'>
  files: RunFiles
  loadPlainText(): Promise<ToPlainText>
  /** What people said of items, by the hash of their text. */
  labelsFor(path: string): Promise<ReadonlyMap<string, Label>>
  /** Lets others have their turn. */
  giveWay(): Promise<void>
}

const nothing: DocumentState = { kind: 'nothing' }

export function createReadDocument(parts: ReadDocumentParts): ReadDocument {
  return async (document, before, signal) => {
    // The document itself changes while this goes on.
    const text = document.getText()
    const path = pathOfUri(document.uri)
    const found = path === null ? [] : await parts.kept.findAll(path)
    const [newest] = found
    if (!newest) return nothing
    if (text.length > longestDocument) return { kind: 'large', runId: newest.runId }
    const opened = await openLayers(parts, found, before?.layers ?? [])
    const [top] = opened
    if (!top) return nothing
    const file = documentFile(top.run.path, text, parts.giveWay)
    const same = before?.layers.some(({ run }) => run.runId === top.run.runId) ? before : null
    // Half a row at the beginning does not make another format of what was one.
    const reading = same && same.shown.length > 0 ? same.reading : top.run.reading(file)
    // Records that were taken from other fields are others.
    const layers = opened.filter(({ run }) => run === top.run || isSameReading(run.reading(file), reading))
    const entries = top.run.source.readOpened(file, reading)
    if (!entries) return nothing
    const read = await readRecords(text, entries, {
      toPlainText: await parts.loadPlainText(),
      isWhole: reading.format === 'markdown' || reading.format === 'text',
      most: mostDocumentRecords,
      isCancelled: () => signal.aborted,
    })
    if (read.ok && read.value === 'cancelled') return null
    if (read.ok && read.value === 'too_many') return { kind: 'large', runId: newest.runId }
    const records = read.ok && typeof read.value !== 'string' ? read.value : []
    const keys = records.map(({ key }) => key)
    for (const layer of layers) if (!(await learn(parts, layer, keys))) return nothing
    const labels = await parts.labelsFor(top.run.path)
    if (signal.aborted) return null
    const shown = records.flatMap((record) => showRecord(record, layers, labels.get(record.inputHash) ?? null) ?? [])
    const judged = new Set(shown.map(({ record }) => record))
    return {
      kind: 'results',
      results: { layers, reading, shown, unjudged: records.filter((record) => !judged.has(record)) },
    }
  }
}

function isSameReading(one: FileReading, other: FileReading): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
