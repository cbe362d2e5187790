import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { sha256 } from '../items/hashes.ts'
import { idKey } from '../items/identity.ts'
import type { FindInEditor } from '../sources/openedFile.ts'
import { openSource } from '../sources/openSource.ts'
import { loadPlainText } from '../sources/plainText.ts'
import type { SourceEntry } from '../sources/sourceEntry.ts'
import type { SourceLimits } from '../sources/sourceLimits.ts'
import type { OpenedResults } from './openedResults.ts'

export interface SourceContext {
  files: RunFiles
  limits: SourceLimits
  inEditor: FindInEditor
}

export interface FoundEntry {
  entry: SourceEntry
  /** What is judged of it: plain text, or the row as it stands where it is broken. */
  text: string
  /** It is the text that the run judged. */
  isAsJudged: boolean
}

/**
 * An item of a run in its source as that is now, with what was not saved: where it stood if it is still there, else wherever the same
 * text is, else where the same id is. A row without an id is known by its text alone: the place that is shown for one tells nothing
 * of it once lines have moved. The source is read up to that place, and only once more where it is elsewhere. Null: it is gone.
 */
export async function findEntry(
  context: SourceContext,
  opened: OpenedResults,
  { item, inputHash }: { item: number; inputHash: string },
  signal?: AbortSignal,
): Promise<Outcome<FoundEntry | null>> {
  const position = opened.columns.index.position(item)
  const key = opened.columns.index.key(item)
  const asItWas = await search(context, opened, signal, (_, at, hash) =>
    at === position ? (hash() === inputHash ? 'found' : 'gone') : 'other',
  )
  if (!asItWas.ok || asItWas.value) return asItWas
  // Lines that were named have moved with it.
  return await search(context, ofWholeFile(opened), signal, (entry, _, hash) => {
    if (hash() === inputHash) return 'found'
    return entry.id !== null && idKey(entry.scope, entry.id) === key ? 'likely' : 'other'
  })
}

function ofWholeFile({ header }: OpenedResults): Pick<OpenedResults, 'header'> {
  const { source } = header.request
  if (source.kind !== 'paths') return { header }
  const { lines: _lines, shard: _shard, ...whole } = source
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
  { files, limits, inEditor }: SourceContext,
  { header }: Pick<OpenedResults, 'header'>,
  signal: AbortSignal | undefined,
  judge: (entry: SourceEntry, position: number, hash: () => string) => Verdict,
): Promise<Outcome<FoundEntry | null>> {
  const source = await openSource(header.request, files, limits, inEditor)
  if (!source.ok) return source
  const toPlainText = await loadPlainText()
  const textOf = (entry: SourceEntry) => (entry.kind === 'readable' ? toPlainText(entry.text) : entry.content)
  const stream = source.value.read()
  let likely: SourceEntry | null = null
  let position = 0
  for (;;) {
    if (signal?.aborted) return await leave(fail({ code: 'cancelled' }))
    const next = await stream.next()
    // What came before the place where a source breaks is still good.
    if (next.done) return next.value.ok || likely ? succeed(likely && found(likely, false)) : next.value
    for (const entry of next.value) {
      const verdict = judge(entry, position, () => sha256(textOf(entry)))
      if (verdict === 'found') return await leave(succeed(found(entry, true)))
      if (verdict === 'gone') return await leave(succeed(null))
      if (verdict === 'likely') likely ??= entry
      position += 1
    }
  }

  function found(entry: SourceEntry, isAsJudged: boolean): FoundEntry {
    return { entry, text: textOf(entry), isAsJudged }
  }

  async function leave<Value>(outcome: Outcome<Value>): Promise<Outcome<Value>> {
    await stream.return(succeed(null))
    return outcome
  }
}
