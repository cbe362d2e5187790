import type { TextDocument } from 'vscode-languageserver-textdocument'
import { longestDocument, mostDocumentRecords } from '../../protocol/documents.ts'
import type { Label } from '../../protocol/labels.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ItemError, ResultRecord } from '../../protocol/results.ts'
import type { CompiledProfile } from '../domain/work.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { readRecords as readJournalRecords } from '../results/resultPage.ts'
import type { Runs } from '../runs/runs.ts'
import { openSource, type Source, settingsByPath } from '../sources/openSource.ts'
import type { ToPlainText } from '../sources/plainText.ts'
import { type FileReading, planReading } from '../sources/readFile.ts'
import { defaultSourceLimits } from '../sources/sourceLimits.ts'
import { documentFile, pathOfUri } from './documentFile.ts'
import { readRecords } from './readRecords.ts'
import type { RememberedFile, RememberedSources } from './rememberedSources.ts'
import { findResult, type KnownResult, type ShownRecord, showRecord, weightsOf } from './shownRecord.ts'

/** What was found of a text. `large`: it is too long, or has too many records, which is shown instead. */
export type DocumentState =
  | { kind: 'nothing' }
  | { kind: 'large'; runId: string }
  | { kind: 'results'; results: ReadResults }

export interface ReadResults {
  run: OpenedRun
  reading: FileReading
  /** In the order of the text. */
  shown: readonly ShownRecord[]
  /** What the run knows of the records that were met so far, by key; null: nothing. */
  known: Map<string, KnownResult | null>
  /** Why items failed, by their number in the run. */
  errors: Map<number, ItemError>
}

export interface OpenedRun extends RememberedFile {
  source: Source
  reading(file: Parameters<typeof planReading>[0]): FileReading
  /** Null: its weights are not known. */
  profile: CompiledProfile | null
}

/** Null: given up, since the text has changed. */
export type ReadDocument = (
  document: TextDocument,
  before: ReadResults | null,
  signal: AbortSignal,
) => Promise<DocumentState | null>

export interface ReadDocumentParts {
  kept: RememberedSources
  runs: Pick<Runs, 'withResults'>
  files: RunFiles
  loadPlainText(): Promise<ToPlainText>
  /** What people said of items, by the hash of their text. */
  labelsFor(path: string): Promise<ReadonlyMap<string, Label>>
  /** Lets others have their turn. */
  giveWay(): Promise<void>
}

/** So many failures are shown; the rest are in the results. */
const mostErrors = 1000

export function createReadDocument(parts: ReadDocumentParts): ReadDocument {
  return async (document, before, signal) => {
    // The document itself changes while this goes on.
    const text = document.getText()
    const kept = await findKept(parts, document.uri)
    if (!kept) return { kind: 'nothing' }
    if (text.length > longestDocument) return { kind: 'large', runId: kept.runId }
    const same = before?.run.runId === kept.runId && before.run.path === kept.path ? before : null
    const opened = same ? succeed(same.run) : await openRun(parts, kept)
    if (!opened.ok) return { kind: 'nothing' }
    const run = opened.value
    const file = documentFile(kept.path, text, parts.giveWay)
    // Half a row at the beginning does not make another format of what was one.
    const reading = same && same.shown.length > 0 ? same.reading : run.reading(file)
    const entries = run.source.readOpened(file, reading)
    if (!entries) return { kind: 'nothing' }
    const found = await readRecords(text, entries, {
      toPlainText: await parts.loadPlainText(),
      isWhole: reading.format === 'markdown' || reading.format === 'text',
      most: mostDocumentRecords,
      isCancelled: () => signal.aborted,
    })
    if (found.ok && found.value === 'cancelled') return null
    if (found.ok && found.value === 'too_many') return { kind: 'large', runId: kept.runId }
    const records = found.ok && typeof found.value !== 'string' ? found.value : []
    const known = same?.known ?? new Map<string, KnownResult | null>()
    const errors = same?.errors ?? new Map<number, ItemError>()
    const unknown = records.filter(({ key }) => !known.has(key)).map(({ key }) => key)
    if (unknown.length > 0 && !(await learn(parts, run.runId, unknown, { known, errors }))) return { kind: 'nothing' }
    const labels = await parts.labelsFor(kept.path)
    if (signal.aborted) return null
    const shown = records.flatMap((record) => {
      const result = known.get(record.key)
      return result ? [showRecord(record, result, labels.get(record.inputHash) ?? null, run.profile)] : []
    })
    return { kind: 'results', results: { run, reading, shown, known, errors } }
  }
}

async function findKept({ kept }: ReadDocumentParts, uri: string): Promise<RememberedFile | null> {
  const path = pathOfUri(uri)
  return path === null ? null : await kept.find(path)
}

async function openRun({ runs, files }: ReadDocumentParts, kept: RememberedFile): Promise<Outcome<OpenedRun>> {
  const header = await runs.withResults(kept.runId, async (opened) => succeed(opened.header))
  if (!header.ok) return header
  const { request, profile } = header.value
  const source = await openSource(request, files, defaultSourceLimits)
  if (!source.ok) return source
  const settingsOf = request.source.kind === 'paths' ? settingsByPath(request.source, request.fields) : () => ({})
  return succeed({
    ...kept,
    source: source.value,
    reading: (file) => planReading(file, settingsOf(kept.path)),
    profile: weightsOf(profile),
  })
}

/** Looks the keys up in the run, and reads why items failed. False: its journal cannot be read. */
async function learn(
  { runs }: ReadDocumentParts,
  runId: string,
  keys: readonly string[],
  { known, errors }: Pick<ReadResults, 'known' | 'errors'>,
): Promise<boolean> {
  const learnt = await runs.withResults(runId, async (opened) => {
    const failed: number[] = []
    for (const key of keys) {
      const result = findResult(opened.judged, key)
      known.set(key, result)
      if (result && result.status !== 'ok' && errors.size + failed.length < mostErrors) failed.push(result.item)
    }
    const records = await readJournalRecords(opened, Uint32Array.from(failed))
    records.forEach(({ error }, place) => {
      if (error) errors.set(failed[place] as number, error)
    })
    return succeed(null)
  })
  return learnt.ok
}

/** The whole result of one record, from the journal. */
export function readResult(
  { runs }: Pick<ReadDocumentParts, 'runs'>,
  runId: string,
  { item }: KnownResult,
): Promise<Outcome<ResultRecord>> {
  return runs.withResults(runId, async (opened) => {
    const [record] = await readJournalRecords(opened, Uint32Array.of(item))
    return succeed(record as ResultRecord)
  })
}
