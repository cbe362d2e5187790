import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ItemError, ResultRecord } from '../../protocol/results.ts'
import type { CompiledProfile } from '../domain/work.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { readRecords as readJournalRecords } from '../results/resultPage.ts'
import type { Runs } from '../runs/runs.ts'
import { openSource, type Source, settingsByPath } from '../sources/openSource.ts'
import { type FileReading, planReading } from '../sources/readFile.ts'
import { defaultSourceLimits } from '../sources/sourceLimits.ts'
import { findResult, type KnownResult, weightsOf } from './knownResult.ts'
import type { RememberedFile } from './rememberedSources.ts'

interface OpenedRun extends RememberedFile {
  source: Source
  reading(file: Parameters<typeof planReading>[0]): FileReading
  /** Null: its weights are not known. */
  profile: CompiledProfile | null
  /** It judges no more than the first items. */
  isLimited: boolean
}

/** A run over a file, with what is known of it so far: the newer ones are laid over the older ones. */
export interface RunLayer {
  run: OpenedRun
  /** Of the records that were met so far, by key; null: nothing. */
  known: Map<string, KnownResult | null>
  /** Why items failed, by their number in the run. */
  errors: Map<number, ItemError>
}

/** So many failures are shown; the rest are in the results. */
const mostErrors = 1000

interface LayerParts {
  runs: Pick<Runs, 'withResults'>
  files: RunFiles
}

/** What is known of the same runs from before stays; a run that cannot be opened is none. */
export async function openLayers(
  parts: LayerParts,
  found: readonly RememberedFile[],
  before: readonly RunLayer[],
): Promise<RunLayer[]> {
  const layers: RunLayer[] = []
  for (const file of found) {
    const same = before.find(({ run }) => run.runId === file.runId && run.path === file.path)
    if (same) layers.push({ ...same, run: { ...same.run, isRunning: file.isRunning } })
    else {
      const opened = await openRun(parts, file)
      if (opened.ok) layers.push({ run: opened.value, known: new Map(), errors: new Map() })
    }
  }
  return layers
}

async function openRun({ runs, files }: LayerParts, file: RememberedFile): Promise<Outcome<OpenedRun>> {
  const header = await runs.withResults(file.runId, async (opened) => succeed(opened.header))
  if (!header.ok) return header
  const { request, profile } = header.value
  const source = await openSource(request, files, defaultSourceLimits)
  if (!source.ok) return source
  const paths = request.source.kind === 'paths' ? request.source : null
  const settingsOf = paths ? settingsByPath(paths, request.fields) : () => ({})
  return succeed({
    ...file,
    source: source.value,
    reading: (opened) => planReading(opened, settingsOf(file.path)),
    profile: weightsOf(profile),
    isLimited: request.limit !== undefined,
  })
}

/** Looks the keys up in the run, and reads why items failed. False: its journal cannot be read. */
export async function learn(
  { runs }: Pick<LayerParts, 'runs'>,
  { run, known, errors }: RunLayer,
  keys: readonly string[],
): Promise<boolean> {
  const unknown = keys.filter((key) => !known.has(key))
  if (unknown.length === 0) return true
  const learnt = await runs.withResults(run.runId, async (opened) => {
    const failed: number[] = []
    for (const key of unknown) {
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

/** What the run did not know yet, it may know by now; a final result stays. */
export function withoutUnknown(layer: RunLayer): RunLayer {
  return { ...layer, known: new Map([...layer.known].filter(([, result]) => result !== null)) }
}

/** The whole result of one record, from the journal. */
export function readResult(
  { runs }: Pick<LayerParts, 'runs'>,
  runId: string,
  { item }: KnownResult,
): Promise<Outcome<ResultRecord>> {
  return runs.withResults(runId, async (opened) => {
    const [record] = await readJournalRecords(opened, Uint32Array.of(item))
    return succeed(record as ResultRecord)
  })
}
