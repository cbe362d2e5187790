import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ItemLocation } from '../../protocol/resultQueries.ts'
import { fail } from '../../shared/fail.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { sha256 } from '../items/hashes.ts'
import { idKey } from '../items/identity.ts'
import type { FindInEditor } from '../sources/openedFile.ts'
import { openSource } from '../sources/openSource.ts'
import { loadPlainText } from '../sources/plainText.ts'
import type { SourceEntry } from '../sources/sourceEntry.ts'
import type { SourceLimits } from '../sources/sourceLimits.ts'
import type { OpenedResults } from './columnCache.ts'
import { findItem } from './findItem.ts'

interface Wanted {
  id: string
  inputHash: string
}

interface Context {
  files: RunFiles
  limits: SourceLimits
  inEditor: FindInEditor
}

/**
 * Where an item of a run stands in its source now, with what was not saved: where it stood if it is still there, else wherever the
 * same text is, else where the same id is. A row without an id is known by its text alone: the place that is shown for one tells
 * nothing of it once lines have moved. The source is read up to that place, and only once more where it is elsewhere.
 */
export async function locateItem(
  context: Context,
  opened: OpenedResults,
  wanted: Wanted,
  signal?: AbortSignal,
): Promise<Outcome<ItemLocation>> {
  const item = await findItem(opened, wanted)
  if (item === null) return notThere(opened, 'the run has no such result')
  const position = opened.columns.index.position(item)
  const key = opened.columns.index.key(item)
  const asItWas = await search(context, opened, signal, (entry, at, hash) =>
    at === position ? (hash(entry) === wanted.inputHash ? 'found' : 'gone') : 'other',
  )
  if (!asItWas.ok || asItWas.value) return withPlace(opened, asItWas)
  // Lines that were named have moved with it.
  const elsewhere = await search(context, ofWholeFile(opened), signal, (entry, _, hash) => {
    if (hash(entry) === wanted.inputHash) return 'found'
    return entry.id !== null && idKey(entry.scope, entry.id) === key ? 'likely' : 'other'
  })
  return withPlace(opened, elsewhere)
}

function ofWholeFile({ header }: OpenedResults): Pick<OpenedResults, 'header'> {
  const { source } = header.request
  if (source.kind !== 'paths' || !source.lines) return { header }
  const { lines: _, ...whole } = source
  return { header: { ...header, request: { ...header.request, source: whole } } }
}

type Verdict =
  | 'found'
  /** Taken if nothing better comes. */
  | 'likely'
  | 'other'
  /** It cannot be found any more by looking on. */
  | 'gone'

async function search(
  { files, limits, inEditor }: Context,
  { header }: Pick<OpenedResults, 'header'>,
  signal: AbortSignal | undefined,
  judge: (entry: SourceEntry, position: number, hash: (entry: SourceEntry) => string) => Verdict,
): Promise<Outcome<SourceEntry | null>> {
  const source = await openSource(header.request, files, limits, inEditor)
  if (!source.ok) return source
  const toPlainText = await loadPlainText()
  const hash = (entry: SourceEntry) => sha256(entry.kind === 'readable' ? toPlainText(entry.text) : entry.content)
  const stream = source.value.read()
  let likely: SourceEntry | null = null
  let position = 0
  for (;;) {
    if (signal?.aborted) return await leave(fail({ code: 'cancelled' }))
    const next = await stream.next()
    // What came before the place where a source breaks is still good.
    if (next.done) return next.value.ok || likely ? succeed(likely) : next.value
    for (const entry of next.value) {
      const verdict = judge(entry, position, hash)
      if (verdict === 'found') return await leave(succeed(entry))
      if (verdict === 'gone') return await leave(succeed(null))
      if (verdict === 'likely') likely ??= entry
      position += 1
    }
  }

  async function leave<Value>(outcome: Outcome<Value>): Promise<Outcome<Value>> {
    await stream.return(succeed(null))
    return outcome
  }
}

function withPlace(opened: OpenedResults, found: Outcome<SourceEntry | null>): Outcome<ItemLocation> {
  if (!found.ok) return found
  if (found.value === null) return notThere(opened, 'this item is no longer in it')
  const { file, line } = found.value
  return file === null ? notThere(opened, 'it was a text and no file') : succeed({ path: file, line })
}

function notThere({ header }: OpenedResults, detail: string): Outcome<never> {
  const source = header.inputs[0]?.path ?? header.runId
  return fail({ code: 'source_invalid', source, problem: 'no_items', detail })
}
