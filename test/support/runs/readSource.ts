import type { Reason } from '../../../protocol/reasons.ts'
import type { SourceFields, SourceSpec } from '../../../protocol/sources.ts'
import { diskFiles, type RunFiles } from '../../../server/files/diskFiles.ts'
import { defaultLimits, type RunLimits } from '../../../server/runs/limits.ts'
import { openSource, type Source } from '../../../server/sources/openSource.ts'
import type { SourceEntry } from '../../../server/sources/sourceEntry.ts'

export interface ReadSource {
  entries: SourceEntry[]
  failure: Reason | null
}

/** A source whole, as no run reads it. What counting it alone finds has to be the same. */
export async function readSource(
  source: SourceSpec,
  fields?: SourceFields,
  limits: Partial<RunLimits> = {},
  files: RunFiles = diskFiles,
): Promise<ReadSource> {
  const opened = await openSource({ source, fields }, files, { ...defaultLimits, ...limits })
  if (!opened.ok) return { entries: [], failure: opened.reason }
  const entries: SourceEntry[] = []
  const stream = opened.value.read()
  for (;;) {
    const next = await stream.next()
    if (next.done) {
      if (next.value.ok) await expectCounted(opened.value, entries.length)
      return { entries, failure: next.value.ok ? null : next.value.reason }
    }
    entries.push(...next.value)
  }
}

async function expectCounted(source: Pick<Source, 'count'>, entries: number): Promise<void> {
  const counting = source.count()
  let items = 0
  for (;;) {
    const next = await counting.next()
    if (next.done && !next.value.ok) throw new Error(`It cannot be counted: ${next.value.reason.message}`)
    if (next.done) break
    items = next.value.items
  }
  if (items !== entries) throw new Error(`It was counted as ${items} and read as ${entries}`)
}

/** `id|text` of what can be judged, `id!code: message` of what is broken. */
export function entryLines({ entries, failure }: ReadSource): string[] {
  const told = entries.map((entry) =>
    entry.kind === 'readable'
      ? `${entry.id ?? entry.place}|${entry.text}`
      : `${entry.id ?? entry.place}!${entry.status === 'skipped' ? 'skipped ' : ''}${entry.error.code}: ${entry.error.message}`,
  )
  return failure ? [...told, `STOP ${describeFailure(failure)}`] : told
}

function describeFailure(reason: Reason): string {
  return reason.code === 'source_invalid'
    ? `${reason.problem}${reason.line ? `@${reason.line}` : ''}: ${reason.detail}`
    : reason.code
}
