import type { RunRequest } from '../../protocol/runs.ts'
import type { JournalHeader } from '../journal/journalLines.ts'

/** What of a run is stored beside its journal. */
export interface StoredPlaces {
  request: Pick<RunRequest, 'source'>
  view: { resultsPath: string | null }
}

/** A journal's header with its files where they are now: they may have been renamed or moved since it was written. */
export function headerNow(
  header: JournalHeader,
  { request: { source }, view: { resultsPath } }: StoredPlaces,
): JournalHeader {
  const before = header.request.source
  if (source.kind !== 'paths' || before.kind !== 'paths') return header
  const moved = new Map(before.paths.map((path, at) => [path, source.paths[at] ?? path]))
  return {
    ...header,
    request: { ...header.request, source },
    inputs: header.inputs.map((input) => ({ ...input, path: moved.get(input.path) ?? input.path })),
    resultsPath,
  }
}
